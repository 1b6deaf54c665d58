"""public tables + setting `publish.quotes` -> Material: the small tables in memory, the large ones as DuckDB views."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.publish.quoting import WITHHELD, named_reason, shown
from pipeline.publish.quoting import short as shortened
from pipeline.store import Context, Inputs

if TYPE_CHECKING:
    import duckdb

    from pipeline.codebook import Codebook

Row = dict[str, Any]

# How each facet is named on the page: plural heading, one of them, the letter that marks it where colour cannot.
FACET_WORDS = {
    "value": ("Values", "value", "V"),
    "barrier": ("Barriers", "barrier", "B"),
    "role": ("Roles", "role", "R"),
    "enabler": ("What helps", "enabler", "E"),
    "participation": ("Participation", "level of participation", "P"),
}
MAIN_LEVEL = 2
FROM_THEMES = ("terms", "stability_low", "stability_high", "share_largest_document", "note", "decision")
VIEWS = ("pages", "documents", "removals", "sentences", "passages", "codings", "theme_members")


@dataclass(frozen=True)
class Material:
    """What the pages are made of. Page text in it has passed the `quotes` setting, except in `base`."""

    base: duckdb.DuckDBPyConnection
    quotes: str
    codebook: Codebook
    documents: list[Row]
    codes: list[Row]
    themes: list[Row]
    theme_codes: list[Row]
    shifts: list[Row]
    agreement: list[Row]
    runs: list[Row]
    coders: list[Row]
    decisions: list[Row]
    centroids: dict[str, list[float]]
    document: dict[str, Row]
    code: dict[str, Row]
    theme: dict[str, Row]

    @property
    def kept(self) -> list[Row]:
        return [row for row in self.documents if row["status"] == "kept"]

    @property
    def main_themes(self) -> list[Row]:
        """The themes proper, those most documents speak of first."""
        return [row for row in self.themes if row["level"] == MAIN_LEVEL]

    def codes_of(self, facet: str) -> list[Row]:
        """The codes of a facet, those most documents carry first; residual codes come last."""
        found = [row for row in self.codes if row["facet"] == facet]
        entries = self.codebook.codes
        return sorted(found, key=lambda row: (entries[row["code"]].is_residual, *_most_documents(row)))

    def words(self, text: str | None) -> str | None:
        """Page text as it may be published: whole, its first words, or nothing."""
        if not text or self.quotes == "none":
            return None
        return text if self.quotes == "full" else shortened(text)


def read(inputs: Inputs, context: Context) -> Material:
    """The material of one run."""
    documents = [_named(row) for row in shown("document_table", inputs, context)]
    paths = {row["document_id"]: row["path"] for row in documents}
    for row in documents:
        row["reason"] = named_reason(row, paths.get(row["duplicate_of"] or ""))
    codes = [_coded(row, context.codebook) for row in shown("code_table", inputs, context)]
    extra = {row["theme_id"]: row for row in inputs.rows("themes")}
    themes = [_themed(row, extra[row["theme_id"]]) for row in shown("theme_table", inputs, context)]
    return Material(
        base=_open(inputs, context.out), quotes=context.settings.publish.quotes, codebook=context.codebook,
        documents=documents, codes=codes, themes=sorted(themes, key=_most_documents),
        theme_codes=inputs.rows("theme_codes"),
        shifts=[_blanked(row) for row in shown("role_shifts", inputs, context)], agreement=inputs.rows("agreement"),
        runs=inputs.rows("runs"), coders=inputs.rows("coders"), decisions=inputs.rows("review_log"),
        centroids=_centroids(inputs), document={row["document_id"]: row for row in documents},
        code={row["code"]: row for row in codes}, theme={row["theme_id"]: row for row in themes},
    )  # fmt: skip


def _centroids(inputs: Inputs) -> dict[str, list[float]]:
    """The centre of every theme; of a merged one, the mean of its centres."""
    found: dict[str, list[list[float]]] = {}
    for row in inputs.rows("theme_centroids"):
        if row["level"] == MAIN_LEVEL:
            found.setdefault(row["theme_id"], []).append(row["vector"])
    return {
        theme: [sum(axis) / len(vectors) for axis in zip(*vectors, strict=True)] for theme, vectors in found.items()
    }


def slug(identity: str) -> str:
    """An id as the name of a file on any system.

    >>> slug("barrier.risk_aversion"), slug("a/b c")
    ('barrier.risk_aversion', 'a-b-c')
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", identity).strip(".") or "x"


def facet_words(facet: str) -> tuple[str, str, str]:
    """Heading, name of one, letter; a facet of the reader's own codebook is named by itself."""
    name = facet.replace("_", " ")
    return FACET_WORDS.get(facet, (name.capitalize(), name, name[:1].upper()))


def _most_documents(row: Row) -> tuple[Any, ...]:
    mentions = row["n_codings"] if "n_codings" in row else row["n_passages"]
    return -row["n_documents"], -mentions, str(row.get("code", row.get("theme_id")))


def _blanked(row: Row) -> Row:
    """Withheld text is left out, not shown as a mark."""
    return {key: None if value == WITHHELD else value for key, value in row.items()}


def _named(row: Row) -> Row:
    row = _blanked(row)
    link = row["url"] if re.match(r"https?://[^\s/]", row["url"] or "", re.IGNORECASE) else None
    file = f"documents/{slug(row['document_id'])}.html"
    return row | {"name": row["title"] or row["path"], "link": link, "file": file}


def _coded(row: Row, codebook: Codebook) -> Row:
    code = codebook.codes.get(row["code"])
    return _blanked(row) | {"entry": code, "file": f"codes/{slug(row['code'])}.html"}


def _themed(row: Row, extra: Row) -> Row:
    return (
        _blanked(row)
        | {key: extra[key] for key in FROM_THEMES}
        | {"label": row["theme"], "file": f"themes/{slug(row['theme_id'])}.html"}
    )


def _open(inputs: Inputs, out: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with a view of every large table."""
    import duckdb

    base = duckdb.connect(config={"threads": 1, "temp_directory": str(out / ".duckdb.tmp")})
    for name in VIEWS:
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in inputs.paths(name))
        base.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}])")
    return base


def rows(base: duckdb.DuckDBPyConnection, query: str) -> Iterable[Row]:
    """The rows of a query as dicts, a few thousand in memory at a time."""
    result = base.cursor().execute(query)
    names = [column[0] for column in result.description]
    while found := result.fetchmany(4096):
        for row in found:
            yield dict(zip(names, row, strict=True))
