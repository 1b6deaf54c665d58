"""vectors -> neighbours, shared-neighbour graph, communities, vectors spread over the graph.

Shared nearest neighbours: Jarvis and Patrick 1973 (10.1109/T-C.1973.223640); communities: Leiden, Traag, Waltman and
van Eck 2019 (10.1038/s41598-019-41695-z). All functions give the same bits whatever the number of threads: products are
taken over blocks of fixed size, each by one thread.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
BLOCK = 1024  # rows a product is cut into: a block of 50,000 columns takes 200 MB
LEAST_SHARED = 1 / 15  # pairs that share less of their neighbours (Jaccard) are not joined
FEW_MOVES = 0.001  # share of rows that may still move when refinement ends
ROUNDS = 4  # of Leiden; more change next to nothing


def unit_rows(vectors: NDArray[Any]) -> Floats:
    """The rows scaled to length 1 (rows of zeros stay zeros), as float32."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def nearest(vectors: Floats, count: int, threads: int = 1) -> Ints:
    """The `count` nearest other rows of each row by cosine, nearest first; ties by position. Exact."""
    size = len(vectors)
    count = min(count, size - 1)
    found = np.empty((size, count), np.int64)

    def block(start: int) -> None:
        similar = vectors[start : start + BLOCK] @ vectors.T
        rows = np.arange(len(similar))
        similar[rows, rows + start] = -np.inf
        near = np.sort(np.argpartition(-similar, count - 1, axis=1)[:, :count], axis=1)
        order = np.argsort(-np.take_along_axis(similar, near, 1), axis=1, kind="stable")
        found[start : start + BLOCK] = np.take_along_axis(near, order, 1)

    if count:
        with one_thread_products(), ThreadPoolExecutor(threads) as pool:
            list(pool.map(block, range(0, size, BLOCK)))
    return found


def one_thread_products() -> Any:
    """A context in which each matrix product runs in one thread, so that its bits do not depend on threads."""
    return _libraries().limit(limits=1)


@lru_cache(maxsize=1)
def _libraries() -> Any:
    """The linear algebra libraries that numpy has loaded; looking for them takes longer than most products here."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def shared_neighbours(near: Ints) -> Any:
    """Symmetric sparse matrix: the Jaccard overlap of the neighbourhoods (each with its own row) of each pair."""
    import scipy.sparse as sparse

    size, count = near.shape
    ends = np.arange(0, near.size + 1, count)
    members = sparse.csr_matrix((np.ones(near.size, np.float32), near.ravel(), ends), shape=(size, size))
    members = (members + sparse.eye(size, format="csr", dtype=np.float32)).tocsr()
    blocks = [_overlaps(members[start : start + BLOCK * 4], members, count + 1) for start in range(0, size, BLOCK * 4)]
    overlap = sparse.vstack(blocks, format="csr")
    overlap.setdiag(0)
    overlap.eliminate_zeros()
    overlap.sort_indices()
    return overlap


def _overlaps(rows: Any, members: Any, count: int) -> Any:
    overlap = (rows @ members.T).tocsr()
    overlap.data = overlap.data / (2 * count - overlap.data)
    overlap.data[overlap.data < LEAST_SHARED] = 0
    overlap.eliminate_zeros()
    return overlap


def communities(overlap: Any, resolution: float, seed: int) -> Ints:
    """Leiden communities of the weighted graph, numbered by their first row."""
    import igraph
    import scipy.sparse as sparse

    upper = sparse.triu(overlap, 1).tocoo()
    graph = igraph.Graph(n=overlap.shape[0], edges=np.column_stack([upper.row, upper.col]), directed=False)
    igraph.set_random_number_generator(random.Random(seed))
    try:
        found = graph.community_leiden(
            "modularity", weights=upper.data.tolist(), resolution=resolution, n_iterations=ROUNDS
        )
    finally:
        igraph.set_random_number_generator(random)
    return renumbered(np.array(found.membership, np.int64))


def renumbered(labels: NDArray[Any]) -> Ints:
    """The same groups numbered 0, 1, 2 ... in order of their first row."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first, kind="stable"), kind="stable")[inverse].astype(np.int64)


def modularity(overlap: Any, labels: Ints) -> float:
    """Newman's modularity of a partition of the weighted graph: 0 for chance, towards 1 for groups that stand apart."""
    total = float(overlap.sum())
    if not total:
        return 0.0
    degrees = np.asarray(overlap.sum(axis=1), np.float64).ravel()
    coo = overlap.tocoo()
    inside = float(coo.data[labels[coo.row] == labels[coo.col]].sum(dtype=np.float64))
    return inside / total - float((np.bincount(labels, weights=degrees) ** 2).sum()) / total**2


def spread(vectors: Floats, overlap: Any, rounds: int, share: float) -> Floats:
    """Vectors mixed with those of their graph neighbours (`share` of the mixture), `rounds` times: noise evens out."""
    import scipy.sparse as sparse

    degrees = np.maximum(np.asarray(overlap.sum(axis=1)).ravel(), 1e-9)
    walk = (sparse.diags(1 / degrees) @ overlap).astype(np.float32)
    mixed = vectors
    for _ in range(rounds):
        mixed = (1 - share) * vectors + share * (walk @ mixed)
    return unit_rows(mixed)


def means(vectors: Floats, labels: Ints, count: int) -> Floats:
    """The mean vector of each group."""
    import scipy.sparse as sparse

    sizes = np.maximum(np.bincount(labels, minlength=count), 1)
    groups = sparse.csr_matrix(
        (np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))), shape=(count, len(labels))
    )
    return np.asarray(groups @ vectors / sizes[:, None], np.float32)


def refined(vectors: Floats, labels: Ints, rounds: int) -> Ints:
    """Rows moved to the group with the nearest mean direction until hardly any moves (spherical k-means)."""
    with one_thread_products():
        for _ in range(rounds):
            labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
            centres = unit_rows(means(vectors, labels, int(labels.max()) + 1))
            moved = (vectors @ centres.T).argmax(axis=1)
            n_moved = np.count_nonzero(moved != labels)
            labels = moved
            if n_moved <= FEW_MOVES * len(labels):
                break
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
