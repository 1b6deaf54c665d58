"""a book -> the bytes of an .xlsx file, with gptables: the same bytes every time.

Page text is handed to gptables as rich text: it takes plain text for its own little language (`$$note$$`,
`[text](link)`), and page text must stay text. Strings are written as strings, never as formulas, numbers or links.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pipeline.publish.workbook.sheet import COUNT, DECIMAL, LINK, QUOTE, SHARE, SHORTHAND, TEXT, Book, Column, Laid, lay
from pipeline.publish.zipped import members, zipped

LANGUAGE = "en-GB"
MAKER = "coproduction-pipeline"
CREATED = datetime(2000, 1, 1)  # a file has to have a date; the clock would change its bytes
FORMATS = {COUNT: "#,##0", SHARE: "0%", DECIMAL: "0.00"}
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
BACK = "[Back to the contents](internal:'Contents'!A1)"
COVER_WIDTH = 100
LINE, HIGHEST = 15.75, 409.0  # points: of a line of text, and the most a row may have
FITTING = 1.15  # characters of 12 points that a unit of column width holds, on average
WIDE = 130  # characters; a sheet wider than this is not squeezed onto one page when printed


def write_xlsx(book: Book) -> bytes:
    """The workbook as a file."""
    import gptables

    laid = list(lay(book))
    sheets = {each.sheet.name: _table(each) for each in laid}
    sink = io.BytesIO()
    with warnings.catch_warnings():
        # gptables misses a notes table; ours is a sheet like the others, so that the ODS has it too.
        warnings.filterwarnings("ignore", "No note text provided")
        made = gptables.produce_workbook(
            sink, sheets, cover=_cover(book), contentsheet_label=None, auto_width=False, workbook_options=OPTIONS
        )
    made.set_properties({"title": book.title, "created": CREATED, "author": MAKER})
    made.set_size(2400, 1600)
    _finish_cover(made.get_worksheet_by_name("Cover"), book)
    for each in laid:
        _finish(made.get_worksheet_by_name(each.sheet.name), each)
    made.close()
    return _told(sink.getvalue())


def _table(laid: Laid) -> Any:
    """One sheet as gptables has it."""
    import gptables
    import pandas as pd
    from gptables.core.gptable import FormatList

    def value(content: Any, column: Column) -> Any:
        if column.kind == LINK:
            return {content: f"internal:'{content}'!A1"}
        return FormatList([{}, content]) if isinstance(content, str) and content not in SHORTHAND else content

    data = [[value(content, column) for content, column in zip(row, laid.columns, strict=True)] for row in laid.cells]
    table = pd.DataFrame(data, columns=list(laid.headings), dtype=object)
    return gptables.GPTable(
        table,
        laid.sheet.table_name,
        laid.sheet.title,
        instructions=laid.lines[0],
        legend=list(laid.lines[1:]),
        source=None if laid.sheet.name == "Contents" else BACK,
        index_columns={2: 0},
        additional_formatting=_formats(laid),
    )


def _formats(laid: Laid) -> list[dict[str, Any]]:
    """Numbers as numbers, aligned to the right with their heading; everything at the top of its row."""
    formats: list[dict[str, Any]] = [
        {"column": {"columns": list(laid.headings), "format": {"valign": "top"}, "include_names": True}}
    ]
    after_numbers = [
        heading
        for heading, column in zip(laid.headings[1:], laid.columns[1:], strict=True)
        if column.kind in (TEXT, QUOTE)
    ]
    if after_numbers:  # else text touches the number to its left
        formats.append({"column": {"columns": after_numbers, "format": {"indent": 1}, "include_names": True}})
    for kind, number_format in FORMATS.items():
        names = [heading for heading, column in zip(laid.headings, laid.columns, strict=True) if column.kind == kind]
        if names:
            formats += [
                {"column": {"columns": names, "format": {"num_format": number_format}, "include_names": False}},
                {"column": {"columns": names, "format": {"align": "right"}, "include_names": True}},
            ]
    return formats


def _cover(book: Book) -> Any:
    """The cover. gptables' own headings of its parts are kept: introduction, about these data, contact."""
    import gptables

    parts = dict(book.cover)
    return gptables.Cover(
        book.title,
        intro=list(parts["intro"]),
        about=list(parts["about"]),
        contact=list(parts["contact"]) if parts.get("contact") else None,
        width=COVER_WIDTH,
    )


def _finish(worksheet: Any, laid: Laid) -> None:
    """Widths, heights and how the sheet prints: its headings and its first column on every page."""
    first = len(laid.lines) + (2 if laid.sheet.name != "Contents" else 1)  # the row of the headings, from 0
    for place, column in enumerate(laid.columns):
        worksheet.set_column(place, place, column.width)
    for number, row in enumerate([laid.headings, *laid.cells]):
        worksheet.set_row(first + number, height(row, laid.columns))
    worksheet.repeat_rows(first)
    worksheet.repeat_columns(0)
    _print(worksheet, sum(column.width for column in laid.columns))


def _finish_cover(worksheet: Any, book: Book) -> None:
    sizes = [(book.title, 1.4)]
    for _, lines in book.cover:
        sizes += [("", 1.3), *((line, 1) for line in lines)] if lines else []
    for number, (line, size) in enumerate(sizes):
        worksheet.set_row(number, size * LINE * lines_of(line, COVER_WIDTH / size))
    _print(worksheet, COVER_WIDTH)


def _print(worksheet: Any, width: int) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    if width <= WIDE:
        worksheet.fit_to_pages(1, 0)
    else:
        worksheet.set_print_scale(60)
        worksheet.print_across()


def height(row: Sequence[Any], columns: Sequence[Column]) -> float:
    """The height, in points, of a row whose text is wrapped: programs do not all work it out on opening."""
    lines = max(lines_of(str(value), column.width) for value, column in zip(row, columns, strict=True))
    return min(HIGHEST, LINE * lines)


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column of a width in characters, at 12 points, rather more than fewer.

    >>> lines_of("Trust", 12), lines_of("Relationships and social connection", 20)
    (1, 2)
    >>> lines_of("A new model of support for independent living (a-new-model-of-support-for-independent-living.html)", 30)
    4
    """
    fitting = max(1, int((width - 1) * FITTING))
    return sum(max(1, len(textwrap.wrap(line, fitting))) for line in text.split("\n"))


def _told(data: bytes) -> bytes:
    """The file with its language and its maker among its properties, where XlsxWriter has no place for them.

    LibreOffice fits the rows to their wrapped text only where the maker is not said to be Excel.
    """
    end = "</cp:coreProperties>"
    changes = {
        "docProps/core.xml": (end, f"<dc:language>{LANGUAGE}</dc:language>{end}"),
        "docProps/app.xml": ("<Application>Microsoft Excel<", f"<Application>{MAKER}<"),
    }
    return zipped((name, _changed(content, *changes.get(name, ("", "")))) for name, content in members(data))


def _changed(content: bytes, old: str, new: str) -> bytes:
    return content.replace(old.encode(), new.encode()) if old else content
