"""sentences in their documents -> the views a classifier looks at: words, context, cues and vectors.

Words: lemmas and pairs of lemmas of the sentence, words of the sentences before and after and of the heading, kind and
length. Cues: hits per code and facet. Vectors: the sentence, its neighbours, its heading. Everything is per sentence
and free of the codebook except the cues.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.cues import Hit
from pipeline.extract.reading import Reading

Matrix = NDArray[np.float32]
WORD = re.compile(r"[a-z][a-z']*")
CONTEXT_WEIGHT = 0.35  # a word beside the sentence weighs about a third of a word in it


@dataclass(frozen=True)
class Place:
    """One sentence with what stands around it. `previous` and `next` are blank at the edges of a document."""

    reading: Reading
    previous: str
    next: str
    heading: str
    kind: str


def names(place: Place) -> dict[str, float]:
    """Names of the features of one sentence, with their values."""
    lemmas = [lemma for lemma in place.reading.lemmas if lemma[:1].isalnum() or lemma[:1] == "'"]
    found = {f"<{word}": CONTEXT_WEIGHT for word in WORD.findall(place.previous.lower())}
    found |= {f">{word}": CONTEXT_WEIGHT for word in WORD.findall(place.next.lower())}
    found |= {f"#{word}": CONTEXT_WEIGHT for word in WORD.findall(place.heading.lower())}
    found |= dict.fromkeys(lemmas, 1.0)
    found |= {f"{left} {right}": 1.0 for left, right in itertools.pairwise(lemmas)}
    found[f"kind {place.kind}"] = 1.0
    length = sum(value for value in found.values()) ** 0.7 / 2.0
    return {name: value / max(length, 0.5) for name, value in found.items()}


def sparse(
    rows: Sequence[Mapping[str, float]], vocabulary: Mapping[str, int]
) -> tuple[Matrix, NDArray[np.int64], NDArray[np.int64]]:
    """Values, columns and row pointers (as in a CSR matrix) of the known names."""
    values: list[float] = []
    columns: list[int] = []
    pointers = [0]
    for row in rows:
        known = sorted((vocabulary[name], value) for name, value in row.items() if name in vocabulary)
        columns += [column for column, _ in known]
        values += [value for _, value in known]
        pointers.append(len(columns))
    return np.array(values, np.float32), np.array(columns, np.int64), np.array(pointers, np.int64)


def cue_counts(hits: Sequence[Sequence[Hit]], keys: Sequence[str]) -> tuple[Matrix, Matrix]:
    """Strong and plain cues per sentence and code."""
    column = {key: number for number, key in enumerate(keys)}
    strong, plain = np.zeros((2, len(hits), len(keys)), np.float32)
    for row, found in enumerate(hits):
        for hit in found:
            (strong if hit.is_strong else plain)[row, column[hit.key]] += 1
    return strong, plain


def beside(values: Matrix, documents: Sequence[str], step: int) -> Matrix:
    """Each sentence's neighbour `step` places on in its document; zeros at the edges."""
    moved = np.zeros_like(values)
    if len(documents) <= abs(step):
        return moved
    ids = np.unique(np.array(documents, dtype=object).astype(str), return_inverse=True)[1]
    if step > 0:
        same = ids[step:] == ids[:-step]
        moved[:-step][same] = values[step:][same]
    else:
        same = ids[:step] == ids[-step:]
        moved[-step:][same] = values[:step][same]
    return moved


def dense(vectors: Matrix, around: Matrix, headings: Matrix, strong: Matrix, plain: Matrix) -> Matrix:
    """Vectors of the sentence, of both neighbours added, of the heading, and the cues, on comparable scales."""
    return np.hstack(
        [vectors * 4, around * 1.2, headings * 1.5, np.minimum(strong, 2), np.minimum(plain, 2) * 0.7]
    ).astype(np.float32)


def by_facet(values: Matrix, facets: NDArray[np.int64], n_facets: int) -> Matrix:
    """Sums over the codes of each facet, for each sentence."""
    return np.stack([values[:, facets == facet].sum(1) for facet in range(n_facets)], 1).astype(np.float32)


def cue_columns(strong: Matrix, plain: Matrix, facets: NDArray[np.int64], n_facets: int) -> Matrix:
    """The cue features of the word model: by code, capped, and the number of codes hit by facet."""
    counts = [by_facet((values > 0).astype(np.float32), facets, n_facets) * 0.3 for values in (strong, plain)]
    return np.hstack([np.minimum(strong, 2), np.minimum(plain, 2) * 0.7, *counts]).astype(np.float32)
