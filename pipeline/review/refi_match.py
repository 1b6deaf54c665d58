"""documents and codes of a REFI-QDA file -> those of OUT and of the codebook: by GUID, then by name, then by text."""

from __future__ import annotations

from typing import Any

from pipeline.codebook import Codebook
from pipeline.exchange import code_names, guid, legal, source_names
from pipeline.review.refi_file import Project
from pipeline.store import Store


def match_documents(project: Project, store: Store) -> dict[str, str]:
    """{GUID of the source: document_id}"""
    kept = [
        row
        for row in store.table("documents", ["document_id", "path", "text", "status"]).to_pylist()
        if row["status"] == "kept"
    ]
    names = source_names((row["document_id"], row["path"]) for row in kept)
    by_guid = {guid("document", row["document_id"]): row["document_id"] for row in kept}
    by_name = {name.casefold(): key for key, name in names.items()}
    by_text = {_bare(legal(row["text"])): row["document_id"] for row in kept}
    found = {}
    for source in project.sources.values():
        name = source.name.casefold()
        match = (
            by_guid.get(source.guid)
            or by_name.get(name)
            or by_name.get(name.removesuffix(".txt"))
            or by_text.get(_bare(source.text))
        )
        if match:
            found[source.guid] = match
    return found


def _bare(text: str) -> str:
    return "".join(text.replace("␍", "").split())


def match_codes(project: Project, codebook: Codebook, themes: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
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
