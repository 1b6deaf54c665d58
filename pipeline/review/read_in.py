"""a .qdpx or .qdc edited elsewhere -> the human codings in it as JSON lines, and in words what has no place here.

The lines name documents by path and places by words, never by id or offset, so that they live in a repository, survive
a new cleaning of the pages and can be compared line by line.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.codebook import Codebook
from pipeline.review.refi import Reading, read_codebook, read_project
from pipeline.store import Store, write_atomically

LISTED = 20  # codings without a place that are printed one by one
WORDS = 60  # code points of each that are printed


def read_in(path: Path, out: Path, codebook: Codebook, file: Path | None = None) -> str:
    """Read a project or a codebook, write the human codings to `file` if one is named; returns what there is to say.

    UserError where the file is neither, or where OUT has no tables.
    """
    if path.suffix.lower() == ".qdc":
        return _codes(path, codebook)
    reading = read_project(path, out, codebook)
    rows = human(reading, Store(out))
    if file:
        write_atomically(file, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode())
    return "\n".join([*_counts(path, rows, file), *_without_place(reading.unmatched)])


def human(reading: Reading, store: Store) -> list[dict[str, Any]]:
    """The codings by people, in the order of path and place."""
    given = [row for row in reading.codings if row["evidence"] == "human"]
    documents, wanted = {row["document_id"] for row in given}, {row["sentence_id"] for row in given}
    paths: dict[str, str] = {}
    sentences: dict[str, str] = {}
    for part in store.paths("documents"):
        rows = store.read(part, "documents").select(["document_id", "path"]).to_pylist()
        paths |= {row["document_id"]: row["path"] for row in rows if row["document_id"] in documents}
    for part in store.paths("sentences"):
        rows = store.read(part, "sentences").select(["sentence_id", "text"]).to_pylist()
        sentences |= {row["sentence_id"]: row["text"] for row in rows if row["sentence_id"] in wanted}
    given.sort(key=lambda row: (paths[row["document_id"]], row["start"], row["end"], row["code"], row["coder"]))
    return [
        {
            "path": paths[row["document_id"]],
            "sentence": sentences.get(row["sentence_id"], ""),
            "quote": row["quote"],
            "code": row["code"],
            "status": row["status"],
            "coder": row["coder"],
            "memo": row["explanation"],
        }
        for row in given
    ]


def _counts(path: Path, rows: list[dict[str, Any]], file: Path | None) -> list[str]:
    coders = Counter(row["coder"] for row in rows)
    by = ", ".join(f"{name} {count}" for name, count in sorted(coders.items()))
    codings = "human coding" if len(rows) == 1 else "human codings"
    lines = [f"{path}: {len(rows)} {codings}" + (f" ({by})." if by else ".")]
    if file:
        return [*lines, f"Written to {file}."]
    return lines + (["Name a file with --file to keep them."] if rows else [])


def _without_place(rows: list[dict[str, Any]]) -> list[str]:
    """What could not be matched: how much for which reason, then the codings one by one."""
    if not rows:
        return ["Every coding has its place."]
    lines = [f"Without a place here: {len(rows)}."]
    lines += [f"  {count:>6}  {why}" for why, count in Counter(row["why"] for row in rows).most_common()]
    for row in rows[:LISTED]:
        words = " ".join((row["quote"] or "").split())
        cut = words if len(words) <= WORDS else f"{words[: WORDS - 4]} ..."
        lines.append(f"  {row['source']}: {row['code']}" + (f', "{cut}"' if cut else "") + f" ({row['coder'] or '-'})")
    return [*lines, f"  ... and {len(rows) - LISTED} more"] if len(rows) > LISTED else lines


def _codes(path: Path, codebook: Codebook) -> str:
    """Which codes of a codebook file are known here, which are new and which are missing from it."""
    codes = [row for row in read_codebook(path, codebook) if row["is_codable"]]
    new = [row["name"] for row in codes if not row["key"]]
    known = {row["key"] for row in codes if row["key"]}
    missing = [key for key in codebook.codes if key not in known]
    lines = [f"{path}: {len(codes)} codes, {len(known)} of them in the codebook here. A codebook holds no codings."]
    lines += [f"New, to be added to codebook.yaml: {', '.join(new)}."] if new else []
    return "\n".join(lines + ([f"Not in the file: {', '.join(missing)}."] if missing else []))
