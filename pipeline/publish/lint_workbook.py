"""a workbook (.xlsx) -> what breaks the rules of accessible spreadsheets.

`python -m pipeline.publish.lint_workbook FILE` prints it. The rules are those of the UK Government Analysis Function
that a machine can check; each is a row of RULES. It reads the file as it was written and knows nothing of how it was
made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.publish import lint_structure as structure
from pipeline.publish import lint_style as style
from pipeline.publish.lint_structure import Problems


def lint(path: Path) -> list[str]:
    """Every breach, as `sheet: rule: what is wrong`; nothing where the workbook keeps all rules."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    return [f"{sheet or 'workbook'}: {rule}: {text}" for rule, check in RULES for sheet, text in check(book, path)]


RULES: tuple[tuple[str, Callable[[Any, Path], Problems]], ...] = (
    ("title and language are set", structure.title_and_language),
    ("cover, contents and notes come first", structure.front_sheets),
    ("sheet names are unique and say something", structure.sheet_names),
    ("one marked-up table a sheet", structure.one_table),
    ("one header row of unique headings", structure.headings),
    ("from the title in A1 down, without gaps", structure.title_down),
    ("no empty cells", structure.no_empty_cells),
    ("no merged cells", structure.no_merged_cells),
    ("nothing hidden", structure.nothing_hidden),
    ("no frozen panes, no filters", structure.no_panes_or_filters),
    ("cursor at A1, first sheet open", structure.cursor_at_start),
    ("notes resolve", structure.notes_resolve),
    ("shorthand is explained", structure.shorthand_explained),
    ("links say where they lead", style.links_describe),
    ("contents are complete", style.contents_complete),
    ("values only", style.only_values),
    ("readable type", style.readable),
    ("aligned and formatted numbers", style.aligned),
    ("nothing by colour", style.no_colour),
    ("column widths", style.widths),
    ("no headers or footers", style.no_headers_or_footers),
)


if __name__ == "__main__":
    found = lint(Path(sys.argv[1]))
    print("\n".join(found) or f"{sys.argv[1]}: keeps all {len(RULES)} rules")
    sys.exit(bool(found))
