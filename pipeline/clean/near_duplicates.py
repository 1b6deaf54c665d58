"""drafts -> duplicates: which documents repeat another one, wholly or as an excerpt; one stands for all.

Each text is sketched by the hashes of its word 4-grams that fall into a fixed quarter of the hash range (FracMinHash:
Hera, Pierce-Ward and Koslicki 2023, https://doi.org/10.1101/gr.277651.123), so that similarity and containment can be
estimated from sketches alone, whatever the lengths.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

SHINGLE, KEEP_ONE_IN, FEW = 4, 4, 12
COMMON = 200  # a shingle in more documents than this is a phrase of the field, and tells nothing
LEAST_SHARED = 6
WORDS = re.compile(r"\w+")


def sketch(text: str) -> list[int]:
    """The sketch of a text, sorted; short texts keep all of their shingles."""
    words = WORDS.findall(text.lower())
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(max(0, len(words) - SHINGLE + 1))}
    hashes = [int.from_bytes(hashlib.blake2b(s.encode(), digest_size=8).digest(), "big") for s in shingles]
    sampled = [h for h in hashes if h % KEEP_ONE_IN == 0]
    return sorted(sampled if len(sampled) >= FEW else hashes)


# Everything that grows with the corpus stays with DuckDB, which spills to disk. A text's place is its turn: those
# before it may represent it. Not cut by a paywall goes before cut, then the longer, then the smaller id.
QUERIES = (
    """
    create table texts as select document_id, signature, len(signature) as size,
      len(list_filter(signature, lambda h: h % $one_in = 0)) as n_sampled,
      regexp_extract(filename, 'part-(.*)[.]parquet', 1) as shard,
      row_number() over (order by is_paywalled, -n_words, document_id) as place
    from read_parquet($paths, filename = true) where len(signature) > 0""",
    "create table shingles as select place, unnest(signature) as shingle from texts",
    """
    create table telling as select place, shingle from shingles semi join (
      select shingle from shingles group by shingle having count(*) between 2 and $common) using (shingle)""",
    """
    create table usual as select place, count(*) as n from shingles semi join (
      select shingle from shingles group by shingle having count(*) > $common) using (shingle) group by place""",
    """
    create table pairs as select mine.place as place, other.place as before, count(*) as n
    from telling mine join telling other on mine.shingle = other.shingle and other.place < mine.place
      join texts on texts.place = mine.place
    group by mine.place, other.place, size having n >= least($least, greatest(2, size - 1))""",
)
# Only for pairs that may be alike, as their telling shingles and all their usual ones would suffice, is it worth while
# to count what they share.
PAIRS = """
    select mine.document_id, mine.shard, other.document_id, mine.size, other.size, mine.n_sampled, other.n_sampled,
      len(list_intersect(mine.signature, other.signature))
    from pairs join texts mine on mine.place = pairs.place join texts other on other.place = pairs.before
      left join usual my_usual on my_usual.place = mine.place left join usual its_usual on its_usual.place = other.place
    where pairs.n + least(coalesce(my_usual.n, 0), coalesce(its_usual.n, 0))
      >= $share * least(mine.size, other.size, mine.n_sampled, other.n_sampled) - 0.01
    order by pairs.place, pairs.before"""


def find(
    drafts: Sequence[Path], similarity: float, containment: float, base: duckdb.DuckDBPyConnection
) -> Iterator[tuple[str, dict[str, str]]]:
    """Shard and row of `duplicates` for each, from the parts of the table `drafts`. The representative is not cut by a
    paywall where another is not, then the longest, then the one with the smallest id; a duplicate points at a
    representative, never at another duplicate.

    `similarity` is the share of the smaller text's shingles that must recur in a text of about its length,
    `containment` the share for an excerpt of a longer text.
    """
    values = {"one_in": KEEP_ONE_IN, "common": COMMON, "least": LEAST_SHARED, "paths": [str(path) for path in drafts]}
    for query in QUERIES:
        base.execute(query, {name: value for name, value in values.items() if f"${name}" in query})
    repeated: set[str] = set()
    pairs = base.execute(PAIRS, {"share": min(similarity, containment)})
    for (name, shard), rows in groupby(_rows(pairs), key=lambda row: row[:2]):
        others = (_likeness(row, similarity, containment) for row in rows if row[2] not in repeated)
        best = min((other for other in others if other), default=None)
        if best:
            repeated.add(name)
            yield shard, {"document_id": name, "duplicate_of": best[1], "reason": best[2]}


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while found := result.fetchmany(4096):
        yield from found


def _likeness(row: tuple[Any, ...], similarity: float, containment: float) -> tuple[float, str, str] | None:
    """(minus the share that recurs, id of the other text, the reason), where the text repeats the other one."""
    _, _, other, own_size, other_size, own_sampled, other_sampled, shared = row
    mine, others = (own_size, own_sampled), (other_size, other_sampled)
    small, large = (mine, others) if own_size <= other_size else (others, mine)
    # Counted in the range that both kept: all of the smaller text's shingles, if the larger one kept more than a sample.
    share = shared / max(1, small[0] if large[1] < large[0] else small[1])
    is_like = small[0] >= 0.6 * large[0]
    if shared < min(LEAST_SHARED, own_size) or share < (similarity if is_like else containment):
        return None
    words = "repeats" if is_like else "is an excerpt of"
    return -share, other, f"{words} {other}: about {round(share, 1):.0%} of its word sequences stand there"
