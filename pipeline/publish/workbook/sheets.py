"""tables -> the book: the cover, the notes and every sheet of the workbook."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.quoting import shown
from pipeline.publish.workbook import rows as of
from pipeline.publish.workbook.columns import FACETS, QUOTES_3, code_columns
from pipeline.publish.workbook.evidence import Evidence, collect
from pipeline.publish.workbook.plan import ONE_TABLE, OTHER_SHEETS, THEME_SHEETS, Plan
from pipeline.publish.workbook.sheet import Book, Sheet
from pipeline.publish.workbook.words import ABOUT, INTRO, NOTES, QUOTES
from pipeline.store import Context, Inputs

Row = dict[str, Any]
LINE = 150  # characters of a line over a table, so that it is read without scrolling


def make_book(inputs: Inputs, context: Context) -> Book:
    """The whole workbook from the published tables."""
    settings = context.settings.publish
    limit = settings.workbook_rows
    evidence = collect(inputs)
    documents = inputs.table("document_table")
    is_kept = pc.equal(documents["status"], "kept")
    kept, aside = documents.filter(is_kept), documents.filter(pc.invert(is_kept))
    themes, parts = of.theme_rows(inputs, context, evidence, documents)
    codes = shown("code_table", inputs, context)
    figures = _figures(kept, aside, themes, codes) | {"quotes": QUOTES[settings.quotes]}
    rows = {
        "Themes": themes,
        "Sub-themes": parts,
        "Role shifts": of.move_rows(evidence, context),
        "Role shift quotes": shown("role_shifts", inputs, context),
        "Themes by code": of.theme_code_rows(inputs),
        "Documents": of.document_rows(kept.slice(0, limit), settings.quotes),
        "Set aside": of.aside_rows(aside.slice(0, limit), documents, settings.quotes),
        "Removed text": of.removed_rows(evidence, figures["n_pages"], settings.quotes),
        "Method and limits": of.method_rows(figures),
        "Quality": of.agreement_rows(inputs, context),
        "How it was made": inputs.rows("runs"),
    }
    counts = {"Documents": len(kept), "Set aside": len(aside)}
    sheets = [
        *(_planned(plan, rows[plan.name], limit) for plan in THEME_SHEETS),
        *(_facet(facet, codes, evidence, context) for facet in context.codebook.facets),
        *(_planned(plan, rows[plan.name], limit, counts.get(plan.name)) for plan in OTHER_SHEETS),
    ]
    notes = {key: text.format(min_uses=context.settings.tabulate.min_uses) for key, text in NOTES.items()}
    return Book(settings.title, _cover(figures, settings.contact), tuple(sheets), notes)


def _cover(figures: dict[str, Any], contact: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    intro = tuple(text.format(**figures) for text in INTRO)
    about = (*(text.format(**figures) for text in ABOUT), figures["quotes"])
    return ("intro", intro), ("about", about), ("contact", (contact,) if contact else ())


def _planned(plan: Plan, rows: Sequence[Row], limit: int, count: int | None = None) -> Sheet:
    """A sheet with at most `limit` rows of `count` (or of those given); a line over its table says so."""
    shown_rows = rows[:limit] if plan.rest else rows
    about = (f"{ONE_TABLE} {plan.rows}",)
    return Sheet(
        plan.name,
        plan.title,
        about,
        plan.columns,
        shown_rows,
        plan.empty,
        len(rows) if count is None else count,
        plan.rest,
    )


def _facet(facet: str, codes: list[Row], evidence: Evidence, context: Context) -> Sheet:
    """The sheet of one facet: all its codes, those never found included."""
    words = facet.replace("_", " ").capitalize()
    name, one, title = FACETS.get(facet, (words, words, f"{words}: the codes of this facet"))
    statuses = context.codebook.facets[facet].status
    most = f"{ONE_TABLE} Each row is a code of the codebook; those that most documents carry come first."
    meanings = [f"{status.replace('_', ' ').capitalize()}: {meaning}." for status, meaning in statuses.items()]
    lines = [line for text in meanings for line in textwrap.wrap(text, LINE)]
    about = (most, "The status says how the text holds the code.", *lines)
    rows = of.code_rows(facet, codes, evidence, context)
    return Sheet(name, title, about, (*code_columns(facet, one, statuses), *QUOTES_3), rows, "The facet has no codes.")


def _figures(kept: pa.Table, aside: pa.Table, themes: list[Row], codes: list[Row]) -> dict[str, Any]:
    """The numbers that the texts of the workbook name."""
    return {
        "n_pages": len(kept) + len(aside),
        "n_kept": len(kept),
        "n_aside": len(aside),
        "n_sites": len(pc.unique(pc.coalesce(kept["site"], kept["path"]))),
        "n_passages": pc.sum(kept["n_passages"]).as_py() or 0,
        "n_themes": len(themes),
        "n_codings": sum(row["n_codings"] for row in codes),
        "n_codes": len(codes),
        "n_found": sum(row["n_codings"] > 0 for row in codes),
        "n_review": sum(row["n_needs_review"] for row in codes),
    }
