"""spans to cut and to mend -> removals, edits and the document's text: the ledger of one page.

Every rule hands in spans of pages.text; this module settles them: sorted, not overlapping, checked against the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

WHITE_SPACE = ("white_space", "white space at the edge of the document")


@dataclass(frozen=True)
class Cut:
    """page[start:end] is taken out by a rule; `score` 0-1 is how sure the rule is."""

    start: int
    end: int
    rule: str
    reason: str
    score: float = 1.0


@dataclass(frozen=True)
class Repair:
    """page[start:end] becomes `after`; start == end inserts."""

    start: int
    end: int
    after: str
    rule: str


@dataclass(frozen=True)
class Settled:
    """What the ledger says of one page."""

    text: str
    cuts: list[Cut]
    repairs: list[Repair]


def with_line_break(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of a whole line (or more) with the line break after it, and blank lines after it at the page's start
    or where a blank line stands before it too; spaces around it on its lines go along."""
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    while end < len(text) and text[end] in " \t\r":
        end += 1
    if end < len(text) and text[end] == "\n":
        end += 1
        if start == 0 or text[start - 2 : start] in ("\n\n", "\n"):
            while end < len(text) and text[end] in "\n \t" and not text[end:].split("\n", 1)[0].strip():
                following = text.find("\n", end)
                end = len(text) if following < 0 else following + 1
    return start, end


def _without_overlaps(cuts: Iterable[Cut]) -> list[Cut]:
    settled: list[Cut] = []
    for cut in sorted(cuts, key=lambda c: (c.start, -c.end, -c.score, c.rule)):
        if settled and cut.start < settled[-1].end:
            cut = replace(cut, start=settled[-1].end)
        if cut.end > cut.start:
            settled.append(cut)
    return settled


def _edges(text: str, cuts: Sequence[Cut]) -> list[Cut]:
    """Cuts for the white space that would open or close the document."""
    kept = _kept(text, cuts)
    extra: list[Cut] = []
    for spans, from_left in ((kept, True), (kept[::-1], False)):
        for start, end in spans:
            piece = text[start:end]
            width = len(piece) - len(piece.lstrip() if from_left else piece.rstrip())
            if width:
                span = (start, start + width) if from_left else (end - width, end)
                extra.append(Cut(*span, *WHITE_SPACE))
            if width < len(piece):
                break
    return list({(cut.start, cut.end): cut for cut in extra}.values())


def _kept(text: str, cuts: Sequence[Cut]) -> list[tuple[int, int]]:
    kept, at = [], 0
    for cut in cuts:
        if cut.start > at:
            kept.append((at, cut.start))
        at = max(at, cut.end)
    return kept + ([(at, len(text))] if at < len(text) else [])


def settle(text: str, cuts: Iterable[Cut], repairs: Iterable[Repair]) -> Settled:
    """Order the spans, resolve overlaps (the earlier and longer cut wins, a cut beats a repair), trim the edges."""
    clean = _without_overlaps(cuts)
    clean = _without_overlaps([*clean, *_edges(text, clean)])
    mended: list[Repair] = []
    at = 0
    for repair in sorted(set(repairs), key=lambda r: (r.start, r.end, r.after)):
        while at < len(clean) and clean[at].end < repair.start:
            at += 1
        is_cut = at < len(clean) and clean[at].start <= repair.end
        overlaps = mended and (repair.start < mended[-1].end or repair.start == mended[-1].start)
        if not is_cut and not overlaps and text[repair.start : repair.end] != repair.after:
            mended.append(repair)
    return Settled(_apply(text, clean, mended), clean, mended)


def _apply(text: str, cuts: Sequence[Cut], repairs: Sequence[Repair]) -> str:
    changes = sorted([(c.start, c.end, "") for c in cuts] + [(r.start, r.end, r.after) for r in repairs])
    parts, at = [], 0
    for start, end, after in changes:
        if start < at:
            raise ValueError(f"changes overlap at {start}")
        parts += [text[at:start], after]
        at = end
    return "".join([*parts, text[at:]])


def removal_rows(document_id: str, text: str, settled: Settled) -> list[dict[str, Any]]:
    """The ledger as rows of `removals`."""
    return [
        {"document_id": document_id, "start": c.start, "end": c.end, "text": text[c.start : c.end],
         "rule": c.rule, "reason": c.reason, "score": round(c.score, 2)}
        for c in settled.cuts
    ]  # fmt: skip


def edit_rows(document_id: str, text: str, settled: Settled) -> list[dict[str, Any]]:
    """The repairs as rows of `edits`."""
    return [
        {"document_id": document_id, "start": r.start, "end": r.end, "before": text[r.start : r.end],
         "after": r.after, "rule": r.rule}
        for r in settled.repairs
    ]  # fmt: skip
