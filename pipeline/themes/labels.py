"""phrases, groups of passages -> a label and terms for each group, as one would write them on a flip chart.

A phrase is worth the more, the more of the group's passages and documents it stands in, the rarer it is elsewhere
(c-TF-IDF, Grootendorst 2022, arXiv 2203.05794) and the nearer its passages lie to the group's centre. Where one phrase
does not cover the group, a second one is joined to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.themes.graph import Floats, Ints
from pipeline.themes.phrases import LINKS, VAGUE, Key, Phrases, akin, is_name, words_of

Meaning = Callable[[Sequence[str]], tuple[NDArray[np.float64], NDArray[np.float64]]]
N_TERMS = 10
CLOSE_POWER = 1.2  # how much what a phrase says counts beside how often it stands
VAGUE_HEAD = 0.7  # weight of a phrase whose last word names nothing by itself
FIELD_POWER = 1.0  # how much it counts that a phrase is one of the field of the corpus
REPEATED = 0.3  # weight of a phrase with a word that a label beside it has
FAR = 0.02  # stands for a cosine of nought and less, so that there is an order among far phrases too
SHORTLIST = 60  # phrases of each group whose meaning is compared with the group's
WORDS_WEIGHT = {1: 0.4, 2: 1.0, 3: 1.0, 4: 0.85, 5: 0.7}  # by number of words: two or three read best
COVERS = 0.5  # a phrase of several words in so many of a group's passages stands alone
ADDS = 0.04  # a second phrase is joined if it stands in at least this share of the passages without the first
NAME_WEIGHT = 0.3  # of a phrase with a name in it: a label should hold beyond one place or person
COMMON_WORD = 0.1  # share of a group's passages in which a single word must stand to count in full
COMMON_PHRASE = 0.015  # and a phrase of several words
LABEL_WORDS = 6


@dataclass(frozen=True)
class Counts:
    """Phrases against groups: `inside[group, phrase]` passages, `documents[...]`, `close` cosines, `sizes`.

    `field[phrase]` is the cosine of the phrase to what the whole corpus shares: how much it is a word of the field.
    """

    keys: list[Key]
    inside: NDArray[np.float64]
    documents: NDArray[np.float64]
    close: NDArray[np.float64]
    sizes: NDArray[np.float64]
    group_documents: NDArray[np.float64]
    names: frozenset[str]
    field: NDArray[np.float64]


def counts_of(phrases: Phrases, groups: Ints, documents: Ints, rows: Floats, meaning: Meaning) -> Counts:
    """Count phrases per group. `groups`, `documents` and `rows` (vectors) run along the passages that were counted.

    `meaning` gives the vectors of phrases, less what is common, of length 1.
    """
    n_groups, n_documents = int(groups.max()) + 1, int(documents.max()) + 1
    keys = sorted(key for key in phrases.passages if not is_name(key, phrases.names))
    inside, speaking = np.zeros((n_groups, len(keys))), np.zeros((n_groups, len(keys)))
    centres = np.stack([_unit(rows[groups == group].mean(axis=0)) for group in range(n_groups)])
    for column, key in enumerate(keys):
        places = np.array(phrases.passages[key])
        inside[:, column] = np.bincount(groups[places], minlength=n_groups)
        pairs = np.unique(groups[places] * n_documents + documents[places])
        speaking[:, column] = np.bincount(pairs // n_documents, minlength=n_groups)
    sizes = np.bincount(groups, minlength=n_groups).astype(float)
    all_documents = np.array([len(np.unique(documents[groups == group])) for group in range(n_groups)], float)
    counts = Counts(
        keys, inside, speaking, np.ones_like(inside), sizes, all_documents, phrases.names, np.ones(len(keys))
    )
    return _with_meaning(phrases, counts, centres, meaning)


def _with_meaning(phrases: Phrases, counts: Counts, centres: NDArray[np.float64], meaning: Meaning) -> Counts:
    """The counts with `close` and `field` of the phrases worth most; 0 for others."""
    close, field = np.zeros_like(counts.inside), np.zeros(len(counts.keys))
    worth = scores_of(counts)
    listed = sorted(
        {int(i) for row in worth for i in np.argsort(-np.round(row, 9), kind="stable")[:SHORTLIST] if row[i] > 0}
    )
    if listed:
        said, of_field = meaning([phrases.shown(counts.keys[i]) for i in listed])
        close[:, listed] = np.maximum(np.round(centres @ said.T, 6), FAR)
        field[listed] = np.maximum(of_field, FAR) if of_field.any() else 1
    return replace(counts, close=close, field=field)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float64)


def scores_of(counts: Counts) -> NDArray[np.float64]:
    """The worth of each phrase as a label of each group; 0 where it should not be one."""
    inside, sizes = counts.inside, counts.sizes[:, None]
    outside = inside.sum(axis=0, keepdims=True) - inside
    elsewhere = np.maximum(sizes.sum() - sizes, 1)
    share = inside / sizes
    # One pseudo-count on both sides: what stands twice here and nowhere else proves little.
    gain = np.log((inside + 1) / (outside * sizes / elsewhere + 1))
    gain = np.clip(gain, 0, 3) if len(sizes) > 1 else np.ones_like(gain)
    weight = np.array(
        [WORDS_WEIGHT.get(len(key), 0.5) * (VAGUE_HEAD if key[-1] in VAGUE else 1) for key in counts.keys]
    )
    weight = weight * np.array([NAME_WEIGHT if set(key) & counts.names else 1.0 for key in counts.keys])
    common = np.array([COMMON_WORD if len(key) == 1 else COMMON_PHRASE for key in counts.keys])
    weight = weight * np.minimum(1, share / common)
    spoken = counts.documents / np.maximum(counts.group_documents[:, None], 1)
    worth = np.sqrt(share * spoken) * gain * np.clip(counts.close, 0, 1) ** CLOSE_POWER * weight
    worth = worth * counts.field**FIELD_POWER
    alone = (counts.documents < 2) & (counts.group_documents[:, None] > 2)
    once = (inside < 2) & (sizes > 3)
    return np.asarray(np.where(alone | once, worth * 0.05, worth))


def labelled(
    phrases: Phrases,
    counts: Counts,
    places: Ints,
    taken: set[frozenset[str]],
    above: Sequence[str] = (),
    fixed: Mapping[int, tuple[str, list[str]]] | None = None,
) -> list[tuple[str, list[str]]]:
    """(label, terms) of each group, largest group first served; no two labels of the same words. `taken` is added to.

    `above[group]` is the label of the theme a sub-theme belongs to: what it says need not be said again. `fixed`
    are groups that have label and terms already.
    """
    scores = scores_of(counts) * _unsaid(phrases, counts, above)
    sets = [frozenset(phrases.passages[key]) for key in counts.keys]
    said: dict[str, set[str]] = {}
    result: list[tuple[str, list[str]]] = [("", [])] * len(scores)
    for group in sorted(range(len(scores)), key=lambda g: (-counts.sizes[g], g)):
        if fixed and group in fixed:
            result[group] = fixed[group]
            continue
        beside = said.setdefault(above[group] if above else "", set())
        worth = scores[group] * np.array([REPEATED if beside & set(key) else 1 for key in counts.keys])
        order = [int(i) for i in np.lexsort((np.arange(len(counts.keys)), -np.round(worth, 9))) if worth[i] > 0]
        mine = frozenset(np.flatnonzero(places == group).tolist())
        chosen = _chosen(order, counts, sets, mine, taken, worth)
        terms = [phrases.shown(counts.keys[i]) for i in _distinct(order, counts, sets, mine)[:N_TERMS]]
        if chosen:
            taken.add(_words(counts, chosen))
            beside |= _words(counts, chosen)
        result[group] = (sentence_case(" and ".join(phrases.shown(counts.keys[i]) for i in chosen)), terms)
    return result


def _unsaid(phrases: Phrases, counts: Counts, above: Sequence[str]) -> NDArray[np.float64]:
    """A third for a phrase that the label above holds, one for others."""
    weight = np.ones_like(counts.inside)
    shown = [f" {phrases.shown(key).lower()} " for key in counts.keys] if above else []
    for group, label in enumerate(above):
        said = f" {label.lower()} "
        weight[group] = [1 / 3 if words in said else 1 for words in shown]
    return weight


def _free(words: frozenset[str], taken: set[frozenset[str]]) -> bool:
    """Whether no label so far says the same, word for word or by words of the same stems."""
    return not any(_covers(words, other) and _covers(other, words) for other in taken)


def _covers(words: frozenset[str], other: frozenset[str]) -> bool:
    return all(any(akin(word, candidate) for candidate in words) for word in other)


def _words(counts: Counts, chosen: Sequence[int]) -> frozenset[str]:
    return frozenset(word for i in chosen for word in counts.keys[i] if word not in LINKS)


def words_of_label(label: str) -> frozenset[str]:
    """The words of a label as they are compared with those of others."""
    return frozenset(words_of(label)) - LINKS - {"and"}


def _distinct(order: Sequence[int], counts: Counts, sets: Sequence[frozenset[int]], mine: frozenset[int]) -> list[int]:
    """The phrases in order of worth without those that a longer or better one nearly always contains."""
    kept: list[int] = []
    for i in order[:80]:
        words = set(counts.keys[i])
        rivals = [k for k in kept if words <= set(counts.keys[k]) or set(counts.keys[k]) <= words]
        if not any(
            len(sets[i] & sets[k] & mine) >= 0.5 * min(len(sets[i] & mine), len(sets[k] & mine)) for k in rivals
        ):
            kept.append(i)
    return kept


def _chosen(
    order: list[int],
    counts: Counts,
    sets: list[frozenset[int]],
    mine: frozenset[int],
    taken: set[frozenset[str]],
    scores: NDArray[np.float64],
) -> list[int]:
    """One phrase or two whose words no other label has."""
    order = _fuller(order, counts, sets, mine, scores)
    for first in order[:12]:
        stands_alone = len(counts.keys[first]) > 1 and len(sets[first] & mine) >= COVERS * len(mine)
        if stands_alone and _free(_words(counts, [first]), taken):
            return [first]
        for second in order[:40]:
            if _fits(first, second, counts, sets, mine) and _free(_words(counts, [first, second]), taken):
                return [first, second]
        if _free(_words(counts, [first]), taken):
            return [first]
    return []


def _fuller(
    order: list[int], counts: Counts, sets: list[frozenset[int]], mine: frozenset[int], scores: NDArray[np.float64]
) -> list[int]:
    """Put a longer phrase before the single word it holds, where it is half as good and accounts for much of it."""
    result = list(order[:60])
    for i in order[:12]:
        if len(counts.keys[i]) > 1:
            continue
        longer = [
            k
            for k in order[:60]
            if len(counts.keys[k]) > 1
            and counts.keys[i][0] in counts.keys[k]
            and len(sets[k] & mine) >= 0.3 * len(sets[i] & mine)
            and scores[k] >= 0.3 * scores[i]
        ]
        if longer and result.index(longer[0]) > result.index(i):
            result.remove(longer[0])
            result.insert(result.index(i), longer[0])
    return result


def _fits(first: int, second: int, counts: Counts, sets: list[frozenset[int]], mine: frozenset[int]) -> bool:
    one, other = counts.keys[first], counts.keys[second]
    if (
        any(akin(a, b) for a in set(one) - LINKS for b in set(other) - LINKS)
        or len(one) + len(other) + 1 > LABEL_WORDS
        or len(LINKS & set(one + other)) > 1
    ):
        return False
    return len((sets[second] & mine) - sets[first]) >= max(1, ADDS * len(mine))


def sentence_case(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]
