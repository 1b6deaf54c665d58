"""DOCX -> Page: paragraphs, list items and table rows in document order, then footnotes; one block a line.

Headers and footers of the sheet are left out (they repeat on every sheet), as are deleted words of tracked changes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.ingest.encoding import valid_text
from pipeline.ingest.lines import joined
from pipeline.ingest.page import Page, Reader, ReadError, Sample
from pipeline.ingest.told import kept_title, told_published, told_title, told_url
from pipeline.ingest.unpack import open_zip

if TYPE_CHECKING:
    from docx.document import Document

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
LEFT_OUT = {f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}pPr", f"{W}rPr", FALLBACK}
BREAKS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "\u2011", f"{W}softHyphen": "\xad"}
STYLES = (
    ("heading", re.compile(r"heading|title|toc heading", re.I)),
    ("list_item", re.compile(r"list|bullet", re.I)),
    ("quote", re.compile(r"quote|quotation", re.I)),
    ("caption", re.compile(r"caption", re.I)),
    ("footnote", re.compile(r"footnote|endnote", re.I)),
)


def sniff(sample: Sample) -> int:
    """A zip archive with a Word document in it."""
    if not sample.head.startswith(b"PK\x03\x04"):
        return 0
    if b"word/document" in sample.head:
        return 95
    with sample.open() as source:
        try:
            return 95 if "word/document.xml" in zipfile.ZipFile(source).namelist() else 0
        except Exception:  # a damaged archive: another kind's, or nobody's; the name decides
            return 20 if sample.has_suffix(".docx") else 0


def read(data: bytes, path: str) -> Page:
    """The page of a DOCX file; ReadError where the archive is damaged, locked or a bomb."""
    import docx

    open_zip(io.BytesIO(data)).close()
    try:
        document = docx.Document(io.BytesIO(data))
    except Exception as problem:
        raise ReadError(f"DOCX cut short or damaged ({type(problem).__name__})") from problem
    pieces = [*_pieces(document.element.body, _kinds(document)), *_notes(document)]
    text, blocks = joined([(valid_text(piece), kind) for piece, kind in pieces])
    about = document.core_properties
    return Page(
        text=text,
        media_type=MEDIA_TYPE,
        url=told_url(text),
        title=kept_title(about.title) or next((p for p, kind in pieces if kind == "heading"), None) or told_title(text),
        published=told_published(text),  # `created` is when the file, or the template it came from, was made
        blocks=blocks,
    )


def _kinds(document: Document) -> dict[str, str]:
    """Kind of block by id of style."""
    kinds = {}
    for style in document.styles:
        names = [style.name or ""]
        parent = getattr(style, "base_style", None)
        if parent is not None:
            names.append(parent.name or "")
        found = (kind for name in names for kind, pattern in STYLES if pattern.search(name))
        kinds[style.style_id] = next(found, "paragraph")
    return kinds


def _pieces(parent: Any, kinds: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Text and kind of each paragraph and table row below `parent`, through content controls and tracked insertions."""
    for node in parent:
        if node.tag == f"{W}p":
            yield _text(node), _kind(node, kinds)
            for box in _boxes(node):
                yield from _pieces(box, kinds)
        elif node.tag == f"{W}tbl":
            yield from _rows(node, kinds)
        elif node.tag not in LEFT_OUT and isinstance(node.tag, str):
            yield from _pieces(node, kinds)


def _kind(paragraph: Any, kinds: dict[str, str]) -> str:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    kind = kinds.get(style.get(f"{W}val"), "paragraph") if style is not None else "paragraph"
    is_numbered = paragraph.find(f"{W}pPr/{W}numPr") is not None
    return "list_item" if is_numbered and kind == "paragraph" else kind


def _rows(table: Any, kinds: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Each row of a table as one line, ` | ` between its cells; a row with longer writing paragraph by paragraph."""
    for row in _own(table, "tr", "tbl"):
        cells = [
            [(text, kind) for text, kind in _pieces(cell, kinds) if text.strip()] for cell in _own(row, "tc", "tr")
        ]
        if any(len(cell) > 1 for cell in cells):
            yield from (piece for cell in cells for piece in cell)
        else:
            yield " | ".join(" ".join(cell[0][0].split()) for cell in cells if cell), "table"


def _own(parent: Any, tag: str, within: str) -> Iterator[Any]:
    """The elements `tag` of a table or row, not those of tables inside it."""
    for node in parent.iter(W + tag):
        if next(node.iterancestors(W + within)) is parent:
            yield node


def _text(node: Any) -> str:
    """The words of a paragraph; those of text boxes come apart."""
    words = []
    for child in node:
        if child.tag == f"{W}t":
            words.append(child.text or "")
        elif child.tag in BREAKS:
            words.append(BREAKS[child.tag])
        elif child.tag not in LEFT_OUT and child.tag != f"{W}txbxContent":
            words.append(_text(child))
    return "".join(words)


def _boxes(paragraph: Any) -> Iterator[Any]:
    for box in paragraph.iter(f"{W}txbxContent"):
        if not any(parent.tag == FALLBACK for parent in box.iterancestors()):
            yield box


def _notes(document: Document) -> Iterator[tuple[str, str]]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for part in sorted(document.part.package.iter_parts(), key=lambda part: str(part.partname)):
        if str(part.partname) in ("/word/footnotes.xml", "/word/endnotes.xml"):
            for note in etree.fromstring(part.blob, parser):
                yield " ".join(_text(note).split()), "footnote"


READER = Reader("docx", sniff, read)
