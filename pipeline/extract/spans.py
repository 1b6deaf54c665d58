"""sentence + evidence for a code -> the shortest run of words that carries it.

Every token gets a chance of belonging to the quote from a small fitted model over where it stands from the evidence
(words, clauses and marks in between), its part of speech and its place in the parse. The span is the run between two
boundaries (marks, conjunctions, edges of noun phrases) with the largest sum of chances above a level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.reading import Reading

MARKS = frozenset({",", ";", ":", ".", "!", "?", "(", ")", "-", "--", "…", "..."})
JOINS = frozenset(
    {
        "and",
        "but",
        "or",
        "because",
        "so",
        "which",
        "that",
        "who",
        "when",
        "where",
        "if",
        "while",
        "although",
        "though",
        "as",
        "than",
        "to",
        "whereas",
        "unless",
        "until",
        "since",
        "how",
        "what",
    }
)
FILLERS = frozenset(
    {"so", "and", "but", "or", "well", "um", "er", "eh", "yeah", "because", "then", "also", "now", "i", "think"}
)
FACET_GROUPS = ("value", "barrier", "role", "enabler", "participation")
COARSE = {
    "NN": "noun",
    "NNS": "noun",
    "NNP": "noun",
    "NNPS": "noun",
    "DT": "det",
    "IN": "prep",
    "JJ": "adj",
    "JJR": "adj",
    "JJS": "adj",
    "PRP": "pron",
    "PRP$": "poss",
    "RB": "adv",
    "MD": "modal",
    "CC": "conj",
    "TO": "to",
    "VB": "verb",
    "VBD": "verb",
    "VBG": "ger",
    "VBN": "verb",
    "VBP": "verb",
    "VBZ": "verb",
    "WP": "wh",
    "WDT": "wh",
    "WRB": "wh",
    "CD": "num",
    "POS": "pos",
}


LEVEL = 0.35  # chance from which a token adds to a quote


def anchor(evidence: Sequence[float]) -> int:
    """The token with most evidence around it."""
    best, place = -1.0, 0
    for i, own in enumerate(evidence):
        around = own + 0.5 * sum(evidence[max(0, i - 2) : i]) + 0.5 * sum(evidence[i + 1 : i + 3])
        if own > 0 and around > best + 1e-9:
            best, place = around, i
    return place


def steps(reading: Reading, at: int) -> list[tuple[int, int, int, int]]:
    """For each token: signed distance from the anchor, and marks, joins and verbs passed on the way to it."""
    found = [(0, 0, 0, 0)] * len(reading.words)
    for direction in (-1, 1):
        marks = joins = verbs = 0
        i = at + direction
        while 0 <= i < len(reading.words):
            here = i if direction > 0 else i + 1  # going left, a mark counts once it is passed
            word = reading.words[here]
            marks += word in MARKS
            joins += word in JOINS
            verbs += reading.tags[i].startswith("V") or reading.tags[i] == "MD"
            found[i] = (i - at, marks, joins, verbs)
            i += direction
    return found


def chain(reading: Reading, token: int) -> list[int]:
    """The token and its heads up to the root."""
    found = [token]
    while reading.heads[found[-1]] != found[-1] and len(found) < 60:
        found.append(reading.heads[found[-1]])
    return found


def token_features(reading: Reading, facet: str, evidence: Sequence[float]) -> list[list[str]]:
    """Names of the features of every token, for the model of the facet's group."""
    at = anchor(evidence)
    walk = steps(reading, at)
    up = chain(reading, at)
    verb = next((i for i in up if reading.tags[i][0] == "V"), up[-1])
    scale = max(max(evidence), 1e-6)
    lowest = valley(evidence, at)
    rows = []
    for i, word in enumerate(reading.words):
        distance, marks, joins, verbs = walk[i]
        side = "L" if distance < 0 else "R" if distance > 0 else "0"
        steps_away = min(abs(distance), 6 if abs(distance) < 7 else 10 if abs(distance) < 11 else 20)
        mine = chain(reading, i)
        coarse = COARSE.get(reading.tags[i], "other")
        under = "anchor" if at in mine else "verb" if verb in mine else "no"
        rows.append([
            "bias", f"{side}{steps_away}", f"{side}marks{min(marks, 3)}", f"{side}joins{min(joins, 3)}",
            f"{side}verbs{min(verbs, 3)}", f"{side}m{min(marks, 2)}j{min(joins, 2)}", f"under={under}", f"{side}under={under}",
            f"tag={coarse}", f"{side}tag={coarse}{min(steps_away, 3)}", f"dep={reading.deps[i]}",
            f"evidence{min(3, int(4 * evidence[i] / scale))}", f"edge{min(i, 3)}", f"{side}word={word}" if word in JOINS or word in FILLERS else "w",
            f"head={'anchor' if reading.heads[i] == at else 'o'}{side}", f"len{min(4, len(reading.words) // 8)}{side}",
            f"path={'same' if i in up else 'other'}",
            *_levels(evidence, i, lowest[i], scale), f"h{_eighth(evidence[i])}t{coarse}",
        ])  # fmt: skip
    return rows


def valley(evidence: Sequence[float], at: int) -> list[float]:
    """For each token the lowest evidence on the way from the anchor to it.

    >>> valley([0.2, 0.1, 0.9, 0.5, 0.7], 2)
    [0.1, 0.1, 0.9, 0.5, 0.5]
    """
    lowest = list(evidence)
    for i in range(at - 1, -1, -1):
        lowest[i] = min(lowest[i + 1], evidence[i])
    for i in range(at + 1, len(evidence)):
        lowest[i] = min(lowest[i - 1], evidence[i])
    return lowest


def _levels(evidence: Sequence[float], i: int, lowest: float, scale: float) -> list[str]:
    """How much speaks for a token, for those beside it and on the way to it: as it is, and against the most."""
    left = evidence[i - 1] if i else 0.0
    right = evidence[i + 1] if i + 1 < len(evidence) else 0.0
    return [f"h{_eighth(evidence[i])}", f"l{_eighth(left)}", f"r{_eighth(right)}", f"low{_eighth(lowest)}",
            f"q{_eighth(evidence[i] / scale)}", f"lowq{_eighth(lowest / scale)}",
            f"nb{_eighth((left + right) / 2 / scale)}"]  # fmt: skip


def _eighth(value: float) -> int:
    return int(8 * min(value, 0.999))


def chances(rows: Sequence[Sequence[str]], weights: dict[str, float]) -> NDArray[np.float64]:
    """Chance of each token to belong to the quote, by the fitted weights."""
    return np.array([1 / (1 + math.exp(-sum(weights.get(name, 0.0) for name in row))) for row in rows])


def boundaries(reading: Reading) -> tuple[list[int], list[int]]:
    """Tokens at which a span may begin, and at which it may end (inclusive)."""
    n = len(reading.words)
    begins, ends = [], []
    for i in range(n):
        if reading.words[i] in MARKS or reading.words[i].isspace():
            continue
        left = i == 0 or reading.words[i - 1] in MARKS or reading.words[i - 1] in JOINS or reading.words[i] in JOINS
        phrase = i > 0 and reading.tags[i] in (
            "DT",
            "PRP$",
            "PRP",
            "JJ",
            "NN",
            "NNS",
            "NNP",
            "NNPS",
            "VBG",
            "VBN",
            "VB",
            "VBP",
            "VBZ",
            "VBD",
            "MD",
            "RB",
            "CD",
            "TO",
            "IN",
            "WP",
        )
        begins += [i] if left or phrase else []
        after = i + 1 == n or reading.words[i + 1] in MARKS or reading.words[i + 1] in JOINS
        closes = reading.tags[i] not in ("DT", "IN", "CC", "PRP$", "TO", "POS", "MD", "WP", "WDT")
        ends += [i] if after or closes else []
    return begins or [0], ends or [n - 1]


def choose(reading: Reading, evidence: Sequence[float], chance: NDArray[np.float64], level: float) -> tuple[int, int]:
    """First and last token (inclusive) of the best run that holds the anchor."""
    at = anchor(evidence)
    begins, ends = boundaries(reading)
    total = [0.0, *np.round(np.cumsum(chance - level), 9).tolist()]
    lefts = [i for i in begins if i <= at] or [at]
    rights = [i for i in ends if i >= at] or [at]
    first = min(lefts, key=lambda i: (total[i], -i))
    last = max(rights, key=lambda i: (total[i + 1], -i))
    return trim(reading, first, last)


def trim(reading: Reading, first: int, last: int) -> tuple[int, int]:
    """The run without fillers and marks at its edges."""
    while first < last and (
        reading.words[first] in MARKS
        or reading.words[first].isspace()
        or reading.words[first] in ("and", "but", "or", "so")
    ):
        first += 1
    while last > first and (
        reading.words[last] in MARKS or reading.words[last].isspace() or reading.words[last] in ("and", "but", "or")
    ):
        last -= 1
    return first, last
