"""tables -> OUT/csv: one CSV file for each table that people read, the data dictionary and datapackage.json.

The tables with page text in every row (pages, documents, sentences ...) stay in Parquet; the CSV are those small
enough for a spreadsheet. Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV
Injection); `unsafe` takes it away again.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from pipeline.publish.datapackage import datapackage
from pipeline.publish.dictionary import dictionary
from pipeline.publish.quoting import shown_row
from pipeline.schemas import TABLES
from pipeline.store import Context, Inputs, replace_folder

# Tables that others point at come first: frictionless forgets the references of a table it looks something up in.
TABLES_AS_CSV = (
    "document_table",
    "code_table",
    "coders",
    "themes",
    "theme_table",
    "theme_codes",
    "theme_members",
    "codings",
    "role_shifts",
    "removals",
    "agreement",
    "review_log",
    "runs",
)
# What starts a formula, also in full width and behind white space; text that already has apostrophes gets one more.
# A sign alone is none.
FORMULA = re.compile(r"'*(?:\s*[=+\-@＝＋－＠](?s:.)|[\t\r\n])")


def write(inputs: Inputs, context: Context) -> list[str]:
    """Write the folder anew; returns its path relative to OUT."""
    made = context.out / ".csv.tmp"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    files = {}
    for name in TABLES_AS_CSV:
        write_table(made / f"{name}.csv", name, inputs, context.settings.publish.quotes)
        data = (made / f"{name}.csv").read_bytes()
        files[name] = {"bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    (made / "data_dictionary.md").write_bytes(dictionary(TABLES_AS_CSV, "csv").encode())
    package = json.dumps(datapackage(context.settings.publish.title, files), indent=2, ensure_ascii=False) + "\n"
    (made / "datapackage.json").write_bytes(package.encode())
    replace_folder(context.out / "csv", made)
    return ["csv"]


def write_table(path: Path, name: str, inputs: Inputs, quotes: str) -> None:
    """One table, shard by shard."""
    columns = TABLES[name].schema.names
    # utf-8-sig: spreadsheets take a file without the mark for the local encoding.
    with path.open("w", encoding="utf-8-sig", newline="") as sink:
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow(columns)
        for _, part in inputs.parts(name):
            rows = (shown_row(name, row, quotes) for row in part.to_pylist())
            writer.writerows([_cell(row[column]) for column in columns] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return safe(value) if isinstance(value, str) else value


def safe(text: str) -> str:
    """Text that a spreadsheet takes for text.

    >>> safe("=1+1"), safe("- Trust"), safe("fine"), safe("'=1")
    ("'=1+1", "'- Trust", 'fine', "''=1")
    """
    return f"'{text}" if FORMULA.match(text) else text


def unsafe(text: str) -> str:
    """The text as it was before `safe`.

    >>> unsafe(safe("'=1")), unsafe("'tis"), unsafe(safe("-")), unsafe(safe("- we"))
    ("'=1", "'tis", '-', '- we')
    """
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
