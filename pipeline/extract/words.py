"""sentence + code -> how much each token speaks for the code: cues first, then the words that the model has learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.cues import Hit
from pipeline.extract.reading import Reading

STRONG_CUE, PLAIN_CUE = 3.0, 1.5


def evidence(
    reading: Reading, key: str, hits: Sequence[Hit], vocabulary: dict[str, int], weights: NDArray[np.float32] | None
) -> list[float]:
    """Evidence of every token, none below 0. `weights` is the code's column of the word model, None if unknown."""
    found = [0.0] * len(reading.words)
    for hit in hits:
        if hit.key == key:
            share = (STRONG_CUE if hit.is_strong else PLAIN_CUE) / (hit.last - hit.first + 1)
            for token in range(hit.first, hit.last + 1):
                found[token] += share
    if weights is not None:
        for token, value in enumerate(learned(reading, vocabulary, weights)):
            found[token] += value
    return found


def learned(reading: Reading, vocabulary: dict[str, int], weights: NDArray[np.float32]) -> list[float]:
    """The word model's weights of a code, by token; a pair of words gives half to each. Only what speaks for it."""
    found = [0.0] * len(reading.words)
    kept = [i for i, lemma in enumerate(reading.lemmas) if lemma[:1].isalnum() or lemma[:1] == "'"]
    for place, token in enumerate(kept):
        number = vocabulary.get(reading.lemmas[token])
        if number is not None:
            found[token] += max(0.0, float(weights[number]))
        if place + 1 < len(kept):
            other = kept[place + 1]
            number = vocabulary.get(f"{reading.lemmas[token]} {reading.lemmas[other]}")
            if number is not None:
                half = max(0.0, float(weights[number])) / 2
                found[token] += half
                found[other] += half
    return found
