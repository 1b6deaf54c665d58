"""The clusterer: groups it must find, sizes it must bear, the same answer every time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score, silhouette_score

from pipeline.themes import graph, stability, tree
from pipeline.themes.clusterer import GraphClusters, silhouette


def groups(sizes: list[int], dimensions: int = 24, noise: float = 0.12, seed: int = 0):
    """Unit vectors around one random direction a group, and the group of each."""
    rng = np.random.default_rng(seed)
    centres = graph.unit_rows(rng.normal(size=(len(sizes), dimensions)))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return graph.unit_rows(centres[labels] + noise * rng.normal(size=(len(labels), dimensions))), labels


@pytest.mark.parametrize(
    ("sizes", "number"), [([40] * 6, None), ([40] * 6, 6), ([120, 60, 30, 90], None), ([100, 100], 2)]
)
def test_groups_that_stand_apart_are_found(sizes, number):
    vectors, labels = groups(sizes)
    found = GraphClusters(number, refits=3).fit(vectors)
    assert found.n_clusters_ == len(sizes)
    assert adjusted_rand_score(labels, found.labels_) > 0.97


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 13, 40, 151])
@pytest.mark.parametrize("number", [None, 1, 4])
def test_every_size_is_borne(size, number):
    vectors = groups([size], noise=1.0)[0] if size else np.zeros((0, 24), np.float32)
    found = GraphClusters(number, refits=2).fit(vectors)
    assert len(found.labels_) == size
    assert set(found.labels_) == set(range(found.n_clusters_))


@pytest.mark.parametrize(
    "vectors", [np.zeros((30, 8)), np.ones((30, 8)), np.eye(12), np.repeat(np.eye(3, 8), 30, axis=0)]
)
def test_odd_vectors_are_borne(vectors):
    labels = GraphClusters(refits=2).fit_predict(vectors)
    assert len(labels) == len(vectors) and labels.min() == 0


def test_it_has_the_interface_of_scikit_learn():
    model = GraphClusters(3, seed=5)
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(n_clusters=2).n_clusters == 2


def test_many_rows_are_fitted_on_a_sample():
    vectors, labels = groups([150] * 4)
    found = GraphClusters(4, refits=2, max_fit=200).fit(vectors)
    assert adjusted_rand_score(labels, found.labels_) > 0.97
    assert np.array_equal(found.predict(vectors), found.labels_)


def test_threads_do_not_change_a_bit():
    vectors, _ = groups([900, 900, 500], noise=0.3)
    one, four = (GraphClusters(refits=2, threads=threads).fit(vectors) for threads in (1, 4))
    assert np.array_equal(one.labels_, four.labels_) and one.scores_ == four.scores_


def test_a_tree_is_cut_into_nested_groups():
    vectors, _ = groups([5] * 8)
    made = tree.ward(vectors, np.ones(len(vectors), int))
    cuts = [made.cut(count) for count in range(1, 20)]
    assert [len(set(cut)) for cut in cuts] == list(range(1, 20))
    assert all(len(set(zip(fine, coarse, strict=True))) == len(set(fine)) for coarse, fine in pairwise(cuts))
    assert (np.diff(made.costs) >= 0).all()


def test_a_tree_is_that_of_ward():
    from scipy.cluster.hierarchy import fcluster, linkage

    vectors, _ = groups([12] * 5, noise=0.5)
    theirs = fcluster(linkage(vectors.astype(float), "ward"), 5, "maxclust")
    assert adjusted_rand_score(theirs, tree.ward(vectors, np.ones(len(vectors), int)).cut(5)) == 1


def test_silhouette_is_that_of_scikit_learn():
    vectors, labels = groups([20, 30, 25], noise=0.5)
    assert silhouette(vectors, labels) == pytest.approx(silhouette_score(vectors, labels, metric="cosine"), abs=1e-5)


@pytest.mark.parametrize(
    ("values", "rows", "grade"),
    [
        ([0.9, 0.8, 0.85], 20, "A"),
        ([0.75, 0.75], 20, "A"),
        ([0.6, 0.5, 0.7], 20, "B"),
        ([0.1, 0.2], 20, "C"),
        ([0.9], 20, "-"),
        ([0.9, 0.9], 3, "-"),
    ],
)
def test_grades_follow_their_rule(values, rows, grade):
    mean, low, high, given = stability.graded(values, rows)
    assert given == grade
    assert mean is None or 0 <= low <= mean <= high <= 1


def test_a_theme_is_matched_with_its_best_overlap():
    labels, refit = np.array([0, 0, 0, 1, 1, 2]), np.array([5, 5, 1, 1, 1, 0])
    assert stability.overlaps(labels, refit) == pytest.approx([2 / 3, 2 / 3, 1])
