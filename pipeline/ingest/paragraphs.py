"""lines of type -> paragraphs: puts the lines of a PDF together by where they stand on the sheet.

A sentence that runs over lines, columns or sheets must be one block. A line break becomes a space; after a hyphen it
becomes nothing, and the hyphen stays, since only a dictionary could tell `part-nership` from `co-production`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pipeline.ingest.lines import kind_of_line

MARK = re.compile(r"[•▪◦‣●○■□·–\uf0b7\uf0a7-]|\(cid:\d+\)|\(?(?:\d{1,2}|[a-z])[.)]")
HYPHENS = "-\u2010\xad"
LOOSE_LEADING = 1.3  # lines farther apart than this times the usual distance belong to two paragraphs
USUAL_LEADING = 1.3  # of the type size, where a sheet has no two lines in a row to measure
HEADING_LEADING = 1.35  # of the type size: lines of one heading stand close
HEADING_SIZE = 1.15  # of the size that most of the text has
HEADING_CHARS = 160
FURNITURE_WORDS = 12  # a running head, a page number, a footnote mark between two parts of a paragraph
FURNITURE_GROUPS = 4
LEADERS = re.compile(r"(?:\. ?){4,}\s*\w*$")  # a line of a table of contents
SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*\d*$")


@dataclass(frozen=True)
class Line:
    """One line of type: its text, its box in points (y grows upwards), size and weight of its type, its sheet."""

    text: str
    left: float
    right: float
    bottom: float
    size: float
    is_bold: bool
    sheet: int

    @property
    def is_item(self) -> bool:
        """Whether it begins as a list item does."""
        return kind_of_line(self.text) == "list_item"


@dataclass(frozen=True)
class _Type:
    """How a PDF is set: usual size, usual distance of lines in sizes, right edges by sheet and column."""

    size: float
    leading: float
    edges: dict[tuple[int, int], float]


def paragraphs(lines: list[Line]) -> list[tuple[str, str]]:
    """Lines in reading order -> (text, kind) of each paragraph, heading and list item."""
    lines = list(_with_marks(lines))
    usual = _Type(_usual_size(lines), _usual_leading(lines), _right_edges(lines))
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _goes_on(groups[-1], line, usual):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [(_join(group), _kind(group, usual.size)) for group in _over_sheets(groups, usual.size)]


def _with_marks(lines: list[Line]) -> Iterator[Line]:
    """Lines with each mark of a list item that stands apart put before the words on its height."""
    taken: set[int] = set()
    marks: dict[int, str] = {}
    sheets: dict[int, list[int]] = {}
    for place, line in enumerate(lines):
        sheets.setdefault(line.sheet, []).append(place)
    for place, mark in enumerate(lines):
        if MARK.fullmatch(mark.text):
            near = ((lines[at], at) for at in sheets[mark.sheet])
            right = [
                (line.left, at)
                for line, at in near
                if abs(line.bottom - mark.bottom) < 0.5 * mark.size and line.left > mark.left
            ]
            if right and min(right)[1] not in marks:
                taken.add(place)
                marks[min(right)[1]] = "•" if mark.text.startswith("(cid") else mark.text
    for place, line in enumerate(lines):
        if place not in taken:
            yield replace(line, text=f"{marks[place]} {line.text}") if place in marks else line


def _goes_on(group: list[Line], line: Line, usual: _Type) -> bool:
    """Whether `line` goes on with the paragraph that ends in the last line of `group`."""
    last, step = group[-1], group[-1].bottom - line.bottom
    limit = HEADING_LEADING if _is_display(line, usual.size) else LOOSE_LEADING * usual.leading
    if last.sheet != line.sheet or not 0.3 * line.size < step <= limit * line.size:
        return False
    if abs(last.size - line.size) > 0.1 * last.size or last.is_bold != line.is_bold:
        return False
    if line.is_item or line.left > last.right or line.right < last.left or LEADERS.search(last.text):
        return False
    if abs(line.left + line.right - last.left - last.right) < line.size and _is_display(line, usual.size):
        return True  # a heading set to the middle
    if last.text[-1] in HYPHENS and last.text[-2:-1].isalpha() and line.text[0].islower():
        return True  # a word that the end of the line parts
    is_indented = line.left - last.left > 0.8 * line.size
    if is_indented and not (len(group) == 1 and group[0].is_item):
        return False
    return not _had_room(last, line, usual.edges)


def _is_display(line: Line, usual_size: float) -> bool:
    return line.is_bold or line.size >= HEADING_SIZE * usual_size


def _had_room(last: Line, line: Line, edges: dict[tuple[int, int], float]) -> bool:
    """Whether the first word of `line` would have fitted behind `last`: then the break was meant."""
    word = line.text.split(" ", 1)[0]
    width = (line.right - line.left) * (len(word) + 1) / max(1, len(line.text))
    return last.right + 1.2 * width < edges.get((last.sheet, _column(last)), last.right)


def _column(line: Line) -> int:
    return int(line.left // 36)  # half an inch: an indented line may fall into the next one


def _right_edges(lines: list[Line]) -> dict[tuple[int, int], float]:
    """How far the lines reach to the right, by sheet and by where they begin."""
    edges: dict[tuple[int, int], float] = {}
    for line in lines:
        key = (line.sheet, _column(line))
        edges[key] = max(edges.get(key, 0.0), line.right)
    return edges


def _over_sheets(groups: list[list[Line]], usual_size: float) -> list[list[Line]]:
    """Groups with the second half of a paragraph that a column or sheet cut moved up to its first half."""
    done: list[list[Line]] = []
    waiting = list(reversed(groups))
    while waiting:
        group = waiting.pop()
        rest = _rest(group, waiting, usual_size)
        while rest is not None:
            group = group + waiting.pop(rest)
            rest = _rest(group, waiting, usual_size)
        done.append(group)
    return done


def _rest(group: list[Line], waiting: list[list[Line]], usual_size: float) -> int | None:
    """Place in `waiting` (last is next) of the group that goes on with `group` after a cut, if there is one."""
    last = group[-1]
    text = _join(group)
    if len(text.split()) <= FURNITURE_WORDS or SENTENCE_END.search(text) or _kind(group, usual_size) == "heading":
        return None
    for place in range(len(waiting) - 1, max(-1, len(waiting) - 2 - FURNITURE_GROUPS), -1):
        first = waiting[place][0]
        is_cut = first.sheet == last.sheet + 1 or (first.sheet == last.sheet and first.bottom > last.bottom)
        if is_cut and first.size == last.size and first.text[0].islower() and first.is_bold == last.is_bold:
            return place
        if len(_join(waiting[place]).split()) > FURNITURE_WORDS:
            return None
    return None


def _usual_leading(lines: list[Line]) -> float:
    """The usual distance between lines, in type sizes."""
    steps = [
        (a.bottom - b.bottom) / b.size
        for a, b in pairwise(lines)
        if a.sheet == b.sheet and a.size == b.size and 0.8 < (a.bottom - b.bottom) / max(b.size, 1) < 2.5
    ]
    return median(steps) if steps else USUAL_LEADING


def _usual_size(lines: list[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return min(sizes, key=lambda size: (-sizes[size], size)) if sizes else 0.0


def _join(group: list[Line]) -> str:
    text = group[0].text
    for line in group[1:]:
        goes_on_word = len(text) > 1 and text[-1] in HYPHENS and text[-2].isalpha() and line.text[:1].islower()
        text += line.text if goes_on_word else " " + line.text
    return text


def _kind(group: list[Line], usual_size: float) -> str:
    text = _join(group)
    is_large = group[0].size >= HEADING_SIZE * usual_size
    if group[0].is_item and not (is_large and text[0].isdigit()):
        return "list_item"
    is_bold = group[0].is_bold and len(group) <= 2 and text[-1] not in ".;,"
    has_words = sum(char.isalpha() for char in text) > 2
    return "heading" if has_words and len(text) <= HEADING_CHARS and (is_large or is_bold) else "paragraph"
