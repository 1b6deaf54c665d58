"""codes of two sides for the same units -> precision, recall, F1, kappa, alpha, intervals, calibration.

The thing counted is a pair of unit and code: both sides gave it, the machine alone or people alone. Figures that
cannot be had (nothing to divide by) are NaN. Intervals: percentile bootstrap over documents, because the sentences of
one document are not independent of each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.review.gold import Codes, Given, Unit

SEED = 1  # of the bootstrap
BINS = 10  # of the calibration
MIN_USES = 5  # codes that people used less often are too rare to judge
Numbers: TypeAlias = NDArray[np.float64]


@dataclass
class Tally:
    """Pairs counted by document. `pairs` and `any_code`: both, machine alone, people alone x documents x codes (x
    facets, where one code of the facet is as good as another). `agreed`: of the pairs both gave, sums of same status,
    pairs with a status, quote overlap, pairs with quotes x documents x facets.
    """

    codes: list[str]
    facets: list[str]
    n_units: int
    pairs: Numbers
    any_code: Numbers
    agreed: Numbers
    statuses: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # facet, people's status, machine's
    scored: list[tuple[float, bool]] = field(default_factory=list)  # score of the machine, whether people agree

    def of(self, facet: str | None) -> NDArray[np.bool_]:
        """Which of the codes belong to a facet; all for None."""
        return np.array([facet is None or facet_of(code) == facet for code in self.codes], bool)


def facet_of(code: str) -> str:
    return code.partition(".")[0]


def tally(units: Sequence[Unit], people: Codes, machine: Codes) -> Tally:
    """Count who gave what. Codes are those that one side or the other used, in order."""
    documents = {name: place for place, name in enumerate(sorted({unit.document for unit in units}))}
    used = {code for side in (people, machine) for unit in units for code in side.get(unit.uid, {})}
    codes, facets = sorted(used), sorted({facet_of(code) for code in used})
    counted = Tally(
        codes, facets, len(units),
        np.zeros((3, len(documents), len(codes))),
        np.zeros((3, len(documents), len(facets))),
        np.zeros((4, len(documents), len(facets))),
    )  # fmt: skip
    code_at, facet_at = ({name: place for place, name in enumerate(names)} for names in (codes, facets))
    for unit in units:
        theirs, ours, document = people.get(unit.uid, {}), machine.get(unit.uid, {}), documents[unit.document]
        for code in theirs.keys() | ours.keys():
            counted.pairs[_who(code, theirs, ours), document, code_at[code]] += 1
        their_facets, our_facets = {facet_of(code) for code in theirs}, {facet_of(code) for code in ours}
        for facet in their_facets | our_facets:
            counted.any_code[_who(facet, their_facets, our_facets), document, facet_at[facet]] += 1
        for code in sorted(theirs.keys() & ours.keys()):
            place = facet_at[facet_of(code)]
            counted.agreed[:, document, place] += _agreed(theirs[code], ours[code])
            if any(theirs[code].statuses):
                counted.statuses[facet_of(code), *_first_statuses(theirs[code], ours[code])] += 1
        counted.scored += [(given.score, code in theirs) for code, given in sorted(ours.items())]
    return counted


def _who(name: str, theirs: Iterable[str], ours: Iterable[str]) -> int:
    return 0 if name in theirs and name in ours else 1 if name in ours else 2


def _agreed(theirs: Given, ours: Given) -> tuple[float, float, float, float]:
    """Same status, has a status, quote overlap, has a quote, of a pair both sides gave."""
    has_status = any(theirs.statuses)
    same = has_status and any(ours.statuses) and set(ours.statuses) <= set(theirs.statuses)
    overlap = quote_overlap(theirs.quotes, ours.quotes) if theirs.quotes else 0.0
    return float(same), float(has_status), overlap, float(bool(theirs.quotes))


def _first_statuses(theirs: Given, ours: Given) -> tuple[str, str]:
    """One status of each side, the same one where they share one."""
    shared = [status for status in ours.statuses if status in theirs.statuses]
    return (shared[0], shared[0]) if shared else (theirs.statuses[0], ours.statuses[0])


def quote_overlap(theirs: Sequence[str], ours: Sequence[str]) -> float:
    """Words in common over all words (as bags), each quote of people with the best of the machine; their mean.

    >>> quote_overlap(["fear of failure"], ["the fear of failure"])
    0.75
    """
    bags = [[Counter(re.findall(r"\w+", quote.lower())) for quote in side] for side in (theirs, ours)]
    best = [max((_overlap(one, other) for other in bags[1]), default=0.0) for one in bags[0]]
    return sum(best) / len(best)


def _overlap(one: Counter[str], other: Counter[str]) -> float:
    return (one & other).total() / max(1, (one | other).total())


def precision(counts: Numbers) -> Numbers:
    """Of both, machine alone, people alone (first axis): share of the machine's pairs that people gave too."""
    return _ratio(counts[0], counts[0] + counts[1])


def recall(counts: Numbers) -> Numbers:
    """Share of people's pairs that the machine gave too."""
    return _ratio(counts[0], counts[0] + counts[2])


def f1(counts: Numbers) -> Numbers:
    """Harmonic mean of precision and recall; 0 where nothing is shared, NaN where neither side has a pair."""
    return _ratio(2 * counts[0], 2 * counts[0] + counts[1] + counts[2])


def _ratio(part: Numbers, whole: Numbers) -> Numbers:
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)


def resamples(n_documents: int, times: int) -> Numbers:
    """How often each document is drawn (times + 1 x documents). The first row is the sample itself, once each."""
    drawn = np.random.default_rng(SEED).integers(0, n_documents, (times, n_documents))
    weights = [np.bincount(row, minlength=n_documents) for row in drawn]
    return np.array([np.ones(n_documents), *weights], float)


@dataclass(frozen=True)
class Figure:
    """A figure and its 95% interval; None where it cannot be had."""

    value: float | None
    low: float | None = None
    high: float | None = None


def figure(values: Numbers) -> Figure:
    """The first value with the 2.5th and 97.5th percentile of the others, those that cannot be had left out."""
    value = None if np.isnan(values[0]) else float(values[0])
    drawn = values[1:][~np.isnan(values[1:])]
    if value is None or len(drawn) < 2:
        return Figure(value)
    return Figure(value, float(np.percentile(drawn, 2.5)), float(np.percentile(drawn, 97.5)))


def drawn_counts(counts: Numbers, weights: Numbers) -> Numbers:
    """Counts by document (kinds x documents x columns) summed over the documents drawn: kinds x draws x columns."""
    return np.einsum("kdc,bd->kbc", counts, weights)


def mean_of_known(values: Numbers) -> Numbers:
    """Mean of each row over what is not NaN; NaN where nothing is."""
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0.0).sum(-1), known.sum(-1).astype(float))


def kappa(both: float, machine: float, people: float, total: float) -> float | None:
    """Cohen's kappa of yes-or-no decisions (Cohen 1960) from how many were yes by both, by each, and all of them.

    >>> round(kappa(20, 25, 30, 50), 6)
    0.4
    """
    if not total:
        return None
    same = (total - machine - people + 2 * both) / total
    chance = (machine * people + (total - machine) * (total - people)) / total**2
    return None if chance == 1 else (same - chance) / (1 - chance)


def nominal_alpha(decisions: Mapping[tuple[Any, Any], float]) -> float | None:
    """Krippendorff's alpha for two coders, nominal values, nothing missing, from {(one's, the other's): how often}.

    1 - observed / expected disagreement, the expected one of two different draws from all values pooled (Krippendorff
    2011, Computing Krippendorff's Alpha-Reliability, section B).
    """
    values: dict[Any, float] = {}
    for pair, times in decisions.items():
        for value in pair:
            values[value] = values.get(value, 0) + times
    total = sum(values.values())
    observed = 2 * sum(times for (one, other), times in decisions.items() if one != other)
    expected = total**2 - sum(times**2 for times in values.values())
    return None if not expected else 1 - (total - 1) * observed / expected


def best_half(scored: Sequence[tuple[float, bool]]) -> tuple[int, float, float] | None:
    """(number, lowest score, share right) of the machine's pairs whose score is the median or more."""
    if not scored:
        return None
    middle = float(np.median([score for score, _ in scored]))
    right = [is_right for score, is_right in scored if score >= middle]
    return len(right), middle, sum(right) / len(right)


def calibration(scored: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int, float, float]]:
    """(from, to, number, mean score, share right) of each of ten bins of score that holds a pair; 1 is in the last."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for score, is_right in scored:
        bins.setdefault(min(BINS - 1, int(score * BINS)), []).append((score, is_right))
    return [
        (
            place / BINS,
            (place + 1) / BINS,
            len(held),
            sum(score for score, _ in held) / len(held),
            sum(is_right for _, is_right in held) / len(held),
        )
        for place, held in sorted(bins.items())
    ]


def calibration_error(bins: Sequence[tuple[float, float, int, float, float]]) -> float | None:
    """Expected calibration error: mean distance of score and share right, bins weighted by number (Guo et al. 2017)."""
    total = sum(number for _, _, number, _, _ in bins)
    return sum(number * abs(score - right) for _, _, number, score, right in bins) / total if total else None
