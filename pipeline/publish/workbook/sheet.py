"""rows -> cells: what a sheet of the workbook is, whatever file it is written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.exchange import legal
from pipeline.publish.quoting import WITHHELD

# A QUOTE is text in one line; a LINK names a sheet.
TEXT, QUOTE, COUNT, SHARE, DECIMAL, LINK = "text", "quote", "count", "share", "decimal", "link"
NUMBERS = (COUNT, SHARE, DECIMAL)
CELL_LENGTH = 32_000  # characters; a spreadsheet holds 32,767 in a cell
CUT = " [cut]"
EMPTY = "This worksheet contains one table. It says why there is nothing to show."
SHORTHAND = {
    "[c]": "withheld by the setting quotes",
    "[low]": "rounds to 0% but is more than none",
    "[x]": "not available: the pages do not say",
    "[z]": "not applicable",
}


@dataclass(frozen=True)
class Column:
    """One column. `key` names it in the rows; `width` is in characters; `blank` is the shorthand of an empty cell."""

    heading: str
    key: str
    kind: str = TEXT
    width: int = 12
    notes: tuple[str, ...] = ()
    blank: str = "[z]"


@dataclass(frozen=True)
class Sheet:
    """One sheet: `about` are the lines under the title; `n_rows` counts the rows there are, shown or not."""

    name: str
    title: str
    about: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    empty: str = "There is nothing to show."
    n_rows: int = 0
    rest: str = ""  # the CSV file with all rows

    @property
    def table_name(self) -> str:
        """The name of the marked-up table."""
        return self.name.lower().replace(" ", "_").replace("-", "_") + "_table"


@dataclass(frozen=True)
class Book:
    """The workbook. `cover`: (heading, lines) in order; `notes`: {key: text}."""

    title: str
    cover: tuple[tuple[str, tuple[str, ...]], ...]
    sheets: tuple[Sheet, ...]
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Laid:
    """A sheet as it stands in the file: lines over the table, headings, cells. A LINK cell names a sheet."""

    sheet: Sheet
    lines: tuple[str, ...]
    headings: tuple[str, ...]
    columns: tuple[Column, ...]
    cells: list[list[Any]]


def lay(book: Book) -> Iterator[Laid]:
    """Every sheet after the cover, in order: contents, notes, and those of the book, notes numbered by first use."""
    numbers = note_numbers(book)
    for sheet in (contents(book), notes(book, numbers), *book.sheets):
        yield _laid(sheet, numbers)


def note_numbers(book: Book) -> dict[str, int]:
    """{key of a note: its number}, in the order in which a reader meets them."""
    used = dict.fromkeys(key for sheet in book.sheets if sheet.rows for column in sheet.columns for key in column.notes)
    return {key: number for number, key in enumerate(used, 1)}


def contents(book: Book) -> Sheet:
    """The sheet that names all others, with a link to each."""
    shown = [{"sheet": "Notes", "what": "Notes that the other sheets refer to", "rows": len(note_numbers(book))}]
    shown += [
        {"sheet": sheet.name, "what": sheet.title, "rows": sheet.n_rows or len(sheet.rows)} for sheet in book.sheets
    ]
    columns = (
        Column("Sheet", "sheet", LINK, 24),
        Column("What it shows", "what", TEXT, 80),
        Column("Rows", "rows", COUNT, 10),
    )
    about = ("This worksheet contains one table. Each row is a sheet of this workbook; its name is a link to it.",)
    return Sheet("Contents", "Contents", about, columns, shown)


def notes(book: Book, numbers: Mapping[str, int]) -> Sheet:
    """The sheet with the notes."""
    rows = [{"note": f"note {number}", "text": book.notes[key]} for key, number in numbers.items()]
    columns = (Column("Note", "note", TEXT, 12), Column("What it says", "text", TEXT, 110))
    about = ("This worksheet contains one table. Each row is a note that headings of other sheets refer to.",)
    return Sheet("Notes", "Notes", about, columns, rows, "No sheet has notes.")


def _laid(sheet: Sheet, numbers: Mapping[str, int]) -> Laid:
    if not sheet.rows:
        columns = (Column("Result", "result", TEXT, 100),)
        return Laid(sheet, (EMPTY,), ("Result",), columns, [[sheet.empty]])
    cells = [[cell(row[column.key], column) for column in sheet.columns] for row in sheet.rows]
    headings = tuple("\n".join([c.heading, *(f"[note {numbers[key]}]" for key in c.notes)]) for c in sheet.columns)
    return Laid(sheet, _lines(sheet, cells), headings, sheet.columns, cells)


def cell(value: Any, column: Column) -> Any:
    """The value as it stands in a cell: never empty, never longer than a cell holds, nothing that XML forbids.

    >>> cell(None, Column("Site", "site", blank="[x]")), cell(0.001, Column("Share", "s", SHARE))
    ('[x]', '[low]')
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return column.blank
    if value == WITHHELD:
        return "[c]"
    if column.kind == SHARE and 0 < value < 0.005:
        return "[low]"
    if not isinstance(value, str):
        return value
    text = legal(value.strip()) if column.kind != QUOTE else legal(" ".join(value.split()))
    return text if len(text) <= CELL_LENGTH else text[: CELL_LENGTH - len(CUT)] + CUT


def _lines(sheet: Sheet, cells: Iterable[Iterable[Any]]) -> tuple[str, ...]:
    """The lines between the title and the table."""
    used = {value for row in cells for value in row if isinstance(value, str) and value in SHORTHAND}
    meanings = [f"{sign} means {SHORTHAND[sign]}" for sign in sorted(used)]
    lines = list(sheet.about)
    if any(column.notes for column in sheet.columns) and sheet.rows:
        lines.append("Some headings refer to notes, which are on the notes worksheet.")
    if meanings:
        lines.append(f"Shorthand: {'; '.join(meanings)}.")
    if sheet.n_rows > len(sheet.rows):
        lines.append(
            f"Only the first {len(sheet.rows):,} of {sheet.n_rows:,} rows are shown here. "
            f"The file csv/{sheet.rest} holds all of them."
        )
    return tuple(lines)
