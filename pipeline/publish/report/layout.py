"""themes, centroids, members -> a map: one disc a theme, one dot a passage, near discs alike in meaning.

Themes are placed by the first two principal axes of their centres (classical scaling) and then moved apart until no
two of them, labels included, overlap. Inside a disc the most typical passages stand in the middle, on a sunflower
spiral. Nothing is random.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DOTS = 3000  # dots on the map at most; with more passages a dot stands for several
DOT = 4.4  # room of a dot: its distance from the next one
LABEL = 18.0  # height of a label, above its disc
LETTER = 3.3  # half the width of a letter of a label
LETTERS = 46  # letters of a label shown
GAP = 12.0  # room between two discs
STEPS = 600
GOLDEN = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True)
class Disc:
    """A theme on the map; `dots` are (x, y, member) from the middle outwards."""

    theme: dict[str, Any]
    x: float
    y: float
    radius: float
    dots: list[tuple[float, float, dict[str, Any]]]


def passages_per_dot(n_passages: int) -> int:
    return max(1, math.ceil(n_passages / DOTS))


def discs(themes: Sequence[dict[str, Any]], centres: Mapping[str, Sequence[float]],
          members: Mapping[str, Sequence[dict[str, Any]]]) -> list[Disc]:  # fmt: skip
    """The discs, largest first. `members` of each theme come most typical first."""
    shown = {row["theme_id"]: members.get(row["theme_id"], ()) for row in themes}
    ordered = sorted(themes, key=lambda row: (-len(shown[row["theme_id"]]), row["theme_id"]))
    radii = [DOT * math.sqrt(len(shown[row["theme_id"]]) + 1) for row in ordered]
    boxes = [_box(radius, row["label"]) for radius, row in zip(radii, ordered, strict=True)]
    places = apart(plane([centres.get(row["theme_id"], ()) for row in ordered]), boxes)
    return [
        Disc(row, round(x, 1), round(y, 1), round(radius, 1), _spiral(x, y, shown[row["theme_id"]]))
        for row, (x, y), radius in zip(ordered, places, radii, strict=True)
    ]


def half_width(radius: float, label: str) -> float:
    """Half the width of a disc with its label."""
    return max(radius, LETTER * min(len(label), LETTERS))


def _box(radius: float, label: str) -> tuple[float, float]:
    """Half the width and half the height that a disc and its label need."""
    return half_width(radius, label) + GAP / 2, radius + (LABEL + GAP) / 2


def plane(vectors: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Places in the plane of the first two principal axes, at most 1 from the middle; signs are fixed.

    Falls back on a circle where vectors are missing or span no plane.
    """
    import numpy as np

    around = [(math.cos(n * GOLDEN), math.sin(n * GOLDEN)) for n in range(len(vectors))]
    if len(vectors) < 3 or len({len(vector) for vector in vectors}) != 1 or not len(vectors[0]):
        return around
    matrix = np.asarray(vectors, dtype=np.float64)
    left, size, axes = np.linalg.svd(matrix - matrix.mean(axis=0), full_matrices=False)
    if len(size) < 2 or size[1] < 1e-9:
        return around
    signs = np.sign(axes[[0, 1], np.abs(axes[:2]).argmax(axis=1)])
    places = left[:, :2] * size[:2] * signs
    # Rounding takes away what differs between processors, before it can grow.
    places = np.round(places / np.abs(places).max(), 4)
    across, down = (_spread([float(place) for place in axis]) for axis in places.T)
    return list(zip(across, down, strict=True))


def _spread(places: list[float]) -> list[float]:
    """Half the place, half its rank: neighbours stay neighbours, crowds are thinned out."""
    ranked = sorted(range(len(places)), key=lambda number: (places[number], number))
    rank = {number: 2 * position / (len(places) - 1) - 1 for position, number in enumerate(ranked)}
    return [(place + rank[number]) / 2 for number, place in enumerate(places)]


def apart(places: Sequence[tuple[float, float]], boxes: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places scaled to the boxes (half widths, half heights) and moved until no two of them overlap."""
    area = sum(4 * width * height for width, height in boxes)
    at = [[x * 0.8 * math.sqrt(area), y * 0.45 * math.sqrt(area)] for x, y in places]
    for _ in range(STEPS):
        moved = False
        for one in range(len(at)):
            for other in range(one):
                moved |= _push(at[one], at[other], boxes[one], boxes[other])
        if not moved:
            break
    return [(x, y) for x, y in at]


def _push(one: list[float], other: list[float], box: tuple[float, float], other_box: tuple[float, float]) -> bool:
    """Move two boxes half their overlap each, along the axis where they overlap least."""
    across, down = one[0] - other[0], one[1] - other[1]
    over = [box[0] + other_box[0] - abs(across), box[1] + other_box[1] - abs(down)]
    if min(over) <= 0.1:
        return False
    axis = 0 if over[0] < over[1] else 1
    step = over[axis] / 2 * (1 if (across, down)[axis] >= 0 else -1)
    one[axis] += step
    other[axis] -= step
    return True


def _spiral(x: float, y: float, members: Sequence[dict[str, Any]]) -> list[tuple[float, float, dict[str, Any]]]:
    dots = []
    for number, member in enumerate(members):
        far, turn = DOT * math.sqrt(number + 0.5), number * GOLDEN
        dots.append((round(x + far * math.cos(turn), 1), round(y + far * math.sin(turn), 1), member))
    return dots
