"""Rows and tables -> tables that fit their schema, or SchemaError."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipeline.schemas import clean, coding, ingest, results, themes
from pipeline.schemas.columns import TEXT, Table

TABLES: dict[str, Table] = {
    table.name: table for stage in (ingest, clean, coding, themes, results) for table in stage.TABLES
}
PUBLIC = tuple(name for name, table in TABLES.items() if not table.is_internal)


class SchemaError(Exception):
    """A table does not fit its schema: a fault in the program or a table altered by hand."""


def to_table(name: str, rows: Iterable[Mapping[str, Any]] | pa.Table) -> pa.Table:
    """Rows (dicts with every column) or a table as the checked Arrow table NAME, columns in schema order.

    Raises SchemaError where a column is missing, unknown, blank, of another type or of a value not allowed.
    """
    table = TABLES[name]
    if isinstance(rows, pa.Table):
        try:
            return check(name, rows.select(table.schema.names).cast(table.schema))
        except (KeyError, pa.ArrowInvalid) as problem:
            raise SchemaError(f"{name}: {problem}") from None
    rows = list(rows)
    for row in rows:
        if row.keys() != set(table.schema.names):
            missing = sorted(set(table.schema.names) - row.keys())
            unknown = sorted(row.keys() - set(table.schema.names))
            raise SchemaError(f"{name}: missing columns {missing}, unknown columns {unknown}")
    try:
        arrays = [pa.array([row[c.name] for row in rows], c.type) for c in table.columns]
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as problem:
        raise SchemaError(f"{name}: {problem}") from None
    return check(name, pa.table(arrays, schema=table.schema))


def check(name: str, data: pa.Table) -> pa.Table:
    """The table itself, if it fits the schema of NAME; SchemaError otherwise."""
    import pyarrow.compute as pc  # a tenth of a second, and a run with nothing to do checks nothing

    table = TABLES[name]
    if not data.schema.equals(table.schema):
        raise SchemaError(f"{name}: columns {data.schema.names} are not those of the schema")
    for column in table.columns:
        values = data.column(column.name)
        if not column.is_nullable and values.null_count:
            raise SchemaError(f"{name}.{column.name}: {values.null_count} blanks where none may be")
        if column.allowed and len(values):
            known = pc.is_in(pc.drop_null(values), pa.array(column.allowed))
            if not pc.all(known, min_count=0).as_py():
                wrong = pc.unique(values.filter(pc.invert(pc.is_in(values, pa.array([*column.allowed, None], TEXT)))))
                raise SchemaError(f"{name}.{column.name}: {wrong.to_pylist()[:3]} not among {list(column.allowed)}")
    _check_key(name, table.key, data)
    return data


def _check_key(name: str, key: Sequence[str], data: pa.Table) -> None:
    if len(data) and len(data.group_by(list(key), use_threads=False).aggregate([])) < len(data):
        raise SchemaError(f"{name}: its key {', '.join(key)} occurs more than once")
