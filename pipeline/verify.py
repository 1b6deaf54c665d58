"""tables in OUT -> proof: pages rebuild, quotes are verbatim, ids resolve, counts are those of the codings.

Works shard by shard on per-document tables and with DuckDB across tables, so that any corpus can be proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.coordinates import SpanMap, changes_of
from pipeline.errors import UserError
from pipeline.schemas import PUBLIC, TABLES
from pipeline.store import Store, by_document

# Columns that point at another table; a blank one points nowhere and is fine.
REFERENCES = (
    ("documents", "document_id", "pages", "document_id"),
    ("documents", "duplicate_of", "documents", "document_id"),
    ("blocks", "document_id", "pages", "document_id"),
    ("removals", "document_id", "pages", "document_id"),
    ("edits", "document_id", "pages", "document_id"),
    ("sentences", "document_id", "documents", "document_id"),
    ("passages", "document_id", "documents", "document_id"),
    ("codings", "document_id", "documents", "document_id"),
    ("codings", "sentence_id", "sentences", "sentence_id"),
    ("codings", "coder", "coders", "coder"),
    ("themes", "parent_id", "themes", "theme_id"),
    ("theme_members", "passage_id", "passages", "passage_id"),
    ("theme_members", "theme_id", "themes", "theme_id"),
    ("theme_members", "subtheme_id", "themes", "theme_id"),
    ("theme_table", "theme_id", "themes", "theme_id"),
    ("theme_codes", "theme_id", "themes", "theme_id"),
    ("theme_codes", "code", "code_table", "code"),
    ("codings", "code", "code_table", "code"),
    ("document_table", "document_id", "documents", "document_id"),
    ("role_shifts", "coding_id", "codings", "coding_id"),
)
# (what, query that returns the rows which are wrong)
COUNTS = (
    ("every page is a document", "SELECT document_id FROM pages ANTI JOIN documents USING (document_id)"),
    ("codings in kept documents only", "SELECT coding_id FROM codings JOIN documents USING (document_id) WHERE documents.status <> 'kept'"),
    ("a theme for every passage", "SELECT passage_id FROM passages ANTI JOIN theme_members USING (passage_id)"),
    ("sentence_ids of passages", """
        SELECT passage_id FROM (SELECT passage_id, unnest(sentence_ids) AS sentence_id FROM passages)
        ANTI JOIN sentences USING (sentence_id)"""),
    ("exemplars of themes", """
        SELECT theme_id FROM (SELECT theme_id, unnest(exemplar_ids) AS passage_id FROM themes)
        ANTI JOIN passages USING (passage_id)"""),
    ("code_table.n_codings", """
        SELECT t.code FROM code_table t LEFT JOIN (SELECT code, count(*) AS n, count(DISTINCT document_id) AS d
        FROM codings GROUP BY code) c USING (code)
        WHERE t.n_codings <> coalesce(n, 0) OR t.n_documents <> coalesce(d, 0)"""),
    ("document_table.n_codings", """
        SELECT t.document_id FROM document_table t LEFT JOIN (SELECT document_id, count(*) AS n
        FROM codings GROUP BY document_id) c USING (document_id) WHERE t.n_codings <> coalesce(n, 0)"""),
    ("theme_table.n_passages of themes", """
        SELECT t.theme_id FROM theme_table t LEFT JOIN (SELECT theme_id, count(*) AS n, count(DISTINCT document_id) AS d
        FROM theme_members GROUP BY theme_id) m USING (theme_id)
        WHERE t.level = 2 AND (t.n_passages <> coalesce(n, 0) OR t.n_documents <> coalesce(d, 0))"""),
    ("themes.n_passages agrees with theme_table", """
        SELECT theme_id FROM themes t JOIN theme_table r USING (theme_id)
        WHERE (t.n_passages, t.n_documents) <> (r.n_passages, r.n_documents)"""),
    ("theme_codes.n_codings", """
        WITH within AS (SELECT passage_id, unnest(sentence_ids) AS sentence_id FROM passages),
        n AS (SELECT m.theme_id, c.code, count(DISTINCT c.coding_id) AS n
              FROM codings c JOIN within USING (sentence_id) JOIN theme_members m USING (passage_id) GROUP BY ALL)
        SELECT t.theme_id FROM (SELECT * FROM theme_codes WHERE level = 2) t FULL JOIN n USING (theme_id, code)
        WHERE t.n_codings IS DISTINCT FROM n.n"""),
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One check: what it looked at, how many it looked at, and what is wrong (nothing, when all is well)."""

    name: str
    n_checked: int
    problems: tuple[str, ...]


def verify(out: Path) -> list[Check]:
    """Every check over the tables of OUT. UserError where there are no tables."""
    store = Store(out)
    if not any(store.path(name).exists() for name in PUBLIC):
        raise UserError(f"{out}: no tables there; run `make analyse` first, or name the folder of the tables")
    missing = [
        name for name in PUBLIC if not all(path.is_file() for path in store.paths(name)) or not store.paths(name)
    ]
    if missing:
        raise UserError(f"{out}: tables missing: {', '.join(missing)}; run `make analyse` again")
    return [*_texts(store), *_across(store)]


def _texts(store: Store) -> list[Check]:
    """Page, document and quotes, shard by shard."""
    names = ("pages rebuild from kept and removed text", "documents follow from pages", "blocks stand on the page")
    found: dict[str, list[str]] = {name: [] for name in names}
    seen = dict.fromkeys(found, 0)
    spans = {name: f"{name}: verbatim at both pairs of offsets" for name in ("sentences", "passages", "codings")}
    for name in spans.values():
        found[name], seen[name] = [], 0
    for path in store.paths("pages"):
        shard = path.stem.removeprefix("part-")
        parts = {name: store.read(store.path(name, shard), name).to_pylist() for name in (
            "pages", "documents", "blocks", "removals", "edits", "sentences", "passages", "codings")}  # fmt: skip
        grouped = {name: by_document(rows) for name, rows in parts.items()}
        for page in parts["pages"]:
            rows = {name: grouped[name].get(page["document_id"], []) for name in grouped}
            for name, problem in _document(page, rows, spans):
                seen[name] += 1
                if problem:
                    found[name].append(f"{page['path']}: {problem}")
    return [Check(name, seen[name], tuple(found[name])) for name in found]


def _document(
    page: dict[str, Any], rows: dict[str, list[dict[str, Any]]], spans: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """(check, what is wrong or nothing) for each thing checked in one document."""
    rebuilds, follows, stands = (
        "pages rebuild from kept and removed text",
        "documents follow from pages",
        "blocks stand on the page",
    )
    if len(rows["documents"]) != 1:
        yield follows, f"{len(rows['documents'])} documents for one page"
        return
    text, scraped = rows["documents"][0]["text"], page["text"]
    try:
        places = SpanMap(changes_of(rows["removals"], rows["edits"]))
    except ValueError as problem:
        yield rebuilds, str(problem)
        return
    wrong = next((c for c in places.changes if scraped[c.start : c.end] != c.before), None)
    if wrong:
        yield (
            rebuilds,
            f"the ledger says {wrong.before[:40]!r} at {wrong.start}, the page {scraped[wrong.start : wrong.end][:40]!r}",
        )
    else:
        yield rebuilds, "" if places.rebuild(text) == scraped else "kept and removed text do not give the page"
    yield follows, "" if places.apply(scraped) == text else "the page less what was removed is not the document"
    for block in rows["blocks"]:
        inside = 0 <= block["start"] < block["end"] <= len(scraped) and scraped[block["start"] : block["end"]].strip()
        yield stands, "" if inside else f"block at {block['start']} is out of range or blank"
    for name, check in spans.items():
        for row in rows[name]:
            yield check, _span_problem(row, text, scraped, places)


def _span_problem(row: dict[str, Any], text: str, scraped: str, places: SpanMap) -> str:
    words = row["quote"] if "quote" in row else row["text"]
    start, end, page_start, page_end = row["start"], row["end"], row["page_start"], row["page_end"]
    if not 0 <= start < end <= len(text) or text[start:end] != words:
        return f"{words[:40]!r} is not what stands at {start}-{end} of the document"
    if not 0 <= page_start <= page_end <= len(scraped):
        return f"{page_start}-{page_end} is outside the page"
    if places.given_by(scraped, (start, end), (page_start, page_end)) != words:
        return f"{words[:40]!r} is not what {page_start}-{page_end} of the page gives"
    return ""


def _across(store: Store) -> Iterator[Check]:
    """Ids and counts across tables."""
    import duckdb

    base = duckdb.connect(config={"threads": 1})
    for name in PUBLIC:
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in store.paths(name))
        try:
            base.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}])")
        except duckdb.Error as problem:
            reason = str(problem).splitlines()[0]
            raise UserError(
                f"{store.path(name)}: damaged table ({reason}); delete it and run the pipeline again"
            ) from None
    for table, column, target, key in REFERENCES:
        rows = base.execute(f"""SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL
            AND {column} NOT IN (SELECT {key} FROM {target}) ORDER BY 1 LIMIT 5""").fetchall()
        total = base.execute(f"SELECT count({column}) FROM {table}").fetchone()
        problems = tuple(f"{row[0]} is not in {target}" for row in rows)
        yield Check(f"{table}.{column} is in {target}", total[0] if total else 0, problems)
    for name in PUBLIC:
        key = ", ".join(TABLES[name].key)
        rows = base.execute(f"SELECT {key} FROM {name} GROUP BY ALL HAVING count(*) > 1 LIMIT 5").fetchall()
        total = base.execute(f"SELECT count(*) FROM {name}").fetchone()
        yield Check(f"{name}: one row for each {key}", total[0] if total else 0, tuple(f"{row} twice" for row in rows))
    for what, query in COUNTS:
        rows = base.execute(query + " LIMIT 5").fetchall()
        yield Check(what, 1, tuple(str(row[0]) for row in rows))
