"""schemas -> the description of the CSV files by the Frictionless Data Package standard (specs.frictionlessdata.io)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.schemas import TABLES, Column

TYPES = {"string": "string", "int64": "integer", "double": "number", "bool": "boolean", "list<item: string>": "array"}
SAFETY = (
    "Text that a spreadsheet would take for a formula (it starts with =, +, -, @ or their full-width forms, with more "
    "behind, or with a tab or a line end; perhaps after white space or apostrophes) has one apostrophe put in "
    "front; take one away to have the text back. "
    "Blank cells are blank in the table, or the empty text."
)
# (table, column, table it points at, column there; a blank table name is the table itself)
REFERENCES = (
    ("codings", "document_id", "document_table", "document_id"),
    ("codings", "code", "code_table", "code"),
    ("codings", "coder", "coders", "coder"),
    ("document_table", "duplicate_of", "", "document_id"),
    ("removals", "document_id", "document_table", "document_id"),
    ("role_shifts", "coding_id", "codings", "coding_id"),
    ("role_shifts", "document_id", "document_table", "document_id"),
    ("theme_codes", "code", "code_table", "code"),
    ("theme_codes", "theme_id", "themes", "theme_id"),
    ("theme_members", "document_id", "document_table", "document_id"),
    ("theme_members", "theme_id", "themes", "theme_id"),
    ("theme_members", "subtheme_id", "themes", "theme_id"),
    ("theme_table", "theme_id", "themes", "theme_id"),
    ("themes", "parent_id", "", "theme_id"),
)


def datapackage(title: str, files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The package over the tables named in `files`, each with its `bytes` and `hash`."""
    return {
        "profile": "tabular-data-package",
        "name": "coproduction-tables",
        "title": title,
        "description": SAFETY,
        "resources": [_resource(name, stats, set(files)) for name, stats in files.items()],
    }


def _resource(name: str, stats: Mapping[str, Any], tables: set[str]) -> dict[str, Any]:
    table = TABLES[name]
    schema: dict[str, Any] = {
        "fields": [_field(column, column.name in table.key) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    if references := [
        {"fields": [column], "reference": {"resource": target, "fields": [key]}}
        for source, column, target, key in REFERENCES
        if source == name and (not target or target in tables)
    ]:
        schema["foreignKeys"] = references
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "title": table.title,
        "description": table.meaning,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True},
        **stats,
        "schema": schema,
    }


def _field(column: Column, is_key: bool) -> dict[str, Any]:
    # The empty text stands for itself in a table and for a blank in CSV, so text is required only where it is a key.
    required = not column.is_nullable and (str(column.type) != "string" or is_key or bool(column.allowed))
    constraints: dict[str, Any] = {"required": required}
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    if column.name.startswith(("share_", "score")):
        constraints |= {"minimum": 0, "maximum": 1}
    elif column.name.startswith("n_") or column.name in ("start", "end", "page_start", "page_end"):
        constraints["minimum"] = 0
    return {
        "name": column.name,
        "type": TYPES[str(column.type)],
        "description": column.meaning,
        "constraints": constraints,
    }
