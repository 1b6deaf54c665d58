"""states of a sentence's word pieces + what stands around it -> how much each piece speaks for each code.

A small network over the encoder's states, fitted on the words that people marked (models/extract/reader.safetensors,
`pipeline.extract.train_reader`): a piece is seen with its sentence, the sentences before and after and the heading.
The logit of a sentence is a soft maximum over its pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder import SIZE, States, session_of
from pipeline.models import fitted

WEIGHTS, GRAPH = "reader.safetensors", "reader.onnx"
AT_ONCE = 1024  # word pieces read together
SHARP = 2.0  # of the soft maximum: log sum exp(SHARP x) / SHARP
WEIGHTS_GIVEN: dict[str, tuple[str, ...]] = {
    "pieces": ("wide", "h"),
    "around": ("near_wide", "h"),
    "bias": ("h",),
    "codes": ("h", "codes_known"),
    "codes_bias": ("codes_known",),
}

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Reader:
    """Weights: pieces (768 x h), around (1536 x h), bias (h), codes (h x n), codes_bias (n)."""

    pieces: Floats
    around: Floats
    bias: Floats
    codes: Floats
    codes_bias: Floats


@lru_cache(maxsize=1)
def _session(models: Path) -> Any:
    """The network without its weights: gelu(own @ pieces + beside @ around + bias) @ codes + codes_bias."""
    return session_of((fitted(models, "encoder") / GRAPH).read_bytes())


def pooled(logits: Floats) -> Floats:
    """Logits of the sentence: the soft maximum over its pieces."""
    top = logits.max(axis=0)
    return np.asarray(top + np.log(np.exp(SHARP * (logits - top)).sum(axis=0)) / SHARP, np.float32)


def surroundings(vectors: Floats, documents: Sequence[str], headings: Floats) -> Floats:
    """Sentence, sentence before, sentence after, heading (rows x 1536); zeros where there is none."""
    before, after = np.zeros_like(vectors), np.zeros_like(vectors)
    for row in range(1, len(vectors)):
        if documents[row] == documents[row - 1]:
            before[row], after[row - 1] = vectors[row - 1], vectors[row]
    return np.hstack([vectors, before, after, headings]).astype(np.float32)


@lru_cache(maxsize=1)
def load(models: Path) -> Reader:
    """The fitted reader."""
    from safetensors.numpy import load_file

    named = load_file(fitted(models, "extract") / WEIGHTS)
    return Reader(**{name: array.astype(np.float32) for name, array in named.items()})


def readings(reader: Reader, own: Sequence[States], around: Floats, models: Path) -> Iterator[tuple[Floats, Floats]]:
    """(logits of the sentence, logits of its pieces) for each sentence, in order."""
    assert around.shape[1] == 4 * SIZE
    weights = {name: getattr(reader, name) for name in WEIGHTS_GIVEN}
    for first, last in _together([len(state.starts) for state in own]):
        lengths = [len(state.starts) for state in own[first:last]]
        given = {
            "own": np.concatenate([state.pieces for state in own[first:last]]).astype(np.float32),
            "beside": around[first:last],
            "sentence": np.repeat(np.arange(last - first), lengths),
        }
        (logits,) = _session(models).run(None, given | weights)
        for part in np.split(logits, np.cumsum(lengths)[:-1]):
            yield pooled(part), part


def _together(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) of runs of sentences of about AT_ONCE word pieces.

    >>> list(_together([600, 300, 300, 2000, 1]))
    [(0, 2), (2, 3), (3, 4), (4, 5)]
    """
    first, pieces = 0, 0
    for number, length in enumerate(lengths):
        if number > first and pieces + length > AT_ONCE:
            yield first, number
            first, pieces = number, 0
        pieces += length
    if first < len(lengths):
        yield first, len(lengths)
