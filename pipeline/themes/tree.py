"""cells -> tree: size-weighted Ward merges of group means, and cuts of the tree.

Ward 1963 (10.1080/01621459.1963.10500845): at each step the two groups are merged whose union adds least to the sum of
squared distances to the means; sizes are numbers of passages, so the tree is the one over all passages given the cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Tree:
    """`merges[i]` are the two nodes that make node n_leaves + i, `costs[i]` what the merge adds; costs rise."""

    n_leaves: int
    merges: NDArray[np.int64]
    costs: NDArray[np.float64]

    def cut(self, count: int) -> NDArray[np.int64]:
        """The group of each leaf when the tree is cut into `count` groups, numbered by their first leaf."""
        count = max(1, min(count, self.n_leaves))
        parent = np.arange(self.n_leaves + len(self.merges))
        for number, pair in enumerate(self.merges[: self.n_leaves - count]):
            parent[pair] = self.n_leaves + number
        for node in range(len(parent) - 1, -1, -1):
            parent[node] = parent[parent[node]]
        _, first, inverse = np.unique(parent[: self.n_leaves], return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first, kind="stable"), kind="stable")[inverse].astype(np.int64)


def ward(centres: NDArray[np.float32], sizes: NDArray[np.int64]) -> Tree:
    """The tree over groups with the given means and sizes. Quadratic in the number of groups; ties by position."""
    count = len(centres)
    means = np.array(centres, np.float64)
    weights = np.array(sizes, np.float64)
    names = np.arange(count)
    squares = (means**2).sum(axis=1)
    costs = np.maximum(squares[:, None] + squares[None, :] - 2 * means @ means.T, 0)
    costs *= weights[:, None] * weights[None, :] / (weights[:, None] + weights[None, :])
    np.fill_diagonal(costs, np.inf)
    merges, heights = [], []
    for number in range(count - 1):
        one, other = divmod(int(np.argmin(np.round(costs, 9))), count)
        merges.append(sorted((int(names[one]), int(names[other]))))
        heights.append(float(costs[one, other]))
        _merge(means, weights, costs, one, other)
        names[one] = count + number
    merged = np.array(merges, np.int64).reshape(-1, 2)
    return Tree(count, merged, np.maximum.accumulate(np.array(heights)) if heights else np.empty(0))


def _merge(
    means: NDArray[np.float64], weights: NDArray[np.float64], costs: NDArray[np.float64], one: int, other: int
) -> None:
    """Let `one` stand for the union and take `other` out."""
    total = weights[one] + weights[other]
    means[one] = (weights[one] * means[one] + weights[other] * means[other]) / total
    weights[one], weights[other] = total, 0
    alive = (weights > 0) & (np.arange(len(weights)) != one)
    row = np.full(len(weights), np.inf)
    apart = ((means[alive] - means[one]) ** 2).sum(axis=1)
    row[alive] = apart * weights[alive] * total / (weights[alive] + total)
    costs[one], costs[:, one] = row, row
    costs[other], costs[:, other] = np.inf, np.inf
