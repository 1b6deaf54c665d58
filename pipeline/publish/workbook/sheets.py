"""tables -> the book: every sheet of the workbook with its columns, in the order in which a policy team reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.publish.quoting import shown_row, shown_text
from pipeline.publish.workbook.columns import (
    AGREEMENT, ASIDE, DISSENT, DOCUMENTS, FACETS, METHOD_COLUMNS, MOVES, QUOTES_3, REMOVED, RUNS, SHIFTS, SUBTHEMES,
    THEME_CODES, THEMES, code_columns,
)  # fmt: skip
from pipeline.publish.workbook.evidence import Evidence, collect
from pipeline.publish.workbook.sheet import Book, Column, Sheet
from pipeline.publish.workbook.words import ABOUT, INTRO, METHOD, NO_AGREEMENT, NOTES, QUOTES, STATUS_WORDS
from pipeline.store import Context, Inputs

Row = dict[str, Any]
ONE_TABLE = "This worksheet contains one table."
TOO_FEW = "Too few to tell"


def make_book(inputs: Inputs, context: Context) -> Book:
    """The whole workbook from the published tables."""
    settings = context.settings.publish
    limit, quotes = settings.workbook_rows, settings.quotes
    evidence = collect(inputs)
    tables = {name: [shown_row(name, row, quotes) for row in inputs.rows(name)] for name in ("theme_table", "code_table", "role_shifts")}
    documents, aside = _documents(inputs, quotes)
    figures = _figures(inputs, tables, documents, aside, quotes)
    sheets = [
        *_themes(tables["theme_table"], evidence, inputs, context, limit),
        *(_codes(facet, tables["code_table"], evidence, context) for facet in context.codebook.facets),
        *_shifts(tables["role_shifts"], evidence, context, limit),
        _theme_codes(inputs, limit),
        _capped("Documents", "Documents that were kept and analysed", "Each row is a document.", DOCUMENTS, documents, limit,
                "document_table.csv", "No page was kept."),
        _capped("Set aside", "Pages that were set aside, and why", "Each row is a page that was not analysed.", ASIDE, aside, limit,
                "document_table.csv", "No page was set aside: all were kept."),
        _removed(evidence, figures, quotes),
        Sheet("Method and limits", "How the figures were made, and what to keep in mind", (f"{ONE_TABLE} Each row is a step of the work.",),
              METHOD_COLUMNS, [dict(zip(("step", "done", "limits"), (text.format(**figures) for text in row), strict=True)) for row in METHOD]),
        _agreement(inputs, context),
        Sheet("How it was made", "Versions, settings and hashes that this workbook was made with", (f"{ONE_TABLE} Each row is a version, a setting or a hash.",),
              RUNS, inputs.rows("runs"), "Nothing was noted on how the tables were made."),
    ]  # fmt: skip
    by_name = {sheet.name: sheet for sheet in sheets}
    order = ["Themes", "Sub-themes", *(FACETS.get(f, (f.capitalize(),))[0] for f in context.codebook.facets)]
    order = list(dict.fromkeys([name for name in order if name in by_name] + list(by_name)))
    notes = {key: text.format(min_uses=context.settings.tabulate.min_uses) for key, text in NOTES.items()}
    contact = (settings.contact,) if settings.contact else ()
    about = (*(text.format(**figures) for text in ABOUT), QUOTES[quotes])
    cover = (("intro", tuple(text.format(**figures) for text in INTRO)), ("about", about), ("contact", contact))
    return Book(settings.title, cover, tuple(by_name[name] for name in order), notes)


def _capped(name: str, title: str, about: str, columns: tuple[Column, ...], rows: Sequence[Row], limit: int, rest: str, empty: str) -> Sheet:
    """A sheet with at most `limit` rows; the first line over it says so where there are more."""
    return Sheet(name, title, (f"{ONE_TABLE} {about}",), columns, rows[:limit], empty, len(rows), rest)


def _figures(inputs: Inputs, tables: Mapping[str, list[Row]], documents: list[Row], aside: list[Row], quotes: str) -> dict[str, Any]:
    """The numbers that the texts of the workbook name."""
    codes = tables["code_table"]
    themes = [row for row in tables["theme_table"] if row["level"] == 2]
    return {
        "n_pages": len(documents) + sum(row["status"] != "ignored" for row in aside),
        "n_kept": len(documents),
        "n_aside": sum(row["status"] != "ignored" for row in aside),
        "n_sites": len({row["site"] or row["path"] for row in documents}),
        "n_passages": sum(row["n_passages"] for row in documents),
        "n_themes": len(themes),
        "n_codings": sum(row["n_codings"] for row in codes),
        "n_codes": len(codes),
        "n_review": sum(row["n_needs_review"] for row in codes),
        "quotes": QUOTES[quotes],
    }


def _documents(inputs: Inputs, quotes: str) -> tuple[list[Row], list[Row]]:
    """Kept documents and pages set aside, in the order of their paths."""
    rows = inputs.rows("document_table")
    paths = {row["document_id"]: row["path"] for row in rows}
    made = []
    for row in rows:
        words = row["n_words_page"]
        row |= {
            "share_kept": min(1.0, row["n_words"] / words) if words else None,
            "status_words": STATUS_WORDS[row["status"]],
            "repeats": paths.get(row["duplicate_of"]) if row["duplicate_of"] else None,
            "cut": "Yes" if row["is_paywalled"] else "No",
        }
        made.append(shown_row("document_table", row, quotes))
    return [row for row in made if row["status"] == "kept"], [row for row in made if row["status"] != "kept"]


def _themes(rows: list[Row], evidence: Evidence, inputs: Inputs, context: Context, limit: int) -> list[Sheet]:
    """Themes with their quotes and a dissenting one, and sub-themes."""
    labels = {row["theme_id"]: row["theme"] for row in rows}
    quotes = context.settings.publish.quotes
    titles = {row["document_id"]: f"{row['title'] or row['path']} ({row['path']})" for row in inputs.rows("document_table")}
    names = {code.key: code.label for code in context.codebook.codes.values()}
    said = {row["theme_id"]: " ".join(part for part in (row["note"], row["decision"]) if part) for row in inputs.rows("themes")}
    for row in rows:
        against = evidence.dissent.get(row["theme_id"])
        row |= {
            "note": said.get(row["theme_id"]),
            "part_of": labels.get(row["parent_id"]),
            "grade": TOO_FEW if row["grade"] == "-" else row["grade"],
            "dissent": against and shown_text(against["sentence"], quotes),
            "dissent_from": against and f"{names.get(against['code'], against['code'])} ({against['status']})",
            "dissent_source": against and (titles[against["document_id"]] if quotes == "full" else shown_text(titles[against["document_id"]], quotes)),
        }
    rows = sorted(rows, key=lambda row: (-row["n_documents"], -row["n_passages"], row["theme_id"]))
    themes, parts = [row for row in rows if row["level"] == 2], [row for row in rows if row["level"] == 3]
    place = {row["theme_id"]: number for number, row in enumerate(themes)}
    parts.sort(key=lambda row: (place.get(row["parent_id"], len(place)), -row["n_documents"], row["theme_id"]))
    most = "Each row is a theme; those that most documents speak of come first."
    under = "Each row is a part of a theme; the parts of a theme stand together."
    return [
        _capped("Themes", "Themes that run through the documents", most, (*THEMES, *QUOTES_3, *DISSENT), themes, limit,
                "theme_table.csv", "No themes were found: there are too few passages."),
        _capped("Sub-themes", "Parts of each theme", under, (*SUBTHEMES, *QUOTES_3), parts, limit, "theme_table.csv",
                "No theme is large enough to have parts."),
    ]  # fmt: skip


def _codes(facet: str, codes: list[Row], evidence: Evidence, context: Context) -> Sheet:
    """The codes of one facet, those that most documents carry first, those never found last."""
    name, one, title = FACETS.get(facet, (facet.capitalize(), facet.capitalize(), f"Codes of the facet {facet}"))
    entry = context.codebook.facets[facet]
    kinds = {code.key: code for code in entry.codes}
    least = context.settings.tabulate.min_uses
    rows = []
    for row in codes:
        if row["facet"] == facet:
            code = kinds[row["code"]]
            found = {f"status_{status}": evidence.by_status.get((row["code"], status), 0) for status in entry.status}
            kind = {"kind": (code.kind or code.level).capitalize(), "rung": code.rung}
            rows.append(row | found | kind | {"enough": "Yes" if row["n_codings"] >= least else "No"})
    rows.sort(key=lambda row: (-row["n_documents"], -row["n_codings"]))
    meanings = "; ".join(f"{status}: {meaning}" for status, meaning in entry.status.items())
    about = (f"{ONE_TABLE} Each row is a code of the codebook; those that most documents carry come first.", *_folded(f"Status. {meanings}."))
    return Sheet(name, title, about, (*code_columns(facet, one, entry.status), *QUOTES_3), rows, "The codebook has no codes for this.")


def _folded(text: str, width: int = 150) -> list[str]:
    """Lines short enough to be read without scrolling."""
    import textwrap

    return textwrap.wrap(text, width)


def _shifts(rows: list[Row], evidence: Evidence, context: Context, limit: int) -> list[Sheet]:
    """Moves from one role to another: counted, and told one by one."""
    names = {code.key: code.label for code in context.codebook.codes.values()}
    moves = [
        {"from": names.get(old or "", old), "to": names.get(new or "", new), "n_documents": documents, "n_mentions": mentions}
        for (old, new), (documents, mentions) in evidence.shifts.items()
    ]
    moves.sort(key=lambda row: (-row["n_documents"], -row["n_mentions"], str(row["from"]), str(row["to"])))
    none = "No text tells of a move from one role to another, such as from fixer to facilitator."
    return [
        _capped("Role shifts", "Moves from one role to another, such as from fixer to facilitator", "Each row is a move; those that most documents tell of come first.",
                MOVES, moves, limit, "role_shifts.csv", none),
        _capped("Role shift quotes", "What the texts say of moves from one role to another", "Each row is one telling of a move.",
                SHIFTS, rows, limit, "role_shifts.csv", none),
    ]  # fmt: skip


def _theme_codes(inputs: Inputs, limit: int) -> Sheet:
    rows = [row for row in inputs.rows("theme_codes") if row["level"] == 2]
    rows = [row | {"facet": row["facet"].capitalize()} for row in rows]
    rows.sort(key=lambda row: (row["theme_id"], -row["n_documents"], -row["n_passages"], row["code"]))
    return _capped("Themes by code", "Which codes stand in which themes", "Each row is a code inside a theme; within a theme, codes that most documents carry come first.",
                   THEME_CODES, rows, limit, "theme_codes.csv", "No code stands in any theme.")  # fmt: skip


def _removed(evidence: Evidence, figures: Mapping[str, Any], quotes: str) -> Sheet:
    """What cleaning took out, by rule."""
    rows = []
    for row in evidence.removed.values():
        reason = min(row["reasons"], key=lambda words: (-row["reasons"][words], words))
        example = row["example"] and shown_text(row["example"], quotes)
        share = min(1.0, row["n_documents"] / figures["n_pages"]) if figures["n_pages"] else None
        rows.append(row | {"reason": reason, "example": example, "n_pages": figures["n_pages"], "share": share})
    rows.sort(key=lambda row: (-row["n_characters"], row["rule"]))
    return Sheet("Removed text", "Text that was removed from pages before analysis", (f"{ONE_TABLE} Each row is a rule; those that removed most text come first.",),
                 REMOVED, rows, "Nothing was removed from any page.")  # fmt: skip


def _agreement(inputs: Inputs, context: Context) -> Sheet:
    names = {code.key: code.label for code in context.codebook.codes.values()} | {"all": "All codes"}
    rows = [
        row | {"label": names.get(row["code"], row["code"]), "facet": row["facet"].capitalize()}
        for row in inputs.rows("agreement")
    ]
    return Sheet("Quality", "How well the program agrees with human coders", (f"{ONE_TABLE} Each row is a code, or all codes, on one set of texts.",),
                 AGREEMENT, rows, NO_AGREEMENT)  # fmt: skip
