"""pages, ledger, sentences, codings -> one page a document, shard by shard, and the list of documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.publish.report.reader import units
from pipeline.publish.report.render import write_data, write_page
from pipeline.publish.report.search import cleaned
from pipeline.publish.report.tables import Material, Row
from pipeline.store import Inputs, by_document

LISTED = 200  # documents on one page of the list
TABLES = ("documents", "pages", "removals", "edits", "sentences", "codings", "passages", "theme_members")


def write_documents(folder: Path, inputs: Inputs, material: Material) -> None:
    """A page for every document, kept or set aside; one shard of the corpus in memory at a time."""
    for shard in _shards(inputs):
        for row in shard["documents"]:
            identity = row["document_id"]
            about = material.document[identity]
            mine = {name: shard[name].get(identity, []) for name in TABLES[1:]}
            write_page(folder, about["file"], "document.html", **_values(material, about, row, mine))


def _shards(inputs: Inputs) -> Iterator[dict[str, Any]]:
    for parts in zip(*(inputs.parts(name) for name in TABLES), strict=True):
        tables = {name: table.to_pylist() for name, (_, table) in zip(TABLES, parts, strict=True)}
        yield {"documents": tables["documents"]} | {name: by_document(tables[name]) for name in TABLES[1:]}


def _values(material: Material, about: Row, document: Row, mine: dict[str, list[Row]]) -> dict[str, Any]:
    themes = {row["passage_id"]: row for row in mine["theme_members"]}
    for row in mine["passages"]:
        member = themes.get(row["passage_id"])
        row["theme"] = material.theme.get(member["theme_id"]) if member else None
    _drop_repeats(mine["passages"])
    for row in mine["codings"]:
        row["label"] = material.code[row["code"]]["label"] if row["code"] in material.code else row["code"]
        row["file"] = material.code[row["code"]]["file"] if row["code"] in material.code else None
    passages = Counter(row["theme_id"] for row in mine["theme_members"] if row["theme_id"] in material.theme)
    removed = [row["reason"] for row in mine["removals"] if row["text"].strip()]  # white space tells a reader nothing
    page, facets = mine["pages"][0], Counter(row["facet"] for row in mine["codings"])
    full = material.quotes == "full"
    return {
        "document": about, "quotes": material.quotes, "language": page["language"] if full else None,
        "units": units(document, mine["removals"], mine["edits"], mine["sentences"], mine["codings"], mine["passages"])
        if full else [],
        "codings": [] if full else [row | {"quote": material.words(row["quote"])} for row in mine["codings"]],
        "facets": {facet: facets[facet] for facet in [*material.codebook.facets, *sorted(facets)] if facets[facet]},
        "removed": Counter(removed).most_common(), "n_removed": len(removed),
        "n_edits": len(mine["edits"]),
        "themes": [(material.theme[theme], n) for theme, n in passages.most_common()],
        "twin": material.document.get(about["duplicate_of"] or ""),
    }  # fmt: skip


def _drop_repeats(passages: list[Row]) -> None:
    """Name a theme beside the text only where it changes."""
    before = None
    for row in sorted(passages, key=lambda row: row["start"]):
        before, row["theme"] = row["theme"], row["theme"] if row["theme"] is not before else None


def write_list(folder: Path, material: Material) -> None:
    """The list of documents, a page for every LISTED of them, and data to find one by name."""
    ordered = sorted(material.documents, key=_listed)
    sheets = [ordered[at : at + LISTED] for at in range(0, len(ordered), LISTED)] or [[]]
    repeated = {name for name, n in Counter(row["name"] for row in ordered).items() if n > 1}
    for number, sheet in enumerate(sheets, 1):
        write_page(
            folder, list_name(number), "documents.html", documents=sheet, number=number, n_sheets=len(sheets),
            repeated=repeated, names=[list_name(n) for n in range(1, len(sheets) + 1)],
            n_all=len(ordered), n_kept=len(material.kept),
        )  # fmt: skip
    if len(sheets) > 1:
        names = [[row["name"], row["path"], row["site"] or "", row["status"], row["file"]] for row in ordered]
        write_data(folder, "data/documents.js", "REPORT.documents", cleaned(names))


def _listed(row: Row) -> tuple[Any, ...]:
    return row["status"] != "kept", -row["n_codings"], row["path"], row["document_id"]


def list_name(number: int) -> str:
    return "documents.html" if number == 1 else f"documents-{number}.html"
