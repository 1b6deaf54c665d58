"""vectors -> groups: the clusterer, with scikit-learn's interface, so that BERTopic takes it as its cluster model.

Few rows: Ward over the rows. More: a graph of shared neighbours, Leiden communities of it (many and small), Ward over
those. Very many: the same on a sample, the others to the nearest centre. Every row gets a group; -1 never occurs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin

from pipeline.themes import graph
from pipeline.themes.graph import Floats, Ints
from pipeline.themes.tree import Tree, ward

COMMON_SHARE = 0.5  # of the mean of all vectors is taken off: what all texts of a corpus share tells nothing apart
SPREAD_ROUNDS, SPREAD_SHARE = 2, 0.5
RESOLUTION = 20.0  # of the communities: many more than there are themes
FEW = 150  # up to so many rows are cells of their own
SAME_SUBJECT = 0.3  # up to SMALLEST rows: cosine (of the bare vectors) under which two groups are two themes
SMALLEST = 7
COUNTS = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 100)
ROWS_PER_THEME = 6  # fewer distinct rows a theme cannot be judged by
NEARLY_BEST = 0.9
MOVES = 12  # rounds of refinement; more change next to nothing


@dataclass
class Fit:
    """One fit: rows less what is common, cells and their tree, and the partitions cut from it (kept once made)."""

    rows: Floats
    overlap: Any
    mixed: Floats
    cells: Ints
    tree: Tree
    cuts: dict[int, Ints] = field(default_factory=dict)

    def cut(self, count: int) -> Ints:
        """The partition into at most `count` groups: the cut of the tree, each row then with its nearest centre."""
        if count not in self.cuts:
            rough = self.tree.cut(count)[self.cells]
            self.cuts[count] = graph.renumbered(graph.refined(self.rows, graph.refined(self.mixed, rough, MOVES), 1))
        return self.cuts[count]


def fitted(rows: Floats, near: Ints, seed: int, least: int = 0) -> Fit:
    """Cells and tree of rows (of length 1) whose neighbours are known; at least `least` cells where rows allow."""
    overlap = graph.shared_neighbours(near)
    mixed = graph.spread(rows, overlap, SPREAD_ROUNDS, SPREAD_SHARE)
    resolution = RESOLUTION
    cells = np.arange(len(rows)) if len(rows) <= FEW else graph.communities(overlap, resolution, seed)
    while len(rows) > FEW and cells.max() + 1 < min(least, len(rows) // 2) and resolution < 1e4:
        resolution *= 2
        cells = graph.communities(overlap, resolution, seed)
    count = int(cells.max()) + 1
    return Fit(rows, overlap, mixed, cells, ward(graph.means(mixed, cells, count), np.bincount(cells)))


def neighbours_for(size: int) -> int:
    """How many neighbours a row has in the graph: more in a large corpus, whose themes are larger."""
    return int(np.clip(size // 200, min(15, max(3, size // 10)), 30))


class GraphClusters(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Groups of vectors that come back when the corpus changes a little.

    Parameters: `n_clusters` (None: chosen by how well groups come back in samples and how far they stand apart),
    `refits` (number of 80% samples the choice and the stability rest on), `max_fit` (rows fitted on; the others
    go to the nearest centre), `seed`, `threads`, `least` (fewest groups the choice considers).
    Attributes after `fit`: `labels_` (0, 1, ... by first row), `n_clusters_`, `cluster_centers_` (of length 1, in
    the space of `centred`), `common_` (what is taken off), `fit_`, `samples_`, `refits_`, `scores_`.
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        refits: int = 6,
        max_fit: int = 50_000,
        seed: int = 0,
        threads: int = 1,
        least: int = 2,
    ):
        self.n_clusters = n_clusters
        self.refits = refits
        self.max_fit = max_fit
        self.seed = seed
        self.threads = threads
        self.least = least

    def fit(self, X: Any, y: Any = None) -> GraphClusters:
        """Group the rows of X (n, dimensions); rows need not have length 1. n may be 0."""
        vectors = graph.unit_rows(np.atleast_2d(np.asarray(X, np.float32)) if len(X) else np.zeros((0, 0)))
        self.scores_: dict[int, float] = {}
        self.samples_: list[Ints] = []
        self.refits_: list[Fit] = []
        self.fit_: Fit | None = None
        self.common_ = (
            (COMMON_SHARE * vectors.mean(axis=0, dtype=np.float64)).astype(np.float32) if len(X) > SMALLEST else 0
        )
        if len(vectors) <= SMALLEST:
            self._few(vectors)
        else:
            self._many(vectors)
        return self

    def centred(self, vectors: Floats) -> Floats:
        """The vectors less what the whole corpus shares, of length 1."""
        return graph.unit_rows(vectors - self.common_)

    def predict(self, X: Any) -> Ints:
        """The nearest centre of each row."""
        rows = self.centred(graph.unit_rows(np.asarray(X, np.float32)))
        with graph.one_thread_products():
            return np.asarray((rows @ self.cluster_centers_.T).argmax(axis=1), np.int64)

    def _few(self, vectors: Floats) -> None:
        groups = np.arange(len(vectors))
        while len(np.unique(groups)) > max(1, self.n_clusters or 1):
            names = np.unique(groups)
            centres = [vectors[groups == name] for name in names]
            close = np.array(
                [
                    [-2 if i >= j else float((a @ b.T).mean()) for j, b in enumerate(centres)]
                    for i, a in enumerate(centres)
                ]
            )
            one, other = divmod(int(np.argmax(np.round(close, 6))), len(names))
            if self.n_clusters is None and close[one, other] < SAME_SUBJECT:
                break
            groups[groups == names[other]] = names[one]
        self.labels_ = graph.renumbered(groups) if len(groups) else groups
        self._finish(vectors)

    def _many(self, vectors: Floats) -> None:
        chosen = np.sort(np.random.default_rng(self.seed).permutation(len(vectors))[: self.max_fit])
        rows = self.centred(vectors[chosen])
        count = neighbours_for(len(rows))
        near = graph.nearest(rows, count * 2, self.threads)
        least = 2 * (self.n_clusters or 0)
        self.fit_ = fitted(rows, near[:, :count], self.seed, least)
        self._refit(rows, near, count, least)
        self.n_clusters_ = min(self.n_clusters, len(rows)) if self.n_clusters else self._choose()
        self.labels_ = self.fit_.cut(self.n_clusters_)
        self._finish(rows)
        if len(chosen) < len(vectors):
            self.labels_ = self.predict(vectors)

    def _finish(self, rows: Floats) -> None:
        self.n_clusters_ = int(self.labels_.max()) + 1 if len(self.labels_) else 0
        self.cluster_centers_ = graph.unit_rows(graph.means(rows, self.labels_, self.n_clusters_))

    def _refit(self, rows: Floats, near: Ints, count: int, least: int) -> None:
        """Fits on 80% samples; the neighbours are those already found (twice as many as needed) that are in it."""
        size = min(int(len(rows) * 0.8), 8_000)
        for number in range(self.refits if len(rows) >= 12 else 0):
            sample = np.sort(np.random.default_rng([self.seed, number]).permutation(len(rows))[:size])
            place = np.full(len(rows), -1)
            place[sample] = np.arange(size)
            self.samples_.append(sample)
            self.refits_.append(
                fitted(rows[sample], _kept(place[near[sample]], neighbours_for(size)), self.seed + 1 + number, least)
            )

    def _choose(self) -> int:
        """The finest cut nearly as good as the best: stability squared x sqrt(modularity x silhouette)."""
        from sklearn.metrics import adjusted_rand_score

        assert self.fit_ is not None
        most = min(len(self.fit_.rows) // ROWS_PER_THEME, self.fit_.tree.n_leaves - 1)
        for count in [c for c in COUNTS if self.least <= c <= most]:
            labels = self.fit_.cut(count)
            agreed = [
                adjusted_rand_score(labels[s], fit.cut(count))
                for s, fit in zip(self.samples_, self.refits_, strict=True)
            ]
            stable = float(np.mean(agreed)) if agreed else 1.0
            apart = graph.modularity(self.fit_.overlap, labels)
            clear = max(silhouette(self.fit_.rows, labels), 0.0)
            self.scores_[count] = round(max(stable, 0.0) ** 2 * (max(apart, 0.0) * clear) ** 0.5, 6)
        if not self.scores_ or not max(self.scores_.values()):
            return 1
        return max(c for c, score in self.scores_.items() if score >= NEARLY_BEST * max(self.scores_.values()))


def _kept(places: Ints, count: int) -> Ints:
    """The first `count` neighbours in the sample (places of others are -1); short rows repeat their last."""
    order = np.argsort(places < 0, axis=1, kind="stable")[:, :count]
    kept = np.take_along_axis(places, order, 1)
    have = np.maximum((kept >= 0).sum(axis=1), 1)
    last = kept[np.arange(len(kept)), have - 1]
    return np.where(kept >= 0, kept, np.where(last >= 0, last, np.arange(len(kept)))[:, None])


def silhouette(rows: Floats, labels: Ints) -> float:
    """Mean silhouette by cosine, exact, from group sums (rows of length 1): (b - a) / max(a, b) of mean distances."""
    count = int(labels.max()) + 1
    sizes = np.bincount(labels, minlength=count)
    if count < 2:
        return 0.0
    with graph.one_thread_products():
        sums = rows @ (graph.means(rows, labels, count) * sizes[:, None].astype(np.float32)).T
    everyone = np.arange(len(rows))
    own = 1 - (sums[everyone, labels] - 1) / np.maximum(sizes[labels] - 1, 1)
    others = 1 - sums / sizes[None, :]
    others[everyone, labels] = np.inf
    other = others.min(axis=1)
    score = np.where(sizes[labels] > 1, (other - own) / np.maximum(np.maximum(own, other), 1e-9), 0)
    return float(score.mean(dtype=np.float64))
