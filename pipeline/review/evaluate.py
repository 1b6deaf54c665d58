"""human codings + tables in OUT -> how well the machine's codes agree with theirs: figures, rows of `agreement`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import UserError
from pipeline.review.agreement import (
    Figure,
    Tally,
    drawn_counts,
    f1,
    facet_of,
    figure,
    kappa,
    nominal_alpha,
    precision,
    recall,
    resamples,
    tally,
)
from pipeline.review.gold import Codes, Gold, Unit
from pipeline.review.machine_codes import Placed, machine_codes
from pipeline.schemas import TABLES, to_table
from pipeline.store import write_atomically

POOLED = "together"  # scope of all human codings of a folder, where there is more than one


@dataclass(frozen=True)
class Evaluation:
    """One human coding (the scope) set beside the machine's. `notes` say what is not scored, or counts as missed."""

    scope: str
    units: list[Unit]
    people: Codes
    machine: Codes
    counted: Tally
    weights: np.ndarray
    notes: list[str]

    @property
    def n_documents(self) -> int:
        return len({unit.document for unit in self.units})


@dataclass(frozen=True)
class Line:
    """Agreement on one code, one facet (any code of it counts by itself) or all codes."""

    facet: str
    code: str
    n_human: int
    n_machine: int
    n_both: int
    precision: Figure
    recall: Figure
    f1: Figure
    kappa: float | None


def evaluate(golds: Sequence[Gold], outs: Mapping[str, Path], times: int = 1000) -> list[Evaluation]:
    """Score the tables of OUT (of each gold its own) against human codings, and all of them together where several.

    `times`: resamples of the bootstrap. UserError where OUT holds no document of any gold.
    """
    made = []
    absent = []
    for gold in golds:
        placed = machine_codes(outs[gold.name], gold.units)
        units = [unit for unit in gold.units if unit.document in placed.documents]
        if not units:
            absent.append(f"human coding left out, for none of its documents is among the pages: {gold.name}")
        else:
            made.append(_evaluation(gold.name, units, gold.codes, placed.codes, times, _notes(gold, placed)))
    if not made:
        first = next((unit.document for gold in golds for unit in gold.units), "none")
        where = ", ".join(sorted({str(out) for out in outs.values()}))
        raise UserError(
            f"{where}: holds no document of the human codings (the first of theirs is `{first}`); "
            "a document is the page with that path, name or stem"
        )
    made[0].notes.extend(absent)
    if len(made) > 1:
        made.append(_pooled(made, times))
    return made


def _evaluation(
    scope: str, units: list[Unit], people: Codes, machine: Codes, times: int, notes: list[str]
) -> Evaluation:
    counted = tally(units, people, machine)
    weights = resamples(counted.pairs.shape[1], times)
    return Evaluation(scope, units, people, machine, counted, weights, notes)


def _notes(gold: Gold, placed: Placed) -> list[str]:
    absent = {unit.document for unit in gold.units} - placed.documents
    said = {
        "documents of the human coding that are not among the pages; left out": len(absent),
        "units found elsewhere on their page, by their words": placed.counts["moved"],
        "units that do not stand on their page; the codes people gave them count as missed": placed.counts["lost"],
        "codings outside every unit; left out": placed.counts["outside"],
    }
    for status, count in sorted(placed.set_aside.items()):
        said[f"documents set aside as {status}; the codes people gave there count as missed"] = count
    return [f"{words}: {count}" for words, count in said.items() if count]


def _pooled(made: Sequence[Evaluation], times: int) -> Evaluation:
    """All scopes as one; a document that stands in several is one document."""
    units: list[Any] = []
    people: dict[str, Any] = {}
    machine: dict[str, Any] = {}
    for one in made:
        units += [replace(unit, uid=f"{one.scope}:{unit.uid}") for unit in one.units]
        people |= {f"{one.scope}:{uid}": codes for uid, codes in one.people.items()}
        machine |= {f"{one.scope}:{uid}": codes for uid, codes in one.machine.items()}
    return _evaluation(POOLED, units, people, machine, times, [])


def lines(evaluation: Evaluation) -> list[Line]:
    """All codes, every facet, every code that one side or the other used: in this order, codes by use."""
    counted = evaluation.counted
    made = [_line(evaluation, "all", "all", counted.of(None))]
    made += [_line(evaluation, facet, facet, counted.of(facet)) for facet in counted.facets]
    codes = [
        _line(evaluation, facet_of(code), code, np.arange(len(counted.codes)) == place)
        for place, code in enumerate(counted.codes)
    ]
    return made + sorted(codes, key=lambda line: (line.facet, -line.n_human, line.code))


def _line(evaluation: Evaluation, facet: str, code: str, chosen: np.ndarray) -> Line:
    counts = evaluation.counted.pairs[:, :, chosen].sum(2)[:, :, None]
    drawn = drawn_counts(counts, evaluation.weights)[:, :, 0]
    both, machine, people = (int(count) for count in drawn[:, 0])
    return Line(
        facet, code, both + people, both + machine, both,
        figure(precision(drawn)), figure(recall(drawn)), figure(f1(drawn)),
        kappa(both, both + machine, both + people, evaluation.counted.n_units * int(chosen.sum())),
    )  # fmt: skip


def alpha(evaluation: Evaluation, facet: str | None = None) -> float | None:
    """Krippendorff's alpha over every decision: a unit and a code that one side or the other used somewhere."""
    chosen = evaluation.counted.of(facet)
    both, machine, people = evaluation.counted.pairs[:, :, chosen].sum((1, 2))
    neither = evaluation.counted.n_units * chosen.sum() - both - machine - people
    return nominal_alpha({(1, 1): both, (0, 1): machine, (1, 0): people, (0, 0): neither})


def agreement_rows(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Rows of the table `agreement`; figures with four decimals."""
    return [
        {
            "scope": evaluation.scope,
            "facet": line.facet,
            "code": line.code,
            "n_human": line.n_human,
            "n_machine": line.n_machine,
            "n_both": line.n_both,
            "precision": _rounded(line.precision.value),
            "recall": _rounded(line.recall.value),
            "f1": _rounded(line.f1.value),
            "f1_low": _rounded(line.f1.low),
            "f1_high": _rounded(line.f1.high),
            "kappa": _rounded(line.kappa),
        }
        for evaluation in evaluations
        for line in lines(evaluation)
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def write_csv(path: Path, evaluations: Sequence[Evaluation]) -> None:
    """The rows of `agreement`, checked against its schema, as a CSV file."""
    rows = to_table("agreement", agreement_rows(evaluations)).to_pylist()
    sink = io.StringIO()
    writer = csv.DictWriter(sink, TABLES["agreement"].schema.names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, sink.getvalue().encode())
