"""a workbook -> breaches of the rules on what it is made of: sheets, tables, headings, cells, notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Problems = Iterator[tuple[str, str]]  # (sheet, or blank for the workbook; what is wrong)
FRONT = ("Cover", "Contents", "Notes")
NAME_LENGTH = 31
NOTE = re.compile(r"\[note (\d+)\]")
SHORTHAND = re.compile(r"\[(?:c|low|x|z|\.\.|w|b|e|f|p|r|u)\]")
GENERIC = re.compile(r"(sheet|table|tab)\s*\d*", re.IGNORECASE)


def data_sheets(book: Any) -> list[Any]:
    return [sheet for sheet in book.worksheets if sheet.title != "Cover"]


def table_of(sheet: Any) -> Any:
    """(first column, first row, last column, last row) of the one marked-up table, or None."""
    from openpyxl.utils import range_boundaries

    refs = [table.ref for table in sheet.tables.values()]
    return range_boundaries(refs[0]) if len(refs) == 1 else None


def text_of(cell: Any) -> str:
    return cell.value if isinstance(cell.value, str) else ""


def title_and_language(book: Any, path: Path) -> Problems:
    if not (book.properties.title or "").strip():
        yield "", "the document has no title"
    if not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", book.properties.language or ""):
        yield "", "the document has no language"


def front_sheets(book: Any, path: Path) -> Problems:
    if tuple(book.sheetnames[:3]) != FRONT:
        yield "", f"the first sheets are {book.sheetnames[:3]}, not {list(FRONT)}"


def sheet_names(book: Any, path: Path) -> Problems:
    seen: set[str] = set()
    for name in book.sheetnames:
        if name.casefold() in seen:
            yield name, "another sheet has this name"
        seen.add(name.casefold())
        if len(name) > NAME_LENGTH or GENERIC.fullmatch(name):
            yield name, "the name is too long or says nothing"


def one_table(book: Any, path: Path) -> Problems:
    names: set[str] = set()
    for sheet in data_sheets(book):
        if len(sheet.tables) != 1:
            yield sheet.title, f"{len(sheet.tables)} marked-up tables instead of one"
        for name in sheet.tables:
            if name in names:
                yield sheet.title, f"another table is called {name}"
            names.add(name)
    if book["Cover"].tables if "Cover" in book.sheetnames else False:
        yield "Cover", "has a table"


def headings(book: Any, path: Path) -> Problems:
    """One header row, marked as such, every heading unique and with text."""
    for sheet in data_sheets(book):
        for table in sheet.tables.values():
            if table.headerRowCount not in (None, 1):
                yield sheet.title, f"{table.headerRowCount} header rows"
        if box := table_of(sheet):
            row = [text_of(sheet.cell(box[1], column)).strip() for column in range(box[0], box[2] + 1)]
            if not all(row):
                yield sheet.title, "a heading without text"
            if len({name.casefold() for name in row}) < len(row):
                yield sheet.title, "two headings are the same"


def title_down(book: Any, path: Path) -> Problems:
    """Title in A1, then lines in column A, then the table, with no empty row between and nothing after."""
    for sheet in book.worksheets:
        if not text_of(sheet["A1"]).strip():
            yield sheet.title, "no title in A1"
        box = table_of(sheet)
        last = box[1] - 1 if box else sheet.max_row
        for row in range(1, last + 1):
            if not text_of(sheet.cell(row, 1)).strip():
                yield sheet.title, f"row {row} is empty"
            if any(sheet.cell(row, column).value is not None for column in range(2, sheet.max_column + 1)):
                yield sheet.title, f"row {row} has text outside column A"
        if box and (sheet.max_row, sheet.max_column) != (box[3], box[2]):
            yield sheet.title, "there are cells outside the table"


def no_empty_cells(book: Any, path: Path) -> Problems:
    for sheet in data_sheets(book):
        if box := table_of(sheet):
            for row in sheet.iter_rows(box[1], box[3], box[0], box[2]):
                for cell in row:
                    if cell.value is None or not str(cell.value).strip():
                        yield sheet.title, f"{cell.coordinate} is empty"


def no_merged_cells(book: Any, path: Path) -> Problems:
    for sheet in book.worksheets:
        if sheet.merged_cells.ranges:
            yield sheet.title, f"merged cells at {min(map(str, sheet.merged_cells.ranges))}"


def nothing_hidden(book: Any, path: Path) -> Problems:
    for sheet in book.worksheets:
        hidden = [d for d in [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()] if d.hidden]
        if hidden or sheet.sheet_state != "visible":
            yield sheet.title, "has hidden rows or columns, or is hidden"


def no_panes_or_filters(book: Any, path: Path) -> Problems:
    for sheet in book.worksheets:
        if sheet.freeze_panes or (sheet.sheet_view.pane is not None):
            yield sheet.title, "has frozen panes"
        if sheet.auto_filter.ref or any(table.autoFilter for table in sheet.tables.values()):
            yield sheet.title, "has a filter"


def cursor_at_start(book: Any, path: Path) -> Problems:
    if book.active.title != book.sheetnames[0]:
        yield "", f"opens at {book.active.title}, not at the first sheet"
    for sheet in book.worksheets:
        if any(selection.activeCell not in (None, "A1") for selection in sheet.sheet_view.selection):
            yield sheet.title, "the cursor is not at A1"


def notes_resolve(book: Any, path: Path) -> Problems:
    """Notes are words in brackets, numbered by first use, and all on the notes sheet; each is used."""
    used: dict[int, str] = {}
    for sheet in data_sheets(book):
        box = table_of(sheet)
        if box and sheet.title not in FRONT:
            for row in range(1, box[1] + 1):
                for column in range(1, box[2] + 1):
                    for number in NOTE.findall(text_of(sheet.cell(row, column))):
                        used.setdefault(int(number), sheet.title)
    box = table_of(book["Notes"]) if "Notes" in book.sheetnames else None
    told = [text_of(book["Notes"].cell(row, 1)) for row in range(box[1] + 1, box[3] + 1)] if box else []
    known = [int(text.removeprefix("note ")) for text in told if text.startswith("note ")]
    for number, sheet in used.items():
        if number not in known:
            yield sheet, f"[note {number}] is not on the notes sheet"
    if list(used) != sorted(used):
        yield "Notes", "notes are not numbered in the order of their first use"
    for number in sorted(set(known) - set(used)):
        yield "Notes", f"note {number} is referred to nowhere"


def shorthand_explained(book: Any, path: Path) -> Problems:
    for sheet in data_sheets(book):
        if box := table_of(sheet):
            over = " ".join(text_of(sheet.cell(row, 1)) for row in range(1, box[1]))
            cells = (cell for row in sheet.iter_rows(box[1] + 1, box[3], box[0], box[2]) for cell in row)
            for sign in sorted({text_of(cell) for cell in cells if SHORTHAND.fullmatch(text_of(cell))}):
                if f"{sign} means" not in over:
                    yield sheet.title, f"{sign} is not explained over the table"
