"""gradient-boosted trees as plain arrays: taken from scikit-learn once fitted, stored without pickle, read with numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS_AT_ONCE = 4096  # what stays near the processor


@dataclass(frozen=True)
class Trees:
    """Every node of every tree in one row of each array; `roots` are the first nodes of the trees."""

    roots: NDArray[np.int32]
    feature: NDArray[np.int32]  # -1 in a leaf
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    base: float

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum of the trees for each row of features (rows x features)."""
        total = np.full(len(features), self.base, np.float64)
        is_leaf, own_number = self.feature < 0, np.arange(len(self.feature), dtype=np.int32)
        # A leaf leads back to itself, whatever is compared there: rows that arrive early wait for the others.
        compared = np.where(is_leaf, 0, self.feature)
        sides = np.where(is_leaf, own_number, np.stack([self.right, self.left])).T.ravel()
        for start in range(0, len(features), ROWS_AT_ONCE):
            rows = features[start : start + ROWS_AT_ONCE]
            values, firsts = np.ascontiguousarray(rows).ravel(), np.arange(len(rows)) * features.shape[1]
            for root in self.roots:
                node = np.full(len(rows), root)
                while not is_leaf.take(node).all():
                    goes_left = values.take(firsts + compared.take(node)) <= self.threshold.take(node)
                    node = sides.take(2 * node + goes_left)
                total[start : start + ROWS_AT_ONCE] += self.value[node]
        return total.astype(np.float32)

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The arrays to store, by name."""
        named = {name: getattr(self, name) for name in ("roots", "feature", "threshold", "left", "right", "value")}
        return {f"{prefix}.{name}": array for name, array in named.items()} | {
            f"{prefix}.base": np.array([self.base], np.float32)
        }


def from_arrays(arrays: dict[str, NDArray[Any]], prefix: str) -> Trees:
    """Trees as stored by `arrays`."""
    named = {name: arrays[f"{prefix}.{name}"] for name in ("roots", "feature", "threshold", "left", "right", "value")}
    return Trees(**named, base=float(arrays[f"{prefix}.base"][0]))


def from_fitted(fitted: Any) -> Trees:
    """The trees of a fitted sklearn.ensemble.HistGradientBoostingClassifier with two classes."""
    roots, parts = [], []
    start = 0
    for stage in fitted._predictors:
        nodes = stage[0].nodes
        leaf = nodes["is_leaf"].astype(bool)
        roots.append(start)
        parts.append(
            (
                np.where(leaf, -1, nodes["feature_idx"].astype(np.int64)),
                nodes["num_threshold"],
                nodes["left"].astype(np.int64) + start,
                nodes["right"].astype(np.int64) + start,
                np.where(leaf, nodes["value"], 0.0),
            )
        )
        start += len(nodes)
    feature, threshold, left, right, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Trees(
        np.array(roots, np.int32),
        feature.astype(np.int32),
        threshold.astype(np.float32),
        left.astype(np.int32),
        right.astype(np.int32),
        value.astype(np.float32),
        float(fitted._baseline_prediction.ravel()[0]),
    )
