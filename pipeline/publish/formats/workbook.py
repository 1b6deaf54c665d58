"""reader tables -> OUT/theme_tables.xlsx and OUT/theme_tables.ods: the same sheets for people who read, not compute."""

from __future__ import annotations

from pipeline.publish.workbook.ods import write_ods
from pipeline.publish.workbook.sheets import make_book
from pipeline.publish.workbook.xlsx import write_xlsx
from pipeline.store import Context, Inputs, write_atomically

FILES = (("theme_tables.xlsx", write_xlsx), ("theme_tables.ods", write_ods))


def write(inputs: Inputs, context: Context) -> list[str]:
    """Write both files; returns their names."""
    book = make_book(inputs, context)
    for name, made in FILES:
        write_atomically(context.out / name, made(book))
    return [name for name, _ in FILES]
