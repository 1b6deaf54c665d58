"""old themes, new themes -> which is which: a refit's themes matched to those of an earlier run, and what changed.

Kuhn 1955 (10.1002/nav.3800020109): the pairing of themes with the largest sum of overlaps of passages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

LEAST_OVERLAP = 0.3  # Jaccard under which two themes are not the same


def matched(old: Mapping[str, str], new: Mapping[str, str]) -> list[dict[str, Any]]:
    """Pairs of old and new themes from {passage_id: theme_id} of both runs, on the passages both know.

    Rows: theme_id, was (id in the old run or None), overlap (Jaccard), change: same, grew, shrank, moved, new, gone.
    """
    from scipy.optimize import linear_sum_assignment

    shared = sorted(set(old) & set(new))
    olds, news = sorted(set(old.values())), sorted(set(new.values()))
    both = np.zeros((len(olds), len(news)))
    for passage in shared:
        both[olds.index(old[passage]), news.index(new[passage])] += 1
    union = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    overlap = both / np.maximum(union, 1)
    pairs = {
        int(j): int(i) for i, j in zip(*linear_sum_assignment(-overlap), strict=True) if overlap[i, j] >= LEAST_OVERLAP
    }
    rows = [
        _row(
            news[j],
            olds[pairs[j]] if j in pairs else None,
            float(overlap[pairs[j], j]) if j in pairs else 0.0,
            list(old.values()),
            list(new.values()),
        )
        for j in range(len(news))
    ]
    gone = [name for i, name in enumerate(olds) if i not in pairs.values()]
    return rows + [{"theme_id": None, "was": name, "overlap": 0.0, "change": "gone"} for name in gone]


def _row(name: str, was: str | None, overlap: float, old: Sequence[str], new: Sequence[str]) -> dict[str, Any]:
    if was is None:
        return {"theme_id": name, "was": None, "overlap": 0.0, "change": "new"}
    before, now = old.count(was), new.count(name)
    change = "same" if overlap >= 0.9 else "grew" if now > 1.1 * before else "shrank" if now < 0.9 * before else "moved"
    return {"theme_id": name, "was": was, "overlap": round(overlap, 4), "change": change}


def fit_of_new(members: Sequence[Mapping[str, Any]], known: Mapping[str, str]) -> dict[str, Any]:
    """How well passages not in `known` fit the saved themes: their number, mean similarity, share of loose ones."""
    fresh = [row for row in members if row["passage_id"] not in known]
    loose = sum(bool(row["is_loose"]) for row in fresh)
    mean = sum(float(row["similarity"]) for row in fresh) / max(1, len(fresh))
    return {"n_new": len(fresh), "mean_similarity": round(mean, 6), "share_loose": round(loose / max(1, len(fresh)), 4)}
