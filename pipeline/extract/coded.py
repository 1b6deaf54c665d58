"""coded lines -> rows ready for fitting: context, vectors, cues, what people gave, and a reader that saw nothing of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline import reader
from pipeline.encoder import States
from pipeline.extract import cues, train_reader
from pipeline.extract.classifier import Sentences
from pipeline.extract.material import Line
from pipeline.extract.reading import read
from pipeline.extract.train_reader import Marked
from pipeline.extract.views import Matrix, Place

FOLDS = 5
UNSURE_WEIGHT = 0.7


@dataclass(frozen=True)
class Coded:
    """Lines ready for fitting: context, vectors, cues, and what people gave (rows x codes, with weights).

    `sentences.read` and `pieces` are what a reader says that saw nothing of the line's document.
    """

    lines: tuple[Line, ...]
    sentences: Sentences
    marked: Marked
    pieces: tuple[Matrix, ...]
    given: Matrix
    weights: Matrix
    folds: NDArray[np.int64]

    @property
    def sources(self) -> NDArray[Any]:
        return np.array([line.source for line in self.lines])


def fold_of(document: str) -> int:
    """The fold of a document, by a hash of its name."""
    return int(hashlib.sha256(document.encode()).hexdigest()[:8], 16) % FOLDS


def prepare(lines: Sequence[Line], pipeline: Any, known: Mapping[str, States], codes: Any) -> Coded:
    """Read the lines with their neighbours; only coded ones become rows. `known` are the states of every text."""
    rows = [i for i, line in enumerate(lines) if line.is_coded]
    texts = sorted({plain(lines[i].text) for i in rows})
    parsed = dict(zip(texts, read(pipeline, texts), strict=True))
    trie = cues.build(cues.codebook_cues(codes))
    hits = {text: tuple(cues.find(trie, reading)) for text, reading in parsed.items()}
    places = tuple(
        Place(
            parsed[plain(lines[i].text)],
            _beside(lines, i, -1),
            _beside(lines, i, 1),
            lines[i].heading,
            lines[i].kind,
        )
        for i in rows
    )
    chosen = tuple(lines[i] for i in rows)
    documents = tuple(line.document for line in chosen)
    given, weights = _given(chosen, tuple(codes))
    folds = np.array([fold_of(document) for document in documents])
    own = tuple(known[plain(line.text)] for line in chosen)
    vectors = np.stack([state.vector for state in own])
    blank = np.zeros(vectors.shape[1], np.float32)
    headings = np.stack([known[plain(line.heading)].vector if line.heading else blank for line in chosen])
    column = {key: number for number, key in enumerate(codes)}
    marks = tuple(train_reader.marks_of(line, state, column) for line, state in zip(chosen, own, strict=True))
    marked = Marked(own, reader.surroundings(vectors, documents, headings), marks, given, weights)
    logits, pieces = held_out_reader(marked, folds, np.array([line.source == "codebook" for line in chosen]))
    sentences = Sentences(
        places, documents, vectors, headings, tuple(hits[plain(line.text)] for line in chosen), logits
    )
    return Coded(chosen, sentences, marked, pieces, given, weights, folds)


def plain(text: str) -> str:
    """A sentence as encoder and parser see it: on one line."""
    return text.replace("\n", " ")


def held_out_reader(
    marked: Marked, folds: NDArray[np.int64], is_example: NDArray[np.bool_]
) -> tuple[Matrix, tuple[Matrix, ...]]:
    """What readers say of lines whose documents they have not seen. Of examples nothing is asked."""
    logits = np.full(marked.given.shape, -9.0, np.float32)
    pieces: list[Matrix] = [np.zeros((0, 0), np.float32)] * len(folds)
    for fold in range(FOLDS):
        rows = np.where((folds == fold) & ~is_example)[0]
        fitted = train_reader.fit(marked, np.where((folds != fold) | is_example)[0])
        logits[rows], own = train_reader.read_rows(fitted, marked, rows)
        for row, found in zip(rows, own, strict=True):
            pieces[row] = found.astype(np.float16)
    return logits, tuple(pieces)


def _beside(lines: Sequence[Line], at: int, step: int) -> str:
    other = at + step
    return lines[other].text if 0 <= other < len(lines) and lines[other].document == lines[at].document else ""


def _given(lines: Sequence[Line], keys: Sequence[str]) -> tuple[Matrix, Matrix]:
    """Codes given and the weight of each decision. A codebook example decides on its own code, half on its facet's."""
    column = {key: number for number, key in enumerate(keys)}
    facets = np.array([key.split(".")[0] for key in keys])
    given, weights = np.zeros((len(lines), len(keys)), np.float32), np.ones((len(lines), len(keys)), np.float32)
    for row, line in enumerate(lines):
        if line.source == "codebook":
            is_positive = "+" in line.document
            own = line.document.rsplit("+" if is_positive else "-", 1)[0]
            weights[row] = 0.5 * (facets == own.split(".")[0]) if is_positive else 0.0
            weights[row, column[own]] = 1.0
        for code in line.codes:
            if code.key in column:
                given[row, column[code.key]] = 1.0
                weights[row, column[code.key]] = 1.0 if code.is_sure else UNSURE_WEIGHT
    return given, weights
