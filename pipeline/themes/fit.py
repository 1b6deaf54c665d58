"""distinct passages -> centres of themes and how stable each theme is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.themes import graph, stability
from pipeline.themes.clusterer import GraphClusters
from pipeline.themes.corpus import Corpus
from pipeline.themes.graph import Ints
from pipeline.themes.levels import Levels, centroid_rows, levels_of
from pipeline.themes.stability import Stability

SEVERAL, READABLE, ROWS_PER_READABLE = 2, 6, 25
WIDE = 1_000_000  # theme number * WIDE + number of its sub-theme: one number for a sub-theme


@dataclass(frozen=True)
class Fitted:
    """Rows of theme_centroids, the broad theme of each theme (where there are broad ones), the stability of each id."""

    centroids: list[dict[str, Any]]
    broader: dict[str, str]
    stability: dict[str, Stability]


def fit(corpus: Corpus, method: str, number: int | None, refits: int, most: int, seed: int) -> Fitted:
    """Themes of the distinct passages. `number` of themes (None: chosen), `method` graph or hdbscan."""
    clusterer = GraphClusters(number, refits, most, seed, least=fewest(corpus)).fit(corpus.vectors)
    rows = clusterer.centred(graph.unit_rows(corpus.vectors))
    themes = clusterer.labels_ if method == "graph" else _hdbscan(corpus, seed)
    levels = levels_of(clusterer.fit_, themes)
    names, broad_names = names_of(levels)
    count = int(themes.max()) + 1
    broader = (
        {names[t, -1]: broad_names[int(levels.broad[themes == t][0])] for t in range(count)} if broad_names else {}
    )
    known = _stability(clusterer, levels, names, broad_names) if method == "graph" else {}
    return Fitted(centroid_rows(rows, levels, names, clusterer.common_), broader, known)


def fewest(corpus: Corpus) -> int:
    """The fewest themes worth choosing. Pages of several passages each speak of more than two or three things."""
    pages = len(corpus.ids) >= SEVERAL * len(set(corpus.documents))
    return max(2, min(READABLE, len(corpus.ids) // ROWS_PER_READABLE)) if pages else 2


def _hdbscan(corpus: Corpus, seed: int) -> Ints:
    """BERTopic's own clusters; outliers go to the nearest centre, so that every passage has a theme."""
    from hdbscan import HDBSCAN
    from umap import UMAP

    if len(corpus.vectors) < 30:
        return np.zeros(len(corpus.vectors), np.int64)
    reduce = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    cluster = HDBSCAN(min_cluster_size=10, metric="euclidean", cluster_selection_method="eom")
    labels = np.asarray(cluster.fit(reduce.fit_transform(corpus.vectors)).labels_, np.int64)
    if labels.max() < 0:
        return np.zeros(len(labels), np.int64)
    inside = labels >= 0
    centres = graph.unit_rows(graph.means(corpus.vectors[inside], labels[inside], int(labels.max()) + 1))
    labels[~inside] = (corpus.vectors[~inside] @ centres.T).argmax(axis=1)
    return graph.renumbered(labels)


def names_of(levels: Levels) -> tuple[dict[tuple[int, int], str], dict[int, str]]:
    """Ids by size, largest first: T01, T02 ...; sub-themes T01.1 ... (a lone one has none); broad themes B1 ..."""
    names: dict[tuple[int, int], str] = {}
    order = by_size(levels.themes)
    digits = max(2, len(str(len(order))))
    for number, theme in enumerate(order, 1):
        names[theme, -1] = f"T{number:0{digits}d}"
        parts = by_size(levels.fine[levels.themes == theme])
        if len(parts) > 1:
            names |= {(theme, part): f"{names[theme, -1]}.{place}" for place, part in enumerate(parts, 1)}
    broad = by_size(levels.broad)
    return names, ({group: f"B{place}" for place, group in enumerate(broad, 1)} if len(broad) > 1 else {})


def by_size(labels: Ints) -> list[int]:
    """The groups, largest first; ties by number."""
    numbers, sizes = np.unique(labels, return_counts=True)
    return [int(numbers[i]) for i in np.lexsort((numbers, -sizes))]


def _stability(
    clusterer: GraphClusters, levels: Levels, names: dict[tuple[int, int], str], broad_names: dict[int, str]
) -> dict[str, Stability]:
    """Stability of the themes of every level by id."""
    refits = [levels_of(fit, fit.cut(clusterer.n_clusters_)) for fit in clusterer.refits_]
    samples = clusterer.samples_
    if not refits or len(clusterer.labels_) != len(clusterer.fit_.rows if clusterer.fit_ else ()):
        return {}
    known: dict[str, Stability] = {}
    of_themes = stability.of_themes(levels.themes, samples, [r.themes for r in refits])
    known |= {names[theme, -1]: of_themes[theme] for theme, part in names if part < 0}
    fine, keys = _joint(levels)
    of_fine = stability.of_themes(fine, samples, [_joint(r)[0] for r in refits])
    known |= {names[key]: of_fine[number] for number, key in enumerate(keys) if key in names}
    if broad_names:
        of_broad = stability.of_themes(levels.broad, samples, [r.broad for r in refits])
        known |= {name: of_broad[group] for group, name in broad_names.items()}
    return known


def _joint(levels: Levels) -> tuple[Ints, list[tuple[int, int]]]:
    """Sub-themes numbered through, and the (theme, part) of each number."""
    values, inverse = np.unique(levels.themes * WIDE + levels.fine, return_inverse=True)
    return inverse.astype(np.int64), [(int(value // WIDE), int(value % WIDE)) for value in values]
