"""Columns and tables: what is declared of each, short ways to declare it, and columns and values that several share."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

TEXT, INT, FLOAT, BOOL = pa.string(), pa.int64(), pa.float64(), pa.bool_()
TEXTS = pa.list_(pa.string())
VECTOR = pa.list_(pa.float32())


@dataclass(frozen=True)
class Column:
    """One column. `allowed` lists the values it may take; `is_nullable` says whether it may be blank."""

    name: str
    type: pa.DataType
    meaning: str
    allowed: tuple[str, ...] = ()
    is_nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table. `is_sharded` tables are folders of parts, one a shard; `is_internal` ones live in OUT/work."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    is_sharded: bool = True
    is_internal: bool = False
    schema: pa.Schema = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fields = [pa.field(c.name, c.type, nullable=c.is_nullable) for c in self.columns]
        object.__setattr__(self, "schema", pa.schema(fields))

    @property
    def title(self) -> str:
        """The name in CamelCase, as it heads its section of the data dictionary."""
        return "".join(part.capitalize() for part in self.name.split("_"))


def text(name: str, meaning: str, *allowed: str, blank: bool = False) -> Column:
    return Column(name, TEXT, meaning, allowed, blank)


def integer(name: str, meaning: str, blank: bool = False) -> Column:
    return Column(name, INT, meaning, is_nullable=blank)


def number(name: str, meaning: str, blank: bool = False) -> Column:
    return Column(name, FLOAT, meaning, is_nullable=blank)


def flag(name: str, meaning: str) -> Column:
    return Column(name, BOOL, meaning)


def texts(name: str, meaning: str) -> Column:
    return Column(name, TEXTS, meaning)


DOCUMENT_ID = text("document_id", "Id of the document: a hash of the page's path in RAW and its content.")
PATH = text("path", "Path of the file relative to RAW; for a record of a dump, `path#n` with n counted from 0.")
PAGE_SPAN = (
    integer("start", "First code point of the span in pages.text."),
    integer("end", "Code point after the last one of the span in pages.text."),
)
BOTH_SPANS = (
    integer("start", "First code point in documents.text."),
    integer("end", "Code point after the last one in documents.text."),
    integer("page_start", "First code point in pages.text."),
    integer("page_end", "Code point after the last one in pages.text."),
)

PAGE_STATUS = ("read", "empty", "unreadable", "ignored")
DOCUMENT_STATUS = ("kept", "empty", "duplicate", "off_topic", "not_english", "unreadable", "ignored")
SENTENCE_KINDS = ("prose", "heading", "list_item", "turn", "quote", "caption", "table", "footnote")
BLOCK_KINDS = ("paragraph", "heading", "list_item", "table", "quote", "caption", "footnote", "definition", "other")
FACETS = ("value", "barrier", "role", "enabler", "participation")
EVIDENCE = ("cue", "model", "both", "human")
