"""a workbook -> breaches of the rules on how it reads: links, values, type, alignment, colour, widths."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from pipeline.publish.lint_structure import Problems, data_sheets, table_of, text_of

LINE_LENGTH = 260  # characters of a line over the table that still reads without much scrolling
NOT_DESCRIPTIVE = {"here", "click here", "link", "more", "read more", "this"}


def links_describe(book: Any, path: Path) -> Problems:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink:
                    text = text_of(cell).strip()
                    if not text or text.casefold() in NOT_DESCRIPTIVE or text.startswith(("http", "www.")):
                        yield sheet.title, f"the link at {cell.coordinate} says {text!r}"
                    target = (cell.hyperlink.location or "").split("!")[0].strip("'")
                    if cell.hyperlink.location and target not in book.sheetnames:
                        yield sheet.title, f"the link at {cell.coordinate} leads nowhere"


def contents_complete(book: Any, path: Path) -> Problems:
    if "Contents" not in book.sheetnames or not (box := table_of(book["Contents"])):
        yield "", "there is no contents sheet with a table"
        return
    sheet = book["Contents"]
    linked = [text_of(sheet.cell(row, 1)) for row in range(box[1] + 1, box[3] + 1) if sheet.cell(row, 1).hyperlink]
    if linked != [name for name in book.sheetnames if name not in ("Cover", "Contents")]:
        yield "Contents", "does not link to every other sheet in order"


def only_values(book: Any, path: Path) -> Problems:
    """No formula, no error, no picture, no comment, no macro; numbers stand as numbers."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type in ("f", "e"):
                    yield sheet.title, f"{cell.coordinate} holds a formula or an error"
                if re.fullmatch(r"-?[\d,]+(\.\d+)?%?", text_of(cell).strip()) and sheet.title != "How it was made":
                    yield sheet.title, f"{cell.coordinate} holds a number as text"
                if cell.comment:
                    yield sheet.title, f"{cell.coordinate} has a comment"
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.search(r"media/|drawings/|vbaProject|externalLinks/", name):
                yield "", f"holds {name}"


def readable(book: Any, path: Path) -> Problems:
    """Sans serif of at least 12 points, wrapped text in tables, no italics, no underlining but of links."""
    for sheet in book.worksheets:
        box = table_of(sheet)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None:
                    continue
                font = cell.font
                if font.name not in ("Arial", "Helvetica", "Calibri", "Verdana") or (font.sz or 0) < 12:
                    yield sheet.title, f"{cell.coordinate} is in {font.name} {font.sz}"
                if font.i or (font.u not in (None, "none") and not cell.hyperlink):
                    yield sheet.title, f"{cell.coordinate} is in italics or underlined"
                in_table = box and cell.row >= box[1]
                if in_table and isinstance(cell.value, str) and not cell.alignment.wrap_text:
                    yield sheet.title, f"{cell.coordinate} is not wrapped"
                if not in_table and len(text_of(cell)) > LINE_LENGTH and sheet.title != "Cover":
                    yield sheet.title, f"{cell.coordinate} is a line of {len(text_of(cell))} characters"


def aligned(book: Any, path: Path) -> Problems:
    """Numbers to the right, text to the left; shares as whole percents."""
    for sheet in data_sheets(book):
        if box := table_of(sheet):
            for row in sheet.iter_rows(box[1] + 1, box[3], box[0], box[2]):
                for cell in row:
                    is_number = isinstance(cell.value, int | float)
                    if is_number and cell.alignment.horizontal not in ("right", None, "general"):
                        yield sheet.title, f"the number at {cell.coordinate} is not aligned to the right"
                    if not is_number and cell.alignment.horizontal == "center":
                        yield sheet.title, f"the text at {cell.coordinate} is centred"
                    if is_number and cell.number_format == "General":
                        yield sheet.title, f"the number at {cell.coordinate} has no format"


def no_colour(book: Any, path: Path) -> Problems:
    for sheet in book.worksheets:
        fills = {cell.fill.fill_type for row in sheet.iter_rows() for cell in row} - {None, "none"}
        if fills or sheet.conditional_formatting or sheet.sheet_properties.tabColor:
            yield sheet.title, "uses colour"


def widths(book: Any, path: Path) -> Problems:
    """Every column wide enough for its longest word that has a chance, and no wider than a screen."""
    from openpyxl.utils import get_column_letter

    for sheet in data_sheets(book):
        if box := table_of(sheet):
            for column in range(box[0], box[2] + 1):
                width = sheet.column_dimensions[_dimension(sheet, get_column_letter(column))].width
                words = text_of(sheet.cell(box[1], column)).split()
                longest = max((len(word) for word in words if not word.startswith("[")), default=0)
                if not longest * 0.8 <= width <= 120:
                    yield (
                        sheet.title,
                        f"column {get_column_letter(column)} is {width} wide; its heading has a word of {longest}",
                    )


def _dimension(sheet: Any, letter: str) -> str:
    """The letter under which openpyxl keeps a width: equal neighbours are one group."""
    from openpyxl.utils import column_index_from_string

    number = column_index_from_string(letter)
    return next((key for key, d in sheet.column_dimensions.items() if (d.min or 0) <= number <= (d.max or 0)), letter)


def no_headers_or_footers(book: Any, path: Path) -> Problems:
    for sheet in book.worksheets:
        parts = (sheet.oddHeader, sheet.oddFooter, sheet.evenHeader, sheet.evenFooter)
        if any(part.left.text or part.center.text or part.right.text for part in parts):
            yield sheet.title, "has a header or a footer"
