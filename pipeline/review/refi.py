"""a .qdpx or .qdc edited elsewhere -> codings: matched to documents and codes of OUT, nothing lost without a word.

A program may rename files, drop what it does not know, or issue GUIDs of its own. So a document is matched by GUID,
then by the name of its source, then by its text; a code by GUID, then by name; a span by its offsets where the words
agree, else by its words. What cannot be matched is listed with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.codebook import Codebook
from pipeline.coordinates import SpanMap, changes_of
from pipeline.exchange import code_names, guid, legal, source_names
from pipeline.review.refi_file import Coding, Project, read_codes, read_file
from pipeline.review.refi_place import place
from pipeline.store import Store

MACHINE = "machine"
# What `publish` writes beside a coding: `value.trust: endorsed, 0.90, cue, from role.a to role.b`.
PROVENANCE = re.compile(r"(?P<code>[\w.]+): (?P<status>\w+), (?P<score>[\d.]+), (?P<evidence>\w+)(?:, from (?P<from>[\w.]+))?(?:, to (?P<to>[\w.]+))?")


@dataclass
class Reading:
    """What a project holds. `codings` are rows of the table; codings that the machine wrote and nobody touched are as
    they were. `themes`: passages coded with a theme. `unmatched`: what has no place here, each with the reason `why`.
    """

    codings: list[dict[str, Any]] = field(default_factory=list)
    coders: list[dict[str, Any]] = field(default_factory=list)
    themes: list[dict[str, Any]] = field(default_factory=list)
    unmatched: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What stands in OUT about one document."""

    document_id: str
    text: str
    sentences: list[dict[str, Any]]
    codings: dict[str, dict[str, Any]]  # by GUID
    places: SpanMap


def read_project(path: Path, out: Path, codebook: Codebook) -> Reading:
    """The codings of a REFI-QDA project, of every user, in the order of document and span.

    UserError where the file is not a project, or where OUT has no tables.
    """
    project = read_file(path)
    store = Store(out)
    themes = store.table("themes").to_pylist() if store.path("themes").exists() else []
    sources = _match_documents(project, store)
    known = _known(store, set(sources.values()))
    targets = _match_codes(project, codebook, themes)
    reading = Reading()
    for coding in project.codings:
        _add(reading, coding, project, known.get(sources.get(coding.source, "")), targets.get(coding.code), codebook)
    reading.codings.sort(key=lambda row: (row["document_id"], row["start"], row["end"], row["code"], row["coder"]))
    counts = {name: sum(row["coder"] == name for row in reading.codings) for name in sorted(set(project.users.values()))}
    reading.coders = [
        {"coder": name, "kind": "machine" if name == MACHINE else "human",
         "description": f"User of {path.name}", "n_codings": count}
        for name, count in counts.items()
    ]  # fmt: skip
    return reading


def read_codebook(path: Path, codebook: Codebook) -> list[dict[str, Any]]:
    """The codes of a .qdc (or .qdpx): name, parent, description, and the `key` of the code here, None for a new one."""
    targets = {guid("code", code.key): code.key for code in codebook.codes.values()}
    names = {name.casefold(): key for key, name in code_names(codebook, ()).items() if key in codebook.codes}
    return [
        {"key": targets.get(code.guid) or names.get(code.name.casefold()), "name": code.name, "parent": code.parent,
         "description": code.description, "is_codable": code.is_codable}
        for code in read_codes(path)
    ]  # fmt: skip


def _match_documents(project: Project, store: Store) -> dict[str, str]:
    """{GUID of the source: document_id}"""
    kept = [row for row in store.table("documents", ["document_id", "path", "text", "status"]).to_pylist() if row["status"] == "kept"]
    names = source_names((row["document_id"], row["path"]) for row in kept)
    by_guid = {guid("document", row["document_id"]): row["document_id"] for row in kept}
    by_name = {name.casefold(): key for key, name in names.items()}
    by_text = {_bare(legal(row["text"])): row["document_id"] for row in kept}
    found = {}
    for source in project.sources.values():
        name = source.name.casefold()
        match = by_guid.get(source.guid) or by_name.get(name) or by_name.get(name.removesuffix(".txt")) or by_text.get(_bare(source.text))
        if match:
            found[source.guid] = match
    return found


def _bare(text: str) -> str:
    return "".join(text.replace("␍", "").split())


def _known(store: Store, wanted: set[str]) -> dict[str, Known]:
    """What OUT holds about the documents wanted, shard by shard."""
    found = {}
    tables = ("documents", "sentences", "codings", "removals", "edits")
    for paths in zip(*(store.paths(name) for name in tables), strict=True):
        rows = {name: _of(store.read(path, name).to_pylist(), wanted) for name, path in zip(tables, paths, strict=True)}
        for key, (document,) in rows["documents"].items():
            of = {name: grouped.get(key, []) for name, grouped in rows.items()}
            found[key] = Known(
                key, document["text"], sorted(of["sentences"], key=lambda row: row["start"]),
                {guid("coding", row["coding_id"]): row for row in of["codings"]},
                SpanMap(changes_of(of["removals"], of["edits"])),
            )  # fmt: skip
    return found


def _of(rows: Iterable[dict[str, Any]], wanted: set[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["document_id"] in wanted:
            found.setdefault(row["document_id"], []).append(row)
    return found


def _match_codes(project: Project, codebook: Codebook, themes: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """{GUID of the code in the file: (`code`, its key) or (`theme`, theme_id)}"""
    own = {guid("code", key): ("code", key) for key in codebook.codes}
    own |= {guid("theme", row["theme_id"]): ("theme", row["theme_id"]) for row in themes}
    names = {}
    for key, name in code_names(codebook, themes).items():
        if key in codebook.codes:
            names[name.casefold()] = names[key] = ("code", key)
        elif key.startswith("theme:"):
            names[name.casefold()] = ("theme", key.removeprefix("theme:"))
    found = {}
    for code in project.codes:
        target = own.get(code.guid) or names.get(code.name.casefold())
        if target:
            found[code.guid] = target
    return found


def _add(reading: Reading, coding: Coding, project: Project, document: Known | None, target: tuple[str, str] | None, codebook: Codebook) -> None:
    source = project.sources[coding.source]
    quote = source.text[coding.start : coding.end]
    lost = {"source": source.name, "coder": project.users.get(coding.user, "unnamed"), "code": project.name_of(coding.code),
            "start": coding.start, "end": coding.end, "quote": quote, "memo": coding.memo}  # fmt: skip
    if document is None:
        reading.unmatched.append(lost | {"why": "no kept document has this source's GUID, name or text"})
        return
    if target is None:
        reading.unmatched.append(lost | {"why": "the codebook has no such code; add it there and read the file again"})
        return
    span = place(source.text, coding.start, coding.end, legal(document.text))
    if span is None:
        reading.unmatched.append(lost | {"why": "its words do not stand in the document"})
        return
    kind, key = target
    if kind == "theme":
        words = document.text[slice(*span)]
        reading.themes.append({"theme_id": key, "document_id": document.document_id, "start": span[0], "end": span[1],
                               "quote": words, "coder": lost["coder"]})  # fmt: skip
        return
    row = _row(coding, span, key, lost["coder"], document, codebook)
    if any(row["coding_id"] == other["coding_id"] for other in reading.codings):
        reading.unmatched.append(lost | {"why": "the same coder gave the same code to the same words twice"})
    else:
        reading.codings.append(row)


def _row(coding: Coding, span: tuple[int, int], key: str, coder: str, document: Known, codebook: Codebook) -> dict[str, Any]:
    """A row of codings: the one that stands in OUT where it was not touched, a new one otherwise."""
    start, end = span
    old = document.codings.get(coding.guid)
    if old and (old["start"], old["end"], old["code"], old["coder"]) == (start, end, key, coder):
        return old
    facet = key.split(".", 1)[0]
    told = next((m for m in PROVENANCE.finditer(coding.memo) if m["code"] == key), None)
    status = told["status"] if told and told["status"] in codebook.facets[facet].status else codebook.facets[facet].default_status
    sentence = _sentence(document.sentences, start)
    page_start, page_end = document.places.to_page(start, end)
    memo = PROVENANCE.sub("", coding.memo).strip(" ;\n")
    return {
        "coding_id": f"{sentence}:{key}:{start}:{end}:{coder}", "document_id": document.document_id, "sentence_id": sentence,
        "facet": facet, "code": key, "status": status, "start": start, "end": end, "page_start": page_start,
        "page_end": page_end, "quote": document.text[start:end], "score": 1.0,
        "evidence": told["evidence"] if told and coder == MACHINE and told["evidence"] in ("cue", "model", "both") else "human",
        "coder": coder, "needs_review": False, "holder": None, "shift_from": told["from"] if told else None,
        "shift_to": told["to"] if told else None, "paid": None, "phase": None,
        "explanation": memo or f"Given by {coder}.",
    }  # fmt: skip


def _sentence(sentences: list[Mapping[str, Any]] | list[dict[str, Any]], start: int) -> str:
    """The sentence in which a span begins; the nearest one before it where it begins between two."""
    before = [row for row in sentences if row["start"] <= start]
    return str((before or sentences)[-1 if before else 0]["sentence_id"]) if sentences else ""


