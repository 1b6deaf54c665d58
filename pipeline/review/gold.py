"""a folder of human codings -> units of text and the codes people gave them, checked line by line.

NAME_units.jsonl holds a unit a line: uid, doc, start, end (code points in the text of the document) and text.
NAME_gold.jsonl holds the codes of a unit a line: uid and codes, each with key, status and quote. A unit without a line
there has no codes. NAME_texts holds the texts. The names may stand without NAME_.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.codebook import Codebook
from pipeline.errors import UserError, nearest


@dataclass(frozen=True)
class Unit:
    """A stretch of text that was coded, mostly a sentence. Offsets are code points, end exclusive."""

    uid: str
    document: str
    start: int
    end: int
    text: str | None = None


@dataclass
class Given:
    """What one side says with one code of one unit: more than once where it found it more than once."""

    statuses: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    score: float = 1.0


Codes: TypeAlias = dict[str, dict[str, Given]]  # {uid: {key of the code: what is given}}


@dataclass(frozen=True)
class Gold:
    """One human coding: the units, the codes of each, and the folder of the texts where there is one."""

    name: str
    units: list[Unit]
    codes: Codes
    texts: Path | None = None


def read_gold(folder: Path, codebook: Codebook) -> list[Gold]:
    """Every human coding of a folder, in order of names; UserError says which file and line is wrong."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder of human codings")
    found = sorted(
        path for path in folder.glob("*units.jsonl") if path.with_name(_beside(path, "gold.jsonl")).is_file()
    )
    found = [path for path in found if path.name == "units.jsonl" or path.name.endswith("_units.jsonl")]
    if not found:
        raise UserError(f"{folder}: holds no pair of NAME_units.jsonl and NAME_gold.jsonl")
    return [_read_pair(path, codebook) for path in found]


def _beside(units: Path, ending: str) -> str:
    return units.name.removesuffix("units.jsonl") + ending


def _read_pair(path: Path, codebook: Codebook) -> Gold:
    units: dict[str, Unit] = {}
    for where, row in _rows(path, {"uid": str, "doc": str, "start": int, "end": int}):
        if row["uid"] in units:
            raise UserError(f"{where}: the unit `{row['uid']}` occurs twice")
        if not 0 <= row["start"] < row["end"]:
            raise UserError(f"{where}: `start` and `end` do not make a span")
        units[row["uid"]] = Unit(row["uid"], row["doc"], row["start"], row["end"], row.get("text"))
    codes: Codes = {}
    for where, row in _rows(path.with_name(_beside(path, "gold.jsonl")), {"uid": str, "codes": list}):
        if row["uid"] not in units:
            raise UserError(f"{where}: {path.name} has no unit `{row['uid']}`")
        for code in row["codes"]:
            add(codes, row["uid"], *_checked(where, code, codebook))
    name = path.name.removesuffix("units.jsonl").removesuffix("_") or path.resolve().parent.name
    texts = path.with_name(_beside(path, "texts"))
    return Gold(name, list(units.values()), codes, texts if texts.is_dir() else None)


def _rows(path: Path, wanted: Mapping[str, type]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file and line, the object of the line) for every line that is not blank."""
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: cannot be read as UTF-8 text ({problem})") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as problem:
            raise UserError(f"{where}: not valid JSON ({problem})") from None
        if not isinstance(row, dict):
            raise UserError(f"{where}: not a JSON object")
        for key, kind in wanted.items():
            if key not in row:
                raise UserError(f"{where}: `{key}` is missing")
            if not isinstance(row[key], kind) or isinstance(row[key], bool):
                raise UserError(f"{where}: `{key}` should be of type {kind.__name__}")
        yield where, row


def _checked(where: str, code: Any, codebook: Codebook) -> tuple[str, str, str]:
    """(key, status, quote) of one code of one line."""
    if not isinstance(code, dict) or not isinstance(code.get("key"), str):
        raise UserError(f"{where}: a code needs `key`, such as value.trust")
    key, status, quote = code["key"], code.get("status") or "", code.get("quote") or ""
    if key not in codebook.codes:
        raise UserError(f"{where}: no code `{key}`{nearest(key, codebook.codes)}")
    known = codebook.facets[codebook.codes[key].facet].status
    if status and status not in known:
        raise UserError(f"{where}: no status `{status}` of {key}{nearest(str(status), known)}")
    return key, status, str(quote)


def add(codes: Codes, uid: str, key: str, status: str, quote: str, score: float | None = None) -> None:
    """Put one more code to a unit; of several scores the highest counts."""
    of_unit = codes.setdefault(uid, {})
    given = of_unit.setdefault(key, Given(score=0.0 if score is not None else 1.0))
    given.score = max(given.score, score or 0.0)
    given.statuses.append(status)
    if quote:
        given.quotes.append(quote)
