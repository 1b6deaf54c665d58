"""invented lines (and, where present, real ones) -> lines.json: fits the judge of lines."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipeline.clean.lines import MODEL, features
from pipeline.clean.words import lexicon

SEED, VARIANTS, STRENGTH = 7, 2, 0.15


def invented(folder: Path, draw: random.Random) -> tuple[list[tuple[str, str]], list[str]]:
    """(kind, line) of furniture, and lines of documents, their slots filled."""
    slots = yaml.safe_load((folder / "training/slots.yaml").read_text("utf-8"))

    def fill(line: str) -> str:
        numbers = {"n": str(draw.randrange(2, 30)), "m": str(draw.randrange(31, 400))}
        return re.sub(r"\{(\w+)\}", lambda m: numbers.get(m[1]) or draw.choice(slots[m[1]]), line)

    rows = [
        line.split("\t") for line in (folder / "training/chrome.txt").read_text("utf-8").splitlines() if "\t" in line
    ]
    chrome = [(kind, fill(line)) for kind, line in rows for _ in range(VARIANTS if "{" in line else 1)]
    real = (folder / "training/real.txt").read_text("utf-8").splitlines()
    return chrome, [fill(line) for line in real if line and not line.startswith("#")]


def joined(chrome: list[tuple[str, str]], draw: random.Random, share: float = 0.25) -> list[tuple[str, str]]:
    """Lines as a flattener runs them together: two to four of one kind on one line."""
    kinds: dict[str, list[str]] = {}
    for kind, line in chrome:
        kinds.setdefault(kind, []).append(line)
    made = []
    for _ in range(int(len(chrome) * share)):
        kind = draw.choice(sorted(kinds))
        lines = draw.sample(kinds[kind], min(len(kinds[kind]), draw.randrange(2, 5)))
        made.append((kind, draw.choice([" ", " | ", " ", " · "]).join(lines)))
    return made


def fit(lines: list[str], labels: list[int], weights: list[float], folder: Path) -> dict[str, Any]:
    """Logistic regression on standardised features; the standardisation is folded into the weights."""
    from sklearn.linear_model import LogisticRegression

    known = lexicon(folder)
    table = np.stack([features(line[:600], known) for line in lines])
    mean, spread = table.mean(axis=0), table.std(axis=0) + 0.05
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit((table - mean) / spread, labels, sample_weight=weights)
    fitted = model.coef_[0] / spread
    bias = float(model.intercept_[0] - (fitted * mean).sum())
    return {"weights": [round(float(w), 5) for w in fitted], "bias": round(bias, 5)}


def material(
    folder: Path, documents: dict[str, list[str]], seed: int = SEED
) -> tuple[list[str], list[int], list[float], list[str]]:
    """Lines, labels (1 furniture), weights and groups (for holding out) of the training set."""
    draw = random.Random(seed)
    chrome, real = invented(folder, draw)
    rows = [(line, 1, 1.0, f"c{i // 2}") for i, (_, line) in enumerate(chrome)]
    rows += [(line, 1, 1.0, f"j{i // 2}") for i, (_, line) in enumerate(joined(chrome, draw))]
    rows += [(line, 0, 1.5, f"r{i // 2}") for i, line in enumerate(real)]
    for name in sorted(documents):
        kept = documents[name]
        rows += [(line, 0, 0.35, name) for line in draw.sample(kept, min(60, len(kept)))]
        sentences = [s for line in kept for s in re.split(r"(?<=[.?!]) ", line) if 2 < len(s.split()) < 30]
        rows += [(line, 0, 0.2, name) for line in draw.sample(sentences, min(40, len(sentences)))]
    lines, labels, weights, groups = (list(column) for column in zip(*rows, strict=True))
    return lines, labels, weights, groups


def train_lines(folder: Path, documents: dict[str, list[str]]) -> dict[str, Any]:
    """Fit, write and measure the judge of lines; the figures are of lines held out by group (5 folds)."""
    from sklearn.model_selection import GroupKFold

    lines, labels, weights, groups = material(folder, documents)
    known = lexicon(folder)
    scores = np.zeros(len(lines))
    for train, test in GroupKFold(5).split(lines, labels, groups):
        model = fit([lines[i] for i in train], [labels[i] for i in train], [weights[i] for i in train], folder)
        for i in test:
            scores[i] = (features(lines[i][:600], known) * np.array(model["weights"])).sum() + model["bias"]
    truth, guess = np.array(labels), 1 / (1 + np.exp(-scores))
    model = fit(lines, labels, weights, folder)
    figures: dict[str, Any] = {"n_furniture": int(truth.sum()), "n_real": int((1 - truth).sum())}
    for level in (0.5, 0.8, 0.95):
        figures[f"recall_at_{level}"] = round(float((guess[truth == 1] >= level).mean()), 4)
        figures[f"false_alarms_at_{level}"] = round(float((guess[truth == 0] >= level).mean()), 5)
    (folder / MODEL).write_text(json.dumps({**model, "held_out": figures}) + "\n", "utf-8")
    order = np.argsort(-np.abs(guess - truth))[:60]
    figures["worst"] = [(round(float(guess[i]), 2), labels[i], lines[i][:90]) for i in order]
    return figures
