"""text -> words and word vectors: what the judges of lines and phrases know of English.

The vectors are a static distillation of the sentence encoder (each piece of its vocabulary encoded on its own, reduced
by principal components, as in Model2Vec, https://github.com/MinishLab/model2vec), so that no network is run here.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
VECTORS = "words.safetensors"
PIECES = "words.json"
WIDTH = 64
LONGEST_PIECE = 18
MOST_SEEN = 20_000  # words remembered: some 30 MB

FUNCTION = frozenset(
    """a about above across after again against ago all almost along already also although always am among an and
    another any anybody anyone anything anyway are aren't around as aside at away back be because been before behind
    being below beneath beside besides between beyond both but by came can can't cannot come comes coming could
    couldn't did didn't do does doesn't doing don't done down during each either else enough even ever every everybody
    everyone everything except far few for from further gave get gets getting give given gives go goes going gone got
    had hadn't has hasn't have haven't having he he's her here hers herself him himself his how however i i'd i'll i'm
    i've if in indeed inside instead into is isn't it it's its itself just keep kept kind knew know known knows last
    later least less let lets like little lot lots made make makes making many may maybe me mean means might mine
    more most much must my myself near need needed needs neither never next no nobody none nor not nothing now of off
    often oh ok okay on once one ones only onto or other others our ours ourselves out outside over own per perhaps
    put quite rather really said same saw say saying says see seem seemed seems seen several shall she she's should
    since so some somebody someone something sometimes soon still such take taken takes taking tell than that that's
    the their theirs them themselves then there there's these they they're they've thing things think this those
    though thought through throughout thus till to together told too took toward towards two three under unless until
    up upon us used uses using very via want wanted wants was wasn't way we we're we've well went were weren't what
    what's whatever when where whether which while who whoever whole whom whose why will with within without won't
    would wouldn't yeah yes yet you you're you've your yours yourself actually able became become becomes become
    sort bit""".split()  # noqa: SIM905 - a list of two hundred words reads better so
)


@lru_cache(maxsize=1)
def vectors(folder: Path) -> tuple[dict[str, int], np.ndarray]:
    """The pieces (most frequent first) with their row, and one vector a row."""
    from safetensors.numpy import load_file

    table = load_file(folder / VECTORS)
    rows = table["vectors"].astype(np.float32) * table["scale"].astype(np.float32)
    pieces = json.loads((folder / PIECES).read_text("utf-8"))
    return {piece: row for row, piece in enumerate(pieces) if piece}, rows


class Lexicon:
    """Vectors and ranks of words, remembered as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.pieces, self.rows = vectors(folder)
        self.seen: dict[str, tuple[np.ndarray, float, int]] = {}

    def look_up(self, word: str) -> tuple[np.ndarray, float, int]:
        """Vector, rank (0 common .. 1 rare) and number of pieces of a lower-case word."""
        if word not in self.seen:
            if len(self.seen) >= MOST_SEEN:
                self.seen.clear()
            self.seen[word] = self._new(word)
        return self.seen[word]

    def _new(self, word: str) -> tuple[np.ndarray, float, int]:
        row = self.pieces.get(word)
        if row is not None:
            return self.rows[row], row / len(self.pieces), 1
        found, at = [], 0
        while at < len(word):
            for width in range(min(LONGEST_PIECE, len(word) - at), 0, -1):
                row = self.pieces.get(("##" if at else "") + word[at : at + width])
                if row is not None:
                    found.append(row)
                    break
            else:
                width = 1
            at += width
        if not found:
            return np.zeros(self.rows.shape[1], np.float32), 1.0, 1
        return self.rows[found].mean(axis=0), 1.0, len(found)

    def mean(self, words: list[str]) -> np.ndarray:
        """The mean vector of words, rare ones counting more, of length 1 (0 for no words)."""
        if not words:
            return np.zeros(self.rows.shape[1], np.float32)
        looked = [self.look_up(word) for word in words]
        weights = np.array(
            [0.02 if word in FUNCTION else 0.3 + rank for word, (_, rank, _) in zip(words, looked, strict=True)]
        )
        total = (np.stack([vector for vector, _, _ in looked]) * weights[:, None]).sum(axis=0)
        norm = float(np.sqrt((total**2).sum()))
        return (total / norm if norm else total).astype(np.float32)


@lru_cache(maxsize=1)
def lexicon(folder: Path) -> Any:
    """The lexicon of a models folder, loaded once a process."""
    return Lexicon(folder)
