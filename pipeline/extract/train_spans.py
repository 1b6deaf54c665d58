"""coded rows -> weights of the model of quotes, and how far its quotes overlap with people's, held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.extract import spans, token_features, words
from pipeline.extract.coded import FOLDS, Coded, plain
from pipeline.extract.reading import Reading


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
        features = [token_features.features(case.reading, case.evidence) for case in cases]
        folds = coded.folds[[case.row for case in cases]]
        for fold in range(FOLDS):
            weights = _span_weights([(features[i], cases[i].inside) for i in np.where(folds != fold)[0]])
            for i in np.where(folds == fold)[0]:
                if coded.lines[cases[i].row].source == "gold":
                    overlaps.append(
                        _overlap(cases[i], token_features.chances(features[i], token_features.weights_of(weights)))
                    )
        found[facet] = _span_weights(list(zip(features, (case.inside for case in cases), strict=True)))
    return found, float(np.mean(overlaps)) if overlaps else float("nan")


@dataclass(frozen=True)
class SpanCase:
    """A code in its sentence: the evidence of each token, and whether people put it inside the quote."""

    row: int
    reading: Reading
    evidence: token_features.Floats
    inside: list[bool]


def _span_weights(cases: Sequence[tuple[token_features.Ints, list[bool]]]) -> dict[str, float]:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    places = np.concatenate([rows for rows, _ in cases])
    ends = np.arange(len(places) + 1) * places.shape[1]
    shape = (len(places), len(token_features.NAMES))
    told = csr_matrix((np.ones(places.size, np.float32), places.ravel(), ends), shape=shape)
    used = np.flatnonzero(np.diff(told.tocsc().indptr))
    fitted = LogisticRegression(C=0.3, max_iter=200).fit(told[:, used], [one for _, marks in cases for one in marks])
    named = {token_features.NAMES[place]: weight for place, weight in zip(used, fitted.coef_[0], strict=True)}
    named[token_features.BIAS] = fitted.intercept_[0]
    return {name: round(float(weight), 4) for name, weight in sorted(named.items())}


def _overlap(case: SpanCase, chances: Any) -> float:
    first, last = spans.choose(case.reading, case.evidence, chances, spans.LEVEL)
    chosen = np.zeros(len(case.inside), bool)
    chosen[first : last + 1] = True
    inside = np.array(case.inside)
    return float((chosen & inside).sum() / max((chosen | inside).sum(), 1))
