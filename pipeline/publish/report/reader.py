"""page + ledger + sentences + codings -> the document as a person reads it, with marks, notes and what was removed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape

from pipeline.coordinates import Change, SpanMap, changes_of
from pipeline.publish.report.render import clean
from pipeline.publish.report.tables import Row, facet_words, slug


@dataclass
class Unit:
    """A paragraph, heading, list item or turn: its HTML, and the notes that stand beside it."""

    kind: str
    html: Markup
    notes: list[Row] = field(default_factory=list)
    passages: list[Row] = field(default_factory=list)
    is_removed: bool = False

    @property
    def themes(self) -> list[Row]:
        """The themes that begin here, each once."""
        return list({row["theme"]["theme_id"]: row["theme"] for row in self.passages if row.get("theme")}.values())


@dataclass(frozen=True)
class Ledger:
    """Where, in the document, something was taken out of the page or repaired."""

    cuts: list[tuple[int, Row]]
    repairs: list[tuple[int, int, Row]]


def units(document: Row, removals: Sequence[Row], edits: Sequence[Row], sentences: Sequence[Row],
          codings: Sequence[Row], passages: Sequence[Row]) -> list[Unit]:  # fmt: skip
    """The document in the order of the page. All offsets are code points of documents.text; rows of one document."""
    text, ledger = document["text"], ledger_of(removals, edits)
    numbered = [row | {"number": n} for n, row in enumerate(sorted(codings, key=_place), 1)]
    passages = sorted(passages, key=lambda row: row["start"])
    made, at = [], 0
    for start, end, group in _paragraphs(sentences):
        made += _between(text, at, start, ledger)
        notes, first = _inside(numbered, start, end), _inside(passages, start, end)
        html = _marked(text, start, end, group, notes, first, ledger)
        made.append(Unit(_kind(group), html, notes, first))
        at = end
    return made + _between(text, at, len(text) + 1, ledger)


def ledger_of(removals: Sequence[Row], edits: Sequence[Row]) -> Ledger:
    """The ledger of one document in offsets of the document."""
    by_place = {(row["start"], row["end"], "text" in row): row for row in [*removals, *edits]}
    changes, shift = changes_of(removals, edits), 0
    SpanMap(changes)  # refuses changes that overlap
    cuts: list[tuple[int, Row]] = []
    repairs: list[tuple[int, int, Row]] = []
    for change in changes:
        start = change.start + shift
        row = by_place.get((change.start, change.end, True)) if _is_cut(change, by_place) else None
        if row:
            cuts.append((start, row))
        else:
            repairs.append((start, start + len(change.after), by_place[change.start, change.end, False]))
        shift += len(change.after) - (change.end - change.start)
    return Ledger(cuts, repairs)


def _is_cut(change: Change, by_place: dict[tuple[int, int, bool], Row]) -> bool:
    return not change.after and (change.start, change.end, True) in by_place


def _inside(ordered: Sequence[Row], start: int, end: int) -> list[Row]:
    """The rows that begin in a span; they come in order of `start`."""
    first = bisect_left(ordered, start, key=lambda row: row["start"])
    return list(ordered[first : bisect_left(ordered, end, key=lambda row: row["start"])])


def _place(row: Row) -> tuple[Any, ...]:
    return row["start"], row["end"], row["coding_id"]


def _paragraphs(sentences: Sequence[Row]) -> list[tuple[int, int, list[Row]]]:
    ordered = sorted(sentences, key=lambda row: (row["start"], row["end"]))
    groups = [list(group) for _, group in groupby(ordered, key=lambda row: row["paragraph"])]
    return [(group[0]["start"], max(row["end"] for row in group), group) for group in groups]


def _kind(group: list[Row]) -> str:
    kinds = {row["kind"] for row in group}
    return kinds.pop() if len(kinds) == 1 else "prose"


def _between(text: str, start: int, end: int, ledger: Ledger) -> list[Unit]:
    """What stands between paragraphs: removed blocks, and text that is in no sentence."""
    made, at = [], start
    for place, row in _span_of(ledger.cuts, start, end):
        made += _plain(text, at, place)
        if row["text"].strip():
            made.append(Unit("removed", _removed(row), is_removed=True))
        at = place
    return made + _plain(text, at, min(end, len(text)))


def _first(span: tuple[Any, ...]) -> int:
    return span[0]


def _span_of(ordered: list[Any], start: int, end: int) -> list[Any]:
    """The cuts or repairs that begin in a span, both of its ends included."""
    return ordered[bisect_left(ordered, start, key=_first) : bisect_right(ordered, end, key=_first)]


def _plain(text: str, start: int, end: int) -> list[Unit]:
    lines = [line.strip() for line in text[start:end].split("\n")]
    return [Unit("prose", escape(clean(line))) for line in lines if line]


def _marked(text: str, start: int, end: int, sentences: list[Row], codings: list[Row], passages: list[Row],
            ledger: Ledger) -> Markup:  # fmt: skip
    """One paragraph: anchors of sentences and passages, marks with numbers, removed and repaired characters."""
    cuts = ledger.cuts[bisect_right(ledger.cuts, start, key=_first) : bisect_left(ledger.cuts, end, key=_first)]
    repairs = [span for span in _span_of(ledger.repairs, start, end) if span[1] <= end]
    edges = {start, end, *(place for place, _ in cuts)}
    for row in (*sentences, *codings):
        edges |= {row["start"], row["end"]}
    for first, last, _ in repairs:
        edges |= {first, last}
    places = sorted(edge for edge in edges if start <= edge <= end)
    parts: list[str] = [f'<span class="anchor" id="p{row["start"]}"></span>' for row in passages]
    for at, after in zip(places, [*places[1:], None], strict=True):
        parts += ["</span>" for row in sentences if row["end"] == at]
        parts += [_removed(row) for place, row in cuts if place == at and row["text"].strip()]
        parts += [f'<span class="s" id="s{row["start"]}">' for row in sentences if row["start"] == at]
        parts += [_was(row) for first, last, row in repairs if first == at]
        if after is not None:
            parts.append(_stretch(text[at:after], at, after, codings, repairs))
            parts += [_number(row) for row in codings if row["end"] == after]
    return Markup("".join(parts))


def _stretch(text: str, start: int, end: int, codings: list[Row], repairs: list[tuple[int, int, Row]]) -> str:
    html = str(escape(clean(text)))
    if any(first <= start and end <= last for first, last, _ in repairs):
        html = f"<ins>{html}</ins>"
    facets = {row["facet"]: None for row in codings if row["start"] <= start and end <= row["end"]}
    for facet in facets:
        html = f'<mark class="f-{slug(facet)}">{html}</mark>'
    return html


def _number(row: Row) -> str:
    name = f"Note {row['number']}: {facet_words(row['facet'])[1]}"
    return (
        f'<a class="ref f-{slug(row["facet"])}" id="r{row["number"]}" href="#n{row["number"]}" '
        f'aria-label="{escape(name)}">{row["number"]}</a>'
    )


def _removed(row: Row) -> Markup:
    words = Markup('<del class="cut" id="x{}"><span class="why">removed: {}</span> {}</del>')
    return words.format(row["start"], clean(row["reason"]), clean(row["text"].strip("\n")))


def _was(row: Row) -> str:
    return str(Markup('<del class="cut">{}</del>').format(clean(row["before"]))) if row["before"] else ""
