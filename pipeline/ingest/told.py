"""flat text -> title, url, published: what a page without markup says of itself near its top."""

from __future__ import annotations

import re
from datetime import date
from itertools import takewhile

MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DATES = (  # the first that fits
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<number>\d\d)(?P<day>\d\d)(?:\d{6})?(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]{MONTH},?[ -](?P<year>(?:19|20)\d\d)", re.I),
    re.compile(rf"\b{MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)", re.I),
    re.compile(r"(?<!\d)(?P<first>\d{1,2})[/.](?P<second>\d{1,2})[/.](?P<year>(?:19|20)\d\d)(?!\d)"),
)
TOP_LINES = 25
URL_LINES = 3
LABEL = r"^[\W_]*(?:%s)[*_ ]*:[*_ ]*(.+)$"
PUBLISHED_LINE = re.compile(LABEL % r"published(?: on| online)?|date published|publication date|posted(?: on)?", re.I)
TITLE_LINE = re.compile(LABEL % "title", re.I)
URL_LINE = re.compile(
    r"^[\W_]*(?:(?:source|url|link|web ?page|address|from|original(?:ly at)?|retrieved from|available at)\s*:)?\s*"
    r"<?(https?://[^\s<>\"]+)>?\s*$",
    re.I,
)
INITIALS = re.compile(r"[A-Z]{1,4}\s*[-–—:]\s")  # `SP - Samantha Punch`: a key to who speaks
NOT_A_TITLE = re.compile(
    r"https?://|www\.|[-*•>|]|skip to\b|(?:menu|home|search|share|contents)\b.{0,12}$|log ?in\b|sign (?:in|up)\b|"
    r"subscribe\b|cookies?\b|we use cookies|advert|save (?:for|this)\b|gift this|follow us|page \d|"
    r".{1,40} [>|›»] |.*\w{4}\. \w|.*\b(?:picture|photo(?:graph)?|image|credit):|.*\b\d+ comments\b",
    re.I,
)
TITLE_CHARS, TITLE_WORDS = 120, 18
MASTHEAD_WORDS = 4  # a first line as short as this may be the name of the paper, above a menu and the headline
ARTEFACT = re.compile(
    r"^(?:microsoft (?:office )?(?:word|powerpoint)|powerpoint presentation|untitled|document\d*|title|slide \d+|"
    r"layout 1|print|none|null|.*\.(?:docx?|pdf|indd|qxd|rtf|odt|pptx?|pub|pages))\b",
    re.I,
)


def day_of(text: str | None) -> str | None:
    """The date in `text` as YYYY-MM-DD; None where there is none, or where day and month could be either way round.

    >>> [day_of(t) for t in ("12 March 2019", "2019-03-12T09:00Z", "D:20190312093000Z", "13/04/2019", "03/04/2019")]
    ['2019-03-12', '2019-03-12', '2019-03-12', '2019-04-13', None]
    """
    for pattern in DATES:
        if found := pattern.search(text or ""):
            return _day(found.groupdict())
    return None


def _day(parts: dict[str, str]) -> str | None:
    if "first" in parts:
        small, large = sorted((int(parts["first"]), int(parts["second"])))
        if large <= 12 and small != large:
            return None
        month, day = small, large
    else:
        month = MONTHS[parts["month"].lower()] if "month" in parts else int(parts["number"])
        day = int(parts["day"])
    try:
        return date(int(parts["year"]), month, day).isoformat()
    except ValueError:
        return None


def top_lines(text: str) -> list[str]:
    """The first lines of `text` that are not blank, stripped."""
    lines: list[str] = []
    start = 0
    while len(lines) < TOP_LINES and start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if line := text[start : min(end, start + 2000)].strip():
            lines.append(line)
        start = end + 1
    return lines


def told_title(text: str) -> str | None:
    """A `Title: ...` line near the top, or the first line if it looks like a title.

    Where the first is no title, or as short as a masthead, the longest title above the first prose is the headline.
    """
    lines = top_lines(text)
    for line in lines:
        if found := TITLE_LINE.match(line):
            return found.group(1).strip()
    lines = [line for line in lines if not URL_LINE.match(line) and not PUBLISHED_LINE.match(line)]
    above = list(takewhile(lambda line: len(line) <= TITLE_CHARS and len(line.split()) <= TITLE_WORDS, lines))
    titles = [line for line in above if looks_like_title(line)]
    if not titles or (titles[0] is above[0] and len(titles[0].split()) > MASTHEAD_WORDS):
        return titles[0] if titles else None
    headline = max(titles, key=lambda line: len(line.split()))
    is_headline = len(headline.split()) > MASTHEAD_WORDS and len(above) < len(lines)
    return headline if is_headline else titles[0] if titles[0] is above[0] else None


def looks_like_title(line: str) -> bool:
    """Whether a line is short, has letters and neither ends as a sentence does nor begins as chrome or a turn does."""
    return (
        2 < len(line) <= TITLE_CHARS
        and len(line.split()) <= TITLE_WORDS
        and line[-1] not in ".,;:|"
        and any(char.isalpha() for char in line)
        and not INITIALS.match(line)
        and not NOT_A_TITLE.match(line)
    )


def told_url(text: str) -> str | None:
    """The address on a `Source: ...` line, or alone on a line, among the first three."""
    found = (URL_LINE.match(line) for line in top_lines(text)[:URL_LINES])
    return next((match.group(1) for match in found if match), None)


def told_published(text: str) -> str | None:
    """The date of a line such as `Published: 12 March 2019` near the top, as YYYY-MM-DD."""
    found = (PUBLISHED_LINE.match(line) for line in top_lines(text))
    return next((day for match in found if match and (day := day_of(match.group(1)))), None)


def kept_title(title: str | None) -> str | None:
    """A title from a file's properties, unless a program put it there (`Microsoft Word - draft3.doc`)."""
    folded = " ".join((title or "").split())
    return folded if folded and not ARTEFACT.match(folded) else None
