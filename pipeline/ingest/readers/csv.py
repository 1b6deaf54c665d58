"""CSV or TSV of scraped pages -> one Page a row: url with text, html or content, named in the first row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import BinaryIO

from pipeline.ingest import records
from pipeline.ingest.encoding import decode
from pipeline.ingest.page import Page, Reader, ReadError, Record, Sample
from pipeline.ingest.unpack import HEAD_BYTES, MAX_RECORD_BYTES

DELIMITERS = ",\t;|"
ENCODING_BYTES = 1_000_000


def sniff(sample: Sample) -> int:
    """The first row names an address or title, and text or HTML."""
    if sample.text is None or sample.text.lstrip()[:1] in "<{[":
        return 0
    return 80 if records.has_pages(_header(sample.text)[0]) else 0


def split(stream: BinaryIO) -> Iterator[Record]:
    """Each row as JSON of its fields; a row with too few or too many fields is a fault."""
    start = stream.read(ENCODING_BYTES)
    encoding = decode(start)[1].split(" ")[0]
    names, delimiter = _header(decode(start[:HEAD_BYTES])[0])
    csv.field_size_limit(MAX_RECORD_BYTES)
    lines = io.TextIOWrapper(
        io.BufferedReader(_Rejoined(start, stream)), encoding=encoding, errors="replace", newline=""
    )
    rows = csv.reader(lines, delimiter=delimiter)
    next(rows, None)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as problem:
            yield Record(str(rows.line_num).encode(), {}, f"line {rows.line_num}: {problem}")
            continue
        if row is None:
            return
        if any(field.strip() for field in row):
            yield _record(names, row, rows.line_num)


def page(record: Record) -> Page:
    """The page of one row."""
    if record.fault:
        raise ReadError(record.fault)
    return records.page_of(json.loads(record.raw))


class _Rejoined(io.RawIOBase):
    """Bytes already read and the stream they were read from, as one stream."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start, self._rest = io.BytesIO(start), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        chunk = self._start.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _header(head: str) -> tuple[list[str], str]:
    """Names in the first row and the delimiter between them."""
    first = head.lstrip("\ufeff\r\n").split("\n", 1)[0].strip("\r")
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])], delimiter
    except csv.Error:
        return [], delimiter


def _record(names: list[str], row: list[str], line: int) -> Record:
    while len(row) > len(names) and not row[-1].strip():
        row = row[:-1]
    raw = json.dumps(dict(zip(names, row, strict=False)), ensure_ascii=False).encode(errors="replace")
    wrong = f"the row that ends in line {line} has {len(row)} fields, not {len(names)}"
    return Record(raw, {}, "" if len(row) == len(names) else wrong)


READER = Reader("csv", sniff, split=split, page=page)
