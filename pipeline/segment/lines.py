"""document, blocks -> its lines, each with its kind: what is a heading in flat text is told from its shape."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.coordinates import SpanMap

BULLET = re.compile(
    r"\s*(?:[-–—*•·▪‣◦●○►]+(?:\s+[-–—*•·]+)*\s+|[-–—]\s?(?=[A-Z])|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+)"
)
# A speaker's label at the start of a turn: initials, or a name with a colon or a spaced dash.
SPEAKER = re.compile(
    r"(?P<name>[A-Z]{1,4}(?=\d?\s*[:–-]\s|\d?\s+[A-Z'‘“\"])\d?|[A-Z][\w'’.]*(?:\s(?:[A-Z][\w'’.]*|\d{1,2}|\([^()\n]{1,30}\))){0,3}(?=\s*:\s))"
    r"\s*(?:[:–-]\s+|\s)"
)
ENDS_SENTENCE = re.compile(r"[.!?…:;][\"'”’)\]]*$")
# A sentence that merely lacks its full stop starts like this, a heading hardly ever.
STARTS_SENTENCE = re.compile(r"(?:i|we|they|he|she|it|that|this|these|those|there|you)(?:['’]\w+)?\s", re.IGNORECASE)
NUMBERED = re.compile(r"(\w+)\s+\d+\b")  # "Rule 4: ...": one of a series, each as long as a heading
HEADING_WORDS = 12


@dataclass(frozen=True)
class Line:
    """A line of a document: start and end without white space, its kind, the number of blank lines before it."""

    start: int
    end: int
    kind: str
    blank_before: bool


def lines_of(text: str, spans: SpanMap, blocks: Sequence[dict[str, Any]]) -> list[Line]:
    """The lines of a document that are not blank, each with the kind of the block it came from."""
    starts = [block["start"] for block in blocks]
    lines, at, blank = [], 0, False
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            start = at + raw.index(stripped)
            place = bisect_right(starts, spans.to_page(start, start + 1)[0]) - 1
            kind = blocks[place]["kind"] if place >= 0 else "paragraph"
            lines.append(Line(start, start + len(stripped), kind, blank))
        blank = not stripped
        at += len(raw) + 1
    return _with_headings(text, lines)


def _with_headings(text: str, lines: list[Line]) -> list[Line]:
    """Flat text does not say what is a heading: a short line without a full stop before a longer one is taken for one."""
    marked = []
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else None
        if line.kind == "paragraph" and following and _looks_like_heading(text, line, following):
            line = replace(line, kind="heading")
        marked.append(line)
    if all(line.kind == "heading" for line in marked):
        marked = [replace(line, kind="paragraph") for line in marked]  # a page of one line is its text
    return marked


def _looks_like_heading(text: str, line: Line, following: Line) -> bool:
    words = text[line.start : line.end]
    if ENDS_SENTENCE.search(words) or BULLET.match(words) or (not words[0].isalnum() and words[0] not in "'\"‘“"):
        return False
    after = text[following.start : following.end]
    series, goes_on = NUMBERED.match(words), NUMBERED.match(after)
    if STARTS_SENTENCE.match(words) or SPEAKER.match(words) or (series and goes_on and series[1] == goes_on[1]):
        return False
    if following.kind == "paragraph" and not BULLET.match(after) and after[0].islower():
        return False
    longer = following.end - following.start > 1.5 * (line.end - line.start) or bool(BULLET.match(after))
    return len(words.split()) <= HEADING_WORDS and (longer or (following.blank_before and line.blank_before))
