"""evaluation -> a report to read in a terminal: what agrees, on what, how surely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.review.agreement import (
    MIN_USES,
    Figure,
    best_half,
    calibration,
    calibration_error,
    drawn_counts,
    f1,
    figure,
    mean_of_known,
    precision,
    recall,
)
from pipeline.review.evaluate import Evaluation, Line, alpha, lines

WIDTH = 21  # of a figure with its interval
RARE = "*"


def report(evaluations: Sequence[Evaluation]) -> str:
    """The reports of all scopes, one after another."""
    return "\n\n\n".join("\n\n".join(_sections(evaluation)) for evaluation in evaluations)


def _sections(evaluation: Evaluation) -> list[str]:
    if not evaluation.counted.codes:
        return [_head(evaluation), "Neither people nor the machine gave a code."]
    made = lines(evaluation)
    parts = [
        _head(evaluation),
        _main(evaluation, made),
        _any_code(evaluation),
        _statuses(evaluation),
        _chance(evaluation, made),
        _scores(evaluation),
        _codes(made),
    ]
    return [part for part in parts if part]


def _head(evaluation: Evaluation) -> str:
    head = f"{evaluation.scope}: {len(evaluation.units)} units of {evaluation.n_documents} documents"
    title = f"{head}\n{'=' * len(head)}"
    draws = len(evaluation.weights) - 1
    if draws:
        title += f"\nIn brackets: 95% intervals, {draws} bootstrap samples of the documents."
    return "\n".join([title, *(f"note: {note}" for note in evaluation.notes)])


def _main(evaluation: Evaluation, made: Sequence[Line]) -> str:
    rows = [_columns("", "people", "machine", "both", "precision", "recall", "F1")]
    rows += [_row(line) for line in made if line.code in ("all", line.facet)]
    counted = evaluation.counted
    used = counted.pairs[[0, 2]].sum((0, 1)) >= MIN_USES
    if used.any():
        macro = figure(mean_of_known(f1(drawn_counts(counted.pairs[:, :, used], evaluation.weights))))
        rows.append(f"Macro F1 over codes with {MIN_USES} uses or more ({used.sum()} of them): {_figure(macro)}")
    return "\n".join(rows)


def _any_code(evaluation: Evaluation) -> str:
    """Agreement where any code of the facet counts as right."""
    drawn = drawn_counts(evaluation.counted.any_code, evaluation.weights)
    whole = drawn.sum(2, keepdims=True)
    rows = [_columns("Any code of the facet", "people", "machine", "both", "precision", "recall", "F1")]
    for place, facet in enumerate(["all", *evaluation.counted.facets]):
        counts = whole[:, :, 0] if facet == "all" else drawn[:, :, place - 1]
        both, machine, people = (int(count) for count in counts[:, 0])
        figures = (_figure(figure(share(counts))) for share in (precision, recall, f1))
        name = "all facets" if facet == "all" else facet
        rows.append(_columns(name, both + people, both + machine, both, *figures))
    return "\n".join(rows)


def _statuses(evaluation: Evaluation) -> str:
    """Statuses and quotes of the pairs both gave."""
    counted = evaluation.counted
    drawn = drawn_counts(counted.agreed, evaluation.weights)
    if not drawn[1, 0].sum() and not drawn[3, 0].sum():
        return ""
    rows = ["Where both gave the code:"]
    for place, facet in enumerate(["all", *counted.facets]):
        sums = drawn.sum(2) if facet == "all" else drawn[:, :, place - 1]
        status, overlap = (figure(np.where(n > 0, part / np.maximum(n, 1), np.nan)) for part, n in (sums[:2], sums[2:]))
        pairs = f"{int(sums[1, 0])} pairs"
        rows.append(
            f"  {_all_codes(facet):<22}{pairs:>10}   same status {_figure(status):<{WIDTH}}"
            f" overlap of quotes {_figure(overlap)}"
        )
    rows.append("Statuses (people's down, the machine's across):")
    for facet in counted.facets:
        rows += _confusion(facet, {key[1:]: n for key, n in counted.statuses.items() if key[0] == facet})
    return "\n".join(rows)


def _confusion(facet: str, held: dict[tuple[str, str], int]) -> list[str]:
    if not held:
        return []
    names = sorted({name for pair in held for name in pair})
    across = [name or "none" for name in names]
    rows = [f"  {facet:<22}" + "".join(f"{name:>13}" for name in across)]
    for one in names:
        if any(held.get((one, other)) for other in names):
            rows.append(f"    {one or 'none':<20}" + "".join(f"{held.get((one, other), 0):>13}" for other in names))
    return rows


def _chance(evaluation: Evaluation, made: Sequence[Line]) -> str:
    rows = ["Agreement beyond chance, over every decision (unit by code used):"]
    rows += [
        f"  {_all_codes(line.facet):<22}Cohen's kappa {_share(line.kappa)}   Krippendorff's alpha "
        f"{_share(alpha(evaluation, None if line.facet == 'all' else line.facet))}"
        for line in made
        if line.code in ("all", line.facet)
    ]
    return "\n".join(rows)


def _scores(evaluation: Evaluation) -> str:
    """Whether the machine's scores mean what they say."""
    half = best_half(evaluation.counted.scored)
    if half is None:
        return ""
    bins = calibration(evaluation.counted.scored)
    rows = [
        f"Precision of the upper half by score: {_share(half[2])} ({half[0]} with a score of {half[1]:.2f} or more)",
        f"Scores against the share right (expected calibration error {_share(calibration_error(bins))}):",
        f"  {'score':<12}{'number':>8}{'mean score':>14}{'share right':>14}",
    ]
    rows += [
        f"  {f'{low:.1f} to {high:.1f}':<12}{number:>8}{score:>14.2f}{right:>14.2f}"
        for low, high, number, score, right in bins
    ]
    return "\n".join(rows)


def _codes(made: Sequence[Line]) -> str:
    rows = [_columns("Code", "people", "machine", "both", "precision", "recall", "F1") + "  kappa"]
    for line in made:
        if line.code not in ("all", line.facet):
            rows.append(f"{_row(line)}  {_share(line.kappa)}")
    return "\n".join([*rows, f"{RARE} people gave it fewer than {MIN_USES} times: too few to judge the code by"])


def _row(line: Line) -> str:
    mark = f"{RARE} " if line.n_human < MIN_USES and line.code not in ("all", line.facet) else ""
    figures = (_figure(share) for share in (line.precision, line.recall, line.f1))
    return _columns(mark + _all_codes(line.code), line.n_human, line.n_machine, line.n_both, *figures)


def _columns(name: str, people: object, machine: object, both: object, *figures: str) -> str:
    counts = f"{people!s:>8}{machine!s:>9}{both!s:>7}"
    return (f"{name:<42}{counts}   " + "".join(f"{words:<{WIDTH}}" for words in figures)).rstrip()


def _all_codes(name: str) -> str:
    return "all codes" if name == "all" else name


def _figure(share: Figure) -> str:
    if share.low is None or share.high is None:
        return _share(share.value)
    return f"{_share(share.value)} ({_share(share.low)}-{_share(share.high)})"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
