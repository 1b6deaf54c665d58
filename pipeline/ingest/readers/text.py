"""flat text -> Page: decoded, LF line ends, no BOM, otherwise untouched; a block a line."""

from __future__ import annotations

from pipeline.ingest.encoding import decode, valid_text, with_line_feeds
from pipeline.ingest.page import Page, Reader, Sample
from pipeline.ingest.told import told_published, told_title, told_url


def sniff(sample: Sample) -> int:
    """Any text at all, when no reader is surer."""
    return 10 if sample.text is not None else 0


def read(data: bytes, path: str) -> Page:
    """The page of a text file."""
    text, encoding = decode(data)
    return page_of(text, encoding)


def page_of(text: str, encoding: str | None = None) -> Page:
    """The page of a text, wherever it stood (a file, a record of a dump)."""
    text = with_line_feeds(valid_text(text)).removeprefix("\ufeff")
    return Page(
        text=text,
        media_type="text/plain",
        encoding=encoding,
        url=told_url(text),
        title=told_title(text),
        published=told_published(text),
    )


READER = Reader("text", sniff, read)
