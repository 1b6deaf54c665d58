"""coded lines -> weights of the reader (`pipeline.reader`), and what it says of lines it has not seen.

The loss has two parts: whether the sentence carries the code, and whether each word piece stands in the quote that a
person marked. The second is what makes few examples go far. The same lines give the same weights on one platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline import reader
from pipeline.encoder import SIZE, States, states
from pipeline.extract.material import Line
from pipeline.extract.views import Matrix
from pipeline.reader import SHARP, WEIGHTS, Reader

MODELS = Path(__file__).resolve().parents[2] / "models"
HIDDEN, EPOCHS, RATE, ROWS_AT_ONCE = 384, 4, 2e-3, 64
PIECES_COUNT = 2.0  # the second part of the loss against the first
DROPPED_IN, DROPPED = 0.1, 0.3
PLACE_UNKNOWN = 2


@dataclass(frozen=True)
class Marked:
    """Lines with their states, surroundings and marks (pieces x codes: 1 in a quote, 2 where no quote is known)."""

    states: tuple[States, ...]
    around: Matrix
    marks: tuple[NDArray[np.int8], ...]
    given: Matrix
    weights: Matrix


def all_states(texts: Sequence[str], models: Path) -> dict[str, States]:
    """States of every text; half precision, or a training corpus would not fit."""
    distinct = sorted(set(texts))
    return {
        distinct[number]: States(s.pieces.astype(np.float16), s.starts, s.ends, s.vector)
        for number, s in states(distinct, models)
    }


def marks_of(line: Line, state: States, column: dict[str, int]) -> NDArray[np.int8]:
    """Which pieces stand in the quote of which code."""
    found = np.zeros((len(state.starts), len(column)), np.int8)
    text = line.text.replace("\n", " ")
    for code in line.codes:
        if code.key not in column:
            continue
        at = text.find(code.quote.replace("\n", " ")) if code.quote else -1
        if at < 0:
            found[:, column[code.key]] = PLACE_UNKNOWN
        else:
            inside = (state.starts < at + len(code.quote)) & (state.ends > at) & (state.ends > state.starts)
            found[inside, column[code.key]] = 1
    return found


def fit(marked: Marked, rows: NDArray[np.int64]) -> Reader:
    """Weights fitted on some of the rows, by AdamW (Loshchilov and Hutter 2019) on one cycle of rates (Smith 2018)."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    n_codes = marked.given.shape[1]
    pieces, around = nn.Linear(2 * SIZE, HIDDEN, bias=False), nn.Linear(4 * SIZE, HIDDEN)
    codes = nn.Linear(HIDDEN, n_codes)
    nn.init.constant_(codes.bias, -5.0)  # codes are rare
    net = nn.ModuleList([pieces, around, codes])
    drop_in, drop = nn.Dropout(DROPPED_IN), nn.Dropout(DROPPED)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.02)
    steps = EPOCHS * -(-len(rows) // ROWS_AT_ONCE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    for _ in range(EPOCHS):
        for batch in _batches(marked, rows, generator):
            own, beside, mask, marks = (torch.from_numpy(part) for part in _stacked(marked, batch))
            given, sure = torch.from_numpy(marked.given[batch]), torch.from_numpy(marked.weights[batch])
            hidden = functional.gelu(pieces(drop_in(own)) + around(drop_in(beside))[:, None])
            logits = codes(drop(hidden)).masked_fill(~mask[..., None], -30.0)
            whole = torch.logsumexp(logits * SHARP, 1) / SHARP
            loss = (
                functional.binary_cross_entropy_with_logits(whole, given, reduction="none") * sure * (1 + given)
            ).sum()
            known = (mask[..., None] & (marks != PLACE_UNKNOWN)).float() * (sure > 0).float()[:, None]
            inside = functional.binary_cross_entropy_with_logits(logits, (marks == 1).float(), reduction="none")
            loss = loss / len(batch) + PIECES_COUNT * (inside * known).sum() / mask.sum()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    named = {"pieces": pieces.weight.T, "around": around.weight.T, "bias": around.bias, "codes": codes.weight.T,
             "codes_bias": codes.bias}  # fmt: skip
    return Reader(**{name: np.ascontiguousarray(value.detach().numpy(), np.float32) for name, value in named.items()})


def _batches(marked: Marked, rows: NDArray[np.int64], generator: Any) -> list[NDArray[np.int64]]:
    """Rows of about one length together, in a new order each time."""
    lengths = np.array([len(marked.states[row].starts) for row in rows])
    order = np.argsort(lengths + generator.normal(0, 3, len(rows)), kind="stable")
    made = [rows[order[at : at + ROWS_AT_ONCE]] for at in range(0, len(rows), ROWS_AT_ONCE)]
    generator.shuffle(made)
    return made


def _stacked(marked: Marked, batch: NDArray[np.int64]) -> tuple[Matrix, Matrix, NDArray[np.bool_], NDArray[np.int8]]:
    longest = max(len(marked.states[row].starts) for row in batch)
    own = np.zeros((len(batch), longest, 2 * SIZE), np.float32)
    mask = np.zeros((len(batch), longest), bool)
    marks = np.zeros((len(batch), longest, marked.given.shape[1]), np.int8)
    for place, row in enumerate(batch):
        size = len(marked.states[row].starts)
        own[place, :size], mask[place, :size] = marked.states[row].pieces, True
        marks[place, :size] = marked.marks[row]
    return own, marked.around[batch], mask, marks


def read_rows(fitted: Reader, marked: Marked, rows: NDArray[np.int64]) -> tuple[Matrix, list[Matrix]]:
    """Logits of sentences (rows x codes) and of their pieces."""
    both = list(reader.readings(fitted, [marked.states[row] for row in rows], marked.around[rows], MODELS))
    return np.stack([whole for whole, _ in both]), [own for _, own in both]


def save(fitted: Reader, folder: Path) -> None:
    """Write the weights, in half precision."""
    from safetensors.numpy import save_file

    arrays = {name: getattr(fitted, name).astype(np.float16) for name in Reader.__dataclass_fields__}
    save_file(arrays, folder / WEIGHTS)
