"""words of a sentence -> spans of codebook cues: phrases matched on lemmas, with room for a word or two in between.

All cues stand in one trie of words. A word of a sentence may go on along its lower-cased form or its lemma; hyphens
are skipped, so that "co-produce", "co produce" and "coproduce" are one; up to two words may stand inside a phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.extract.reading import STRAIGHT, Reading

MAX_WORDS_INSIDE = 2
WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")
# No phrase goes on across these: what stands on the other side is another clause.
STOPS = frozenset({".", ";", ":", "!", "?", "(", ")"})
PREFIXES = frozenset({"co", "non", "multi", "inter", "self", "over", "under", "re", "de", "user", "peer", "anti"})


@dataclass(frozen=True)
class Hit:
    """One cue found: token span, the cue, and whether it is among the strong cues of the code."""

    key: str
    cue: str
    first: int
    last: int
    is_strong: bool


@dataclass
class Node:
    """A word in the trie; `ends` are the (code, cue, is_strong) that end here."""

    next: dict[str, Node] = field(default_factory=dict)
    ends: list[tuple[str, str, bool]] = field(default_factory=list)


def words_of(cue: str) -> list[str]:
    """The words of a cue: lower case, hyphens as spaces, "'s" apart as the tokenizer has it."""
    return re.sub(r"('s|n't)\b", r" \1", cue.translate(STRAIGHT).lower().replace("-", " ")).split()


def build(cues: Iterable[tuple[str, str, bool]]) -> Node:
    """A trie of (code, cue, is_strong)."""
    root = Node()
    for key, cue, is_strong in cues:
        words = words_of(cue)
        _add(root, words, (key, cue, is_strong))
        if len(words) > 1 and (words[0] in PREFIXES or "-" in cue):
            _add(root, [words[0] + words[1], *words[2:]], (key, cue, is_strong))
    return root


def _add(root: Node, words: list[str], entry: tuple[str, str, bool]) -> None:
    node = root
    for word in words:
        node = node.next.setdefault(word, Node())
    if entry not in node.ends:
        node.ends.append(entry)


def codebook_cues(codes: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Every cue of a codebook as (code, cue, is_strong)."""
    found: dict[tuple[str, str], bool] = {}
    for key, code in codes.items():
        strong = set(code.strong_cues)
        for cue in (*code.cues, *code.strong_cues):
            if words_of(cue):
                found[(key, cue)] = cue in strong
    return [(key, cue, is_strong) for (key, cue), is_strong in found.items()]


def find(trie: Node, reading: Reading) -> list[Hit]:
    """Every cue in the sentence; of several places of one cue that overlap, the first and shortest."""
    kept = [i for i, word in enumerate(reading.words) if word not in ("-", "--") and not word.isspace()]
    forms: list[tuple[str, ...]] = [
        (reading.words[i],) if reading.words[i] == reading.lemmas[i] else (reading.words[i], reading.lemmas[i])
        for i in kept
    ]
    hits: dict[tuple[str, str, int], Hit] = {}
    for place, pair in enumerate(forms):
        for form in pair:
            node = trie.next.get(form)
            if node is None and place + 1 < len(forms):
                node = trie.next.get(form + forms[place + 1][0])
                if node is not None:
                    _follow(node, forms, kept, place, place + 2, 0, hits)
                continue
            if node is not None:
                _follow(node, forms, kept, place, place + 1, 0, hits)
    return sorted(hits.values(), key=lambda hit: (hit.first, hit.last, hit.key, hit.cue))


def _follow(
    node: Node,
    forms: list[tuple[str, ...]],
    kept: list[int],
    first: int,
    place: int,
    inside: int,
    hits: dict[tuple[str, str, int], Hit],
) -> None:
    for key, cue, is_strong in node.ends:
        slot = (key, cue, kept[first])
        if slot not in hits or hits[slot].last > kept[place - 1]:
            hits[slot] = Hit(key, cue, kept[first], kept[place - 1], is_strong)
    if not node.next:
        return
    for skipped in range(MAX_WORDS_INSIDE - inside + 1):
        at = place + skipped
        if at >= len(forms) or (skipped and forms[at - 1][0] in STOPS):
            return
        for form in forms[at]:
            following = node.next.get(form)
            if following is not None:
                _follow(following, forms, kept, first, at + 1, inside + skipped, hits)
