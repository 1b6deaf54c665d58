"""held-out chances and human codings -> figures: F1 in all and by facet, calibration, agreement of every code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.classifier import FACETS
from pipeline.extract.coded import Coded
from pipeline.extract.views import Matrix

LEAST_USES, RESAMPLES = 5, 400
AGREEMENT = "agreement.jsonl"  # held-out agreement with human coders, per code: shown beside every result


def f1(chosen: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    """Micro F1 of two equal matrices of decisions."""
    return float(2 * (chosen & given).sum() / max(chosen.sum() + given.sum(), 1))


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
