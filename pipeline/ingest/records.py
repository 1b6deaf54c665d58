"""a dump's fields -> Page: what records of JSON lines and CSV have in common, the names of their fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from pipeline.ingest.page import Page, ReadError
from pipeline.ingest.readers import text, webpage
from pipeline.ingest.told import day_of

FIELDS = {  # our name: theirs, best first; compared in lower case
    "url": ("url", "link", "uri", "source_url", "page_url", "canonical_url", "href", "source"),
    "html": ("html", "raw_html", "page_html", "content_html"),
    "text": ("text", "content", "body", "full_text", "article_text", "maintext", "raw_text", "markdown"),
    "title": ("title", "headline"),
    "published": ("published", "date", "date_published", "published_at", "publish_date", "publication_date", "pubdate"),
    "language": ("language", "lang"),
}


def has_pages(names: Collection[str]) -> bool:
    """Whether records with these fields hold pages: text or HTML, and an address or a title."""
    folded = {name.strip().lower() for name in names}
    return any(
        folded.intersection(FIELDS[body]) and folded.intersection((*FIELDS["url"], *FIELDS["title"]))
        for body in ("html", "text")
    )


def page_of(fields: Mapping[str, object]) -> Page:
    """The page of one record. ReadError where it has neither text nor HTML."""
    folded = {str(name).strip().lower(): value for name, value in fields.items()}
    told = {ours: _first(folded, theirs) for ours, theirs in FIELDS.items()}
    url = told["url"] if (told["url"] or "").lower().startswith(("http://", "https://")) else None
    body = told["html"] if (told["html"] or "").strip() else told["text"]
    if body is None:
        raise ReadError("the record has no text, html or content")
    is_html = body is told["html"] or webpage.is_html(body)
    page = webpage.page_of(body, "utf-8", url) if is_html else text.page_of(body, "utf-8")
    language = (told["language"] or "").strip().lower()[:2]
    return replace(
        page,
        url=url or page.url,
        title=(told["title"] or "").strip() or page.title,
        published=day_of(told["published"]) or page.published,
        language=language if len(language) == 2 and language.isalpha() and language.isascii() else page.language,
    )


def _first(folded: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    found = [value for name in names if isinstance(value := folded.get(name), str)]
    return next((value for value in found if value.strip()), found[0] if found else None)
