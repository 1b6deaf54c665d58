"""a .qdpx or .qdc edited elsewhere -> codings: matched to documents and codes of OUT, nothing lost without a word.

A program may rename files, drop what it does not know, or issue GUIDs of its own. So a document is matched by GUID,
then by the name of its source, then by its text; a code by GUID, then by name; a span by its offsets where the words
agree, else by its words. What cannot be matched is listed with the reason.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.codebook import Codebook
from pipeline.coordinates import SpanMap, changes_of
from pipeline.exchange import code_names, guid, legal
from pipeline.review.refi_file import Coding, Project, Source, read_codes, read_file
from pipeline.review.refi_match import match_codes, match_documents
from pipeline.review.refi_place import place
from pipeline.store import Store

MACHINE = "machine"
SAID = ("source", "coder", "code", "start", "end", "quote", "memo")  # what is told of a coding that has no place
# What `publish` writes beside a coding: `value.trust: endorsed, 0.90, cue, from role.a to role.b`.
PROVENANCE = re.compile(
    r"(?P<code>[\w.]+): (?P<status>\w+), (?P<score>[\d.]+), (?P<evidence>\w+)"
    r"(?:, from (?P<from>[\w.]+))?(?:, to (?P<to>[\w.]+))?"
)


@dataclass
class Reading:
    """What a project holds. `codings` are rows of the table; codings that the machine wrote and nobody touched are as
    they were. `themes`: passages coded with a theme. `unmatched`: what has no place here, each with the reason `why`.
    """

    codings: list[dict[str, Any]] = field(default_factory=list)
    coders: list[dict[str, Any]] = field(default_factory=list)
    themes: list[dict[str, Any]] = field(default_factory=list)
    unmatched: list[dict[str, Any]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set, repr=False)


@dataclass(frozen=True)
class Known:
    """What stands in OUT about one document."""

    document_id: str
    text: str
    plain: str  # the text as it went out
    sentences: list[dict[str, Any]]
    codings: dict[str, dict[str, Any]]  # by GUID
    places: SpanMap


Target = tuple[str, str] | None  # (`code`, its key) or (`theme`, theme_id)
Found = tuple[Known | None, tuple[int, int] | None]  # the document and the span in it


def read_project(path: Path, out: Path, codebook: Codebook) -> Reading:
    """The codings of a REFI-QDA project, of every user, in the order of document and span.

    UserError where the file is not a project, or where OUT has no tables.
    """
    project = read_file(path)
    store = Store(out)
    themes = store.table("themes").to_pylist() if store.path("themes").exists() else []
    sources = match_documents(project, store)
    known = _known(store, set(sources.values()))
    targets = match_codes(project, codebook, themes)
    reading = Reading()
    for coding in project.codings:
        source, document = project.sources[coding.source], known.get(sources.get(coding.source, ""))
        span = place(source.text, coding.start, coding.end, document.plain) if document else None
        said = _said(coding, source, project)
        _add(reading, said, coding, targets.get(coding.code), (document, span), codebook)
    for name, code, why in project.others:
        reading.unmatched.append(dict.fromkeys(SAID) | {"source": name, "code": project.name_of(code), "why": why})
    reading.codings.sort(key=lambda row: (row["document_id"], row["start"], row["end"], row["code"], row["coder"]))
    counts = {
        name: sum(row["coder"] == name for row in reading.codings) for name in sorted(set(project.users.values()))
    }
    reading.coders = [
        {
            "coder": name,
            "kind": "machine" if name == MACHINE else "human",
            "description": f"User of {path.name}",
            "n_codings": count,
        }
        for name, count in counts.items()
    ]
    return reading


def read_codebook(path: Path, codebook: Codebook) -> list[dict[str, Any]]:
    """The codes of a .qdc (or .qdpx): name, parent, description, and the `key` of the code here, None for a new one."""
    targets = {guid("code", code.key): code.key for code in codebook.codes.values()}
    names = {name.casefold(): key for key, name in code_names(codebook, ()).items() if key in codebook.codes}
    return [
        {
            "key": targets.get(code.guid) or names.get(code.name.casefold()),
            "name": code.name,
            "parent": code.parent,
            "description": code.description,
            "is_codable": code.is_codable,
        }
        for code in read_codes(path)
    ]


def _said(coding: Coding, source: Source, project: Project) -> dict[str, Any]:
    """A coding in the words of its file, for the list of what has no place."""
    quote = source.text[coding.start : coding.end]
    coder, code = project.users.get(coding.user, "unnamed"), project.name_of(coding.code)
    return dict(zip(SAID, (source.name, coder, code, coding.start, coding.end, quote, coding.memo), strict=True))


def _known(store: Store, wanted: set[str]) -> dict[str, Known]:
    """What OUT holds about the documents wanted, shard by shard."""
    found = {}
    tables = ("documents", "sentences", "codings", "removals", "edits")
    for paths in zip(*(store.paths(name) for name in tables), strict=True):
        rows = {name: _of(store.read(path, name).to_pylist(), wanted) for name, path in zip(tables, paths, strict=True)}
        for key, (document,) in rows["documents"].items():
            of = {name: grouped.get(key, []) for name, grouped in rows.items()}
            found[key] = Known(
                key,
                document["text"],
                legal(document["text"]),
                sorted(of["sentences"], key=lambda row: row["start"]),
                {guid("coding", row["coding_id"]): row for row in of["codings"]},
                SpanMap(changes_of(of["removals"], of["edits"])),
            )
    return found


def _of(rows: Iterable[dict[str, Any]], wanted: set[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["document_id"] in wanted:
            found.setdefault(row["document_id"], []).append(row)
    return found


def _add(
    reading: Reading, said: dict[str, Any], coding: Coding, target: Target, found: Found, codebook: Codebook
) -> None:
    """Put a coding where it belongs: among the codings, the themes or what has no place, with the reason."""
    document, span = found
    if document is None:
        why = "no kept document has this source's GUID, name or text"
    elif target is None:
        why = "the codebook has no such code; add it there and read the file again"
    elif span is None:
        why = "its words do not stand in the document"
    elif target[0] == "theme":
        place_of = {"document_id": document.document_id, "start": span[0], "end": span[1]}
        words = {"quote": document.text[slice(*span)], "coder": said["coder"]}
        reading.themes.append({"theme_id": target[1], **place_of, **words})
        return
    else:
        row = _row(coding, span, target[1], said["coder"], document, codebook)
        if row["coding_id"] not in reading.ids:
            reading.ids.add(row["coding_id"])
            reading.codings.append(row)
            return
        why = "the same coder gave the same code to the same words twice"
    reading.unmatched.append(said | {"why": why})


def _row(
    coding: Coding, span: tuple[int, int], key: str, coder: str, document: Known, codebook: Codebook
) -> dict[str, Any]:
    """A row of codings: the one that stands in OUT where it was not touched, a new one otherwise."""
    start, end = span
    old = document.codings.get(coding.guid)
    if old and (old["start"], old["end"], old["code"], old["coder"]) == (start, end, key, coder):
        return old
    facet = codebook.facets[key.split(".", 1)[0]]
    told = next((match.groupdict() for match in PROVENANCE.finditer(coding.memo) if match["code"] == key), {})
    status = told["status"] if told.get("status") in facet.status else facet.default_status
    is_machine = coder == MACHINE and told.get("evidence") in ("cue", "model", "both")
    sentence = _sentence(document.sentences, start)
    page_start, page_end = document.places.to_page(start, end)
    memo = PROVENANCE.sub("", coding.memo).strip(" ;\n")
    return {
        "coding_id": f"{sentence}:{key}:{start}:{end}:{coder}",
        "document_id": document.document_id,
        "sentence_id": sentence,
        "facet": key.split(".", 1)[0],
        "code": key,
        "status": status,
        "start": start,
        "end": end,
        "page_start": page_start,
        "page_end": page_end,
        "quote": document.text[start:end],
        "score": float(told["score"]) if is_machine else 1.0,
        "evidence": told["evidence"] if is_machine else "human",
        "coder": coder,
        "needs_review": False,
        "holder": None,
        "shift_from": told.get("from"),
        "shift_to": told.get("to"),
        "paid": None,
        "phase": None,
        "explanation": memo or f"Given by {coder}.",
    }


def _sentence(sentences: list[dict[str, Any]], start: int) -> str:
    """The sentence in which a span begins; the nearest one before it where it begins between two."""
    place = bisect_right(sentences, start, key=lambda row: row["start"])
    return str(sentences[max(0, place - 1)]["sentence_id"]) if sentences else ""
