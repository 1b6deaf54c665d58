"""Coded texts and the codebook -> lines with their codes: what the models of this step are fitted on.

Three kinds of material are read: human codings of real documents (units and codings as JSON lines beside a folder of
texts), invented documents of the project (models/training), and the examples of the codebook.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import UserError

SENTENCE_BREAK = re.compile(r"\n+|(?<=[.!?])[”\"')\]]*\s+(?=[A-Z“\"‘'(])")
SPEAKER = re.compile(r"^(?:[A-Z]{1,4}\d?|[A-Z][\w'-]+(?: [A-Z][\w'-]+)?)(?::| - |\s{1,3}(?=[A-Z]))\s*(?=\S)")


@dataclass(frozen=True)
class Given:
    """One code given to a line by a person."""

    key: str
    status: str
    quote: str
    is_sure: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A sentence or line in its document. `is_coded` is false for context that nobody coded."""

    document: str
    text: str
    kind: str = "prose"
    heading: str = ""
    paragraph: int = 0
    codes: tuple[Given, ...] = ()
    is_coded: bool = True
    source: str = "gold"
    register: str = "transcript"
    uid: str = ""


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def human_lines(folder: Path) -> list[Line]:
    """Lines of every pair NAME_units.jsonl and NAME_gold.jsonl in a folder; UserError where there is none."""
    names = sorted(path.name.removesuffix("_units.jsonl") for path in folder.glob("*_units.jsonl"))
    pairs = [name for name in names if (folder / f"{name}_gold.jsonl").is_file()]
    if not pairs:
        raise UserError(f"{folder}: holds no pair of NAME_units.jsonl and NAME_gold.jsonl")
    return [line for name in pairs for line in gold_lines(folder, name)]


def gold_lines(folder: Path, name: str) -> list[Line]:
    """Lines of the documents of NAME_units, coded as NAME_gold says, with what stands between them in NAME_texts.

    Without the texts the units are all there is of a document.
    """
    codes = {row["uid"]: row["codes"] for row in read_json_lines(folder / f"{name}_gold.jsonl")}
    by_document: dict[str, list[dict[str, Any]]] = {}
    for unit in read_json_lines(folder / f"{name}_units.jsonl"):
        by_document.setdefault(unit["doc"], []).append(unit)
    lines: list[Line] = []
    for document in sorted(by_document):
        path = folder / f"{name}_texts" / f"{document}.txt"
        units = sorted(by_document[document], key=lambda unit: unit["start"])
        text = path.read_text("utf-8") if path.is_file() else ""
        lines.extend(_document_lines(document, text, units, codes))
    return lines


def _document_lines(
    document: str, text: str, units: Sequence[Mapping[str, Any]], codes: Mapping[str, Any]
) -> Iterator[Line]:
    """The coded units in order, with the sentences that stand between them as context."""
    at = 0
    for unit in [*units, {"start": len(text), "end": len(text), "uid": ""}]:
        for start, end in _sentences(text, at, unit["start"]):
            yield Line(document, text[start:end], paragraph=text.count("\n", 0, start), is_coded=False)
        if unit["uid"]:
            given = tuple(_given(code) for code in codes.get(unit["uid"], ()))
            paragraph = text.count("\n", 0, unit["start"])
            yield Line(document, unit["text"], paragraph=paragraph, codes=given, uid=unit["uid"])
        at = max(at, unit["end"])


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    cuts = [start, *(start + m.end() for m in SENTENCE_BREAK.finditer(text[start:end])), end]
    for left, right in itertools.pairwise(cuts):
        words = text[left:right]
        if words.strip():
            yield left + len(words) - len(words.lstrip()), left + len(words.rstrip())


def _given(code: Mapping[str, Any]) -> Given:
    extra = {k: str(code[k]) for k in ("holder", "shift_from", "shift_to", "paid", "phase") if code.get(k)}
    return Given(
        code["key"], code.get("status") or "", code.get("quote") or "", code.get("conf", "high") != "low", extra
    )


def invented_lines(folder: Path) -> list[Line]:
    """Lines of the invented documents in the folder's *.jsonl files, one document a line."""
    lines: list[Line] = []
    for path in sorted(folder.glob("*.jsonl")):
        for row in read_json_lines(path):
            for number, line in enumerate(row["lines"]):
                codes = tuple(_given(code) for code in line["codes"])
                lines.append(
                    Line(
                        f"{path.stem}/{row['doc']}",
                        line["text"],
                        line["kind"],
                        row.get("heading") or "",
                        number,
                        codes,
                        source="invented",
                        register=row["register"],
                    )
                )
    return lines


def codebook_lines(codes: Iterable[Mapping[str, Any]], default_status: Mapping[str, str]) -> list[Line]:
    """The codebook's examples as documents of one line each, every other facet unknown.

    A positive example carries its code; a negative one the code that stands instead, if any.
    """
    lines: list[Line] = []
    for code in codes:
        for place, example in enumerate(code["positive"]):
            status = example.get("status") or default_status[code["key"].split(".")[0]]
            given = (Given(code["key"], status, ""),)
            name = f"{code['key']}+{place}"
            lines.append(Line(name, example["text"], codes=given, source="codebook", register=example["register"]))
        for place, example in enumerate(code["negative"]):
            instead = example.get("instead") or "none"
            negative_codes = () if "." not in instead else (Given(instead, default_status[instead.split(".")[0]], ""),)
            name = f"{code['key']}-{place}"
            lines.append(
                Line(name, example["text"], codes=negative_codes, source="codebook", register=example["register"])
            )
    return lines
