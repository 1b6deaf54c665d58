"""codings, passages, theme_members, removals -> counts and quotes that the reader tables lack, shard by shard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.store import Inputs

# The status of a facet by which a text speaks against what a theme carries.
AGAINST = {
    "value": "rejected",
    "barrier": "denied",
    "role": "rejected",
    "enabler": "questioned",
    "participation": "criticised",
}
QUOTABLE = (40, 300)  # code points of a sentence that can stand alone
EXAMPLE = 80  # code points of a removed text that shows best what was removed


@dataclass
class Evidence:
    """`by_status`: {(code, status): documents}; `dissent`: {theme_id: the surest sentence against};
    `shifts`: {(from, to): [documents, mentions]}; `removed`: {rule: counts and an example}."""

    by_status: dict[tuple[str, str], int] = field(default_factory=dict)
    dissent: dict[str, dict[str, Any]] = field(default_factory=dict)
    shifts: dict[tuple[str | None, str | None], list[int]] = field(default_factory=dict)
    removed: dict[str, dict[str, Any]] = field(default_factory=dict)


def collect(inputs: Inputs) -> Evidence:
    """One pass over the shards; a document stands in one shard, so documents of shards add up."""
    found = Evidence()
    names = ("codings", "sentences", "passages", "theme_members", "removals")
    for parts in zip(*(inputs.parts(name) for name in names), strict=True):
        codings, sentences, passages, members, removals = (part for _, part in parts)
        rows = codings.to_pylist()
        _count(found, rows)
        against = [row for row in rows if AGAINST.get(row["facet"]) == row["status"]]
        if against:
            _dissent(found, against, sentences, passages, members)
        _removed(found, removals.to_pylist())
    return found


def _count(found: Evidence, rows: list[dict[str, Any]]) -> None:
    for code, status, _ in {(row["code"], row["status"], row["document_id"]) for row in rows}:
        found.by_status[code, status] = found.by_status.get((code, status), 0) + 1
    moves = [
        ((row["shift_from"], row["shift_to"]), row["document_id"])
        for row in rows
        if row["shift_from"] or row["shift_to"]
    ]
    for move, _ in sorted(set(moves), key=str):
        found.shifts.setdefault(move, [0, 0])[0] += 1
    for move, _ in moves:
        found.shifts[move][1] += 1


def _dissent(found: Evidence, against: list[dict[str, Any]], sentences: Any, passages: Any, members: Any) -> None:
    theme_of = dict(zip(members["passage_id"].to_pylist(), members["theme_id"].to_pylist(), strict=True))
    themes: dict[str, str] = {}
    for passage, ids in zip(passages["passage_id"].to_pylist(), passages["sentence_ids"].to_pylist(), strict=True):
        if passage in theme_of:
            themes |= dict.fromkeys(ids, theme_of[passage])
    wanted = {row["sentence_id"] for row in against}
    texts = {
        key: text
        for key, text in zip(sentences["sentence_id"].to_pylist(), sentences["text"].to_pylist(), strict=True)
        if key in wanted
    }
    for row in against:
        theme = themes.get(row["sentence_id"])
        if theme:
            row = row | {"sentence": texts[row["sentence_id"]]}
            best = found.dissent.get(theme)
            found.dissent[theme] = min((best, row), key=_surest) if best else row


def _surest(row: Mapping[str, Any]) -> tuple[Any, ...]:
    low, high = QUOTABLE
    return (not low <= len(row["sentence"]) <= high, -row["score"], row["document_id"], row["start"], row["code"])


def _removed(found: Evidence, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        rule = found.removed.setdefault(
            row["rule"],
            {"rule": row["rule"], "n_documents": 0, "n_spans": 0, "n_characters": 0, "reasons": {}, "example": None},
        )
        rule["n_spans"] += 1
        rule["n_characters"] += len(row["text"])
        rule["reasons"][row["reason"]] = rule["reasons"].get(row["reason"], 0) + 1
        text = row["text"].strip()
        if text and (rule["example"] is None or _plainness(text) < _plainness(rule["example"])):
            rule["example"] = text
    for name, _ in {(row["rule"], row["document_id"]) for row in rows}:
        found.removed[name]["n_documents"] += 1


def _plainness(text: str) -> tuple[int, str]:
    return abs(len(text) - EXAMPLE), text
