"""sentence + chance of every token -> the shortest run of words that carries a code.

The run between two boundaries (marks, conjunctions, edges of noun phrases) with the largest sum of chances above a
level, where the chances are those of `token_features`.
"""

from __future__ import annotations

import numpy as np

from pipeline.extract.reading import Reading
from pipeline.extract.token_features import JOINS, MARKS, Floats, anchor

# Tags of words that may open a span after any word, and of those that may not close one.
_OPENS = """
    DT PRP$ PRP JJ NN NNS NNP NNPS VBG VBN VB VBP VBZ VBD MD RB CD TO IN WP
"""
OPENS = frozenset(_OPENS.split())
NEVER_CLOSES = frozenset(["DT", "IN", "CC", "PRP$", "TO", "POS", "MD", "WP", "WDT"])
LEVEL = 0.35  # chance from which a token adds to a quote


def boundaries(reading: Reading) -> tuple[list[int], list[int]]:
    """Tokens at which a span may begin, and at which it may end (inclusive)."""
    words, tags, n = reading.words, reading.tags, len(reading.words)
    stops = [word in MARKS or word in JOINS for word in words]
    begins, ends = [], []
    for i in range(n):
        if words[i] in MARKS or words[i].isspace():
            continue
        if i == 0 or stops[i - 1] or words[i] in JOINS or tags[i] in OPENS:
            begins.append(i)
        if i + 1 == n or stops[i + 1] or tags[i] not in NEVER_CLOSES:
            ends.append(i)
    return begins or [0], ends or [n - 1]


def choose(reading: Reading, evidence: Floats, chance: Floats, level: float) -> tuple[int, int]:
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
