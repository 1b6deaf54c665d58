"""Markdown -> Page: rendered to HTML by its own rules, then flattened as a page; front matter gives title and date."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import Any

from pipeline.ingest.encoding import decode, with_line_feeds
from pipeline.ingest.page import Page, Reader, Sample
from pipeline.ingest.readers import webpage
from pipeline.ingest.told import day_of, told_published, told_url

FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
FRONT_KEY = re.compile(r"\A---[ \t]*\r?\n(?:[ \t#].*\r?\n|\r?\n)*[A-Za-z_][\w -]*:(?:\s|$)")
HEADING = re.compile(r"^#{1,6} \S", re.M)
LINK = re.compile(r"\[[^\]\n]+\]\((?:https?://|/|#|mailto:)[^)\s]*\)")
KEYS = {
    "title": ("title",),
    "url": ("url", "canonical_url", "canonical", "source", "link"),
    "published": ("published", "date", "publishdate", "pubdate", "date_published"),
    "language": ("lang", "language"),
}


def sniff(sample: Sample) -> int:
    """Front matter in YAML, headings with links, or any text in a file named so (the name breaks the tie)."""
    text = sample.text
    if text is None:
        return 0
    if FRONT_KEY.match(text):
        return 50
    if sample.has_suffix(".md", ".markdown", ".mdown", ".mkd"):
        return 65
    return 40 if len(HEADING.findall(text)) >= 2 and LINK.search(text) and not sample.has_suffix(".txt") else 0


def read(data: bytes, path: str) -> Page:
    """The page of a Markdown file."""
    text, encoding = decode(data)
    return page_of(text, encoding)


def page_of(text: str, encoding: str | None = None) -> Page:
    """The page of some Markdown."""
    from markdown_it import MarkdownIt

    text = with_line_feeds(text)
    front, body = front_matter(text)
    told = {key: _value(front, names) for key, names in KEYS.items()}
    inner = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(body)
    head = f"<title>{escape(told['title'])}</title>" if told["title"] else ""
    page = webpage.page_of(
        f"<!doctype html>\n<html><head>{head}</head><body><article>\n{inner}</article></body></html>"
    )
    language = re.match(r"[a-z]{2}(?=$|[-_])", (told["language"] or "").lower())
    url = told["url"] if (told["url"] or "").startswith(("http://", "https://")) else None
    return replace(
        page,
        media_type="text/markdown",
        encoding=encoding,
        title=told["title"] or page.title,
        url=url or told_url(body),
        published=day_of(told["published"]) or told_published(body),
        language=language.group() if language else None,
    )


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The YAML block at the top as a dict (empty where there is none, or none that can be read), and the rest."""
    import yaml

    found = FRONT.match(text)
    if not found:
        return {}, text
    try:
        front = yaml.load(found.group(1), Loader=yaml.BaseLoader)  # makes text only
    except (yaml.YAMLError, RecursionError):
        return {}, text
    return (front, text[found.end() :]) if isinstance(front, dict) else ({}, text)


def _value(front: dict[str, Any], names: tuple[str, ...]) -> str | None:
    folded = {str(key).lower(): value for key, value in front.items()}
    found = (folded.get(name) for name in names)
    return next((value.strip() for value in found if isinstance(value, str) and value.strip()), None)


READER = Reader("markdown", sniff, read)
