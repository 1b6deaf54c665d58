"""coded texts + codebook -> models/extract: every weight of this step, with figures cross-validated by document.

Deterministic: the same material gives the same bytes on one platform.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline import reader
from pipeline.encoder import States
from pipeline.extract import (
    classifier,
    cues,
    logistic,
    material,
    pairs,
    spans,
    status,
    train_reader,
    views,
    words,
)
from pipeline.extract.classifier import FACETS, Entries, Sentences
from pipeline.extract.material import Line
from pipeline.extract.reading import Reading, read
from pipeline.extract.train_reader import Marked
from pipeline.extract.trees import Trees, from_fitted
from pipeline.extract.views import Matrix, Place

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 5
UNSURE_WEIGHT = 0.7
LEAST_USES, LEAST_TO_MOVE, RESAMPLES = 5, 40, 400
AGREEMENT = "agreement.jsonl"  # held-out agreement with human coders, per code: shown beside every result


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


def f1(chosen: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    """Micro F1 of two equal matrices of decisions."""
    return float(2 * (chosen & given).sum() / max(chosen.sum() + given.sum(), 1))


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


def fit_spans(coded: Coded, keys: Sequence[str]) -> tuple[dict[str, dict[str, float]], float]:
    """Weights of the token features, per facet, and the overlap with people's quotes across folds (token IoU)."""
    column = {key: number for number, key in enumerate(keys)}
    by_facet: dict[str, list[SpanCase]] = {}
    for row, (line, place) in enumerate(zip(coded.lines, coded.sentences.places, strict=True)):
        for code in line.codes:
            start = plain(line.text).find(plain(code.quote)) if code.quote and code.key in column else -1
            if start < 0 or line.source == "codebook" or (line.source == "invented" and row % 3):
                continue  # a third of the invented quotes is plenty for weights of place and shape
            state, facet = coded.marked.states[row], code.key.split(".")[0]
            logits = coded.pieces[row][:, column[code.key]].astype(np.float32)
            own = words.evidence(place.reading, code.key, coded.sentences.hits[row], state.starts, state.ends, logits)
            inside = [
                place.reading.end(i) > start and at < start + len(code.quote)
                for i, at in enumerate(place.reading.starts)
            ]
            by_facet.setdefault(facet, []).append(SpanCase(row, place.reading, own, inside))
    found, overlaps = {}, []
    for facet, cases in sorted(by_facet.items()):
        features = [spans.features(case.reading, case.evidence) for case in cases]
        folds = coded.folds[[case.row for case in cases]]
        for fold in range(FOLDS):
            weights = _span_weights([(features[i], cases[i].inside) for i in np.where(folds != fold)[0]])
            for i in np.where(folds == fold)[0]:
                if coded.lines[cases[i].row].source == "gold":
                    overlaps.append(_overlap(cases[i], spans.chances(features[i], spans.weights_of(weights))))
        found[facet] = _span_weights(list(zip(features, (case.inside for case in cases), strict=True)))
    return found, float(np.mean(overlaps)) if overlaps else float("nan")


@dataclass(frozen=True)
class SpanCase:
    """A code in its sentence: the evidence of each token, and whether people put it inside the quote."""

    row: int
    reading: Reading
    evidence: spans.Floats
    inside: list[bool]


def _span_weights(cases: Sequence[tuple[spans.Ints, list[bool]]]) -> dict[str, float]:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    places = np.concatenate([rows for rows, _ in cases])
    ends = np.arange(len(places) + 1) * places.shape[1]
    shape = (len(places), len(spans.NAMES))
    told = csr_matrix((np.ones(places.size, np.float32), places.ravel(), ends), shape=shape)
    used = np.flatnonzero(np.diff(told.tocsc().indptr))
    fitted = LogisticRegression(C=0.3, max_iter=200).fit(told[:, used], [one for _, marks in cases for one in marks])
    named = {spans.NAMES[place]: weight for place, weight in zip(used, fitted.coef_[0], strict=True)}
    named[spans.BIAS] = fitted.intercept_[0]
    return {name: round(float(weight), 4) for name, weight in sorted(named.items())}


def _overlap(case: SpanCase, chances: Any) -> float:
    first, last = spans.choose(case.reading, case.evidence, chances, spans.LEVEL)
    chosen = np.zeros(len(case.inside), bool)
    chosen[first : last + 1] = True
    inside = np.array(case.inside)
    return float((chosen & inside).sum() / max((chosen | inside).sum(), 1))


def fit_statuses(coded: Coded) -> tuple[dict[str, Any], float]:
    """Weights of the status signs per facet, and their accuracy across folds."""
    by_facet: dict[str, list[tuple[dict[str, float], str, int, float]]] = {}
    for row, (line, place) in enumerate(zip(coded.lines, coded.sentences.places, strict=True)):
        for code in line.codes:
            if line.source == "codebook":
                span = (0, len(place.reading.words) - 1)
            elif code.quote and code.quote in line.text:
                start = line.text.index(code.quote)
                span = status.tokens_of(place.reading, start, start + len(code.quote))
            else:
                continue
            found = status.signs(place.reading, *span, code.key, line.kind, line.heading)
            weight = 0.5 if line.source == "codebook" else 1.0
            by_facet.setdefault(code.key.split(".")[0], []).append(
                (dict.fromkeys(found, 1.0), code.status, row, weight)
            )
    weights: dict[str, Any] = {}
    right = total = 0
    for facet, cases in sorted(by_facet.items()):
        weights[facet], hits, n = _fit_status(cases, coded)
        right, total = right + hits, total + n
    return weights, right / max(total, 1)


def _fit_status(
    cases: Sequence[tuple[dict[str, float], str, int, float]], coded: Coded
) -> tuple[dict[str, Any], int, int]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer()
    features = vectorizer.fit_transform([case[0] for case in cases])
    given = np.array([case[1] for case in cases])
    folds = np.array([coded.folds[case[2]] for case in cases])
    importance = np.array([case[3] for case in cases])
    judged = np.array([coded.lines[case[2]].source == "gold" for case in cases])
    right = 0
    for fold in range(FOLDS):
        fitting, kept = folds != fold, (folds == fold) & judged
        if kept.any() and len(set(given[fitting])) > 1:
            fitted = LogisticRegression(C=0.5, max_iter=300).fit(
                features[fitting], given[fitting], sample_weight=importance[fitting]
            )
            right += int((fitted.predict(features[kept]) == given[kept]).sum())
    fitted = LogisticRegression(C=0.5, max_iter=300).fit(features, given, sample_weight=importance)
    slopes = fitted.coef_ if len(fitted.classes_) > 2 else np.vstack([-fitted.coef_ / 2, fitted.coef_ / 2])
    biases = (
        fitted.intercept_
        if len(fitted.classes_) > 2
        else np.array([-fitted.intercept_[0] / 2, fitted.intercept_[0] / 2])
    )
    names = vectorizer.feature_names_
    kept_names = [(j, name) for j, name in enumerate(names) if np.abs(slopes[:, j]).max() >= 0.04]
    return (
        {
            "statuses": [str(name) for name in fitted.classes_],
            "bias": [round(float(b), 4) for b in biases],
            "weights": {name: [round(float(w), 3) for w in slopes[:, j]] for j, name in kept_names},
        },
        right,
        int(judged.sum()),
    )


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


def figures(chances: Matrix, levels: dict[str, float], coded: Coded, keys: Sequence[str], name: str) -> dict[str, Any]:
    """Micro F1 overall, by facet and of facets, macro F1 and more, for each source of lines, from held-out chances."""
    level = np.array([levels[key] for key in keys])
    facets = np.array([FACETS.index(key.split(".")[0]) for key in keys])
    found: dict[str, Any] = {}
    for source in ("gold", "invented"):
        rows = coded.sources == source
        chosen, given, score = chances[rows] > level, coded.given[rows] > 0, chances[rows]
        own: dict[str, Any] = {"all": f1(chosen, given)}
        for number, facet in enumerate(FACETS):
            own[facet] = f1(chosen[:, facets == number], given[:, facets == number])
        any_of = [np.stack([m[:, facets == f].any(1) for f in range(len(FACETS))], 1) for m in (chosen, given)]
        own["facet level"] = f1(any_of[0], any_of[1])
        used = [column for column in range(len(keys)) if given[:, column].sum() >= LEAST_USES]
        own["macro"] = float(np.mean([f1(chosen[:, [c]], given[:, [c]]) for c in used])) if used else float("nan")
        own["precision of the upper half"] = (
            float(given[chosen & (score >= np.median(score[chosen]))].mean()) if chosen.any() else 0.0
        )
        own["calibration error"] = calibration_error(score[chosen], given[chosen])
        found[f"{name}, {source}"] = {key: round(value, 3) for key, value in own.items()}
    return found


def calibration_error(score: Matrix, is_right: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten equal bins (Naeini, Cooper and Hauskrecht 2015)."""
    bins = np.minimum((score * 10).astype(int), 9)
    gaps = [abs(score[bins == b].mean() - is_right[bins == b].mean()) * (bins == b).sum() for b in np.unique(bins)]
    return float(sum(gaps) / max(len(score), 1))


def agreement(chances: Matrix, levels: dict[str, float], coded: Coded, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the table `agreement`: the held-out codings against the human ones, per code, on real sentences."""
    rows = coded.sources == "gold"
    chosen, given = chances[rows] > np.array([levels[key] for key in keys]), coded.given[rows] > 0
    documents = np.unique(np.array(coded.sentences.documents)[rows], return_inverse=True)[1]
    counts = np.zeros((3, int(documents.max()) + 1, len(keys)))
    for place, hits in enumerate((chosen & given, chosen, given)):
        np.add.at(counts[place], documents, hits)
    draws = np.random.default_rng(0).multinomial(
        counts.shape[1], np.full(counts.shape[1], 1 / counts.shape[1]), RESAMPLES
    )
    resampled = np.tensordot(draws, counts, (1, 1))  # resamples x 3 x codes
    groups = [("all", "all", np.ones(len(keys), bool))]
    groups += [(facet, facet, np.array([key.split(".")[0] == facet for key in keys])) for facet in FACETS]
    groups += [(key.split(".")[0], key, np.arange(len(keys)) == column) for column, key in enumerate(keys)]
    return [_agreement_row(*group, counts.sum(1), resampled, int(rows.sum())) for group in groups]


def _agreement_row(facet: str, code: str, columns: Any, counts: Any, resampled: Any, n_rows: int) -> dict[str, Any]:
    both, machine, human = (int(counts[place][columns].sum()) for place in range(3))
    sums = resampled[:, :, columns].sum(2)
    drawn = 2 * sums[:, 0] / np.maximum(sums[:, 1] + sums[:, 2], 1)
    n = n_rows * int(columns.sum())
    expected = (machine * human + (n - machine) * (n - human)) / n**2
    observed = (n - machine - human + 2 * both) / n
    return {
        "facet": facet, "code": code, "n_human": human, "n_machine": machine, "n_both": both,
        "precision": round(both / machine, 4) if machine else None, "recall": round(both / human, 4) if human else None,
        "f1": round(2 * both / (machine + human), 4) if machine + human else None,
        "f1_low": round(float(np.quantile(drawn, 0.025)), 4) if human else None,
        "f1_high": round(float(np.quantile(drawn, 0.975)), 4) if human else None,
        "kappa": round((observed - expected) / (1 - expected), 4) if human and expected < 1 else None,
    }  # fmt: skip


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
