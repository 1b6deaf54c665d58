"""sentence + code -> how much each token speaks for the code: what the reader sees there, and the cues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.cues import Hit
from pipeline.extract.reading import Reading

STRONG_CUE, PLAIN_CUE = 0.5, 0.25


def evidence(
    reading: Reading,
    key: str,
    hits: Sequence[Hit],
    starts: Iterable[int],
    ends: Iterable[int],
    logits: NDArray[np.float32] | None,
) -> NDArray[np.float64]:
    """Evidence of every token, none below 0.

    `logits` are those of the word pieces at starts..ends for the code; None for a code that the reader does not know,
    or sees nothing of.
    """
    found = np.zeros(len(reading.words))
    for hit in hits:
        if hit.key == key:
            share = (STRONG_CUE if hit.is_strong else PLAIN_CUE) / (hit.last - hit.first + 1)
            found[hit.first : hit.last + 1] += share
    if logits is not None:
        found += token_chances(reading, starts, ends, logits)
    return found


def token_chances(
    reading: Reading, starts: Iterable[int], ends: Iterable[int], logits: NDArray[np.float32]
) -> list[float]:
    """The highest chance among the word pieces of each token."""
    chances = (1 / (1 + np.exp(-np.asarray(logits, np.float32)))).tolist()
    found = [0.0] * len(reading.words)
    token = 0
    for start, end, chance in zip(starts, ends, chances, strict=True):
        if end <= start:
            continue  # a mark of the encoder's own
        while token + 1 < len(found) and reading.starts[token + 1] <= start:
            token += 1
        for at in range(token, len(found)):
            if reading.starts[at] >= end:
                break
            found[at] = max(found[at], chance)
    return found
