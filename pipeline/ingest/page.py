"""nothing -> Page, Block, Record, Sample, Reader: the small typed things that readers take and give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

from pipeline.ingest.encoding import decode, is_text


class ReadError(Exception):
    """A file or record that cannot be read. The message is one line for the `reason` column."""


@dataclass(frozen=True)
class Block:
    """One block of a page: code points `start` to `end` (exclusive) of its text, and what it is (as in page_blocks)."""

    start: int
    end: int
    kind: str = "paragraph"
    tag_path: str = ""
    attributes: str = ""
    is_hidden: bool = False
    n_link_chars: int = 0


@dataclass(frozen=True)
class Page:
    """One page as read: the columns of `pages` that come from its content, its HTML (if any) and its blocks.

    `blocks` None means: one block for each line of `text` that is not blank.
    """

    text: str
    media_type: str
    html: str | None = None
    encoding: str | None = None
    url: str | None = None
    title: str | None = None
    published: str | None = None
    language: str | None = None
    status: str = "read"
    reason: str | None = None
    blocks: tuple[Block, ...] | None = None


@dataclass(frozen=True)
class Record:
    """One record of a dump: its bytes, what the dump says about it, and (instead) why it could not be told apart."""

    raw: bytes
    about: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Sample:
    """What a reader may look at to say whether a file is its own.

    `head` is the first 16 KB (of the unpacked content, if the file is gzipped), `name` the file's name in lower case
    without `.gz`, `open` gives the unpacked content as a stream.
    """

    head: bytes
    name: str
    open: Callable[[], BinaryIO]

    @cached_property
    def text(self) -> str | None:
        """The head decoded; None where it is not text."""
        return decode(self.head)[0] if is_text(self.head) else None

    def has_suffix(self, *suffixes: str) -> bool:
        """Whether the file's name ends in one of `suffixes` (with dot)."""
        return self.name.endswith(suffixes)


@dataclass(frozen=True)
class Reader:
    """One row of the registry: how a kind of file is told and read.

    `sniff(sample)` gives 0 (not mine) to 100 (surely mine); the highest wins. A file of one page has
    `read(data, path)`; a dump of many has `split(stream)`, which tells its records apart cheaply, and `page(record)`,
    which reads one.
    Faults are raised as ReadError, or as whatever the parsing library raises.
    """

    name: str
    sniff: Callable[[Sample], int]
    read: Callable[[bytes, str], Page] | None = None
    split: Callable[[BinaryIO], Iterator[Record]] | None = None
    page: Callable[[Record], Page] | None = None
