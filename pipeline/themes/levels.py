"""a fitted clusterer -> broad themes, themes and sub-themes: cuts of one tree, and their centres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.themes import graph
from pipeline.themes.clusterer import Fit
from pipeline.themes.graph import Floats, Ints

BROAD = 8  # themes of level 1, where there are enough themes to be grouped
BROAD_FROM = 13  # themes of level 2 from which on a broader level helps
FINE = ((8, 20), (20, 40))  # up to so many themes, about so many sub-themes; above, twice as many as themes
ROWS_PER_SUBTHEME = 8  # a sub-theme needs as many distinct passages
FOREIGN = 0.9  # a passage is loose if it is no closer to its theme than this share of other themes' passages


@dataclass(frozen=True)
class Levels:
    """Of each row of a fit its group on each level: `broad` (all 0 where the level is left out), `themes`, `fine`."""

    broad: Ints
    themes: Ints
    fine: Ints


def levels_of(fit: Fit | None, themes: Ints) -> Levels:
    """Three nested levels; `themes` is the partition of level 2."""
    nothing = np.zeros(len(themes), np.int64)
    count = int(themes.max()) + 1 if len(themes) else 0
    if fit is None or count == 0:
        return Levels(nothing, themes, nothing)
    fine = nothing.copy()
    wanted = next((fine_ for most, fine_ in FINE if count <= most), 2 * count)
    rough = fit.cut(max(wanted, count)) if fit.tree.n_leaves > count else themes
    for theme in range(count):
        mine = np.flatnonzero(themes == theme)
        fine[mine] = _parts(fit.rows[mine], _own(rough, themes, theme)[mine])
    return Levels(_broad(fit, themes, count), themes, fine)


def _broad(fit: Fit, themes: Ints, count: int) -> Ints:
    """Level 1: the themes merged on up the tree (Ward over their centres)."""
    from pipeline.themes.tree import ward

    if count < BROAD_FROM:
        return np.zeros(len(themes), np.int64)
    tree = ward(graph.means(fit.rows, themes, count), np.bincount(themes, minlength=count))
    return tree.cut(BROAD)[themes]


def _own(rough: Ints, themes: Ints, theme: int) -> Ints:
    """The parts of the finer cut that lie mostly in this theme; 0 for rows of other parts (placed anew)."""
    shared = np.zeros((int(rough.max()) + 1, int(themes.max()) + 1))
    np.add.at(shared, (rough, themes), 1)
    own = np.flatnonzero(shared.argmax(axis=1) == theme)
    names = np.zeros(len(shared), np.int64)
    names[own] = np.arange(1, len(own) + 1)
    return names[rough]


def _parts(rows: Floats, rough: Ints) -> Ints:
    """The sub-themes of one theme: parts too small join the part their rows are nearest to."""
    labels = np.where(rough > 0, rough, rough.max(initial=0) + 1)
    if (rough == 0).any() and (rough > 0).any():
        labels = _to_nearest(rows, labels, int(labels.max()))
    labels = graph.renumbered(labels)
    while True:
        sizes = np.bincount(labels)
        if len(sizes) == 1:
            return labels
        if sizes.min() >= ROWS_PER_SUBTHEME:
            return graph.renumbered(graph.refined(rows, labels, 1))
        labels = graph.renumbered(_to_nearest(rows, labels, int(sizes.argmin())))


def _to_nearest(rows: Floats, labels: Ints, given_up: int) -> Ints:
    """The labels with the rows of one part moved to the nearest centres of the others."""
    keep = np.array([part for part in np.unique(labels) if part != given_up])
    centres = graph.unit_rows(graph.means(rows, labels, int(labels.max()) + 1))[keep]
    lost, moved = labels == given_up, labels.copy()
    with graph.one_thread_products():
        moved[lost] = keep[(rows[lost] @ centres.T).argmax(axis=1)]
    return moved


def centroid_rows(rows: Floats, levels: Levels, names: dict[tuple[int, int], str], common: Any) -> list[dict[str, Any]]:
    """Rows of theme_centroids; `names` maps (theme, -1) and (theme, sub-theme) to ids, the latter only where shown."""
    dimensions = rows.shape[1]
    found = [centre_row("", "", 0, np.broadcast_to(np.asarray(common, np.float32), dimensions), -1.0)]
    count = int(levels.themes.max()) + 1
    centres = graph.unit_rows(graph.means(rows, levels.themes, count))
    with graph.one_thread_products():
        similar = rows @ centres.T
    for theme in range(count):
        foreign = similar[levels.themes != theme, theme]
        loose = float(np.quantile(foreign, FOREIGN)) if len(foreign) else -1.0
        found.append(centre_row(names[theme, -1], "", 2, centres[theme], loose))
    for (theme, part), name in names.items():
        if part >= 0:
            mine = rows[(levels.themes == theme) & (levels.fine == part)]
            found.append(
                centre_row(name, names[theme, -1], 3, graph.unit_rows(mine.mean(axis=0, keepdims=True))[0], -1.0)
            )
    return [{"centroid": number, **row} for number, row in enumerate(found)]


def centre_row(name: str, parent: str, level: int, vector: Any, loose: float) -> dict[str, Any]:
    """A row of theme_centroids but for its number."""
    values = [float(np.float32(round(float(v), 6))) for v in vector]
    return {"theme_id": name, "parent_id": parent, "level": level, "vector": values, "loose_below": round(loose, 6)}
