"""fitted weights + sentences in context -> a calibrated score for every candidate pair of sentence and code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.extract import pairs, views
from pipeline.extract.cues import Hit
from pipeline.extract.trees import Trees, from_arrays
from pipeline.extract.views import Matrix, Place

FACETS = ("value", "barrier", "role", "enabler", "participation")
WEIGHTS, NUMBERS = "codes.safetensors", "codes.json"


@dataclass(frozen=True)
class Model:
    """Everything fitted that scores need. `keys` are the codes it was trained on."""

    keys: tuple[str, ...]
    vocabulary: dict[str, int]
    words: Matrix
    words_bias: Matrix
    vectors: Matrix
    vectors_bias: Matrix
    pair: Trees
    entry: Trees
    examples: dict[str, Matrix]
    numbers: dict[str, Any]


@lru_cache(maxsize=2)
def load(folder: Path) -> Model:
    """The model in a folder, as `train` wrote it."""
    from safetensors.numpy import load_file

    numbers = json.loads((folder / NUMBERS).read_text("utf-8"))
    arrays = load_file(folder / WEIGHTS)
    single = {name: array.astype(np.float32) for name, array in arrays.items() if array.dtype == np.float16}
    return Model(
        tuple(numbers["keys"]),
        {name: number for number, name in enumerate(numbers.pop("vocabulary"))},
        single["words"],
        single["words_bias"],
        single["vectors"],
        single["vectors_bias"],
        from_arrays(arrays, "pair"),
        from_arrays(arrays, "entry"),
        dict(zip(numbers.pop("examples"), single["examples"], strict=True)),
        numbers,
    )


@dataclass(frozen=True)
class Entries:
    """The codebook as numbers: its codes and the vectors of their examples and definitions."""

    keys: tuple[str, ...]
    facets: NDArray[np.int64]
    vectors: Matrix
    groups: tuple[tuple[NDArray[np.int64], NDArray[np.int64], int], ...]  # rows of positives, negatives, definition
    texts: tuple[str, ...]


def entry_text(code: Any) -> str:
    """What stands for a code's definition."""
    return f"{code.label}. {code.definition}"


def entries(codes: Mapping[str, Any], vector_of: Any) -> Entries:
    """`vector_of(texts)` gives the vectors of a list of texts."""
    texts: list[str] = []
    groups = []
    for code in codes.values():
        positive = np.arange(len(texts), len(texts) + len(code.positive))
        texts += [example.text for example in code.positive]
        negative = np.arange(len(texts), len(texts) + len(code.negative))
        texts += [example.text for example in code.negative]
        groups.append((positive, negative, len(texts)))
        texts.append(entry_text(code))
    facets = np.array([FACETS.index(c.facet) if c.facet in FACETS else 0 for c in codes.values()], np.int64)
    return Entries(tuple(codes), facets, vector_of(texts), tuple(groups), tuple(texts))


def similarity(vectors: Matrix, book: Entries, is_own_hidden: bool = False) -> Matrix:
    """Sentences x codes x 4: nearest example, mean of the nearest three, nearest counter-example, definition.

    `is_own_hidden` leaves a sentence that is itself an example out of its own neighbours, as training needs.
    """
    alike = vectors @ book.vectors.T
    if is_own_hidden:
        alike = np.where(alike > 0.999, -1.0, alike)
    found = np.zeros((len(vectors), len(book.keys), 4), np.float32)
    for column, (positive, negative, definition) in enumerate(book.groups):
        near = np.sort(alike[:, positive], axis=1)[:, ::-1] if len(positive) else alike[:, [definition]]
        found[:, column, 0] = near[:, 0]
        found[:, column, 1] = near[:, :3].mean(1)
        found[:, column, 2] = alike[:, negative].max(1) if len(negative) else 0.0
        found[:, column, 3] = alike[:, definition]
    return found


@dataclass(frozen=True)
class Sentences:
    """A run of sentences, in order, with their vectors; documents by id."""

    places: tuple[Place, ...]
    documents: tuple[str, ...]
    vectors: Matrix
    headings: Matrix
    hits: tuple[tuple[Hit, ...], ...]
    read: Matrix  # logits of the reader: sentences x codes it knows

    def around(self) -> Matrix:
        return views.beside(self.vectors, self.documents, -1) + views.beside(self.vectors, self.documents, 1)


def logits(model: Model, sentences: Sentences) -> tuple[Matrix, Matrix]:
    """Logits of the word and of the vector model: sentences x (codes it knows + facets)."""
    from scipy.sparse import csr_matrix

    facets = np.array([FACETS.index(key.split(".")[0]) for key in model.keys])
    known = set(model.keys)
    hits = [[hit for hit in row if hit.key in known] for row in sentences.hits]
    strong, plain = views.cue_counts(hits, model.keys)
    named = [views.names(place) for place in sentences.places]
    size = len(model.vocabulary)
    words = csr_matrix(views.sparse(named, model.vocabulary), shape=(len(named), size)) @ model.words[:size]
    words = words + views.cue_columns(strong, plain, facets, len(FACETS)) @ model.words[size:] + model.words_bias
    if sentences.vectors.shape[1] * 3 + 2 * len(model.keys) != len(model.vectors):
        return words, words  # another encoder than the one fitted with: its vectors mean something else
    dense = views.dense(sentences.vectors, sentences.around(), sentences.headings, strong, plain)
    return words, dense @ model.vectors + model.vectors_bias


def evidence(
    by_words: Matrix,
    by_vectors: Matrix,
    known: Sequence[str],
    usual: Mapping[str, float],
    sentences: Sentences,
    book: Entries,
    is_own_hidden: bool = False,
) -> pairs.Evidence:
    """Logits, cues and similarities lined up for the codes of the codebook. Unknown codes have nan for logits."""
    column = {key: number for number, key in enumerate(known)}
    place = [column.get(key, -1) for key in book.keys]
    of_known = np.array([FACETS.index(key.split(".")[0]) for key in known])
    by_facet = [np.logaddexp.reduce(sentences.read[:, of_known == f], axis=1) for f in range(len(FACETS))]
    blank = np.full((len(by_words), 1), np.nan, np.float32)
    strong, plain = views.cue_counts(sentences.hits, book.keys)
    return pairs.Evidence(
        reader=np.hstack([sentences.read, blank])[:, place],
        facet_reader=np.stack(by_facet, 1).astype(np.float32),
        words=np.hstack([by_words[:, : len(known)], blank])[:, place],
        vectors=np.hstack([by_vectors[:, : len(known)], blank])[:, place],
        facet_words=by_words[:, len(known) :],
        facet_vectors=by_vectors[:, len(known) :],
        strong=strong,
        plain=plain,
        similarity=similarity(sentences.vectors, book, is_own_hidden),
        usual=np.array([usual.get(key, -6.0) for key in book.keys], np.float32),
        facets=book.facets,
        documents=sentences.documents,
        lengths=np.array([len(place.reading.words) for place in sentences.places], np.float32),
        kinds=tuple(place.kind for place in sentences.places),
    )  # fmt: skip


def scores(model: Model, sentences: Sentences, book: Entries) -> tuple[Matrix, dict[str, Matrix]]:
    """Calibrated scores (sentences x codes of the codebook), 0 where no candidate; and the features behind them."""
    by_words, by_vectors = logits(model, sentences)
    found = pairs.features(evidence(by_words, by_vectors, model.keys, model.numbers["usual"], sentences, book))
    chance = np.zeros(found["strong"].shape, np.float32)
    is_known = np.array([key in set(model.keys) for key in book.keys])
    wanted = pairs.candidates(found)
    for trees, names, columns_wanted, curve in (
        (model.pair, pairs.NAMES, is_known, model.numbers["calibration"]),
        (model.entry, pairs.ENTRY_NAMES, ~is_known, model.numbers["calibration_entry"]),
    ):
        rows, columns = np.where(wanted & columns_wanted[None, :])
        if len(rows):
            raw = trees.logits(pairs.stacked(found, names, rows, columns))
            chance[rows, columns] = calibrated(raw, curve)
    return chance, found


def calibrated(raw: Matrix, curve: Sequence[float]) -> Matrix:
    """Platt's curve: chance = 1 / (1 + exp(-(slope * raw + offset)))."""
    slope, offset = curve
    return np.asarray(1 / (1 + np.exp(-(slope * raw + offset))), np.float32)


def threshold(model: Model, key: str) -> float:
    """The score from which a code is given."""
    per_code: dict[str, float] = model.numbers["thresholds"]
    return per_code.get(key, model.numbers["threshold_entry"])
