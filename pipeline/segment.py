"""documents, blocks -> sentences, passages: headings, list items, turns and quotes are known; offsets in both texts.

Lines of a document are its blocks. Sentences are found inside a line by spaCy's tokenizer and sentencizer, so that
abbreviations do not end one; lines that a page broke by width are read as one paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from pipeline.coordinates import SpanMap, changes_of
from pipeline.store import Context, Inputs

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
# "No. 4", "et al. (2020)": a full stop that ends no sentence when a number or a bracket follows.
BEFORE_NUMBER = re.compile(
    r"\b(?:[Nn]os?|[Pp]p?|[Vv]ols?|[Ff]igs?|[Cc]h|[Pp]aras?|[Ss]ect?|al|[Cc]f|[Aa]pprox|[Cc]a?)\.$"
)
WRAP_WIDTHS = range(40, 121)  # code points of a full line where a page broke lines by width
WRAPPED_SHARE = 0.75  # a line at least this full goes on in the next one, on a page that breaks lines by width
NOT_PROSE = ("heading", "caption", "table", "footnote")


@dataclass(frozen=True)
class Line:
    """A line of a document: start and end without white space, its kind, the number of blank lines before it."""

    start: int
    end: int
    kind: str
    blank_before: bool


@dataclass(frozen=True)
class Piece:
    """A sentence before it becomes a row; all offsets are in the document."""

    start: int
    end: int
    kind: str
    heading: str | None
    speaker: str | None
    paragraph: int


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """Sentences and passages of the kept documents of one shard."""
    blocks = _by_document(inputs.rows("blocks"))
    removals, edits = _by_document(inputs.rows("removals")), _by_document(inputs.rows("edits"))
    limits = context.settings.segment
    sentences, passages = [], []
    for document in inputs.rows("documents"):
        if document["status"] != "kept":
            continue
        identity, text = document["document_id"], document["text"]
        spans = SpanMap(changes_of(removals.get(identity, ()), edits.get(identity, ())))
        pieces = split(text, lines_of(text, spans, blocks.get(identity, ())))
        sentences += [_sentence(identity, text, spans, piece) for piece in pieces]
        runs = group(text, pieces, limits.passage_words_min, limits.passage_words_max)
        passages += [_passage(identity, text, spans, members) for members in runs]
    return {"sentences": sentences, "passages": passages}


def _by_document(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {identity: list(group) for identity, group in groupby(rows, key=lambda row: row["document_id"])}


def _sentence(identity: str, text: str, spans: SpanMap, piece: Piece) -> dict[str, Any]:
    page_start, page_end = spans.to_page(piece.start, piece.end)
    return {
        "sentence_id": f"{identity}:{piece.start}",
        "document_id": identity,
        "start": piece.start,
        "end": piece.end,
        "page_start": page_start,
        "page_end": page_end,
        "text": text[piece.start : piece.end],
        "kind": piece.kind,
        "heading": piece.heading,
        "speaker": piece.speaker,
        "paragraph": piece.paragraph,
    }


def _passage(identity: str, text: str, spans: SpanMap, members: list[Piece]) -> dict[str, Any]:
    start, end = members[0].start, members[-1].end
    page_start, page_end = spans.to_page(start, end)
    return {
        "passage_id": f"{identity}:p{start}",
        "document_id": identity,
        "start": start,
        "end": end,
        "page_start": page_start,
        "page_end": page_end,
        "text": text[start:end],
        "n_words": len(text[start:end].split()),
        "sentence_ids": [f"{identity}:{piece.start}" for piece in members],
    }


# ---------------------------------------------------------------------- lines
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


# ---------------------------------------------------------------------- sentences
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


@lru_cache(maxsize=1)
def _sentencizer() -> Any:
    from pipeline.models import spacy_alone

    pipeline = spacy_alone().blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.max_length = 10**9  # the tokenizer needs no memory beyond the text; the limit is for parsers
    return pipeline


# ---------------------------------------------------------------------- passages
def group(text: str, pieces: list[Piece], words_min: int, words_max: int) -> list[list[Piece]]:
    """Sentences as passages: a paragraph where it has words_min to words_max words; shorter ones are joined, longer
    ones split into even parts between sentences. A heading is in none, unless the document has nothing else.
    """
    size = {piece: len(text[piece.start : piece.end].split()) for piece in pieces}
    body = (
        [piece for piece in pieces if piece.kind not in NOT_PROSE]
        or [p for p in pieces if p.kind != "heading"]
        or pieces
    )
    runs: list[list[Piece]] = []
    for _, paragraph in groupby(body, key=lambda piece: piece.paragraph):
        for part in _split_evenly(list(paragraph), size, words_max):
            short = runs and sum(size[p] for p in runs[-1]) < words_min
            if short and sum(size[p] for p in runs[-1] + part) <= words_max:
                runs[-1].extend(part)
            else:
                runs.append(part)
    if len(runs) > 1 and sum(size[p] for p in runs[-1]) < words_min // 2:
        tail = runs.pop()
        runs[-1].extend(tail)
    return runs


def _split_evenly(paragraph: list[Piece], size: dict[Piece, int], words_max: int) -> list[list[Piece]]:
    total = sum(size[piece] for piece in paragraph)
    parts = -(-total // words_max)
    if parts <= 1:
        return [paragraph]
    cuts, seen = [0], 0
    for number, piece in enumerate(paragraph):
        if seen >= len(cuts) * total / parts and number:
            cuts.append(number)
        seen += size[piece]
    return [paragraph[a:b] for a, b in pairwise([*cuts, len(paragraph)])]
