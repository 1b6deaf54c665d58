"""coded rows -> weights of the status signs of each facet, and how often the status is right, held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.extract import status
from pipeline.extract.coded import FOLDS, Coded


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
