"""codes given to sentences -> the words that carry each and how the text holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.extract import spans, status, token_features, words
from pipeline.extract.classifier import Sentences
from pipeline.extract.reading import Reading
from pipeline.extract.tools import Tools
from pipeline.extract.views import Matrix


@dataclass(frozen=True)
class Found:
    """One code given to one sentence, before it becomes a row. Tokens are inclusive."""

    row: int
    key: str
    first: int
    last: int
    status: str
    score: float

    @property
    def facet(self) -> str:
        return self.key.split(".")[0]

    def quote(self, reading: Reading) -> str:
        """Its words; `reading` is that of its sentence."""
        return reading.text[reading.starts[self.first] : reading.end(self.last)]


def place(
    item: tuple[int, str, float],
    sentences: Sentences,
    rows: Sequence[Mapping[str, Any]],
    tools: Tools,
    seen: Mapping[str, Any],
) -> Found:
    """The words that carry a code, and its status."""
    row, key, score = item
    reading, numbers, facet = sentences.places[row].reading, tools.model.numbers, key.split(".")[0]
    logits = _piece_logits(key, seen, tools.model.keys)
    evidence = words.evidence(reading, key, sentences.hits[row], seen["starts"], seen["ends"], logits)
    chances = token_features.chances(token_features.features(reading, evidence), tools.span_weights[facet])
    first, last = spans.choose(reading, evidence, chances, spans.LEVEL)
    kind, heading = rows[row]["kind"], rows[row]["heading"] or ""
    model, entry = numbers["statuses"].get(facet), tools.codebook.facets[facet]
    return Found(row, key, first, last, status.decide(reading, first, last, key, kind, heading, model, entry), score)


def _piece_logits(key: str, seen: Mapping[str, Any], known: Sequence[str]) -> Matrix | None:
    """The reader's logits of the sentence's word pieces for a code; for one that it does not know, for its facet."""
    kept = dict(zip(seen["codes"], seen["pieces"], strict=True))
    if key in known:
        own = kept.get(known.index(key))
        return None if own is None else np.array(own, np.float32)
    same = [pieces for code, pieces in kept.items() if known[code].split(".")[0] == key.split(".")[0]]
    return np.max(np.array(same, np.float32), axis=0) if same else None
