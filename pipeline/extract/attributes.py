"""a coded role or participation with what stands around it -> holder, pay, phase and shift, where the words say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.extract import roles
from pipeline.extract.classifier import Sentences
from pipeline.extract.placing import Found

NAMES = ("holder", "shift_from", "shift_to", "paid", "phase")


def attributes(
    item: Found, here: Sequence[Found], before: Sequence[Found], sentences: Sentences, codes: Mapping[str, Any]
) -> dict[str, Any]:
    """The attributes of a coding. `here` and `before` are the codings of its sentence and of the one before it."""
    found: dict[str, Any] = dict.fromkeys(NAMES)
    if item.facet not in ("role", "participation"):
        return found
    reading = sentences.places[item.row].reading
    found["phase"] = roles.phase(reading.text, item.key)
    if item.facet == "role":
        found["paid"] = roles.paid(reading.text, item.key)
    if roles.is_function(codes, item.key):
        actors = [(f.first, f.last) for f in _actors(here, codes)]
        quotes = [f.quote(sentences.places[f.row].reading) for f in _actors(before, codes)]
        found["holder"] = roles.holder(reading, (item.first, item.last), actors, quotes)
    if item.key == "role.blurred_hybrid_role":
        shift = roles.find_shift(reading.text, lambda a, b: _role_in(a, b, item, here, sentences, codes))
        if shift:
            found |= {"shift_from": shift.old, "shift_to": shift.new}
    return found


def _actors(items: Sequence[Found], codes: Mapping[str, Any]) -> list[Found]:
    """Those that say who somebody is, not what they do."""
    return [f for f in items if f.facet == "role" and not roles.is_function(codes, f.key)]


def _role_in(
    start: int, end: int, item: Found, here: Sequence[Found], sentences: Sentences, codes: Mapping[str, Any]
) -> str | None:
    """The role that characters start..end of the sentence speak of: a coding there, else a cue there.

    What somebody does goes before who somebody is: "officers stopped being fixers" speaks of fixers.
    """
    reading = sentences.places[item.row].reading

    def inside(first: int, last: int) -> bool:
        return reading.starts[first] < end and reading.end(last) > start

    coded = [f for f in here if f.facet == "role" and f.key != item.key and inside(f.first, f.last)]
    if coded:
        return max(coded, key=lambda f: (roles.is_function(codes, f.key), f.score, f.key)).key
    hits = [
        h
        for h in sentences.hits[item.row]
        if h.key.startswith("role.") and h.key != item.key and inside(h.first, h.last)
    ]
    best = min(hits, key=lambda h: (not roles.is_function(codes, h.key), not h.is_strong, h.first, h.key), default=None)
    return best.key if best else None
