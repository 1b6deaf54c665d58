"""tables + setting `publish.quotes` -> rows as they may be published: with full quotes, short ones or none."""

from __future__ import annotations

from typing import Any

from pipeline.store import Context, Inputs

# Columns that hold the words of a page, by table; `short` is what still stands when quotes are short.
PAGE_TEXT = {
    "theme_table": ("description", *(f"quote_{n}" for n in (1, 2, 3))),
    "code_table": tuple(f"quote_{n}" for n in (1, 2, 3)),
    "role_shifts": ("quote", "sentence", "holder"),
    "document_table": ("title",),
    "themes": ("description",),
    "codings": ("quote", "holder", "explanation"),
    "removals": ("text",),
}
SOURCES = {"theme_table": 3, "code_table": 3}
SHORT = 120  # code points of a short quote
WITHHELD = "[withheld]"


def shown(name: str, inputs: Inputs, context: Context) -> list[dict[str, Any]]:
    """The rows of a table, page text cut or withheld as the setting says."""
    quotes = context.settings.publish.quotes
    rows = inputs.rows(name)
    if quotes == "full":
        return rows
    for row in rows:
        for column in PAGE_TEXT.get(name, ()):
            if row[column]:
                row[column] = WITHHELD if quotes == "none" else short(row[column])
        for number in range(1, SOURCES.get(name, 0) + 1 if quotes == "none" else 1):
            row[f"quote_{number}_source"] = row[f"quote_{number}_source"] and WITHHELD
    return rows


def short(text: str) -> str:
    """The first words of a text, up to SHORT code points.

    >>> short("Trust.")
    'Trust.'
    """
    return text if len(text) <= SHORT else text[:SHORT].rsplit(" ", 1)[0] + " ..."
