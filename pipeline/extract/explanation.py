"""a coding + features of its pair -> what speaks for it, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.extract.classifier import Sentences
from pipeline.extract.placing import Found
from pipeline.extract.tools import Tools
from pipeline.extract.views import Matrix


def explanation(item: Found, sentences: Sentences, features: dict[str, Matrix], tools: Tools) -> dict[str, Any]:
    """`evidence` and `explanation`: the cues, what the models say, the nearest example and the rivals passed over."""
    column = tools.entries.keys.index(item.key)
    hits = [hit for hit in sentences.hits[item.row] if hit.key == item.key]
    by_words, by_vectors = (float(features[name][item.row, column]) for name in ("words", "vectors"))
    level = float(tools.model.numbers["usual"].get(item.key, -6.0))
    by_model = max(by_words, by_vectors) > level + 1.0  # e times likelier than in any sentence
    parts = []
    if hits:
        parts.append("cues: " + ", ".join(f"“{hit.cue}”" + (" (strong)" if hit.is_strong else "") for hit in hits))
    if by_model:
        parts.append("the wording and its neighbours are typical of the code")
    example = _nearest(item, sentences, column, tools)
    if example:
        parts.append(example)
    if features["facet_strong"][item.row, column] > len(hits):
        parts.append("other cues of the facet in the sentence")
    evidence = "both" if hits and by_model else "cue" if hits else "model"
    return {"evidence": evidence, "explanation": "; ".join(parts) or "by the fitted model"}


def _nearest(item: Found, sentences: Sentences, column: int, tools: Tools) -> str:
    positive, negative, _ = tools.entries.groups[column]
    if not len(positive):
        return ""
    alike = tools.entries.vectors @ sentences.vectors[item.row]
    best = int(positive[int(np.argmax(np.round(alike[positive], 5)))])
    words_of = f"nearest example ({alike[best]:.2f}): “{tools.entries.texts[best]}”"
    if len(negative) and alike[negative].max() > alike[best]:
        worst = int(negative[int(np.argmax(np.round(alike[negative], 5)))])
        words_of += f", though a counter-example is nearer ({alike[worst]:.2f})"
    return words_of
