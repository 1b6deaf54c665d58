"""fits on samples -> how often each theme comes back: figure, interval and grade.

Hennig 2007 (10.1016/j.csda.2006.11.025): refit on samples, take for each theme the best Jaccard overlap with a theme of
the refit (on the passages of the sample), average. The interval is the 95% t interval of that mean over refits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.themes.graph import Ints

GRADES = (("A", 0.75), ("B", 0.5), ("C", 0.0))
LEAST_ROWS = 8  # distinct passages below which a theme is not graded
T_95 = {
    2: 12.706,
    3: 4.303,
    4: 3.182,
    5: 2.776,
    6: 2.571,
    7: 2.447,
    8: 2.365,
    9: 2.306,
    10: 2.262,
    15: 2.145,
    20: 2.093,
}

Stability = tuple[float | None, float | None, float | None, str]
UNKNOWN: Stability = (None, None, None, "-")


def overlaps(labels: Ints, refit: Ints) -> list[float]:
    """For each group of `labels` the best Jaccard overlap with one of `refit` (same rows); NaN if absent."""
    size, other = int(labels.max()) + 1, int(refit.max()) + 1
    both = np.zeros((size, other))
    np.add.at(both, (labels, refit), 1)
    union = both.sum(axis=1, keepdims=True) + both.sum(axis=0, keepdims=True) - both
    best = (both / np.maximum(union, 1)).max(axis=1)
    return [
        float(value) if present else float("nan") for value, present in zip(best, both.sum(axis=1) > 0, strict=True)
    ]


def graded(values: Sequence[float], n_rows: int) -> Stability:
    """Mean, lower and upper end of the 95% interval, grade; blank for a theme too small or seen in under two refits."""
    seen = np.array([value for value in values if value == value])
    if len(seen) < 2 or n_rows < LEAST_ROWS:
        return UNKNOWN
    mean = float(seen.mean())
    factor = T_95[max(count for count in T_95 if count <= len(seen))]
    half = factor * float(seen.std(ddof=1)) / len(seen) ** 0.5
    grade = next(name for name, least in GRADES if round(mean, 4) >= least)
    return round(mean, 4), round(max(0.0, mean - half), 4), round(min(1.0, mean + half), 4), grade


def of_themes(labels: Ints, samples: Sequence[Ints], refits: Sequence[Ints]) -> list[Stability]:
    """The stability of each group of `labels` over refits; `refits[i]` are the groups of the rows `samples[i]`."""
    count = int(labels.max()) + 1 if len(labels) else 0
    sizes = np.bincount(labels, minlength=count)
    tables = [_padded(overlaps(labels[sample], refit), count) for sample, refit in zip(samples, refits, strict=True)]
    return [graded([table[group] for table in tables], int(sizes[group])) for group in range(count)]


def _padded(values: list[float], count: int) -> list[float]:
    return values + [float("nan")] * (count - len(values))
