"""tables + setting `publish.quotes` -> rows as they may be published: with full quotes, short ones or none."""

from __future__ import annotations

from typing import Any

from pipeline.store import Context, Inputs

# Columns that hold the words of a page, by table. Labels and terms of themes are single words and stay.
PAGE_TEXT = {
    "theme_table": ("description", *(f"quote_{n}{end}" for n in (1, 2, 3) for end in ("", "_source"))),
    "code_table": tuple(f"quote_{n}{end}" for n in (1, 2, 3) for end in ("", "_source")),
    "role_shifts": ("quote", "sentence", "holder"),
    "document_table": ("title",),
    "themes": ("description",),
    "codings": ("quote", "holder", "explanation"),
    "removals": ("text",),
    "sentences": ("text", "heading", "speaker"),
    "passages": ("text",),
    "documents": ("title", "text"),
    "pages": ("title", "text"),
    "edits": ("before", "after"),
}
SHORT = 120  # code points of a short quote
WITHHELD = "[withheld]"


def shown(name: str, inputs: Inputs, context: Context) -> list[dict[str, Any]]:
    """The rows of a table, page text cut or withheld as the setting says."""
    return [shown_row(name, row, context.settings.publish.quotes) for row in inputs.rows(name)]


def shown_row(name: str, row: dict[str, Any], quotes: str) -> dict[str, Any]:
    """One row of a table, page text cut (`short`) or withheld (`none`); the row itself for `full`.

    >>> shown_row("themes", {"theme_id": "1", "description": "We trust them."}, "none")
    {'theme_id': '1', 'description': '[withheld]'}
    """
    if quotes == "full":
        return row
    cut = {column: shown_text(row[column], quotes) for column in PAGE_TEXT.get(name, ()) if row.get(column)}
    return row | cut


def shown_text(text: str, quotes: str) -> str:
    """Words of a page as the setting lets them out."""
    return {"full": text, "short": short(text)}.get(quotes, WITHHELD)


def named_reason(row: dict[str, Any], twin: str | None) -> str | None:
    """Why a page was set aside, the page it repeats called by its path and not by its id.

    >>> named_reason({"reason": "repeats 0a1b: about 90%", "duplicate_of": "0a1b"}, "news/baths.txt")
    'repeats news/baths.txt: about 90%'
    """
    reason: str | None = row["reason"]
    return reason.replace(row["duplicate_of"], twin) if reason and twin else reason


def short(text: str) -> str:
    """The first words of a text, up to SHORT code points.

    >>> short("Trust.")
    'Trust.'
    """
    return text if len(text) <= SHORT else text[: SHORT - 4].rsplit(" ", 1)[0] + " ..."
