"""tables in OUT -> quotes behind a code or a theme, with page and offsets: for a terminal, a report or a spreadsheet.

The quotes are what the tables hold, whatever `publish.quotes` says: that setting is for files that are given away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UserError, nearest
from pipeline.exchange import legal
from pipeline.publish.formats.csv import safe
from pipeline.store import Store, write_atomically

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]
TABLES_USED = ("documents", "pages", "sentences", "passages", "codings", "themes", "theme_members", "code_table")
COLUMNS = (
    "quote",
    "words",
    "code",
    "status",
    "theme",
    "title",
    "path",
    "url",
    "start",
    "end",
    "page_start",
    "page_end",
    "document_id",
    "coder",
    "score",
)
HARMLESS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>#|~!$"})
# The sentences that carry a code, those that can stand alone first and one of each document before a second one.
CODED = """
    WITH found AS (
      SELECT s.text AS quote, c.quote AS words, c.code, c.status, t.label AS theme, d.title, d.path, p.url,
             s.start, s."end", s.page_start, s.page_end, c.document_id, c.coder, c.score, c.coding_id,
             length(s.text) BETWEEN 40 AND 300 AS is_short
      FROM codings c JOIN sentences s USING (sentence_id) JOIN documents d ON d.document_id = c.document_id
      JOIN pages p ON p.document_id = c.document_id
      LEFT JOIN (SELECT passage_id, unnest(sentence_ids) AS sentence_id FROM passages) u
        ON u.sentence_id = c.sentence_id
      LEFT JOIN theme_members m USING (passage_id) LEFT JOIN themes t ON t.theme_id = m.theme_id
      WHERE d.status = 'kept' AND c.code = $code
        AND ($theme IS NULL OR list_contains($theme::TEXT[], m.theme_id)
             OR list_contains($theme::TEXT[], m.subtheme_id))
    ), ranked AS (
      SELECT *, row_number() OVER (PARTITION BY document_id
                                   ORDER BY is_short DESC, score DESC, start, coding_id) AS place
      FROM found)
    SELECT * FROM ranked ORDER BY place, is_short DESC, score DESC, path, start, coding_id"""
# The passages of a theme: its exemplars first, then the nearest to its centre.
PLACED = """
    WITH found AS (
      SELECT p.text AS quote, NULL AS words, NULL AS code, NULL AS status, t.label AS theme, d.title, d.path, g.url,
             p.start, p."end", p.page_start, p.page_end, d.document_id, NULL AS coder,
             round(m.similarity, 4) AS score, p.passage_id,
             list_position((SELECT any_value(exemplar_ids) FROM themes WHERE theme_id = $theme[1]),
                           p.passage_id) AS exemplar
      FROM theme_members m JOIN passages p USING (passage_id) JOIN documents d ON d.document_id = p.document_id
      JOIN pages g ON g.document_id = p.document_id JOIN themes t ON t.theme_id = m.theme_id
      WHERE d.status = 'kept' AND $code IS NULL
        AND (list_contains($theme::TEXT[], m.theme_id) OR list_contains($theme::TEXT[], m.subtheme_id)))
    SELECT * FROM found ORDER BY exemplar NULLS LAST, score DESC, passage_id"""


def quotes(
    out: Path, code: str | None = None, theme: str | None = None, format: str = "txt", limit: int | None = 20
) -> str | bytes:
    """Attributed quotes behind a code (its key or label), a theme (its id or label), or a code inside a theme.

    `limit`: how many at most, None for all. Text, Markdown and CSV come as text, a Word document as bytes. UserError
    where there are no tables, neither a code nor a theme is named, or one is unknown (with the nearest valid name).
    """
    if format not in FORMATS:
        raise UserError(f"no format `{format}`{nearest(format, FORMATS)}")
    if code is None and theme is None:
        raise UserError("name a code (--code barrier.risk_aversion) or a theme (--theme and its id or label)")
    store = Store(out)
    heading = []
    if code is not None:
        code, label = _find(code, [(row["code"], row["label"]) for row in _table(store, "code_table")], "code")
        heading.append(f"{label} ({code})")
    ids = None
    if theme is not None:
        rows = _table(store, "themes")
        theme, label = _find(theme, [(row["theme_id"], row["label"]) for row in rows], "theme")
        ids = _under(theme, rows)
        heading.append(f"Theme: {label} ({theme})")
    found = _rows(store, CODED if code else PLACED, {"code": code, "theme": ids})
    shown = found if limit is None else found[: max(0, limit)]
    return FORMATS[format](", ".join(heading), shown, len(found))


def write(path: Path, made: str | bytes) -> None:
    """Write what `quotes` made. A CSV file gets a mark, without which spreadsheets take it for the local encoding."""
    encoding = "utf-8-sig" if path.suffix.lower() == ".csv" else "utf-8"
    write_atomically(path, made if isinstance(made, bytes) else made.encode(encoding))


def _table(store: Store, name: str) -> list[Row]:
    if not store.paths(name) or not all(path.is_file() for path in store.paths(name)):
        raise UserError(f"{store.out}: no tables there; run `make analyse` first, or name the folder of the tables")
    return store.table(name).to_pylist()


def _find(wanted: str, known: Sequence[tuple[str, str]], kind: str) -> tuple[str, str]:
    """(key, label) of the code or theme meant: by key, by label whatever the case, or by a key's last part."""
    plain = " ".join(wanted.split()).casefold()
    for test in (
        lambda key, label: key == wanted,
        lambda key, label: plain in (key.casefold(), label.casefold()),
        lambda key, label: kind == "code" and key.rpartition(".")[2] == plain,
    ):
        match = [pair for pair in known if test(*pair)]
        if match:
            return match[0]
    names = [key for key, _ in known] + [label for _, label in known if kind == "theme"]
    raise UserError(f"no {kind} `{wanted}`{nearest(wanted, names)}")


def _under(theme: str, rows: Sequence[Row]) -> list[str]:
    """A theme and everything under it, itself first."""
    found = [theme]
    for key in found:
        found += [row["theme_id"] for row in rows if row["parent_id"] == key]
    return found


def _rows(store: Store, query: str, values: dict[str, Any]) -> list[Row]:
    import duckdb

    base: duckdb.DuckDBPyConnection = duckdb.connect(config={"threads": 1})
    for name in TABLES_USED:
        if not store.paths(name):
            raise UserError(f"{store.out}: the table {name} is missing; run `make analyse` again")
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in store.paths(name))
        base.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}])")
    result = base.execute(query, values)
    names = [column[0] for column in result.description]
    return [
        {key: row[key] for key in COLUMNS}
        for row in (dict(zip(names, values, strict=True)) for values in result.fetchall())
    ]


def _source(row: Row) -> str:
    """Where a quote stands: title, file and both pairs of offsets."""
    title = f"{_line(row['title'])}, " if row["title"] else ""
    spans = f"characters {row['start']}-{row['end']} (of the page {row['page_start']}-{row['page_end']})"
    return f"{title}{_line(row['path'])}, {spans}"


def _line(text: str) -> str:
    return " ".join(legal(text).split())


def _said(row: Row) -> str:
    """What was coded, where it is a code that was asked for."""
    return (
        f"{row['code']}, {row['status']}, {_line(row['words'])!r}, by {row['coder']}, score {row['score']:.2f}"
        if row["code"]
        else ""
    )


def _count(shown: int, total: int) -> str:
    quotes = "quote" if total == 1 else "quotes"
    return f"{total} {quotes}" if shown == total else f"{shown} of {total} {quotes}"


def _as_text(heading: str, rows: Sequence[Row], total: int) -> str:
    blocks = [f"{heading}: {_count(len(rows), total)}"]
    for row in rows:
        blocks.append(
            "\n".join(
                part
                for part in [f'"{_line(row["quote"])}"', f"  {_source(row)}", f"  {_said(row)}" if row["code"] else ""]
                if part
            )
        )
    return "\n\n".join(blocks) + "\n"


def _as_markdown(heading: str, rows: Sequence[Row], total: int) -> str:
    """Quotes as block quotes; signs of Markdown and HTML in page text are escaped."""

    def plain(text: str) -> str:
        return _line(text).translate(HARMLESS)

    blocks = [f"## {plain(heading)}", f"{_count(len(rows), total)}."]
    blocks += [
        f"> {plain(row['quote'])}\n>\n> -- {plain(_source(row))}" + (f"; {plain(_said(row))}" if row["code"] else "")
        for row in rows
    ]
    return "\n\n".join(blocks) + "\n"


def _as_csv(heading: str, rows: Sequence[Row], total: int) -> str:
    """One row a quote, formulas made harmless as in the published CSV files."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([safe(value) if isinstance(value, str) else value for value in row.values()] for row in rows)
    return sink.getvalue()


def _as_docx(heading: str, rows: Sequence[Row], total: int) -> bytes:
    """A Word document with a heading and a quote and its source a paragraph each; the same bytes every time."""
    import docx

    from pipeline.publish.zipped import members, zipped

    document = docx.Document()
    document.core_properties.title, document.core_properties.language = heading, "en-GB"
    document.add_heading(_line(heading), level=1)
    document.add_paragraph(f"{_count(len(rows), total)}.")
    for row in rows:
        document.add_paragraph(_line(row["quote"]), style="Quote")
        document.add_paragraph(_source(row) + (f"; {_said(row)}" if row["code"] else ""))
    sink = io.BytesIO()
    document.save(sink)
    return zipped(members(sink.getvalue()))


FORMATS: dict[str, Callable[[str, Sequence[Row], int], str | bytes]] = {
    "txt": _as_text,
    "md": _as_markdown,
    "csv": _as_csv,
    "docx": _as_docx,
}
