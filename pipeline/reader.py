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

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder import SIZE, States
from pipeline.models import fitted

WEIGHTS = "reader.safetensors"
SHARP = 2.0  # of the soft maximum: log sum exp(SHARP x) / SHARP

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Reader:
    """Weights: pieces (768 x h), around (1536 x h), bias (h), codes (h x n), codes_bias (n)."""

    pieces: Floats
    around: Floats
    bias: Floats
    codes: Floats
    codes_bias: Floats

    def read(self, state: States, around: Floats) -> Floats:
        """Logits (pieces x codes) of one sentence."""
        hidden = state.pieces.astype(np.float32) @ self.pieces + (around @ self.around + self.bias)
        return np.asarray(gelu(hidden) @ self.codes + self.codes_bias, np.float32)


def gelu(x: Floats) -> Floats:
    """Hendrycks and Gimpel 2016 (arXiv 1606.08415), exact form."""
    from scipy.special import erf

    return np.asarray(0.5 * x * (1 + erf(x * np.float32(0.7071067811865476))), np.float32)


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


def readings(reader: Reader, own: Sequence[States], around: Floats) -> Iterator[tuple[Floats, Floats]]:
    """(logits of the sentence, logits of its pieces) for each sentence."""
    assert around.shape[1] == 4 * SIZE
    for state, beside in zip(own, around, strict=True):
        logits = reader.read(state, beside)
        yield pooled(logits), logits
