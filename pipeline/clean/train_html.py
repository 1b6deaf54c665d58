"""labelled blocks of HTML pages -> html.json: fits the judge of HTML blocks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.clean.html_judge import MODEL

SEED, LEAVES, ROUNDS, RATE = 5, 8, 120, 0.06


def export(model: Any) -> dict[str, Any]:
    """scikit-learn's boosted trees as plain numbers."""
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append({
            "feature": nodes["feature_idx"].astype(int).tolist(),
            "threshold": [round(float(t), 6) if not is_leaf else 0.0 for t, is_leaf in zip(nodes["num_threshold"], leaf, strict=True)],
            "left": np.where(leaf, 0, nodes["left"]).astype(int).tolist(),
            "right": np.where(leaf, 0, nodes["right"]).astype(int).tolist(),
            "value": [round(float(v), 5) for v in nodes["value"]],
        })  # fmt: skip
    return {"trees": trees, "bias": float(np.ravel(model._baseline_prediction)[0])}


def fit(tables: Sequence[np.ndarray], labels: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> dict[str, Any]:
    """Boosted trees over labelled blocks (label -1: unlabelled, left out)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    table, label, weight = np.concatenate(tables), np.concatenate(labels), np.concatenate(weights)
    used = label >= 0
    model = HistGradientBoostingClassifier(
        max_leaf_nodes=LEAVES,
        max_iter=ROUNDS,
        learning_rate=RATE,
        min_samples_leaf=12,
        l2_regularization=3.0,
        random_state=SEED,
        early_stopping=False,
    )
    model.fit(table[used], label[used], sample_weight=weight[used])
    return export(model)


def write(folder: Path, model: dict[str, Any], threshold: float, figures: dict[str, Any]) -> None:
    """Store the model with its threshold and held-out figures."""
    (folder / MODEL).write_text(json.dumps({**model, "threshold": threshold, "held_out": figures}) + "\n", "utf-8")
