"""coded texts + codebook -> models/extract: every weight of this step, with figures cross-validated by document.

Deterministic: the same material gives the same bytes on one platform.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.extract import classifier, cues, logistic, material, pairs, spans, status, views, words
from pipeline.extract.classifier import FACETS, Entries, Sentences
from pipeline.extract.material import Line
from pipeline.extract.reading import Reading, read
from pipeline.extract.trees import Trees, from_fitted
from pipeline.extract.views import Matrix, Place

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 5
INVENTED_WEIGHT = 2.0  # invented lines stand for registers of which there is no coded text: they weigh twice
UNSURE_WEIGHT = 0.7


@dataclass(frozen=True)
class Coded:
    """Lines ready for fitting: context, vectors, cues, and what people gave (rows x codes, with weights)."""

    lines: tuple[Line, ...]
    sentences: Sentences
    given: Matrix
    weights: Matrix
    folds: NDArray[np.int64]

    @property
    def sources(self) -> NDArray[Any]:
        return np.array([line.source for line in self.lines])


def fold_of(document: str) -> int:
    """The fold of a document, by a hash of its name."""
    return int(hashlib.sha256(document.encode()).hexdigest()[:8], 16) % FOLDS


def prepare(lines: Sequence[Line], pipeline: Any, vector_of: Callable[[list[str]], Matrix], codes: Any) -> Coded:
    """Read the lines with their neighbours; only coded ones become rows."""
    rows = [i for i, line in enumerate(lines) if line.is_coded]
    texts = sorted({lines[i].text for i in rows})
    readings = dict(zip(texts, read(pipeline, texts), strict=True))
    trie = cues.build(cues.codebook_cues(codes))
    hits = {text: tuple(cues.find(trie, reading)) for text, reading in readings.items()}
    places = tuple(
        Place(readings[lines[i].text], _beside(lines, i, -1), _beside(lines, i, 1), lines[i].heading, lines[i].kind)
        for i in rows
    )
    chosen = tuple(lines[i] for i in rows)
    return Coded(
        chosen,
        Sentences(
            places,
            tuple(line.document for line in chosen),
            vector_of([line.text for line in chosen]),
            _heading_vectors(chosen, vector_of),
            tuple(hits[line.text] for line in chosen),
        ),
        *_given(chosen, tuple(codes)),
        np.array([fold_of(line.document) for line in chosen]),
    )


def _beside(lines: Sequence[Line], at: int, step: int) -> str:
    other = at + step
    return lines[other].text if 0 <= other < len(lines) and lines[other].document == lines[at].document else ""


def _heading_vectors(lines: Sequence[Line], vector_of: Callable[[list[str]], Matrix]) -> Matrix:
    vectors = vector_of([line.heading for line in lines])
    return vectors * np.array([[1.0 if line.heading else 0.0] for line in lines], np.float32)


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
    weights = coded.weights[rows, columns] * np.where(coded.sources[rows] == "invented", INVENTED_WEIGHT, 1.0)
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
    """The score from which each code is given: the best common one, moved for codes with 40 uses or more."""
    real = coded.sources == "gold"
    rows = real if real.any() else coded.sources != "codebook"
    chance, given = chances[rows], coded.given[rows] > 0
    grid = np.round(np.arange(0.10, 0.50, 0.01), 2)
    common = float(max(grid, key=lambda level: (round(f1(chance > level, given), 6), -level)))
    found = {}
    for column, key in enumerate(keys):
        level = common
        if given[:, column].sum() >= 40:
            near = [round(common * factor, 3) for factor in (0.8, 1.0, 1.25)]
            level = max(near, key=lambda x: (round(f1(chance[:, column] > x, given[:, column]), 2), -abs(x - common)))
        found[key] = float(level)
    return found, common


def usual_shares(coded: Coded, keys: Sequence[str]) -> dict[str, float]:
    """Log of the share of lines with each code."""
    rows = coded.sources != "codebook"
    share = (coded.given[rows].sum(0) + 2) / max(int(rows.sum()), 1)
    return {key: float(round(np.log(share[column]), 4)) for column, key in enumerate(keys)}


def fit_spans(
    coded: Coded, evidence_of: Callable[[Reading, str, Sequence[Any]], list[float]]
) -> dict[str, dict[str, float]]:
    """Weights of the token features, per facet."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    found = {}
    by_facet: dict[str, list[tuple[Reading, material.Given, int]]] = {}
    hits = coded.sentences.hits
    for row, (line, place) in enumerate(zip(coded.lines, coded.sentences.places, strict=True)):
        for code in line.codes:
            if code.quote and code.quote in line.text:
                by_facet.setdefault(code.key.split(".")[0], []).append((place.reading, code, row))
    for facet, cases in sorted(by_facet.items()):
        named: list[dict[str, float]] = []
        inside: list[bool] = []
        for reading, code, row in cases:
            start = reading.text.index(code.quote)
            rows = spans.token_features(reading, facet, evidence_of(reading, code.key, hits[row]))
            named += [dict.fromkeys(names, 1.0) for names in rows]
            inside += [reading.end(i) > start and at < start + len(code.quote) for i, at in enumerate(reading.starts)]
        vectorizer = DictVectorizer()
        fitted = LogisticRegression(C=0.3, max_iter=200).fit(vectorizer.fit_transform(named), inside)
        weights = dict(zip(vectorizer.feature_names_, fitted.coef_[0], strict=True))
        weights["bias"] = weights.get("bias", 0.0) + fitted.intercept_[0]
        found[facet] = {name: round(float(w), 4) for name, w in sorted(weights.items())}
    return found


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
    lines: Sequence[Line], codebook: Any, pipeline: Any, vector_of: Callable[[list[str]], Matrix], out: Path
) -> dict[str, Any]:
    """Fit everything on the lines (the codebook's examples added) and write it to `out`; returns the figures."""
    codes = codebook.codes
    keys = tuple(codes)
    facets = np.array([FACETS.index(code.facet) for code in codes.values()])
    coded = prepare(lines, pipeline, vector_of, codes)
    book = classifier.entries(codes, vector_of)
    inputs = first_inputs(coded, keys, facets)
    given, weights = with_facets(coded, facets)
    by_words, by_vectors = held_out(coded, inputs, given, weights)
    usual = usual_shares(coded, keys)
    found = pairs.features(
        classifier.evidence(by_words, by_vectors, keys, usual, coded.sentences, book, is_own_hidden=True)
    )
    scorer, unseen = fit_scorer(found, pairs.NAMES, coded), fit_scorer(found, pairs.ENTRY_NAMES, coded)
    final = [logistic.fit(matrix, given, weights) for matrix in (inputs.words, inputs.vectors)]
    levels, common = thresholds(scorer.chances, coded, keys)
    column = {key: number for number, key in enumerate(keys)}
    word_weights = final[0][0].astype(np.float16).astype(np.float32)

    def evidence_of(reading: Reading, key: str, hits: Sequence[Any]) -> list[float]:
        return words.evidence(reading, key, hits, inputs.vocabulary, word_weights[:, column[key]])

    span_weights = fit_spans(coded, evidence_of)
    statuses, status_accuracy = fit_statuses(coded)
    level_entry = thresholds(unseen.chances, coded, keys)[1]
    numbers = {
        "keys": keys, "vocabulary": list(inputs.vocabulary), "examples": list(book.texts), "usual": usual,
        "calibration": scorer.curve, "calibration_entry": unseen.curve, "thresholds": levels, "threshold_entry": level_entry,
        "spans": span_weights, "statuses": statuses, "uses": {key: int(coded.given[coded.sources != "codebook", column[key]].sum()) for key in keys},
    }  # fmt: skip
    save(out, numbers, final, scorer.trees, unseen.trees, book)
    return {"status accuracy": status_accuracy, "threshold": common, **figures(scorer.chances, levels, coded, keys, "codes"),
            **figures(unseen.chances, dict.fromkeys(keys, level_entry), coded, keys, "entry alone")}  # fmt: skip


def figures(chances: Matrix, levels: dict[str, float], coded: Coded, keys: Sequence[str], name: str) -> dict[str, Any]:
    """Micro F1 overall, by facet and of facets, for each source of lines, from held-out chances."""
    level = np.array([levels[key] for key in keys])
    facets = np.array([FACETS.index(key.split(".")[0]) for key in keys])
    found: dict[str, Any] = {}
    for source in ("gold", "invented"):
        rows = coded.sources == source
        chosen, given = chances[rows] > level, coded.given[rows] > 0
        found[f"{name}, {source}"] = {"all": round(f1(chosen, given), 3)}
        for number, facet in enumerate(FACETS):
            found[f"{name}, {source}"][facet] = round(f1(chosen[:, facets == number], given[:, facets == number]), 3)
        any_of = [np.stack([m[:, facets == f].any(1) for f in range(len(FACETS))], 1) for m in (chosen, given)]
        found[f"{name}, {source}"]["facet level"] = round(f1(any_of[0], any_of[1]), 3)
    return found


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


def main() -> None:
    """Fit on the human codings beside the project (where they are), the invented documents and the codebook."""
    from pipeline.codebook import load
    from pipeline.models import encoder, spacy_pipeline, write_sums
    from pipeline.settings import Settings

    settings, codebook, out = Settings(), load(ROOT / "codebook.yaml"), ROOT / "models" / "extract"
    gold = ROOT.parent / "shared" / "gold"
    lines = material.gold_lines(gold, "train") if gold.is_dir() else []
    lines += material.invented_lines(ROOT / "models" / "training")
    codes = [
        {"key": key, "positive": _plain(code.positive), "negative": _plain(code.negative)}
        for key, code in codebook.codes.items()
    ]
    lines += material.codebook_lines(codes, {name: facet.default_status for name, facet in codebook.facets.items()})
    known: dict[str, Any] = {"": np.zeros(384, np.float32)}

    def vector_of(texts: list[str]) -> Matrix:
        new = sorted(set(texts) - known.keys())
        made = encoder(settings.embed.encoder).encode(new, normalize_embeddings=True, show_progress_bar=False)
        known.update(zip(new, made, strict=True))
        return np.stack([known[text] for text in texts]).astype(np.float32)

    figures = train(lines, codebook, spacy_pipeline(settings.extract.spacy_model, ("ner", "senter")), vector_of, out)
    write_sums(out)
    (out / "figures.json").write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", "utf-8")
    print(json.dumps(figures, indent=2, sort_keys=True))


def _plain(examples: Iterable[Any]) -> list[dict[str, Any]]:
    return [{"text": e.text, "status": e.status, "register": e.register_, "instead": e.instead} for e in examples]


if __name__ == "__main__":
    main()
