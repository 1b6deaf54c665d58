"""coded texts + codebook -> models/extract: every weight of this step, with figures cross-validated by document.

Deterministic: the same material gives the same bytes on one platform.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.encoder import States
from pipeline.extract import classifier, logistic, material, pairs, train_reader, views
from pipeline.extract.classifier import FACETS, Entries
from pipeline.extract.coded import FOLDS, Coded, plain, prepare
from pipeline.extract.held_out import AGREEMENT, agreement, f1, figures
from pipeline.extract.material import Line
from pipeline.extract.train_spans import fit_spans
from pipeline.extract.train_statuses import fit_statuses
from pipeline.extract.trees import Trees, from_fitted
from pipeline.extract.views import Matrix

ROOT = Path(__file__).resolve().parents[2]
LEAST_TO_MOVE = 40


def with_facets(coded: Coded, facets: NDArray[np.int64]) -> tuple[Matrix, Matrix]:
    """`given` and `weights` with one more column a facet: whether any of its codes is given."""
    any_of = np.stack([coded.given[:, facets == f].max(1) for f in range(len(FACETS))], 1)
    from_book = (coded.sources == "codebook")[:, None]
    sure = np.where(from_book, any_of, 1.0).astype(np.float32)
    return np.hstack([coded.given, any_of]), np.hstack([coded.weights, sure])


@dataclass(frozen=True)
class Inputs:
    """The two matrices the first models look at, and the vocabulary of the first."""

    words: Any
    vectors: Matrix
    vocabulary: dict[str, int]


def first_inputs(coded: Coded, keys: Sequence[str], facets: NDArray[np.int64]) -> Inputs:
    """Sparse words with cues, and vectors with cues."""
    from scipy.sparse import csr_matrix, hstack

    named = [views.names(place) for place in coded.sentences.places]
    counts = Counter(name for row in named for name in row)
    kept = sorted(name for name, n in counts.items() if n >= (6 if name[0] in "<>#" else 3 if " " in name else 2))
    vocabulary = {name: number for number, name in enumerate(kept)}
    strong, plain = views.cue_counts(coded.sentences.hits, keys)
    words = csr_matrix(views.sparse(named, vocabulary), shape=(len(named), len(kept)))
    columns = views.cue_columns(strong, plain, facets, len(FACETS))
    sentences = coded.sentences
    vectors = views.dense(sentences.vectors, sentences.around(), sentences.headings, strong, plain)
    return Inputs(hstack([words, csr_matrix(columns)]).tocsr().astype(np.float32), vectors, vocabulary)


def held_out(coded: Coded, inputs: Inputs, given: Matrix, weights: Matrix) -> tuple[Matrix, Matrix]:
    """Logits of both first models for every line, each from models that saw nothing of its document."""
    found = [np.full(given.shape, -9.0, np.float32) for _ in range(2)]
    is_example = coded.sources == "codebook"
    for fold in range(FOLDS):
        fitting, kept = (
            np.where((coded.folds != fold) | is_example)[0],
            np.where((coded.folds == fold) & ~is_example)[0],
        )
        for target, matrix in zip(found, (inputs.words, inputs.vectors), strict=True):
            slopes, biases = logistic.fit(matrix[fitting], given[fitting], weights[fitting])
            target[kept] = matrix[kept] @ slopes + biases
    return found[0], found[1]


def fit_trees(features: Matrix, given: Matrix, weights: Matrix) -> Trees:
    """Boosted trees over pairs of sentence and code."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.08, max_leaf_nodes=12, min_samples_leaf=40, l2_regularization=2.0, early_stopping=False,
        random_state=0,
    )  # fmt: skip
    return from_fitted(fitted.fit(features, given > 0, sample_weight=weights))


@dataclass(frozen=True)
class Scorer:
    """A fitted pair scorer with its calibration, and the held-out chances it was judged by."""

    trees: Trees
    curve: tuple[float, float]
    chances: Matrix


def fit_scorer(found: dict[str, Matrix], names: tuple[str, ...], coded: Coded) -> Scorer:
    """Fit on the lines of documents (not on codebook examples); calibrate and judge across folds."""
    wanted = pairs.candidates(found) & (coded.sources != "codebook")[:, None]
    rows, columns = np.where(wanted)
    features = pairs.stacked(found, names, rows, columns)
    given = coded.given[rows, columns]
    weights = coded.weights[rows, columns]
    raw = np.zeros(len(rows), np.float32)
    for fold in range(FOLDS):
        inside = coded.folds[rows] == fold
        raw[inside] = fit_trees(features[~inside], given[~inside], weights[~inside]).logits(features[inside])
    curve = platt(raw, given, weights)
    chances = np.zeros(coded.given.shape, np.float32)
    chances[rows, columns] = classifier.calibrated(raw, curve)
    return Scorer(fit_trees(features, given, weights), curve, chances)


def platt(raw: Matrix, given: Matrix, weights: Matrix) -> tuple[float, float]:
    """Slope and offset of Platt's calibration curve (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6).fit(raw[:, None], given > 0, sample_weight=weights)
    return float(round(fitted.coef_[0, 0], 6)), float(round(fitted.intercept_[0], 6))


def thresholds(chances: Matrix, coded: Coded, keys: Sequence[str]) -> tuple[dict[str, float], float]:
    """The score from which each code is given, and the best common one on real sentences.

    The score of a facet is the one with the best F1 over its codes, real and invented text counting alike: a common one
    would find few of the codes that are hard. It is moved for codes with LEAST_TO_MOVE uses or more.
    """
    real = coded.sources == "gold"
    parts = [rows for rows in (real, coded.sources == "invented") if rows.any()]
    given = coded.given > 0
    facets = np.array([key.split(".")[0] for key in keys])
    grid = np.round(np.arange(0.10, 0.50, 0.01), 2)

    def best(columns: NDArray[np.bool_], rows: Sequence[NDArray[np.bool_]]) -> float:
        def gain(level: float) -> float:
            return round(sum(f1(chances[r][:, columns] > level, given[r][:, columns]) for r in rows), 6)

        return float(max(grid, key=lambda level: (gain(level), -level)))

    found, both = {}, coded.sources != "codebook"
    for facet in dict.fromkeys(facets):
        level = best(facets == facet, parts)
        for column in np.where(facets == facet)[0]:
            found[keys[column]] = level
            if given[both, column].sum() >= LEAST_TO_MOVE:
                score, true = chances[both, column], given[both, column]
                near = [round(level * factor, 3) for factor in (0.7, 0.85, 1.0, 1.2, 1.4)]
                found[keys[column]] = max(near, key=lambda x: (round(f1(score > x, true), 2), -abs(x - level)))
    common = best(np.ones(len(keys), bool), [real] if real.any() else parts)
    return found, common


def usual_shares(coded: Coded, keys: Sequence[str]) -> dict[str, float]:
    """Log of the share of lines with each code."""
    rows = coded.sources != "codebook"
    share = (coded.given[rows].sum(0) + 2) / max(int(rows.sum()), 1)
    return {key: float(round(np.log(share[column]), 4)) for column, key in enumerate(keys)}


def train(
    lines: Sequence[Line], codebook: Any, pipeline: Any, known: Mapping[str, States], out: Path
) -> dict[str, Any]:
    """Fit everything on the lines (the codebook's examples among them) and write it to `out`; returns the figures."""
    coded = prepare(lines, pipeline, known, codebook.codes)
    return fit_all(coded, codebook, known, out)


def fit_all(coded: Coded, codebook: Any, known: Mapping[str, States], out: Path) -> dict[str, Any]:
    """Everything that follows from the lines once they are read."""
    codes = codebook.codes
    keys = tuple(codes)
    facets = np.array([FACETS.index(code.facet) for code in codes.values()])
    book = classifier.entries(codes, lambda texts: np.stack([known[text].vector for text in texts]))
    inputs = first_inputs(coded, keys, facets)
    given, weights = with_facets(coded, facets)
    by_words, by_vectors = held_out(coded, inputs, given, weights)
    usual = usual_shares(coded, keys)
    found = pairs.features(
        classifier.evidence(by_words, by_vectors, keys, usual, coded.sentences, book, is_own_hidden=True)
    )
    scorer, unseen = fit_scorer(found, pairs.NAMES, coded), fit_scorer(found, pairs.ENTRY_NAMES, coded)
    levels, common = thresholds(scorer.chances, coded, keys)
    level_entry = thresholds(unseen.chances, coded, keys)[1]
    span_weights, overlap = fit_spans(coded, keys)
    statuses, status_accuracy = fit_statuses(coded)
    uses = coded.given[coded.sources != "codebook"].sum(0)
    numbers = {
        "keys": keys, "vocabulary": list(inputs.vocabulary), "examples": list(book.texts), "usual": usual,
        "calibration": scorer.curve, "calibration_entry": unseen.curve, "thresholds": levels, "threshold_entry": level_entry,
        "spans": span_weights, "statuses": statuses, "uses": {key: int(uses[column]) for column, key in enumerate(keys)},
    }  # fmt: skip
    final = [logistic.fit(matrix, given, weights) for matrix in (inputs.words, inputs.vectors)]
    out.mkdir(parents=True, exist_ok=True)
    train_reader.save(train_reader.fit(coded.marked, np.arange(len(coded.lines))), out)
    save(out, numbers, final, scorer.trees, unseen.trees, book)
    rows = agreement(scorer.chances, levels, coded, keys)
    (out / AGREEMENT).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return {"status accuracy": round(status_accuracy, 4), "quote overlap": round(overlap, 4), "threshold": common,
            **figures(scorer.chances, levels, coded, keys, "codes"),
            **figures(unseen.chances, dict.fromkeys(keys, level_entry), coded, keys, "entry alone")}  # fmt: skip


def save(
    out: Path, numbers: dict[str, Any], final: Sequence[tuple[Matrix, Matrix]], pair: Trees, entry: Trees, book: Entries
) -> None:
    """Write the weights (safetensors) and numbers (json)."""
    from safetensors.numpy import save_file

    out.mkdir(parents=True, exist_ok=True)
    half = {
        "words": final[0][0], "words_bias": final[0][1], "vectors": final[1][0], "vectors_bias": final[1][1], "examples": book.vectors,
    }  # fmt: skip
    arrays = (
        {name: array.astype(np.float16) for name, array in half.items()} | pair.arrays("pair") | entry.arrays("entry")
    )
    save_file(arrays, out / classifier.WEIGHTS)
    text = json.dumps(numbers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    (out / classifier.NUMBERS).write_text(text + "\n", "utf-8")


def coded_lines(codebook: Any, folders: Sequence[Path]) -> list[Line]:
    """The human codings of some folders, the invented documents and the codebook's examples."""
    lines = [line for folder in folders for line in material.human_lines(folder)]
    lines += material.invented_lines(ROOT / "models" / "training")
    codes = [
        {"key": key, "positive": _plain(code.positive), "negative": _plain(code.negative)}
        for key, code in codebook.codes.items()
    ]
    return lines + material.codebook_lines(
        codes, {name: facet.default_status for name, facet in codebook.facets.items()}
    )


def texts_of(lines: Sequence[Line], codebook: Any) -> list[str]:
    """Every text whose states fitting needs."""
    texts = [plain(line.text) for line in lines if line.is_coded] + [
        plain(line.heading) for line in lines if line.heading
    ]
    for code in codebook.codes.values():
        texts += [classifier.entry_text(code), *(e.text for e in code.positive), *(e.text for e in code.negative)]
    return texts


def main(*own: str) -> None:
    """Fit on all coded text there is; the figures are cross-validated by document.

    `own` are folders of human codings besides those for development that stand beside the project, where they do.
    """
    from pipeline.codebook import load
    from pipeline.models import spacy_pipeline, write_sums
    from pipeline.settings import Settings

    settings, codebook, out = Settings(), load(ROOT / "codebook.yaml"), ROOT / "models" / "extract"
    beside = ROOT.parent / "shared" / "gold"
    lines = coded_lines(codebook, [*([beside] if beside.is_dir() else []), *map(Path, own)])
    known = train_reader.all_states(texts_of(lines, codebook), ROOT / "models")
    figures = train(lines, codebook, spacy_pipeline(settings.extract.spacy_model), known, out)
    (out / "figures.json").write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", "utf-8")
    write_sums(out)
    print(json.dumps(figures, indent=2, sort_keys=True))


def _plain(examples: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"text": e.text, "status": e.status, "register": e.register_, "instead": e.instead} for e in examples]


if __name__ == "__main__":
    main(*sys.argv[1:])
