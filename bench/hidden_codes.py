"""python -m bench.hidden_codes: how well codes are found that the models were never fitted on, from their entries alone.

A fifth of the codes is hidden: no model sees who was given them. Models are fitted on two fifths of the documents, the
pair scorer for unknown codes on two more (on the codes that are not hidden), and the hidden codes are looked for in the
last fifth, in human codings of real sentences. Needs the sets of coded sentences beside the project.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.extract import classifier, logistic, pairs, train, train_reader
from pipeline.extract.coded import Coded, prepare
from pipeline.extract.held_out import f1

SHARE = 5


def hidden_keys(keys: list[str]) -> np.ndarray:
    """Which codes are hidden: by a hash of their key, so that nobody chooses."""
    return np.array([int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % SHARE == 0 for key in keys])


def measure(coded: Coded, codebook: Any, known: Any) -> dict[str, Any]:
    """Precision, recall and F1 over the hidden codes on the held-out documents."""
    keys = list(codebook.codes)
    hidden = hidden_keys(keys)
    facets = np.array([classifier.FACETS.index(key.split(".")[0]) for key in keys])
    is_example = coded.sources == "codebook"
    first = np.where(np.isin(coded.folds, (0, 1)) & ~is_example)[0]
    second, last = (np.where(np.isin(coded.folds, folds) & ~is_example)[0] for folds in ((2, 3), (4,)))
    weights = coded.weights * ~hidden[None, :]
    marks = tuple(
        np.where(hidden[None, :], train_reader.PLACE_UNKNOWN, own).astype(np.int8) for own in coded.marked.marks
    )
    marked = replace(coded.marked, marks=marks, weights=weights)
    fitted = train_reader.fit(marked, first)
    rows = np.concatenate([second, last])
    logits = np.full(coded.given.shape, -9.0, np.float32)
    logits[rows] = train_reader.read_rows(fitted, marked, rows)[0]
    logits[:, hidden] = -9.0  # a code that is not known has no logit, and none reaches its facet
    masked = replace(coded, weights=weights, sentences=replace(coded.sentences, read=logits))
    inputs = train.first_inputs(masked, keys, facets)
    given, sure = train.with_facets(replace(masked, given=coded.given * ~hidden[None, :]), facets)
    two = []
    for matrix in (inputs.words, inputs.vectors):
        slopes, biases = logistic.fit(matrix[first], given[first], sure[first])
        two.append(matrix @ slopes + biases)
    book = classifier.entries(codebook.codes, lambda texts: np.stack([known[text].vector for text in texts]))
    found = pairs.features(classifier.evidence(*two, keys, {}, masked.sentences, book))
    wanted = pairs.candidates(found)
    at, columns = np.where(wanted[second] & ~hidden[None, :])
    at = second[at]
    trees = train.fit_trees(
        pairs.stacked(found, pairs.ENTRY_NAMES, at, columns), coded.given[at, columns], np.ones(len(at), np.float32)
    )
    chances = np.full(coded.given.shape, -99.0, np.float32)
    for part in (second, last):
        at, columns = np.where(wanted[part])
        chances[part[at], columns] = trees.logits(pairs.stacked(found, pairs.ENTRY_NAMES, part[at], columns))
    is_real = coded.sources == "gold"
    seen = [row for row in second if is_real[row]]
    levels = np.linspace(-4, 2, 61)
    truth = coded.given > 0
    level = max(levels, key=lambda x: f1(chances[seen][:, ~hidden] > x, truth[seen][:, ~hidden]))
    kept = [row for row in last if is_real[row]]
    chosen, true = chances[kept][:, hidden] > level, truth[kept][:, hidden]
    both = int((chosen & true).sum())
    return {"codes": [key for key, gone in zip(keys, hidden, strict=True) if gone], "sentences": len(kept),
            "given by people": int(true.sum()), "found": int(chosen.sum()), "precision": round(both / max(int(chosen.sum()), 1), 3),
            "recall": round(both / max(int(true.sum()), 1), 3), "F1": round(f1(chosen, true), 3)}  # fmt: skip


def main() -> None:
    from pipeline.codebook import load
    from pipeline.models import spacy_pipeline
    from pipeline.settings import Settings

    codebook = load(train.ROOT / "codebook.yaml")
    lines = train.coded_lines(codebook, [train.ROOT.parent / "shared" / "gold"])
    known = train_reader.all_states(train.texts_of(lines, codebook), train.ROOT / "models")
    coded = prepare(lines, spacy_pipeline(Settings().extract.spacy_model), known, codebook.codes)
    for name, value in measure(coded, codebook, known).items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
