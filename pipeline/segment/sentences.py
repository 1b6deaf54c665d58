"""lines -> sentences with kind, heading, speaker and paragraph.

Sentences are found inside a line by spaCy's tokenizer and sentencizer, so that abbreviations do not end one; lines
that a page broke by width are read as one paragraph.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipeline.segment.lines import BULLET, ENDS_SENTENCE, SPEAKER, Line

# "No. 4", "et al. (2020)": a full stop that ends no sentence when a number or a bracket follows.
BEFORE_NUMBER = re.compile(
    r"\b(?:[Nn]os?|[Pp]p?|[Vv]ols?|[Ff]igs?|[Cc]h|[Pp]aras?|[Ss]ect?|al|[Cc]f|[Aa]pprox|[Cc]a?)\.$"
)
WRAP_WIDTHS = range(40, 121)  # code points of a full line where a page broke lines by width
WRAPPED_SHARE = 0.75  # a line at least this full goes on in the next one, on a page that breaks lines by width


@dataclass(frozen=True)
class Piece:
    """A sentence before it becomes a row; all offsets are in the document."""

    start: int
    end: int
    kind: str
    heading: str | None
    speaker: str | None
    paragraph: int


def split(text: str, lines: list[Line]) -> list[Piece]:
    """The sentences of a document, in order."""
    speakers = _speakers(text, lines)
    pieces: list[Piece] = []
    heading = speaker = None
    for number, paragraph in enumerate(_paragraphs(text, lines)):
        first = paragraph[0]
        start, end = first.start, paragraph[-1].end
        kind = {"paragraph": "prose", "definition": "prose", "other": "prose"}.get(first.kind, first.kind)
        if kind == "heading":
            heading, speaker = text[start:end], None
        label = SPEAKER.match(text, start, end)
        if kind == "prose" and label and label["name"] in speakers:
            speaker, start = label["name"], label.end()
        bullet = BULLET.match(text, start, end)
        if kind in ("prose", "list_item") and bullet and bullet.end() < end:
            kind, start = "list_item", bullet.end()
        if kind == "prose" and speaker:
            kind = "turn"
        if start < end:
            spans = [(start, end)] if kind == "heading" else _sentences(text[start:end], start)
            under = None if kind == "heading" else heading
            pieces += [Piece(a, b, kind, under, speaker, number) for a, b in spans]
    return pieces


def _speakers(text: str, lines: list[Line]) -> set[str]:
    """Labels that open two lines or more: the people who take turns."""
    labels = (SPEAKER.match(text, line.start, line.end) for line in lines if line.kind == "paragraph")
    counts = Counter(label["name"] for label in labels if label)
    return {name for name, count in counts.items() if count > 1}


def _paragraphs(text: str, lines: list[Line]) -> Iterator[list[Line]]:
    """Runs of lines that are one paragraph: mostly single lines, more where a page broke lines by width."""
    full = _full_width(lines)
    run: list[Line] = []
    for line in lines:
        if run and not _goes_on(text, run[-1], line, full):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _full_width(lines: list[Line]) -> int:
    """The width at which a page breaks its lines; 0 where it does not break them by width.

    A page does if most of its lines are nearly as long as the longest ones, and those no longer than a screen is wide.
    """
    widths = sorted(line.end - line.start for line in lines if line.kind == "paragraph")
    width = widths[int(len(widths) * 0.9)] if widths else 0
    full = sum(size >= WRAPPED_SHARE * width for size in widths)
    return width if width in WRAP_WIDTHS and len(widths) >= 3 and 2 * full >= len(widths) else 0


def _goes_on(text: str, line: Line, following: Line, full: int) -> bool:
    if line.kind not in ("paragraph", "list_item") or following.kind != "paragraph" or following.blank_before:
        return False
    if BULLET.match(text, following.start, following.end):
        return False
    if text[following.start].islower() and not ENDS_SENTENCE.search(text[line.start : line.end]):
        return following.end - following.start <= WRAP_WIDTHS[-1] and line.end - line.start in WRAP_WIDTHS
    return 0 < WRAPPED_SHARE * full <= line.end - line.start


def _sentences(text: str, offset: int) -> list[tuple[int, int]]:
    """Spans of the sentences of a paragraph; `offset` is where it starts."""
    spans: list[tuple[int, int]] = []
    for sentence in _sentencizer()(text).sents:
        start, end = sentence.start_char, sentence.end_char
        words = text[start:end].strip()
        if not words:
            continue
        start += text[start:end].index(words)
        end = start + len(words)
        if spans and not _is_boundary(text[slice(*spans[-1])], words):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [(start + offset, end + offset) for start, end in spans]


def _is_boundary(before: str, after: str) -> bool:
    """A boundary before a small letter, a closing mark or the number of an abbreviation is none."""
    if after[0].islower() or not any(character.isalnum() for character in after):
        return False
    return not (BEFORE_NUMBER.search(before) and (after[0].isdigit() or after[0] in "(["))


def _sentencizer() -> Any:
    from pipeline.models import of_bounded_memory

    return of_bounded_memory(_blank)


@lru_cache(maxsize=1)
def _blank() -> Any:
    from pipeline.models import spacy_alone

    pipeline = spacy_alone().blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.max_length = 10**9  # the tokenizer needs no memory beyond the text; the limit is for parsers
    return pipeline
