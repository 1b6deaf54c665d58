"""WARC of a crawl -> one Page a response: HTML, text and PDF are read, all else is a row that says why not.

Records about records (warcinfo, request, metadata) are no pages and make no rows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from typing import Any, BinaryIO

from pipeline.ingest.encoding import declared_encoding, decode
from pipeline.ingest.page import Page, Reader, ReadError, Record, Sample
from pipeline.ingest.readers import pdf, text, webpage
from pipeline.ingest.unpack import MAX_RECORD_BYTES

ABOUT_RECORDS = ("warcinfo", "request", "metadata")
WITH_CONTENT = ("response", "resource", "conversion")


def sniff(sample: Sample) -> int:
    """`WARC/` and a version at the very start."""
    return 95 if sample.head.startswith(b"WARC/") else 0


def split(stream: BinaryIO) -> Iterator[Record]:
    """Each record of content with its address, type and HTTP status; a cut or damaged dump ends in a fault."""
    from warcio.archiveiterator import ArchiveIterator

    records = iter(ArchiveIterator(stream))
    record: Record | None = None
    while True:
        try:
            with redirect_stderr(io.StringIO()):  # warcio writes its warnings there
                found = next(records, None)
            if found is None:
                break
            record = None if found.rec_type in ABOUT_RECORDS else _record(found)
        except Exception as problem:  # what is behind the damage cannot be told apart
            raise ReadError(f"WARC cut short or damaged ({type(problem).__name__})") from problem
        if record is not None:
            yield record
    if not (record and record.fault) and not _is_whole(stream):
        raise ReadError("WARC cut short")


def _is_whole(stream: BinaryIO) -> bool:
    """Whether a dump that is not gzipped (gzip keeps its own account) ends as every record does."""
    if not stream.seekable():
        return True
    stream.seek(max(0, stream.seek(0, io.SEEK_END) - 4))
    return stream.read() == b"\r\n\r\n"


def page(record: Record) -> Page:
    """The page of one record; status `ignored` where it holds none."""
    if record.fault:
        raise ReadError(record.fault)
    about, url = record.about, record.about["url"] or None
    media_type, _, rest = about["media_type"].partition(";")
    media_type = media_type.strip().lower() or "application/octet-stream"
    if reason := _reason(about, media_type):
        return Page("", media_type, url=url, status="ignored", reason=reason)
    charset = rest.lower().partition("charset=")[2].partition(";")[0].strip(" \"'") or None
    if media_type == "application/pdf":
        return replace(pdf.read(record.raw, ""), url=url)
    if media_type == "text/plain":
        return replace(text.page_of(*decode(record.raw, charset)), url=url)
    return webpage.page_of(*decode(record.raw, charset or declared_encoding(record.raw)), url=url)


def _reason(about: Any, media_type: str) -> str:
    if about["type"] not in WITH_CONTENT:
        return f"a record of type {about['type']}: no content of its own"
    if about["status"] not in ("", "200"):
        return f"HTTP status {about['status']}"
    if media_type not in ("text/html", "application/xhtml+xml", "text/plain", "application/pdf"):
        return f"not a page: {media_type}"
    return ""


def _record(found: Any) -> Record:
    http = found.http_headers
    about = {
        "type": found.rec_type,
        "url": found.rec_headers.get_header("WARC-Target-URI", "").strip("<>"),
        "status": http.get_statuscode() if http else "",
        "media_type": (http or found.rec_headers).get_header("Content-Type", ""),
    }
    content, chunks, size = found.content_stream(), [], 0
    while chunk := content.read(1 << 16):
        size += len(chunk)
        if size > MAX_RECORD_BYTES:
            return Record(b"", about, f"the record is larger than {MAX_RECORD_BYTES // 1_000_000} MB")
        chunks.append(chunk)
    while found.raw_stream.read(1 << 16):  # what a decoder left over
        pass
    is_cut = getattr(found.raw_stream, "limit", 0) > 0
    return Record(b"".join(chunks), about, "the record is cut short" if is_cut else "")


READER = Reader("warc", sniff, split=split, page=page)
