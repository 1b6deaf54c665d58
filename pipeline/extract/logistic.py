"""features + codes -> weights: logistic regression of many codes at once, by full-batch Adam; the same on every run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


def fit(
    features: Any,
    given: Matrix,
    weights: Matrix,
    penalty: float = 1.0,
    iterations: int = 70,
    rate: float = 0.15,
    positive: float = 2.0,
) -> tuple[Matrix, Matrix]:
    """Weights (features x codes) and biases that tell `given` (rows x codes, 0 or 1) from `features` (dense or sparse).

    `weights` are those of each decision (0 where unknown); a code given weighs `positive` times one not given. Adam
    (Kingma and Ba 2015) on the whole batch with a linearly falling rate; `penalty` is the L2 penalty.
    """
    slopes = np.zeros((features.shape[1], given.shape[1]), np.float32)
    share = (given * weights).sum(0) / np.maximum(weights.sum(0), 1)
    biases = np.log(np.clip(share, 1e-4, 0.5)).astype(np.float32)
    importance = (weights * np.where(given > 0, positive, 1.0)).astype(np.float32)
    transposed = features.T.tocsr() if hasattr(features, "tocsr") else features.T
    moments: list[Any] = [np.zeros_like(slopes), np.zeros_like(slopes), np.zeros_like(biases), np.zeros_like(biases)]
    for step in range(1, iterations + 1):
        residual = (1 / (1 + np.exp(-(features @ slopes + biases))) - given) * importance
        speed = rate * min(1.0, (iterations - step + 1) / (iterations * 0.6))
        slope = np.asarray(transposed @ residual + penalty * slopes, np.float32)
        slopes -= speed * _move(moments, 0, slope, step)
        biases -= 0.5 * speed * _move(moments, 2, residual.sum(0).astype(np.float32), step)
    return slopes.astype(np.float32), biases.astype(np.float32)


def _move(moments: list[Any], at: int, slope: Matrix, step: int) -> Matrix:
    """Adam's step for one set of weights; keeps its running moments at `at` and `at + 1`."""
    moments[at] = 0.9 * moments[at] + 0.1 * slope
    moments[at + 1] = 0.98 * moments[at + 1] + 0.02 * slope * slope
    size = np.sqrt(moments[at + 1] / (1 - 0.98**step)) + 1e-6
    moved: Matrix = (moments[at] / (1 - 0.9**step) / size).astype(np.float32)
    return moved
