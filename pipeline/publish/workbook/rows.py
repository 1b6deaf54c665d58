"""tables -> the rows of each sheet: sorted as people read them, with the columns that the tables do not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.quoting import named_reason, shown_row, shown_text
from pipeline.publish.workbook.evidence import Evidence
from pipeline.publish.workbook.words import METHOD, STATUS_WORDS
from pipeline.store import Context, Inputs

Row = dict[str, Any]
TOO_FEW = "Too few to tell"


def document_rows(table: pa.Table, quotes: str) -> list[Row]:
    """Rows of document_table, kept or set aside, in words. `table` is what the sheet shows, not the whole corpus."""
    made = []
    for row in table.to_pylist():
        words = row["n_words_page"]
        row |= {
            "share_kept": min(1.0, row["n_words"] / words) if words else None,
            "status_words": STATUS_WORDS[row["status"]],
            "cut": "Yes" if row["is_paywalled"] else "No",
        }
        made.append(shown_row("document_table", row, quotes))
    return made


def aside_rows(table: pa.Table, documents: pa.Table, quotes: str) -> list[Row]:
    """Pages set aside, each with the page it repeats where it repeats one."""
    rows = document_rows(table, quotes)
    paths = pages_of(documents, [row["duplicate_of"] for row in rows if row["duplicate_of"]])
    for row in rows:
        row["repeats"] = paths[row["duplicate_of"]]["path"] if row["duplicate_of"] else None
        row["reason"] = named_reason(row, row["repeats"])
    return rows


def pages_of(documents: pa.Table, keys: Iterable[str]) -> dict[str, Row]:
    """{document_id: its row} of a few documents."""
    wanted = pc.is_in(documents["document_id"], pa.array(sorted(set(keys)), pa.string()))
    return {row["document_id"]: row for row in documents.filter(wanted).to_pylist()}


def theme_rows(
    inputs: Inputs, context: Context, evidence: Evidence, documents: pa.Table
) -> tuple[list[Row], list[Row]]:
    """Themes with a dissenting quote, those that most documents speak of first; their parts, theme by theme."""
    quotes = context.settings.publish.quotes
    rows = [shown_row("theme_table", row, quotes) for row in inputs.rows("theme_table")]
    labels = {row["theme_id"]: row["theme"] for row in rows}
    said = {row["theme_id"]: " ".join(filter(None, (row["note"], row["decision"]))) for row in inputs.rows("themes")}
    pages = pages_of(documents, (row["document_id"] for row in evidence.dissent.values()))
    for row in rows:
        grade = TOO_FEW if row["grade"] == "-" else row["grade"]
        row |= {"note": said.get(row["theme_id"]), "part_of": labels.get(row["parent_id"]), "grade": grade}
        row |= _dissent(evidence.dissent.get(row["theme_id"]), pages, context)
    rows.sort(key=lambda row: (-row["n_documents"], -row["n_passages"], row["theme_id"]))
    themes = [row for row in rows if row["level"] == 2]
    place = {row["theme_id"]: number for number, row in enumerate(themes)}
    parts = [row for row in rows if row["level"] == 3]
    return themes, sorted(parts, key=lambda row: place.get(row["parent_id"], len(place)))


def _dissent(against: Mapping[str, Any] | None, pages: Mapping[str, Row], context: Context) -> Row:
    """The columns on the sentence that speaks against what a theme carries."""
    if against is None:
        return {"dissent": None, "dissent_from": None, "dissent_source": None}
    quotes = context.settings.publish.quotes
    page = pages[against["document_id"]]
    source = f"{page['title'] or page['path']} ({page['path']})"
    return {
        "dissent": shown_text(against["sentence"], quotes),
        "dissent_from": f"{_labels(context).get(against['code'], against['code'])} ({against['status']})",
        "dissent_source": shown_text(source, quotes),
    }


def _labels(context: Context) -> dict[str, str]:
    return {code.key: code.label for code in context.codebook.codes.values()}


def code_rows(facet: str, codes: list[Row], evidence: Evidence, context: Context) -> list[Row]:
    """The codes of one facet, those that most documents carry first; residual codes last."""
    entry = context.codebook.facets[facet]
    own = {code.key: code for code in entry.codes}
    least = context.settings.tabulate.min_uses
    rows = []
    for row in codes:
        if row["facet"] == facet:
            code = own[row["code"]]
            found = {f"status_{status}": evidence.by_status.get((row["code"], status), 0) for status in entry.status}
            kind = {"kind": (code.kind or code.level).capitalize(), "rung": code.rung}
            rows.append(row | found | kind | {"enough": "Yes" if row["n_codings"] >= least else "No"})
    return sorted(rows, key=lambda row: (own[row["code"]].is_residual, -row["n_documents"], -row["n_codings"]))


def move_rows(evidence: Evidence, context: Context) -> list[Row]:
    """Moves from one role to another, counted."""
    names = _labels(context)
    moves = sorted(evidence.shifts.items(), key=lambda item: ([-count for count in item[1]], str(item[0])))
    return [
        {
            "from": names.get(old or "", old),
            "to": names.get(new or "", new),
            "n_documents": count,
            "n_mentions": mentions,
        }
        for (old, new), (count, mentions) in moves
    ]


def theme_code_rows(inputs: Inputs) -> list[Row]:
    """Codes inside themes, theme by theme."""
    rows = [row | {"facet": row["facet"].capitalize()} for row in inputs.rows("theme_codes") if row["level"] == 2]
    return sorted(rows, key=lambda row: (row["theme_id"], -row["n_documents"], -row["n_passages"], row["code"]))


def removed_rows(evidence: Evidence, n_pages: int, quotes: str) -> list[Row]:
    """What cleaning took out, by rule."""
    rows = []
    for row in evidence.removed.values():
        reason = min(row["reasons"], key=lambda words: (-row["reasons"][words], words))
        example = row["example"] and shown_text(row["example"], quotes)
        share = min(1.0, row["n_documents"] / n_pages) if n_pages else None
        rows.append(row | {"reason": reason, "example": example, "n_pages": n_pages, "share": share})
    return sorted(rows, key=lambda row: (-row["n_characters"], row["rule"]))


def agreement_rows(inputs: Inputs, context: Context) -> list[Row]:
    """How well the program agrees with people, all codes together first."""
    names = _labels(context) | {"all": "All codes"}
    rows = [
        row | {"label": names.get(row["code"], row["code"]), "facet": row["facet"].capitalize()}
        for row in inputs.rows("agreement")
    ]
    return sorted(rows, key=lambda row: (row["scope"], row["code"] != "all"))


def method_rows(figures: Mapping[str, Any]) -> list[Row]:
    """How the figures were made, with the figures in the text."""
    names = ("step", "done", "limits")
    return [dict(zip(names, (text.format(**figures) for text in row), strict=True)) for row in METHOD]
