"""a workbook (.xlsx) -> what breaks the rules of accessible spreadsheets: `python -m pipeline.publish.lint_workbook FILE`.

The rules are those of the UK Government Analysis Function that a machine can check; each is a row of RULES. It reads
the file as it was written and knows nothing of how it was made.
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Problems = Iterator[tuple[str, str]]  # (sheet, or blank for the workbook; what is wrong)
FRONT = ("Cover", "Contents", "Notes")
NAME_LENGTH = 31
LINE_LENGTH = 260  # characters of a line over the table that still reads without much scrolling
NOTE = re.compile(r"\[note (\d+)\]")
SHORTHAND = re.compile(r"\[(?:c|low|x|z|\.\.|w|b|e|f|p|r|u)\]")
NOT_DESCRIPTIVE = {"here", "click here", "link", "more", "read more", "this"}
GENERIC = re.compile(r"(sheet|table|tab)\s*\d*", re.IGNORECASE)
PALE = 3  # a fill pattern other than none is a colour; more kinds of fill than this is a code by colour


def lint(path: Path) -> list[str]:
    """Every breach, as `sheet: rule: what is wrong`; nothing where the workbook keeps all rules."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    return [f"{sheet or 'workbook'}: {rule}: {text}" for rule, check in RULES for sheet, text in check(book, path)]


def _data_sheets(book: Any) -> list[Any]:
    return [sheet for sheet in book.worksheets if sheet.title != "Cover"]


def _table(sheet: Any) -> Any:
    """(first column, first row, last column, last row) of the one marked-up table, or None."""
    from openpyxl.utils import range_boundaries

    refs = [table.ref for table in sheet.tables.values()]
    return range_boundaries(refs[0]) if len(refs) == 1 else None


def _text(cell: Any) -> str:
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
    for sheet in _data_sheets(book):
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
    for sheet in _data_sheets(book):
        for table in sheet.tables.values():
            if table.headerRowCount not in (None, 1):
                yield sheet.title, f"{table.headerRowCount} header rows"
        if box := _table(sheet):
            row = [_text(sheet.cell(box[1], column)).strip() for column in range(box[0], box[2] + 1)]
            if not all(row):
                yield sheet.title, "a heading without text"
            if len({name.casefold() for name in row}) < len(row):
                yield sheet.title, "two headings are the same"


def title_down(book: Any, path: Path) -> Problems:
    """Title in A1, then lines in column A, then the table, with no empty row between and nothing after."""
    for sheet in book.worksheets:
        if not _text(sheet["A1"]).strip():
            yield sheet.title, "no title in A1"
        box = _table(sheet)
        last = box[1] - 1 if box else sheet.max_row
        for row in range(1, last + 1):
            if not _text(sheet.cell(row, 1)).strip():
                yield sheet.title, f"row {row} is empty"
            if any(sheet.cell(row, column).value is not None for column in range(2, sheet.max_column + 1)):
                yield sheet.title, f"row {row} has text outside column A"
        if box and (sheet.max_row, sheet.max_column) != (box[3], box[2]):
            yield sheet.title, "there are cells outside the table"


def no_empty_cells(book: Any, path: Path) -> Problems:
    for sheet in _data_sheets(book):
        if box := _table(sheet):
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
    for sheet in _data_sheets(book):
        box = _table(sheet)
        if box and sheet.title not in FRONT:
            for row in range(1, box[1] + 1):
                for column in range(1, box[2] + 1):
                    for number in NOTE.findall(_text(sheet.cell(row, column))):
                        used.setdefault(int(number), sheet.title)
    box = _table(book["Notes"]) if "Notes" in book.sheetnames else None
    told = [_text(book["Notes"].cell(row, 1)) for row in range(box[1] + 1, box[3] + 1)] if box else []
    known = [int(text.removeprefix("note ")) for text in told if text.startswith("note ")]
    for number, sheet in used.items():
        if number not in known:
            yield sheet, f"[note {number}] is not on the notes sheet"
    if list(used) != sorted(used):
        yield "Notes", "notes are not numbered in the order of their first use"
    for number in sorted(set(known) - set(used)):
        yield "Notes", f"note {number} is referred to nowhere"


def shorthand_explained(book: Any, path: Path) -> Problems:
    for sheet in _data_sheets(book):
        if box := _table(sheet):
            over = " ".join(_text(sheet.cell(row, 1)) for row in range(1, box[1]))
            cells = (cell for row in sheet.iter_rows(box[1] + 1, box[3], box[0], box[2]) for cell in row)
            for sign in sorted({_text(cell) for cell in cells if SHORTHAND.fullmatch(_text(cell))}):
                if f"{sign} means" not in over:
                    yield sheet.title, f"{sign} is not explained over the table"


def links_describe(book: Any, path: Path) -> Problems:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink:
                    text = _text(cell).strip()
                    if not text or text.casefold() in NOT_DESCRIPTIVE or text.startswith(("http", "www.")):
                        yield sheet.title, f"the link at {cell.coordinate} says {text!r}"
                    target = (cell.hyperlink.location or "").split("!")[0].strip("'")
                    if cell.hyperlink.location and target not in book.sheetnames:
                        yield sheet.title, f"the link at {cell.coordinate} leads nowhere"


def contents_complete(book: Any, path: Path) -> Problems:
    if "Contents" not in book.sheetnames or not (box := _table(book["Contents"])):
        yield "", "there is no contents sheet with a table"
        return
    sheet = book["Contents"]
    linked = [_text(sheet.cell(row, 1)) for row in range(box[1] + 1, box[3] + 1) if sheet.cell(row, 1).hyperlink]
    if linked != [name for name in book.sheetnames if name not in ("Cover", "Contents")]:
        yield "Contents", "does not link to every other sheet in order"


def only_values(book: Any, path: Path) -> Problems:
    """No formula, no error, no picture, no comment, no macro; numbers stand as numbers."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type in ("f", "e"):
                    yield sheet.title, f"{cell.coordinate} holds a formula or an error"
                if re.fullmatch(r"-?[\d,]+(\.\d+)?%?", _text(cell).strip()) and sheet.title != "How it was made":
                    yield sheet.title, f"{cell.coordinate} holds a number as text"
                if cell.comment:
                    yield sheet.title, f"{cell.coordinate} has a comment"
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if re.search(r"media/|drawings/|vbaProject|externalLinks/", name):
                yield "", f"holds {name}"


def readable(book: Any, path: Path) -> Problems:
    """Sans serif of at least 12 points, wrapped text in tables, no italics, no capitals for stress, no underlining but of links."""
    for sheet in book.worksheets:
        box = _table(sheet)
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
                if not in_table and len(_text(cell)) > LINE_LENGTH and sheet.title != "Cover":
                    yield sheet.title, f"{cell.coordinate} is a line of {len(_text(cell))} characters"


def aligned(book: Any, path: Path) -> Problems:
    """Numbers to the right, text to the left; shares as whole percents."""
    for sheet in _data_sheets(book):
        if box := _table(sheet):
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

    for sheet in _data_sheets(book):
        if box := _table(sheet):
            for column in range(box[0], box[2] + 1):
                width = sheet.column_dimensions[_dimension(sheet, get_column_letter(column))].width
                words = _text(sheet.cell(box[1], column)).split()
                longest = max((len(word) for word in words if not word.startswith("[")), default=0)
                if not longest * 0.8 <= width <= 120:
                    yield sheet.title, f"column {get_column_letter(column)} is {width} wide; its heading has a word of {longest}"


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


RULES: tuple[tuple[str, Callable[[Any, Path], Problems]], ...] = (
    ("title and language are set", title_and_language),
    ("cover, contents and notes come first", front_sheets),
    ("sheet names are unique and say something", sheet_names),
    ("one marked-up table a sheet", one_table),
    ("one header row of unique headings", headings),
    ("from the title in A1 down, without gaps", title_down),
    ("no empty cells", no_empty_cells),
    ("no merged cells", no_merged_cells),
    ("nothing hidden", nothing_hidden),
    ("no frozen panes, no filters", no_panes_or_filters),
    ("cursor at A1, first sheet open", cursor_at_start),
    ("notes resolve", notes_resolve),
    ("shorthand is explained", shorthand_explained),
    ("links say where they lead", links_describe),
    ("contents are complete", contents_complete),
    ("values only", only_values),
    ("readable type", readable),
    ("aligned and formatted numbers", aligned),
    ("nothing by colour", no_colour),
    ("column widths", widths),
    ("no headers or footers", no_headers_or_footers),
)


if __name__ == "__main__":
    found = lint(Path(sys.argv[1]))
    print("\n".join(found) or f"{sys.argv[1]}: keeps all {len(RULES)} rules")
    sys.exit(bool(found))
