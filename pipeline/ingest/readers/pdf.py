"""PDF -> Page: its text layer in reading order, one paragraph a line.

How lines of type make paragraphs is told in `pipeline.ingest.paragraphs`. Running heads and page numbers are left for
cleaning. pdfminer.six reads the PDF because it says where each line stands; pypdf gives lines without their places.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from statistics import median
from typing import Any

from pipeline.ingest.encoding import valid_text
from pipeline.ingest.lines import joined
from pipeline.ingest.page import Page, Reader, ReadError, Sample
from pipeline.ingest.paragraphs import Line, paragraphs
from pipeline.ingest.told import kept_title, told_published, told_title, told_url

MEDIA_TYPE = "application/pdf"
NO_GLYPH = re.compile(r"\(cid:\d+\)")
MAX_SHARE_NO_GLYPH = 0.2
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


def sniff(sample: Sample) -> int:
    """`%PDF-` in the first kilobyte."""
    return 95 if b"%PDF-" in sample.head[:1024] else 0


def read(data: bytes, path: str) -> Page:
    """The page of a PDF file; ReadError where it is damaged, locked, or its fonts do not say what they show."""
    try:
        lines, about = _lines(data)
    except ReadError:
        raise
    except Exception as problem:
        raise ReadError(f"PDF cut short or damaged ({type(problem).__name__})") from problem
    text, blocks = joined(paragraphs(lines))
    if not text:
        return Page("", MEDIA_TYPE, status="empty", reason="no text layer (scanned images?)")
    if len(NO_GLYPH.findall(text)) * 6 > MAX_SHARE_NO_GLYPH * len(text):
        raise ReadError("its fonts do not say which characters they show")
    return Page(
        text=text,
        media_type=MEDIA_TYPE,
        url=told_url(text),
        title=kept_title(about.get("Title")) or told_title(text),
        published=told_published(text),  # CreationDate is when the file was made, often long after or before
        blocks=blocks,
    )


def _lines(data: bytes) -> tuple[list[Line], dict[str, str]]:
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it warns of every oddity of every file
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
    except PDFPasswordIncorrect as problem:
        raise ReadError("encrypted PDF: needs a password") from problem
    resources = PDFResourceManager()
    device = PDFPageAggregator(resources, laparams=LAParams(all_texts=True))
    interpreter = PDFPageInterpreter(resources, device)
    lines: list[Line] = []
    for sheet, page in enumerate(PDFPage.create_pages(document)):
        interpreter.process_page(page)
        lines.extend(_lines_of(device.get_result(), sheet))
    return lines, _about(document)


def _lines_of(layout: Any, sheet: int) -> Iterator[Line]:
    from pdfminer.layout import LTChar, LTContainer, LTTextLine

    for item in layout:
        if isinstance(item, LTTextLine):
            chars = [char for char in item if isinstance(char, LTChar)]
            text = valid_text(" ".join(item.get_text().translate(LIGATURES).split()))
            if text and chars:
                n_bold = sum("bold" in char.fontname.lower() or "black" in char.fontname.lower() for char in chars)
                size = round(median(char.size for char in chars), 1)
                yield Line(text, item.x0, item.x1, item.y0, size, 2 * n_bold > len(chars), sheet)
        elif isinstance(item, LTContainer):
            yield from _lines_of(item, sheet)


def _about(document: Any) -> dict[str, str]:
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    about = {}
    for info in document.info:
        for key, value in info.items():
            value = resolve1(value)
            if isinstance(value, bytes):
                about[key] = valid_text(decode_text(value)).replace("\x00", "")
    return about


READER = Reader("pdf", sniff, read)
