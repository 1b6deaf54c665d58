"""rows of files -> rows of pages, page_blocks, sources: opens, hashes and reads each file, fault by fault."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.ingest.guard import TooSlow, within
from pipeline.ingest.lines import line_blocks
from pipeline.ingest.page import Page, Reader
from pipeline.ingest.readers import reason_of, records_of, registry
from pipeline.ingest.unpack import open_packed, read_all, unpacked

UNKNOWN = "application/octet-stream"
IGNORED = "ignored: "
TITLE_CHARS = 500


@dataclass(frozen=True)
class Limits:
    """What one page may take: bytes once unpacked, seconds and bytes of memory to read it."""

    max_bytes: int = 200_000_000
    seconds: int = 60
    max_memory: int = 4_000_000_000


def read_files(raw: Path, files: Iterable[Mapping[str, Any]], limits: Limits) -> dict[str, list[dict[str, Any]]]:
    """The tables `pages`, `page_blocks` and `sources` of some rows of `files`."""
    tables: dict[str, list[dict[str, Any]]] = {"pages": [], "page_blocks": [], "sources": []}
    for file in sorted(files, key=lambda file: (file["path"], file["first_record"])):
        for path, sha256, read in unread_pages(raw, file, limits):
            for table, rows in rows_of(path, sha256, read_page(read, limits)).items():
                tables[table] += rows
    return tables


def rows_of(path: str, sha256: str, page: Page) -> dict[str, list[dict[str, Any]]]:
    """The rows of `pages`, `page_blocks` and `sources` that one page gives."""
    page = _finished(page)
    document_id = document_id_of(path, sha256)
    has_source = page.html is not None and page.status == "read"
    return {
        "pages": [_row(document_id, path, sha256, page)],
        "page_blocks": [{"document_id": document_id, **vars(block)} for block in page.blocks or ()],
        "sources": [{"document_id": document_id, "html": _storable(page.html or "")}] if has_source else [],
    }


def document_id_of(path: str, sha256: str) -> str:
    """The id of a document: 64 bits of a hash over its path and its content's hash."""
    return hashlib.sha256(f"{path}\0{sha256}".encode()).hexdigest()[:16]


def unread_pages(raw: Path, file: Mapping[str, Any], limits: Limits) -> Iterator[tuple[str, str, Callable[[], Page]]]:
    """Path, hash and what reads it, of the page of a file, or of a dump those of each record in the row's range."""
    path, sha256 = file["path"], file["sha256"]
    if file["problem"]:
        yield path, sha256, partial(problem_page, file["problem"])
        return
    try:
        reader = registry()[file["reader"]]
        with open_packed(raw, path) as packed:
            if reader.split is not None:
                yield from _dump(reader, file, unpacked(packed))
                return
            data = read_all(packed, limits.max_bytes)
    except Exception as problem:
        yield path, sha256, partial(problem_page, reason_of(problem))
        return
    # The hash is of the bytes read: the file may have changed since the scan.
    yield path, hashlib.sha256(data).hexdigest(), partial(_read, reader, data, path, limits)


def _dump(reader: Reader, file: Mapping[str, Any], stream: Any) -> Iterator[tuple[str, str, Callable[[], Page]]]:
    first, n_records = file["first_record"], file["n_records"]
    if n_records == 0:
        empty = partial(Page, "", UNKNOWN, status="empty", reason="the dump holds no records")
        yield file["path"], file["sha256"], empty
    assert reader.page is not None
    for number, record in enumerate(islice(records_of(reader, stream), first, first + n_records), first):
        yield f"{file['path']}#{number}", hashlib.sha256(record.raw).hexdigest(), partial(reader.page, record)


def _read(reader: Reader, data: bytes, path: str, limits: Limits) -> Page:
    assert reader.read is not None
    return reader.read(read_all(unpacked(io.BytesIO(data)), limits.max_bytes), path)


def read_page(read: Callable[[], Page], limits: Limits) -> Page:
    """The page that `read` gives, or one that says why it could not."""
    try:
        with within(limits.seconds, limits.max_memory):
            return read()
    except TooSlow:
        return problem_page(too_slow(limits))
    except Exception as problem:  # a reader's library may raise anything on a damaged file
        if isinstance(problem, MemoryError) or isinstance(problem.__cause__, MemoryError):
            return problem_page(too_large(limits))
        return problem_page(reason_of(problem))


def too_slow(limits: Limits) -> str:
    """The reason of a page that takes too long."""
    return f"not read within {limits.seconds} s (see ingest.seconds_per_page in settings.toml)"


def too_large(limits: Limits) -> str:
    """The reason of a page that takes too much memory."""
    return f"not read within {limits.max_memory // 1_000_000} MB (see ingest.megabytes_per_page in settings.toml)"


def problem_page(problem: str) -> Page:
    """A page that is not read, and why."""
    if problem.startswith(IGNORED):
        return Page("", UNKNOWN, status="ignored", reason=problem.removeprefix(IGNORED))
    return Page("", UNKNOWN, status="unreadable", reason=problem)


def _finished(page: Page) -> Page:
    """The page with its status and blocks settled."""
    text = _storable(page.text)
    if page.status != "read":
        return replace(page, text=text, blocks=())
    if not text.strip():
        return replace(page, text=text, status="empty", reason="no text", blocks=())
    return replace(page, text=text, blocks=page.blocks if page.blocks is not None else tuple(line_blocks(text)))


def _storable(text: str) -> str:
    """Any text as UTF-8 can hold it, code point for code point, so that offsets stay."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _row(document_id: str, path: str, sha256: str, page: Page) -> dict[str, Any]:
    from pipeline.ingest.html import site_of

    title = " ".join(_storable(page.title or "").split())[:TITLE_CHARS]
    url = _storable(page.url).strip() if page.url else None
    return {
        "document_id": document_id,
        "path": path,
        "sha256": sha256,
        "media_type": page.media_type,
        "encoding": page.encoding,
        "url": url,
        "site": site_of(url),
        "title": title or None,
        "published": page.published,
        "language": page.language,
        "text": page.text,
        "status": page.status,
        "reason": page.reason,
    }
