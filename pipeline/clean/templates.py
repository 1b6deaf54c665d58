"""lines of all pages -> repeated_lines: templates of a site, and phrases that recur over the corpus.

Only decisions leave this module, not counts, so that one page more or less rarely alters what a shard sees.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import duckdb

SPACE = re.compile(r"\s+")
LONG_ENOUGH = 3  # words; shorter lines are as often interjections ("Yes.", "Thank you.") as templates


def key_of(text: str) -> str:
    """Hash of a line or phrase, white space and case folded."""
    return hashlib.blake2b(SPACE.sub(" ", text).strip().lower().encode(), digest_size=8).hexdigest()


def can_be_template(line: str) -> bool:
    """Whether a line may count as template when it recurs: interjections and speakers' turns may not."""
    words = line.split()
    if len(words) >= LONG_ENOUGH:
        return not re.match(
            r"^[A-Z][\w.]{0,12}( [A-Z]\w+)?:? (?:yes|no|yeah|okay|ok|right|sure|mm+|uh|aye)\b", line, re.IGNORECASE
        )
    return False


def profile_rows(document_id: str, site: str, lines: Iterable[str], phrases: Iterable[str]) -> list[dict[str, Any]]:
    """Rows of `line_profile` of one page."""
    counts: dict[tuple[str, str], int] = {}
    named = [("line", line) for line in lines if site and can_be_template(line)] + [("phrase", p) for p in phrases]
    for kind, text in named:
        place = (kind, key_of(text))
        counts[place] = counts.get(place, 0) + 1
    return [
        {"document_id": document_id, "site": site, "kind": kind, "key": key, "n_lines": n}
        for (kind, key), n in sorted(counts.items())
    ]


QUERY = """
with profile as (
  select site, kind, key, document_id, regexp_extract(filename, 'part-(.*)[.]parquet', 1) as shard
  from read_parquet($paths, filename = true)),
sizes as (select site, count(distinct document_id) as n_site from profile where kind = 'line' group by site),
lines as (
  select p.site, 'line' as kind, p.key, count(*) as n, any_value(s.n_site) as n_site
  from profile p join sizes s using (site) where p.kind = 'line'
  group by p.site, p.key having n >= $pages and n >= $share * n_site),
phrases as (
  select '' as site, 'phrase' as kind, key, count(*) as n, 0 as n_site from profile where kind = 'phrase'
  group by key having n >= 2),
both_kinds as (select * from lines union all select * from phrases)
select distinct p.shard, b.site, b.kind, b.key,
  case when b.kind = 'line' then 1.0 else least(b.n, 3) end::double as share_pages
from both_kinds b join profile p
  on p.kind = b.kind and p.key = b.key and (p.site = b.site or b.kind = 'phrase')
order by all
"""


def find(
    paths: Sequence[Path], shards: Sequence[str], pages: int, share: float, base: duckdb.DuckDBPyConnection
) -> dict[str, pa.Table]:
    """For each shard the rows of `repeated_lines` that concern its pages.

    A line counts as template from `pages` pages and `share` (0-1) of a site's pages up; a phrase from two pages up.
    """
    values = {"paths": [str(path) for path in paths], "pages": pages, "share": share}
    found = base.sql(QUERY, params=values).to_arrow_table()
    rows = found.select(["site", "kind", "key", "share_pages"])
    sizes = {of["values"]: of["counts"] for of in pc.value_counts(found["shard"]).to_pylist()}
    parts, start = {}, 0
    for shard in sorted(shards):  # as the query orders them
        parts[shard] = rows.slice(start, sizes.get(shard, 0))
        start += sizes.get(shard, 0)
    return parts
