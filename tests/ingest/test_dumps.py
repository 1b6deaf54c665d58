"""warc, jsonl, csv: dumps of many pages, with records that are damaged or are no pages."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.ingest.page import Page, ReadError
from pipeline.ingest.readers import reason_of, records_of, registry
from pipeline.ingest.unpack import unpacked


def pages_of(name: str, data: bytes) -> list[Page | str]:
    """Each record's page, or why it has none."""
    reader = registry()[name]
    assert reader.page is not None
    pages: list[Page | str] = []
    for record in records_of(reader, unpacked(io.BufferedReader(io.BytesIO(data)))):
        try:
            pages.append(reader.page(record))
        except ReadError as problem:
            pages.append(reason_of(problem))
    return pages


def told(pages: list[Page | str]) -> list[Any]:
    return [page if isinstance(page, str) else page.text for page in pages]


def test_jsonl() -> None:
    rows = [
        {"url": "https://www.a.example/1", "text": "One\r\ntwo", "title": "T", "date": "2021-04-05T10:00:00Z"},
        {"URL": "https://a.example/2", "html": "<html lang='en'><p>Three</p></html>", "text": "other"},
        {"url": "https://a.example/3", "content": "<div><p>Four</p></div>"},
        {"url": "x", "text": "\ud83d lone"},
        {"url": "https://a.example/5", "text": ""},
        {"url": "https://a.example/6"},
        {"url": "https://a.example/7", "text": None, "html": 5},
    ]
    lines = [json.dumps(row).encode() for row in rows]
    data = b"\xef\xbb\xbf" + b"\r\n".join([*lines[:2], b"", b'{"url": "cut', b"[1]", b"\xff\xfe\x00", *lines[2:]])
    pages = pages_of("jsonl", data)
    texts = told(pages)
    assert texts[:2] == ["One\ntwo", "Three"]
    assert [text.split(":")[0] for text in texts[2:5]] == [
        "line 4 is no JSON", "line 5 is no JSON object", "line 6 is no JSON",
    ]  # fmt: skip
    assert texts[5:8] == ["Four", "\ufffd lone", ""]
    assert texts[8:] == ["the record has no text, html or content"] * 2
    first, second = pages[0], pages[1]
    assert isinstance(first, Page) and isinstance(second, Page)
    assert (first.url, first.title, first.published) == ("https://www.a.example/1", "T", "2021-04-05")
    assert (second.media_type, second.language, second.url) == ("text/html", "en", "https://a.example/2")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(encoding: str, delimiter: str) -> None:
    rows = [
        ["url", "title", "text", "date"],
        ["https://a.example/1", "Café", '"One’s\nown, and"', "12 March 2019"],
        ["https://a.example/2", "short"],
        ["https://a.example/3", "T", "Three", "", ""],
        ["", "", "", ""],
    ]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    pages = pages_of("csv", data)
    assert told(pages) == ["One’s\nown, and", "the row that ends in line 4 has 2 fields, not 4", "Three"]
    first = pages[0]
    assert isinstance(first, Page)
    assert (first.url, first.title, first.published) == ("https://a.example/1", "Café", "2019-03-12")


def warc(is_packed: bool = True) -> bytes:
    sink = io.BytesIO()
    writer = WARCWriter(sink, gzip=is_packed)
    western, packed = "<p>Café “one”</p>".encode("cp1252"), gzip.compress(b"<p>Packed</p>", mtime=0)
    answers: list[tuple[str, str, str, bytes, tuple[tuple[str, str], ...]]] = [
        ("https://www.a.example/1", "200 OK", "text/html; charset=windows-1252", western, ()),
        ("https://a.example/2", "404 Not Found", "text/html", b"<p>gone</p>", ()),
        ("https://a.example/3.png", "200 OK", "image/png", b"\x89PNG", ()),
        ("https://a.example/4", "200 OK", "text/plain", b"Plain\r\nwords", ()),
        ("https://a.example/5", "200 OK", "text/html", packed, (("Content-Encoding", "gzip"),)),
    ]
    writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "x"}))
    for url, status, media_type, body, more in answers:
        headers = StatusAndHeaders(status, [("Content-Type", media_type), *more], protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, "request", payload=io.BytesIO(b"GET / HTTP/1.1\r\n\r\n")))
        writer.write_record(writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers))
    return sink.getvalue()


@pytest.mark.parametrize("is_packed", [True, False])
def test_warc(is_packed: bool) -> None:
    pages = [page for page in pages_of("warc", warc(is_packed)) if isinstance(page, Page)]
    assert [(page.url, page.status, page.text, page.reason) for page in pages] == [
        ("https://www.a.example/1", "read", "Café “one”", None),
        ("https://a.example/2", "ignored", "", "HTTP status 404"),
        ("https://a.example/3.png", "ignored", "", "not a page: image/png"),
        ("https://a.example/4", "read", "Plain\nwords", None),
        ("https://a.example/5", "read", "Packed", None),
    ]


@pytest.mark.parametrize("is_packed", [True, False])
def test_warc_cut_short_keeps_what_stands_before(is_packed: bool) -> None:
    texts = told(pages_of("warc", warc(is_packed)[:-200]))
    assert texts[:4] == ["Café “one”", "", "", "Plain\nwords"]
    assert texts[4:] and all("cut short" in text for text in texts[4:])


def test_gzipped_jsonl_cut_short() -> None:
    rows = ({"url": f"https://a.example/{n}", "text": f"words {n} " * 50} for n in range(2000))
    lines = "\n".join(json.dumps(row) for row in rows)
    texts = told(pages_of("jsonl", gzip.compress(lines.encode(), mtime=0)[:-3000]))
    assert texts[0].startswith("words 0")
    assert "cut short" in texts[-1]
