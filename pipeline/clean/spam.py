"""kept lines -> phrases planted in sentences: runs of content words foreign to their sentence and their document.

Candidates are runs of three to seven lower-case content words with no function word among them. A small fitted model
weighs what a phrase is made of (word vectors, rarity), how it fits its document and sentence, whether the sentence
runs better without it, and how often and how unrelatedly it recurs on the page and over the corpus.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.clean.ledger import Cut, with_line_break
from pipeline.clean.templates import key_of
from pipeline.clean.words import FUNCTION, WORD, Lexicon, lexicon

MODEL = "spam.json"
SHORTEST, LONGEST, TOO_LONG = 3, 7, 11
LEAST_FUNCTION = 0.25  # share of English function words, under which a page is in another language or no prose
GROUPS = {
    "determiner": "a an the this that these those my your his her its our their some any no each every both all another such",
    "to": "to",
    "preposition": "of in on at by for from with about into onto over under between through during against within without "
    "across after before around towards upon near along behind beside beyond than as like",
    "conjunction": "and or but nor so because if when while where that which who whom whose although though since until unless whether",
    "pronoun": "i you he she it we they me him us them someone everyone anybody people there who what",
    "auxiliary": "is are was were be been being am has have had do does did will would can could shall should may might must "
    "it's that's they're we're you're i'm don't didn't can't isn't wasn't",
    "adverb": "not also very just really then now still even only quite too often always never here well more most much many",
}
_GROUP = {word: name for name, words in reversed(GROUPS.items()) for word in words.split()}
SHAPES = ("start", "end", "stop", "mark", "name", "number", *GROUPS, "function", "ing", "ed", "ly", "plural", "content")
_SHAPE = {name: i for i, name in enumerate(SHAPES)}


class Token(NamedTuple):
    """A word of a line: where it is, its lower-case form, whether it can be part of a planted phrase."""

    start: int
    end: int
    word: str
    is_open: bool
    shape: str


@dataclass(frozen=True)
class Candidate:
    """Tokens first..last (inclusive) of line `line`."""

    line: int
    first: int
    last: int
    text: str


def _shape(raw: str, low: str) -> str:
    if low in _GROUP:
        return _GROUP[low]
    if low in FUNCTION:
        return "function"
    if any(c.isdigit() for c in raw):
        return "number"
    if raw[:1].isupper():
        return "name"
    for ending, name in (("ing", "ing"), ("ed", "ed"), ("ly", "ly")):
        if low.endswith(ending) and len(low) > 4:
            return name
    return "plural" if low.endswith("s") and not low.endswith("ss") else "content"


@lru_cache(maxsize=1 << 16)  # few distinct words make up most of a corpus
def _seen(raw: str) -> tuple[str, bool, str]:
    low = raw.lower().replace("’", "'")
    is_open = raw.islower() and low.replace("-", "").isalpha() and low not in FUNCTION and len(low) > 1
    return low, is_open, _shape(raw, low)


def tokens_of(line: str) -> list[Token]:
    """The words of a line."""
    return [Token(match.start(), match.end(), *_seen(match.group())) for match in WORD.finditer(line)]


def _runs(line: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Maximal runs (first, last + 1) of open tokens with single spaces between them."""
    first = None
    for i, token in enumerate([*tokens, None]):
        goes_on = (
            first is not None and token is not None and token.is_open and line[tokens[i - 1].end : token.start] == " "
        )
        if goes_on:
            continue
        if first is not None and SHORTEST <= i - first <= TOO_LONG:
            yield first, i
        first = i if token is not None and token.is_open else None


def candidates(number: int, line: str, tokens: Sequence[Token]) -> Iterator[Candidate]:
    """Every run of three to seven open words of a line."""
    for first, end in _runs(line, tokens):
        for a in range(first, end - SHORTEST + 1):
            for b in range(a + SHORTEST - 1, min(end, a + LONGEST)):
                yield Candidate(number, a, b, " ".join(t.word for t in tokens[a : b + 1]))


def is_english_prose(lines: Iterable[str]) -> bool:
    """Whether there are enough English function words for gaps between them to mean anything."""
    words = list(islice((match.group().lower() for line in lines for match in WORD.finditer(line[:2000])), 3000))
    return bool(words) and sum(word in FUNCTION for word in words) / len(words) >= LEAST_FUNCTION


def phrases(lines: Sequence[str]) -> list[str]:
    """The candidate phrases of a page, for counting them over the corpus."""
    if not is_english_prose(line for line in lines if len(line) > 80):
        return []
    return [c.text for i, line in enumerate(lines) for c in candidates(i, line, tokens_of(line))]


def _edge_shape(line: str, tokens: Sequence[Token], i: int, step: int) -> str:
    """The shape of what stands before (step -1) or after (step 1) token i."""
    j = i + step
    if not 0 <= j < len(tokens):
        gap = line[: tokens[i].start] if step < 0 else line[tokens[i].end :]
        return "mark" if gap.strip() and step < 0 else "stop" if gap.strip() else "start" if step < 0 else "end"
    gap = line[tokens[j].end : tokens[i].start] if step < 0 else line[tokens[i].end : tokens[j].start]
    if gap.strip():
        return "stop" if gap.strip()[0] in ".?!:" else "mark"
    return tokens[j].shape


class Page:
    """What is counted once a page: words, candidates, the mean vector."""

    def __init__(self, lines: Sequence[str], words: Lexicon) -> None:
        self.lines, self.words = lines, words
        self.tokens = [tokens_of(line) for line in lines]
        self.candidates = [c for i, line in enumerate(lines) for c in candidates(i, line, self.tokens[i])]
        self.n_phrase = Counter(c.text for c in self.candidates)
        self.n_word = Counter(t.word for line in self.tokens for t in line)
        self.vector = words.mean([t.word for line in self.tokens for t in line if t.word not in FUNCTION][:4000])
        self.sides: dict[str, set[tuple[str, str]]] = {}
        for c in self.candidates:
            if self.n_phrase[c.text] > 1:
                line = self.tokens[c.line]
                left = line[c.first - 1].word if c.first else ""
                right = line[c.last + 1].word if c.last + 1 < len(line) else ""
                self.sides.setdefault(c.text, set()).add((left, right))

    def is_maximal(self, c: Candidate) -> bool:
        """Whether no longer candidate recurs as often."""
        n, line = self.n_phrase[c.text], self.tokens[c.line]
        if n < 2:
            return True
        longer = []
        if c.first and line[c.first - 1].is_open:
            longer.append(f"{line[c.first - 1].word} {c.text}")
        if c.last + 1 < len(line) and line[c.last + 1].is_open:
            longer.append(f"{c.text} {line[c.last + 1].word}")
        return all(self.n_phrase.get(text, 0) < n for text in longer)

    def features(self, c: Candidate, n_pages: float, fit: np.ndarray) -> np.ndarray:
        """What the model sees of one candidate."""
        line, tokens = self.lines[c.line], self.tokens[c.line]
        words = [t.word for t in tokens[c.first : c.last + 1]]
        looked = [self.words.look_up(w) for w in words]
        n_here = self.n_phrase[c.text]
        elsewhere = [self.n_word[w] > n_here * words.count(w) for w in words]
        vector = self.words.mean(words)
        near = [t.word for t in (*tokens[max(0, c.first - 12) : c.first], *tokens[c.last + 1 : c.last + 13])]
        near = [w for w in near if w not in FUNCTION]
        around = self.words.mean(near)
        left, right = _edge_shape(line, tokens, c.first, -1), _edge_shape(line, tokens, c.last, 1)
        ends = _SHAPE[tokens[c.first].shape], _SHAPE[tokens[c.last].shape]
        before, after = _SHAPE[left], _SHAPE[right]
        sides = self.sides.get(c.text, set())
        ranks = [rank for _, rank, _ in looked]
        numbers = [
            len(words) / 5, len(words) == 3, len(words) == 4, len(words) >= 6, float(np.mean(elsewhere)), elsewhere[0], elsewhere[-1],
            float(np.mean(ranks)), min(ranks), max(ranks), float(np.mean([n > 1 for _, _, n in looked])),
            float((vector * self.vector).sum()), float((vector * around).sum()), len(near) / 24,
            fit[before, after], fit[before, ends[0]], fit[ends[1], after], fit[before, after] - fit[before, ends[0]] - fit[ends[1], after],
            n_here >= 2, n_here >= 3, min(len({a for a, _ in sides}), 3), min(len({b for _, b in sides}), 3),
            len(sides) >= 2, n_pages >= 2, n_pages >= 3, c.first == 0 and c.last == len(tokens) - 1,
        ]  # fmt: skip
        shapes = np.zeros(4 * len(SHAPES))
        for k, shape in enumerate((before, after, *ends)):
            shapes[k * len(SHAPES) + shape] = 1
        inner = np.zeros(len(SHAPES))
        for t in tokens[c.first : c.last + 1]:
            inner[_SHAPE[t.shape]] += 1 / len(words)
        each = np.stack([v for v, _, _ in looked])
        return np.concatenate([vector * 3, each[0] * 3, each[-1] * 3, numbers, shapes, inner]).astype(np.float64)


@lru_cache(maxsize=1)
def _model(folder: Path) -> dict[str, Any]:
    fitted = json.loads((folder / MODEL).read_text("utf-8"))
    arrays = {name: np.array(fitted[name]) for name in ("fit", "mean", "spread", "hidden", "hidden_bias", "out")}
    return {**arrays, "out_bias": fitted["out_bias"], "single": fitted["single"], "repeated": fitted["repeated"]}


def score(table: np.ndarray, model: Mapping[str, Any]) -> np.ndarray:
    """Log odds of each row of features being a planted phrase."""
    hidden = np.tanh(np.clip((table - model["mean"]) / model["spread"], -6, 6) @ model["hidden"] + model["hidden_bias"])
    return np.round(hidden @ model["out"] + model["out_bias"], 3)


def _best(scored: list[tuple[float, Candidate]]) -> list[tuple[float, Candidate]]:
    """Of overlapping candidates the one with the highest score."""
    taken: dict[int, list[tuple[int, int]]] = {}
    best = []
    for value, c in sorted(scored, key=lambda s: (-s[0], s[1].line, s[1].first, s[1].last)):
        spans = taken.setdefault(c.line, [])
        if all(c.last < a or c.first > b for a, b in spans):
            spans.append((c.first, c.last))
            best.append((value, c))
    return best


def pooled(chosen: Sequence[Candidate], values: Sequence[float]) -> list[float]:
    """For each candidate the mean log odds over all places where its phrase stands: one odd place decides nothing."""
    by_text: dict[str, list[float]] = {}
    for c, value in zip(chosen, values, strict=True):
        by_text.setdefault(c.text, []).append(float(value))
    return [round(sum(by_text[c.text]) / len(by_text[c.text]), 3) for c in chosen]


def planted(lines: Sequence[str], n_pages: Mapping[str, float], folder: Path) -> list[tuple[float, Candidate]]:
    """The planted phrases of a page with their log odds. `n_pages`: key of a phrase -> pages of the corpus with it."""
    if not is_english_prose(lines):
        return []
    model = _model(folder)
    page = Page(lines, lexicon(folder))
    chosen = [c for c in page.candidates if page.is_maximal(c)]
    if not chosen:
        return []
    pages = [n_pages.get(key_of(c.text), 1.0) for c in chosen]
    table = np.stack([page.features(c, n, model["fit"]) for c, n in zip(chosen, pages, strict=True)])
    values = pooled(chosen, score(table, model).tolist())
    scored = [
        (value, c)
        for value, c, n in zip(values, chosen, pages, strict=True)
        if value >= (model["repeated"] if page.n_phrase[c.text] > 1 or n > 1 else model["single"])
    ]
    return _best(scored)


def cuts(text: str, kept: Sequence[tuple[int, int]], n_pages: Mapping[str, float], folder: Path) -> list[Cut]:
    """Cuts for the phrases planted in the kept spans of a page; the sentence is rejoined with one space."""
    lines = [text[start:end] for start, end in kept]
    made = []
    for value, c in planted(lines, n_pages, folder):
        offset, tokens = kept[c.line][0], tokens_of(lines[c.line])
        start, end = offset + tokens[c.first].start, offset + tokens[c.last].end
        sure = round(1 / (1 + float(np.exp(-value))), 2)
        if not re.search(r"\w", lines[c.line][: tokens[c.first].start] + lines[c.line][tokens[c.last].end :]):
            start, end = with_line_break(text, *kept[c.line])
            made.append(Cut(start, end, "planted_line", "phrase planted on a line of its own", sure))
            continue
        if text[end : end + 1] == " " and (start == kept[c.line][0] or text[start - 1] in " \n"):
            end += 1
        elif text[start - 1 : start] == " ":
            start -= 1
        made.append(Cut(start, end, "planted_phrase", "phrase foreign to its sentence and its document", sure))
    return made
