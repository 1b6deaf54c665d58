"""vectors, theme_centroids -> theme, sub-theme, similarity: the one rule by which every passage is placed.

A vector less what the corpus shares (the row of level 0) goes to the nearest centre of level 2, then to the nearest of
that theme's centres of level 3. Done in float64 and rounded, so the same wherever and in whatever company it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
DIGITS = 6


@dataclass(frozen=True)
class Centres:
    """The rows of theme_centroids, ready for use. `under[t]` are the rows of level 3 of theme t."""

    common: Doubles
    themes: list[dict[str, Any]]
    vectors: Doubles
    under: dict[str, tuple[list[dict[str, Any]], Doubles]]


def centres_of(rows: Sequence[dict[str, Any]]) -> Centres:
    """Centres from the rows of theme_centroids. A theme may have several centres (after a merge by decision)."""
    shared = [row for row in rows if row["level"] == 0]
    themes = [row for row in rows if row["level"] == 2]
    under: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["level"] == 3:
            under.setdefault(row["parent_id"], []).append(row)
    return Centres(
        np.array(shared[0]["vector"], np.float64) if shared else np.zeros(0),
        themes,
        _matrix(themes),
        {theme: (few, _matrix(few)) for theme, few in under.items()},
    )


def _matrix(rows: Sequence[dict[str, Any]]) -> Doubles:
    return np.array([row["vector"] for row in rows], np.float64) if rows else np.zeros((0, 0))


def less_common(vectors: NDArray[Any], common: Doubles) -> Doubles:
    """The vectors less what the corpus shares, of length 1."""
    rows = np.asarray(vectors, np.float64) - (common if len(common) else 0)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def placed(vectors: NDArray[Any], centres: Centres) -> list[dict[str, Any]]:
    """theme_id, subtheme_id, similarity and is_loose of each vector (n, dimensions)."""
    if not len(vectors) or not centres.themes:
        return []
    rows = less_common(vectors, centres.common)
    similar = np.round(rows @ centres.vectors.T, DIGITS)
    best = similar.argmax(axis=1)
    result = []
    for number, place in enumerate(best):
        theme = centres.themes[int(place)]
        similarity = float(similar[number, place])
        result.append(
            {
                "theme_id": theme["theme_id"],
                "subtheme_id": theme["theme_id"],
                "similarity": similarity,
                "is_loose": similarity < theme["loose_below"],
            }
        )
    _place_below(rows, result, centres)
    return result


def _place_below(rows: Doubles, result: list[dict[str, Any]], centres: Centres) -> None:
    by_theme: dict[str, list[int]] = {}
    for number, row in enumerate(result):
        by_theme.setdefault(row["theme_id"], []).append(number)
    for theme, numbers in by_theme.items():
        if theme in centres.under:
            few, vectors = centres.under[theme]
            nearest = np.round(rows[numbers] @ vectors.T, DIGITS).argmax(axis=1)
            for number, place in zip(numbers, nearest, strict=True):
                result[number]["subtheme_id"] = few[int(place)]["theme_id"]
