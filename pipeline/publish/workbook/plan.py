"""The sheets in the order in which a policy team reads them; those of the facets come after Sub-themes."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.publish.workbook import columns as c
from pipeline.publish.workbook.sheet import Column
from pipeline.publish.workbook.words import NO_AGREEMENT

ONE_TABLE = "This worksheet contains one table."
NO_SHIFTS = "No text tells of a move from one role to another, such as from fixer to facilitator."


@dataclass(frozen=True)
class Plan:
    """One sheet: `rows` says what a row is; `empty` stands where there is none; `rest` is the CSV file of all rows."""

    name: str
    title: str
    rows: str
    columns: tuple[Column, ...]
    empty: str
    rest: str = ""


THEME_SHEETS = (
    Plan(
        "Themes",
        "Themes that run through the documents",
        "Each row is a theme; those that most documents speak of come first.",
        (*c.THEMES, *c.QUOTES_3, *c.DISSENT),
        "No themes were found: there are too few passages.",
        "theme_table.csv",
    ),
    Plan(
        "Sub-themes",
        "Parts of each theme",
        "Each row is a part of a theme; the parts of a theme stand together.",
        (*c.SUBTHEMES, *c.QUOTES_3),
        "No theme is large enough to have parts.",
        "theme_table.csv",
    ),
)
OTHER_SHEETS = (
    Plan(
        "Role shifts",
        "Moves from one role to another, such as from fixer to facilitator",
        "Each row is a move; those that most documents tell of come first.",
        c.MOVES,
        NO_SHIFTS,
        "role_shifts.csv",
    ),
    Plan(
        "Role shift quotes",
        "What the texts say of moves from one role to another",
        "Each row is one telling of a move.",
        c.SHIFTS,
        NO_SHIFTS,
        "role_shifts.csv",
    ),
    Plan(
        "Themes by code",
        "Which codes stand in which themes",
        "Each row is a code inside a theme; within a theme, codes that most documents carry come first.",
        c.THEME_CODES,
        "No code stands in any theme.",
        "theme_codes.csv",
    ),
    Plan(
        "Documents",
        "Documents that were kept and analysed",
        "Each row is a document.",
        c.DOCUMENTS,
        "No page was kept.",
        "document_table.csv",
    ),
    Plan(
        "Set aside",
        "Pages that were set aside, and why",
        "Each row is a page that was not analysed.",
        c.ASIDE,
        "No page was set aside: all were kept.",
        "document_table.csv",
    ),
    Plan(
        "Removed text",
        "Text that was removed from pages before analysis",
        "Each row is a rule; those that removed most text come first.",
        c.REMOVED,
        "Nothing was removed from any page.",
        "removals.csv",
    ),
    Plan(
        "Method and limits",
        "How the figures were made, and what to keep in mind",
        "Each row is a step of the work.",
        c.METHOD_COLUMNS,
        "There is nothing to say.",
    ),
    Plan(
        "Quality",
        "How well the program agrees with human coders",
        "Each row is a code, or all codes, on one set of texts.",
        c.AGREEMENT,
        NO_AGREEMENT,
        "agreement.csv",
    ),
    Plan(
        "How it was made",
        "Versions, settings and hashes that this workbook was made with",
        "Each row is a version, a setting or a hash.",
        c.RUNS,
        "Nothing was noted on how the tables were made.",
        "runs.csv",
    ),
)
