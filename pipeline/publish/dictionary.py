"""schemas -> the data dictionary, in Markdown: `python -m pipeline.publish.dictionary FILE` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from pipeline.publish.datapackage import SAFETY
from pipeline.schemas import PUBLIC, TABLES, Column

HEAD = """# Data dictionary

Generated from `pipeline/schemas`; do not edit. Offsets (`start`, `end`) count Unicode code points, the end
exclusive. Names: `_id` points at a table, `n_` counts, `share_` is 0-1 with its denominator named, `is_` and `has_`
are true or false.
"""
CSV = f"""
The CSV files are UTF-8 with a byte order mark; lists are JSON arrays. {SAFETY}
"""
TYPES = {
    "string": "text",
    "double": "number",
    "int64": "integer",
    "bool": "true/false",
    "list<item: string>": "list of text",
}


def dictionary(names: Iterable[str], ending: str = "parquet") -> str:
    """A section for each table: what it is, its key, and a row for each column. `ending`: parquet or csv."""
    return HEAD + (CSV if ending == "csv" else "") + "".join(_section(name, ending) for name in names)


def _section(name: str, ending: str) -> str:
    table = TABLES[name]
    rows = "".join(_row(column) for column in table.columns)
    where = f"`{name}.{ending}`" + (" (a folder of parts)" if table.is_sharded and ending == "parquet" else "")
    head = "| Column | Type | May be blank | Meaning |\n|---|---|---|---|\n"
    return f"\n## {table.title}\n\n{table.meaning} File: {where}. Key: {', '.join(table.key)}.\n\n{head}{rows}"


def _row(column: Column) -> str:
    meaning = column.meaning + (f" One of: {', '.join(column.allowed)}." if column.allowed else "")
    kind = TYPES.get(str(column.type), str(column.type))
    blank = "yes" if column.is_nullable else "no"
    return f"| {column.name} | {kind} | {blank} | {meaning.replace('|', chr(92) + '|')} |\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(dictionary(PUBLIC).encode())
