"""HTML -> Page: decoded, flattened block by block, with what the page says of itself."""

from __future__ import annotations

import re

from pipeline.ingest.encoding import declared_encoding, decode, valid_text
from pipeline.ingest.page import Block, Page, Reader, Sample

BEFORE = r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*"
WHOLE_PAGE = re.compile(BEFORE + r"<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
FRAGMENT = re.compile(
    BEFORE + r"<(?:div|main|article|section|header|nav|p|h[1-6]|ul|ol|table|meta|title|link|span|a)\b", re.I | re.S
)
ANY_PAGE_TAG = re.compile(r"<(?:html|head|body)[\s>]", re.I)
CLOSING = re.compile(
    r"</(?:div|p|a|h[1-6]|li|ul|ol|span|article|section|td|tr|table|title|script|style|nav|header)>", re.I
)
SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://\S+)\s*-->", re.I)


def sniff(sample: Sample) -> int:
    """A page begins with its first tags; a fragment begins with a tag and closes some; the name breaks ties."""
    if sample.text is None:
        return 0
    if WHOLE_PAGE.match(sample.text):
        return 90
    if is_html(sample.text):
        return 60 if sample.has_suffix(".md", ".markdown") else 70
    return 60 if sample.has_suffix(".html", ".htm", ".xhtml", ".shtml", ".php", ".aspx") else 0


def is_html(text: str) -> bool:
    """Whether a text begins as HTML, whole or in part."""
    head = text[:16_384].removeprefix("\ufeff")
    if WHOLE_PAGE.match(head):
        return True
    n_closing = len(CLOSING.findall(head))
    return bool((FRAGMENT.match(head) and n_closing >= 1) or (ANY_PAGE_TAG.search(head) and n_closing >= 3))


def read(data: bytes, path: str) -> Page:
    """The page of an HTML file."""
    html, encoding = decode(data, declared_encoding(data))
    return page_of(html, encoding)


def page_of(html: str, encoding: str | None = None, url: str | None = None) -> Page:
    """The page of some HTML, wherever it stood; `url` is its address where a dump gives it."""
    from pipeline.ingest.html import flatten, metadata

    html = valid_text(html).removeprefix("\ufeff")
    saved = SAVED_FROM.search(html[:4096])
    flat, about = flatten(html), metadata(html, url or (saved.group(1) if saved else None))
    return Page(
        text=flat.text,
        media_type="text/html",
        html=html,
        encoding=encoding,
        url=about["url"],
        title=about["title"],
        published=about["published"],
        language=about["language"],
        blocks=tuple(
            Block(b.start, b.end, b.kind, b.tag_path, b.attributes, b.is_hidden, b.n_link_chars) for b in flat.blocks
        ),
    )


READER = Reader("html", sniff, read)
