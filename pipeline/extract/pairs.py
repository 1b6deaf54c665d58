"""sentence and code -> features of the pair that mean the same for every code, so that unseen codes can be scored.

What the models of words and vectors say of the code and its facet, the code's cues here and next door, how near the
sentence is to the code's examples and definition, and how the code stands among its rivals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.views import Matrix, beside, by_facet

LEAST_READ = -4.0  # logit of the reader under which a pair is no candidate by it
KINDS = {"heading": 0.0, "list_item": 1.0, "turn": 3.0}
NAMES = (
    "reader", "reader_before", "reader_after", "reader_rank", "reader_below_best", "facet_reader",
    "words", "vectors", "both", "facet_words", "facet_vectors", "strong", "plain", "cues_before", "cues_after",
    "nearest", "nearest_three", "nearest_against", "definition", "margin", "rank", "rank_examples", "examples_z",
    "below_best", "facet_strong", "facet_plain", "length", "usual", "facet_0", "facet_1", "facet_2", "facet_3", "kind",
)  # fmt: skip
# What is known of a code from its entry in the codebook alone.
# The models' word on a facet is left out too: it rests on the codes they know, and would be missed where they do not.
OWN = frozenset({"facet_reader", "facet_words", "facet_vectors", "words", "vectors", "both", "rank", "below_best", "usual", "reader", "reader_before", "reader_after",
                 "reader_rank", "reader_below_best"})  # fmt: skip
ENTRY_NAMES = tuple(name for name in NAMES if name not in OWN)


@dataclass(frozen=True)
class Evidence:
    """What is known of every sentence (rows) and code (columns) before the pair scorer."""

    reader: Matrix  # logits of the reader; blank columns (nan) for codes it does not know
    facet_reader: Matrix  # rows x facets
    words: Matrix  # logits of the word model; blank columns (nan) for codes it does not know
    vectors: Matrix
    facet_words: Matrix  # rows x facets
    facet_vectors: Matrix
    strong: Matrix
    plain: Matrix
    similarity: Matrix  # rows x codes x 4: nearest example, mean of three, nearest counter-example, definition
    usual: Matrix  # per code: log of its share among coded sentences
    facets: NDArray[np.int64]
    documents: tuple[str, ...]
    lengths: Matrix
    kinds: tuple[str, ...]


def features(evidence: Evidence) -> dict[str, Matrix]:
    """Each feature of NAMES as a matrix of sentences x codes."""
    rows, codes = evidence.strong.shape
    facets, n_facets = evidence.facets, evidence.facet_words.shape[1]
    both = (evidence.words + evidence.vectors) / 2
    known = np.nan_to_num(both, nan=-9.0)
    best = np.stack([np.where(facets == f, known, -99.0).max(1, initial=-99.0) for f in range(n_facets)], 1)
    cues = evidence.strong + 0.5 * evidence.plain
    read = np.nan_to_num(evidence.reader, nan=-9.0)
    best_read = np.stack([np.where(facets == f, read, -99.0).max(1, initial=-99.0) for f in range(n_facets)], 1)
    three = evidence.similarity[:, :, 1]
    spread = np.maximum(three.std(1, keepdims=True), 1e-6)
    found = {
        "reader": evidence.reader,
        "reader_before": beside(read, evidence.documents, -1),
        "reader_after": beside(read, evidence.documents, 1),
        "reader_rank": ranks(read),
        "reader_below_best": read - best_read[:, facets],
        "facet_reader": evidence.facet_reader[:, facets],
        "words": evidence.words,
        "vectors": evidence.vectors,
        "both": both,
        "facet_words": evidence.facet_words[:, facets],
        "facet_vectors": evidence.facet_vectors[:, facets],
        "strong": evidence.strong,
        "plain": evidence.plain,
        "cues_before": beside(cues, evidence.documents, -1),
        "cues_after": beside(cues, evidence.documents, 1),
        "nearest": evidence.similarity[:, :, 0],
        "nearest_three": three,
        "nearest_against": evidence.similarity[:, :, 2],
        "definition": evidence.similarity[:, :, 3],
        "margin": evidence.similarity[:, :, 0] - evidence.similarity[:, :, 2],
        "rank": ranks(known.astype(np.float32)),
        "rank_examples": ranks(three),
        "examples_z": (three - three.mean(1, keepdims=True)) / spread,
        "below_best": known - best[:, facets],
        "facet_strong": by_facet(evidence.strong, facets, n_facets)[:, facets],
        "facet_plain": by_facet(evidence.plain, facets, n_facets)[:, facets],
        "length": np.repeat(evidence.lengths[:, None], codes, 1),
        "usual": np.repeat(evidence.usual[None, :], rows, 0),
        "kind": np.repeat(np.array([KINDS.get(kind, 2.0) for kind in evidence.kinds])[:, None], codes, 1),
    }
    found |= {f"facet_{f}": np.repeat((facets == f)[None, :], rows, 0) for f in range(4)}
    return {name: found[name].astype(np.float32) for name in NAMES}


def ranks(values: Matrix) -> Matrix:
    """Place of each code among the codes of its sentence, 0 for the highest."""
    order = np.argsort(-values, axis=1, kind="stable")
    placed = np.empty_like(order)
    np.put_along_axis(placed, order, np.arange(values.shape[1])[None, :].repeat(len(values), 0), 1)
    return placed.astype(np.float32)


def candidates(found: dict[str, Matrix]) -> NDArray[np.bool_]:
    """Pairs worth scoring: likely by words or vectors, with a cue, or among the nearest by examples."""
    return np.asarray(
        (np.nan_to_num(found["reader"], nan=-9.0) > LEAST_READ)
        | (np.nan_to_num(found["words"], nan=-9.0) > -4.5)
        | (np.nan_to_num(found["vectors"], nan=-9.0) > -3.8)
        | (found["strong"] + found["plain"] > 0)
        | (found["rank_examples"] < 3)
    )


def stacked(
    found: dict[str, Matrix], names: tuple[str, ...], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> Matrix:
    """Features of the pairs (rows, columns) as one matrix, in the order of `names`."""
    return np.stack([found[name][rows, columns] for name in names], 1).astype(np.float32)
