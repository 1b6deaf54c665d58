"""sentence + evidence for a code -> features of every token, and its chance of belonging to the quote.

What is told of a token: where it stands from the token with most evidence (steps, marks, joins and verbs in between),
its tag and its place in the parse, and how much speaks for it and for those beside it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from pipeline.extract.reading import Reading

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MARKS = frozenset({",", ";", ":", ".", "!", "?", "(", ")", "-", "--", "…", "..."})
_JOINS = """
    and but or because so which that who when where if while although though as than to whereas unless until since
    how what
"""
JOINS = frozenset(_JOINS.split())
FILLERS = frozenset(
    ["so", "and", "but", "or", "well", "um", "er", "eh", "yeah", "because", "then", "also", "now", "i", "think"]
)
COARSE = {
    "NN": "noun", "NNS": "noun", "NNP": "noun", "NNPS": "noun", "DT": "det", "IN": "prep", "JJ": "adj", "JJR": "adj",
    "JJS": "adj", "PRP": "pron", "PRP$": "poss", "RB": "adv", "MD": "modal", "CC": "conj", "TO": "to", "VB": "verb",
    "VBD": "verb", "VBG": "ger", "VBN": "verb", "VBP": "verb", "VBZ": "verb", "WP": "wh", "WDT": "wh", "WRB": "wh",
    "CD": "num", "POS": "pos",
}  # fmt: skip
_DEPENDENCIES = """
    ROOT acl acomp advcl advmod agent amod appos attr aux auxpass case cc ccomp compound conj csubj csubjpass dative
    dep det dobj expl intj mark meta neg nmod npadvmod nsubj nsubjpass nummod oprd parataxis pcomp pobj poss preconj
    predet prep prt punct quantmod relcl xcomp
"""
# What is told of a token: the values each property may take. The last number stands for more too, "other" for any other.
PROPERTIES: dict[str, tuple[str, ...]] = {
    "side": ("L", "0", "R"),
    "steps": tuple(str(number) for number in range(21)),
    "near": ("0", "1", "2", "3"),
    **dict.fromkeys(("marks", "joins", "verbs", "edge", "share"), ("0", "1", "2", "3")),
    **dict.fromkeys(("marks2", "joins2"), ("0", "1", "2")),
    "under": ("anchor", "verb", "no"),
    "tag": (*sorted(set(COARSE.values())), "other"),
    "dep": (*_DEPENDENCIES.split(), "other"),
    "word": (*sorted(JOINS | FILLERS), "other"),
    "head": ("anchor", "o"),
    "length": ("0", "1", "2", "3", "4"),
    "path": ("same", "other"),
    **{eighths: tuple("01234567") for eighths in ("own", "left", "right", "low", "of_most", "low_of_most", "beside")},
}
# Features: every combination of the values of some properties is one.
FEATURES: tuple[tuple[str, ...], ...] = (
    ("side", "steps"), ("side", "marks"), ("side", "joins"), ("side", "verbs"), ("side", "marks2", "joins2"),
    ("under",), ("side", "under"), ("tag",), ("side", "tag", "near"), ("dep",), ("share",), ("edge",),
    ("side", "word"), ("side", "head"), ("side", "length"), ("path",), ("own",), ("left",), ("right",), ("low",),
    ("of_most",), ("low_of_most",), ("beside",), ("own", "tag"),
)  # fmt: skip
NAMES = tuple(
    " ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
    for names in FEATURES
    for values in itertools.product(*(PROPERTIES[name] for name in names))
)
BIAS = "bias"
_KNOWN = {name: {value: number for number, value in enumerate(values)} for name, values in PROPERTIES.items()}
_MOST = np.array([[len(values) - 1.0] for values in PROPERTIES.values()])
_SIZES = [int(np.prod([len(PROPERTIES[name]) for name in names])) for names in FEATURES]
_STARTS = np.cumsum([0, *_SIZES[:-1]])
# What a property adds to the place of a feature: the number of combinations of the properties after it.
_STRIDES = np.array(
    [
        [
            float(np.prod([len(PROPERTIES[after]) for after in names[names.index(name) + 1 :]]))
            if name in names
            else 0.0
            for names in FEATURES
        ]
        for name in PROPERTIES
    ]
)


def anchor(evidence: Floats) -> int:
    """The token with most evidence around it, of those with evidence of their own; the first where there is none."""
    padded = np.pad(evidence, 2)
    beside = padded[:-4] + padded[1:-3] + padded[3:-1] + padded[4:]
    return int(np.argmax(np.where(evidence > 0, np.round(evidence + 0.5 * beside, 9), -1.0)))


def passed(flags: Ints, at: int, is_leaving: bool) -> Ints:
    """For each token how many flagged ones lie on the way to it from the anchor.

    Going left, a token counts once it is left behind (`is_leaving`), or as soon as it is reached.

    >>> passed(np.array([1, 0, 0, 1, 0]), 2, False).tolist()
    [1, 0, 0, 1, 1]
    >>> passed(np.array([1, 0, 0, 1, 0]), 2, True).tolist()
    [0, 0, 0, 1, 1]
    """
    found = np.zeros(len(flags), np.int64)
    found[at + 1 :] = np.cumsum(flags[at + 1 :])
    left = flags[1 : at + 1] if is_leaving else flags[:at]
    found[:at] = np.cumsum(left[::-1])[::-1]
    return found


def under(heads: Ints, token: int) -> NDArray[np.bool_]:
    """Which tokens have the token among their heads, itself included."""
    found, now = np.arange(len(heads)) == token, heads
    for _ in range(60):
        found |= now == token
        above = heads[now]
        if np.array_equal(above, now):
            break
        now = above
    return found


def chain(reading: Reading, token: int) -> list[int]:
    """The token and its heads up to the root."""
    found = [token]
    while reading.heads[found[-1]] != found[-1] and len(found) < 60:
        found.append(reading.heads[found[-1]])
    return found


def valley(evidence: Floats, at: int) -> Floats:
    """For each token the lowest evidence on the way from the anchor to it.

    >>> valley(np.array([0.2, 0.1, 0.9, 0.5, 0.7]), 2).tolist()
    [0.1, 0.1, 0.9, 0.5, 0.5]
    """
    left, right = np.minimum.accumulate(evidence[at::-1])[::-1], np.minimum.accumulate(evidence[at:])
    return np.concatenate([left[:-1], right])


def features(reading: Reading, evidence: Floats) -> Ints:
    """The features of every token (tokens x FEATURES), each as its place in NAMES."""
    n, at = len(reading.words), anchor(evidence)
    numbers, heads = np.arange(n), np.array(reading.heads)
    up = chain(reading, at)
    verb = next((i for i in up if reading.tags[i][0] == "V"), up[-1])
    scale = max(float(evidence.max()), 1e-6)
    padded, low = np.pad(evidence, 1), valley(evidence, at)
    left, right = padded[:-2], padded[2:]
    marks = passed(np.array([word in MARKS for word in reading.words], int), at, True)
    joins = passed(np.array([word in JOINS for word in reading.words], int), at, True)
    is_verb = np.array([tag[0] == "V" or tag == "MD" for tag in reading.tags], int)

    told = {
        "side": np.sign(numbers - at) + 1,
        "steps": np.abs(numbers - at),
        "near": np.abs(numbers - at),
        "marks": marks,
        "joins": joins,
        "verbs": passed(is_verb, at, False),
        "edge": numbers,
        "share": 4 * evidence / scale,
        "marks2": marks,
        "joins2": joins,
        "under": np.where(under(heads, at), 0, np.where(under(heads, verb), 1, 2)),
        "tag": _places("tag", (COARSE.get(tag, "other") for tag in reading.tags), n),
        "dep": _places("dep", reading.deps, n),
        "word": _places("word", reading.words, n),
        "head": heads != at,
        "length": np.full(n, n // 8),
        "path": 1 - np.bincount(up, minlength=n),
        "own": 8 * evidence,
        "left": 8 * left,
        "right": 8 * right,
        "low": 8 * low,
        "of_most": 8 * evidence / scale,
        "low_of_most": 8 * low / scale,
        "beside": 4 * (left + right) / scale,
    }
    values = np.minimum(np.floor(np.stack([told[name] for name in PROPERTIES])), _MOST)
    return (values.T @ _STRIDES + _STARTS).astype(np.int64)


def _places(name: str, values: Iterable[str], count: int) -> Ints:
    known = _KNOWN[name]
    return np.fromiter((known.get(value, known["other"]) for value in values), np.int64, count)


def weights_of(named: Mapping[str, float]) -> Floats:
    """Weights by the place of their feature in NAMES; the bias stands last. ValueError names a feature that is none."""
    unknown = sorted(named.keys() - {*NAMES, BIAS})
    if unknown:
        raise ValueError(f"the model of quotes has a feature that the program does not know: {unknown[0]}")
    return np.array([named.get(name, 0.0) for name in (*NAMES, BIAS)])


def chances(rows: Ints, weights: Floats) -> Floats:
    """Chance of each token to belong to the quote, by the fitted weights."""
    return np.asarray(1 / (1 + np.exp(-(weights[rows].sum(axis=1) + weights[-1]))))
