"""members of a theme -> its exemplars, of different documents and sites, and the sentence that says it best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.themes.phrases import words_of
from pipeline.themes.place import Doubles

N_EXEMPLARS = 3
CENTRAL = 20  # passages whose sentences may describe a theme
SHORTEST, LONGEST = 8, 35  # words of a sentence that reads well alone
SPOKEN_KINDS = ("prose", "quote", "list_item", "turn")
# Openers that point back at something outside the sentence.
POINTS_BACK = re.compile(
    r"^[\W_]*(?:and|but|or|so|because|which|that|this|these|those|it|its|they|he|she|them|him|her|his|their|then|"
    r"also|there|here|yes|yeah|no|well|okay|ok|um|er|erm|right|now|however|therefore|thus|again|such|both|another|too|"
    r"i|i'm|i’m|you know|what)\b",
    re.IGNORECASE,
)
# One person's story says less of a theme than a sentence that holds for many.
SOMEBODY = re.compile(r"\b(?:he|she|him|her|his|hers|mr|mrs|ms|miss|dr|me|my|i)\b", re.IGNORECASE)


def exemplars(members: Sequence[tuple[float, str, str, str, int]]) -> list[str]:
    """Up to three passages: nearest first, of other documents and sites, then of other documents, then any.

    `members` are (similarity, passage_id, document_id, site, number of words).
    """
    ordered = sorted(members, key=lambda m: (m[4] < SHORTEST, -m[0], m[1]))
    chosen: list[tuple[float, str, str, str, int]] = []
    for apart in (2, 3), (2,), ():
        for member in ordered:
            if len(chosen) == N_EXEMPLARS:
                break
            if member not in chosen and not any(member[i] == c[i] != "" for c in chosen for i in apart):
                chosen.append(member)
    return [member[1] for member in chosen]


def central_sentence(
    sentences: Sequence[dict[str, Any]], similar: Doubles, taken: set[str], label: frozenset[str] = frozenset()
) -> str:
    """The sentence nearest to the centre that reads well alone; `similar[row]` is the cosine of each to the centre.

    A sentence with one of the words of the theme's `label` is taken before one that is a little nearer.
    """
    best = max(
        (s for s in sentences if s["text"].strip()),
        key=lambda s: (round(float(similar[s["row"]]) - _blemish(s, taken, label), 6), s["sentence_id"]),
        default=None,
    )
    return " ".join(best["text"].split()) if best else ""


def _blemish(sentence: dict[str, Any], taken: set[str], label: frozenset[str]) -> float:
    """What speaks against quoting the sentence alone, in units of cosine."""
    text = sentence["text"].strip()
    n_words = len(text.split())
    blemish = 0.0 if SHORTEST <= n_words <= LONGEST else 0.4
    blemish += 0.3 if POINTS_BACK.match(text) else 0.0
    blemish += 0.1 if SOMEBODY.search(text) else 0.0
    blemish += 0.0 if re.search(r"[.!?][\"'”’)\]]*$", text) else 0.4
    blemish += 0.2 if text.rstrip("\"'”’)]").endswith("?") else 0.0
    blemish += 0.0 if sentence["kind"] in SPOKEN_KINDS else 0.4
    blemish += 0.0 if re.match(r"[\W_]*[A-Z]", text) else 0.3
    blemish += 0.0 if label & set(words_of(text)) or not label else 0.1
    return blemish + (0.5 if " ".join(text.split()) in taken else 0.0)


def nearest_first(similar: Sequence[float], names: Sequence[str], count: int = CENTRAL) -> list[int]:
    """Positions of the `count` most similar, ties by name."""
    order = sorted(range(len(names)), key=lambda i: (-similar[i], names[i]))
    return order[:count]


def cosines(vectors: Doubles, centre: Doubles) -> Doubles:
    """Rounded cosines of rows of length 1 to a centre of length 1."""
    return np.round(vectors @ centre, 6) if len(vectors) else np.zeros(0)
