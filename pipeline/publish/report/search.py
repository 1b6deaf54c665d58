"""evidence -> data files of the search page: scripts that hand over a few thousand quotes each, and their index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.publish.report.render import clean, write_data
from pipeline.publish.report.tables import Material, Row, facet_words

CHUNK = 2000  # quotes in a data file: well under a megabyte


class Search:
    """Collects codings in the order of codes and writes a data file whenever one is full."""

    def __init__(self, folder: Path, material: Material) -> None:
        self.folder, self.material = folder, material
        self.codes = [row["code"] for row in material.codes]
        self.themes = [row["theme_id"] for row in material.main_themes]
        self.statuses: list[str] = []
        self.waiting: list[Row] = []
        self.chunks: list[dict[str, Any]] = []

    def add(self, found: list[Row]) -> None:
        """Take the codings of one more code."""
        for row in found:
            self.waiting.append(row)
            if len(self.waiting) == CHUNK:
                self._write()

    def finish(self) -> None:
        """Write what is left, and the index with the names that rows point at by number."""
        if self.waiting:
            self._write()
        index = {
            "quotes": self.material.quotes,
            "facets": [[facet, *facet_words(facet)[:2]] for facet in self.material.codebook.facets],
            "codes": [[row["code"], row["facet"], row["label"], row["n_codings"]] for row in self.material.codes],
            "statuses": self.statuses,
            "themes": [[row["theme_id"], row["label"], row["n_passages"]] for row in self.material.main_themes],
            "chunks": self.chunks,
        }
        write_data(self.folder, "data/index.js", "REPORT.index", cleaned(index))

    def _write(self) -> None:
        number = len(self.chunks)
        documents: dict[str, int] = {}
        quotes = [self._packed(row, documents) for row in self.waiting]
        names = [self.material.document[identity] for identity in documents]
        about = [[row["name"], row["site"] or "", row["published"] or "", row["file"], row["path"]] for row in names]
        write_data(self.folder, f"data/quotes-{number}.js", "REPORT.quotes", cleaned([number, about, quotes]))
        self.chunks.append({
            "n": len(quotes),
            "codes": sorted({quote[0] for quote in quotes}),
            "themes": sorted({quote[3] for quote in quotes}),
        })  # fmt: skip
        self.waiting = []

    def _packed(self, row: Row, documents: dict[str, int]) -> list[Any]:
        if row["status"] not in self.statuses:
            self.statuses.append(row["status"])
        code = self.codes.index(row["code"]) if row["code"] in self.codes else -1
        theme = self.themes.index(row["theme_id"]) if row["theme_id"] in self.themes else -1
        document = documents.setdefault(row["document_id"], len(documents))
        where = row["href"].rsplit("#", 1)[1]
        place = [row["page_start"], row["page_end"]]
        words = [row["before"], row["quote"], row["after"]]
        status = self.statuses.index(row["status"])
        return [code, status, document, theme, where, *words, int(row["needs_review"]), *place]


def cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: cleaned(item) for key, item in value.items()}
    return [cleaned(item) for item in value] if isinstance(value, list) else value
