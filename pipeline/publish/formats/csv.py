"""tables -> OUT/csv: one CSV file for each table that people read, the data dictionary and datapackage.json.

The tables with page text in every row (pages, documents, sentences ...) stay in Parquet; the CSV are those small
enough for a spreadsheet. Text that a spreadsheet would run as a formula is quoted with an apostrophe (OWASP, CSV
Injection).
"""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

from pipeline.publish.dictionary import dictionary
from pipeline.publish.quoting import shown
from pipeline.schemas import READER_TABLES, TABLES, Column
from pipeline.store import Context, Inputs, replace_folder

TABLES_AS_CSV = (*READER_TABLES, "themes", "theme_members", "codings", "removals", "coders", "runs", "agreement", "review_log")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
FRICTIONLESS_TYPES = {"string": "string", "int64": "integer", "double": "number", "bool": "boolean", "list<item: string>": "array"}


def write(inputs: Inputs, context: Context) -> list[str]:
    """Write the folder anew; returns its path relative to OUT."""
    made = context.out / ".csv.tmp"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for name in TABLES_AS_CSV:
        _write_table(made / f"{name}.csv", name, shown(name, inputs, context))
    (made / "data_dictionary.md").write_text(dictionary(TABLES_AS_CSV), "utf-8")
    package = json.dumps(datapackage(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    (made / "datapackage.json").write_text(package, "utf-8")
    replace_folder(context.out / "csv", made)
    return ["csv"]


def _write_table(path: Path, name: str, rows: list[dict[str, Any]]) -> None:
    columns = TABLES[name].columns
    # utf-8-sig: spreadsheets take a file without the mark for the local encoding.
    with path.open("w", encoding="utf-8-sig", newline="") as sink:
        writer = csv.writer(sink, lineterminator="\n")
        writer.writerow(column.name for column in columns)
        writer.writerows([_cell(row[column.name]) for column in columns] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return safe(value) if isinstance(value, str) else value


def safe(text: str) -> str:
    """Text that a spreadsheet takes for text.

    >>> safe("=1+1"), safe("- Trust"), safe("fine")
    ("'=1+1", "'- Trust", 'fine')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def datapackage() -> dict[str, Any]:
    """The description of the CSV files by the Frictionless Data Package standard, from the schemas."""
    return {
        "profile": "tabular-data-package",
        "name": "coproduction-tables",
        "title": "Values, barriers, roles and themes in pages about co-production",
        "resources": [_resource(name) for name in TABLES_AS_CSV],
    }


def _resource(name: str) -> dict[str, Any]:
    table = TABLES[name]
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "title": table.title,
        "description": table.meaning,
        "encoding": "utf-8-sig",
        "schema": {"fields": [_field(column) for column in table.columns], "primaryKey": list(table.key), "missingValues": [""]},
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": not column.is_nullable and str(column.type) != "string"}
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    return {
        "name": column.name,
        "type": FRICTIONLESS_TYPES[str(column.type)],
        "description": column.meaning,
        "constraints": constraints,
    }
