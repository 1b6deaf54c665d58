"""JSON lines of scraped pages -> one Page a line: url with text, html or content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from pipeline.ingest import records
from pipeline.ingest.encoding import decode
from pipeline.ingest.page import Page, Reader, ReadError, Record, Sample
from pipeline.ingest.unpack import MAX_RECORD_BYTES

SNIFFED_LINES = 3  # a dump whose first line is damaged is still a dump


def sniff(sample: Sample) -> int:
    """One of the first lines is a JSON object with an address or title, and text or HTML."""
    if not (sample.text or "").lstrip("\ufeff \t\r\n").startswith("{") and not sample.has_suffix(".jsonl", ".ndjson"):
        return 0
    with sample.open() as source:
        for _, record in zip(range(SNIFFED_LINES), split(source), strict=False):
            try:
                if records.has_pages(_fields(record)):
                    return 85
            except ReadError:
                continue
    return 0


def split(stream: BinaryIO) -> Iterator[Record]:
    """Each line that is not blank, as bytes."""
    number = 0
    while line := stream.readline(MAX_RECORD_BYTES):
        number += 1
        fault = ""
        if len(line) == MAX_RECORD_BYTES and not line.endswith(b"\n"):
            fault = f"line {number} is longer than {MAX_RECORD_BYTES // 1_000_000} MB"
            while (rest := stream.readline(MAX_RECORD_BYTES)) and not rest.endswith(b"\n"):
                pass
            line = line[:64]
        line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if line.strip():
            yield Record(line.rstrip(b"\r\n"), {"line": str(number)}, fault)


def page(record: Record) -> Page:
    """The page of one line."""
    return records.page_of(_fields(record))


def _fields(record: Record) -> dict[str, Any]:
    if record.fault:
        raise ReadError(record.fault)
    where = f"line {record.about['line']}"
    try:
        fields = json.loads(decode(record.raw)[0], strict=False)  # raw tabs and line breaks in strings are common
    except json.JSONDecodeError as problem:
        raise ReadError(f"{where} is no JSON: {problem.msg} (column {problem.colno})") from problem
    except (ValueError, RecursionError) as problem:
        raise ReadError(f"{where} is no JSON") from problem
    if not isinstance(fields, dict):
        raise ReadError(f"{where} is no JSON object")
    return fields


READER = Reader("jsonl", sniff, split=split, page=page)
