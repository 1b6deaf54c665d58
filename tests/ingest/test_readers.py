"""readers: small files of each kind -> the page they hold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from itertools import pairwise

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.encoding import with_line_feeds
from pipeline.ingest.lines import kind_of_line, line_blocks
from pipeline.ingest.page import Page, ReadError, Sample
from pipeline.ingest.readers import docx as docx_reader
from pipeline.ingest.readers import markdown, reader_for, registry, text, webpage


def blocks_of(page: Page) -> list[tuple[str, str]]:
    blocks = page.blocks if page.blocks is not None else tuple(line_blocks(page.text))
    return [(block.kind, page.text[block.start : block.end]) for block in blocks]


def sniffed(data: bytes, name: str) -> str | None:
    reader = reader_for(Sample(data[:16_384], name, lambda: io.BytesIO(data)))
    return reader.name if reader else None


def made_docx(fill: Callable[[docx.document.Document], None] = lambda document: None) -> bytes:
    document, sink = docx.Document(), io.BytesIO()
    fill(document)
    document.save(sink)
    return sink.getvalue()


KINDS = [
    (b"<!DOCTYPE html><html><body><p>Hello</p></body></html>", "a.txt", "html"),
    (b"\xef\xbb\xbf  <!-- saved --><html><p>Hello", "noname", "html"),
    (b"<div class='x'><p>Part of a page</p></div>", "a.txt", "html"),
    (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'></html>", "a.xml", "html"),
    (b"Some <b>words</b> only", "a.html", "html"),
    ("<html><body><p>wide</p></body></html>".encode("utf-16"), "a", "html"),
    (b"a < b and c > d, says the <p> tag", "a.txt", "text"),
    (b"# A heading\n\nwords", "a.md", "markdown"),
    (b"---\ntitle: A report\ndate: 2019-03-12\n---\nwords", "a.txt", "markdown"),
    (b"# A heading\n\nwords", "a.txt", "text"),
    (b"- one\n- two\n", "a.txt", "text"),
    (b"<html><body><p>a page</p></body></html>", "a.md", "html"),
    (b'{"url": "http://a.example", "text": "words"}\n', "a.txt", "jsonl"),
    (b'broken {\n{"url": "http://a.example", "content": "words"}\n', "a.jsonl", "jsonl"),
    (b"url,title,text\nhttp://a.example,T,words\n", "a.csv", "csv"),
    (b"URL\tContent\nhttp://a.example\twords\n", "a.txt", "csv"),
    (b"name,age\nx,1\n", "a.csv", "text"),
    (b"WARC/1.0\r\nWARC-Type: warcinfo\r\n", "a", "warc"),
    (b"%PDF-1.4\n%...", "a.txt", "pdf"),
    (b"", "a.txt", "text"),
    (b"\x00\x01\x02\x03" * 99, "a.txt", None),
]


@pytest.mark.parametrize(("data", "name", "reader"), KINDS)
def test_kind_is_told_from_content(data: bytes, name: str, reader: str | None) -> None:
    assert sniffed(data, name) == reader


def test_docx_is_told_from_content() -> None:
    assert sniffed(made_docx(), "report") == "docx"


def test_registry_names_every_module() -> None:
    assert set(registry()) == {"csv", "docx", "html", "jsonl", "markdown", "pdf", "text", "warc"}


# ---------------------------------------------------------------- text


def test_text_is_left_as_it_stands() -> None:
    page = text.read("\ufeffTitle\r\n\r\n  • one \rtwo\x00\u200b\n".encode(), "a.txt")
    assert page.text == "Title\n\n  • one \ntwo\x00\u200b\n"
    assert blocks_of(page) == [("paragraph", "Title"), ("list_item", "• one"), ("paragraph", "two\x00\u200b")]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_text_blocks_lose_no_word_and_stay_in_order(words: str) -> None:
    page = text.read(words.encode(), "a.txt")
    assert page.text == with_line_feeds(words.removeprefix("\ufeff")).removeprefix("\ufeff")
    blocks = list(line_blocks(page.text))
    assert all(first.end < second.start for first, second in pairwise(blocks))
    left = page.text
    for block in reversed(blocks):
        left = left[: block.start] + left[block.end :]
    assert not left.strip()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("- - Why do we need it?", "list_item"),
        ("• trust", "list_item"),
        ("1. First", "list_item"),
        ("12) Twelfth", "list_item"),
        ("(a) to share power", "list_item"),
        ("iv. fourth", "list_item"),
        ("2019. A year", "paragraph"),
        ("A. Smith said so", "paragraph"),
        ("-5 degrees", "paragraph"),
        ("> so she wrote", "quote"),
        ("Theme\t12\t4", "table"),
        ("Plain words.", "paragraph"),
    ],
)
def test_kind_of_a_line(line: str, kind: str) -> None:
    assert kind_of_line(line) == kind


TOLD = [
    ("A short title\n\nThen a sentence.", "A short title", None, None),
    ("One sentence that stands first.\nMore.", None, None, None),
    ("Source: https://a.example/x\nPublished: 12 March 2019\nT one\n", "T one", "https://a.example/x", "2019-03-12"),
    ("https://a.example/y\nTitle: The real one\n", "The real one", "https://a.example/y", None),
    ("SP - Samantha Punch\n\nWords.", None, None, None),
    ("Posted on: 2021-04-05\nWords", "Words", None, "2021-04-05"),
    ("We met on 12 March 2019 in the hall", "We met on 12 March 2019 in the hall", None, None),
    ("Published: 03/04/2019\n", None, None, None),
    (
        "The Gazette\nHome\nNews\nSwimmers take the plunge and buy the baths\n" + "They did so. " * 20,
        "Swimmers take the plunge and buy the baths", None, None,
    ),
    ("see https://a.example/y for more\n", "see https://a.example/y for more", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("words", "title", "url", "published"), TOLD)
def test_what_a_text_says_of_itself(words: str, title: str | None, url: str | None, published: str | None) -> None:
    page = text.page_of(words)
    assert (page.title, page.url, page.published) == (title, url, published)


# ---------------------------------------------------------------- html


def test_html_page() -> None:
    html = (
        '<html lang="en-GB"><head><meta charset="windows-1252"><title>T – x</title>'
        '<link rel="canonical" href="https://www.a.example/p"></head>'
        "<body><h1>Café</h1><p>One <a href='#'>link</a>.</p><script>no()</script></body></html>"
    )
    page = webpage.read(html.encode("cp1252"), "a.html")
    assert (page.title, page.url, page.language, page.encoding) == ("T – x", "https://www.a.example/p", "en", "cp1252")
    assert blocks_of(page) == [("heading", "Café"), ("paragraph", "One link.")]
    assert page.html == html


def test_saved_page_knows_where_it_came_from() -> None:
    page = webpage.read(b"<!-- saved from url=(0022)https://a.example/p --><html><p>x</p></html>", "a.html")
    assert page.url == "https://a.example/p"


# ---------------------------------------------------------------- markdown


def test_markdown_page() -> None:
    source = (
        '---\ntitle: "A \\"real\\" title"\ndate: 2018-07-23T23:00:00+00:00\n'
        "url: https://a.example/m\nlang: en-GB\n---\n"
        "# Heading\n\nOne **bold**\nword and a [link](http://b.example).\n\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    page = markdown.read(source.encode(), "a.md")
    assert (page.title, page.published) == ('A "real" title', "2018-07-23")
    assert (page.url, page.language, page.media_type) == ("https://a.example/m", "en", "text/markdown")
    assert [words for _, words in blocks_of(page)][:3] == ["Heading", "One bold word and a link.", "item"]
    assert page.html is not None and "<strong>bold</strong>" in page.html


@pytest.mark.parametrize("front", ["---\ntitle: [\n---\n", "---\n- a\n---\n", "---\n\n", "---"])
def test_markdown_with_front_matter_that_is_none(front: str) -> None:
    assert "Words" in markdown.read((front + "\nWords").encode(), "a.md").text


# ---------------------------------------------------------------- docx


def _fill(document: docx.document.Document) -> None:
    document.core_properties.title = "Microsoft Word - x.doc"
    document.add_heading("Minutes", 1)
    document.add_paragraph("First line\nSecond line")
    document.add_paragraph("An item", style="List Bullet")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Trust", "12"
    long = document.add_table(1, 1)
    long.cell(0, 0).text = "A paragraph in a table for layout."
    long.cell(0, 0).add_paragraph("And another.")
    document.add_paragraph("Said she", style="Quote")
    document.add_paragraph("").add_run("After 👋")


def test_docx_in_document_order() -> None:
    page = docx_reader.read(made_docx(_fill), "a.docx")
    assert page.title == "Minutes"
    assert page.published is None
    assert blocks_of(page) == [
        ("heading", "Minutes"), ("paragraph", "First line"), ("paragraph", "Second line"), ("list_item", "An item"),
        ("table", "Trust | 12"), ("paragraph", "A paragraph in a table for layout."), ("paragraph", "And another."),
        ("quote", "Said she"), ("paragraph", "After 👋"),
    ]  # fmt: skip


def _with_body(inner: str) -> bytes:
    """A DOCX whose body is given as XML: what other word processors write and python-docx cannot make."""
    whole, sink = zipfile.ZipFile(io.BytesIO(made_docx())), io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in whole.namelist():
            data = whole.read(name)
            if name == "word/document.xml":
                data = data.replace(b"<w:body>", b"<w:body>" + inner.encode())
            archive.writestr(name, data)
    return sink.getvalue()


def test_docx_keeps_insertions_links_and_controls_and_drops_deletions() -> None:
    inner = (
        "<w:p><w:r><w:t>We </w:t></w:r><w:del><w:r><w:delText>never</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>always </w:t></w:r></w:ins><w:hyperlink><w:r><w:t>met</w:t></w:r></w:hyperlink></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    assert docx_reader.read(_with_body(inner), "a.docx").text == "We always met\nIn a control"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (made_docx()[:2000], "cut short or damaged"),
        (b"PK\x03\x04", "cut short or damaged"),
    ],
)
def test_docx_that_cannot_be_read(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        docx_reader.read(data, "a.docx")


def test_docx_with_a_password_flag() -> None:
    data = bytearray(made_docx())
    place = data.find(b"PK\x01\x02")
    data[place + 8] |= 1
    with pytest.raises(ReadError, match="password"):
        docx_reader.read(bytes(data), "a.docx")


def test_docx_bomb() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 30_000_000)
    with pytest.raises(ReadError, match="bomb"):
        docx_reader.read(sink.getvalue(), "a.docx")
