"""RAW -> files: every file below it with its hash and reader, or the reason why it is not read.

Nothing is left out: what is no page (a hidden file, the README, an image), what cannot be opened and what leads out of
RAW has a row with a problem. `ignored: ` begins the problems that are nobody's fault.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.errors import UserError
from pipeline.ingest.kinds import problem_of
from pipeline.ingest.page import ReadError, Sample
from pipeline.ingest.readers import reader_for, records_of
from pipeline.ingest.unpack import HEAD_BYTES, fault_of, open_packed, unpacked

RECORDS_PER_ROW = 1000
IGNORED_NAMES = (  # the first that fits; names of folders count for all that is in them
    (re.compile(r"\._|__MACOSX$|\.DS_Store$|thumbs\.db$|desktop\.ini$|icon\r$", re.I), "left by the system"),
    (re.compile(r"~\$|.*~$|.*\.(?:part|crdownload|tmp)$", re.I), "a temporary file"),
    (re.compile(r"\."), "a hidden file"),
)
README = re.compile(r"readme(?:\.[a-z]{1,8})*$", re.I)


def scan(raw: Path, cache: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the table `files`, sorted by path and first record.

    `cache` (JSON values only) is filled with what was found, by path, size and time of change, and spares the next
    scan the reading; it is emptied when the readers change. Raises UserError where RAW is no folder.
    """
    if not raw.is_dir():
        raise UserError(f"{raw}: no such folder of pages")
    if cache.get("readers") != _readers_version():
        cache.clear()
        cache["readers"] = _readers_version()
    known, found = cache.get("files", {}), {}
    rows: list[dict[str, Any]] = []
    taken: set[str] = set()
    for path, problem in sorted(_walk(os.path.realpath(raw))):
        shown = _shown(path, taken)
        if not problem:
            stamp = _stamp(raw, path)
            entry = known.get(shown)
            if entry is None or entry["stamp"] != stamp:
                entry = {"stamp": stamp, **_look(raw, shown)}
            found[shown] = entry
        else:
            entry = {"sha256": "", "reader": "", "n_records": 1, "problem": problem}
        rows.extend(_rows(shown, entry))
    cache["files"] = found
    return sorted(rows, key=lambda row: (row["path"], row["first_record"]))


def _walk(root: str, folder: str = "", ignored: str = "") -> Iterator[tuple[str, str]]:
    """Path below `root` of every file and what speaks against reading it, if anything."""
    try:
        entries = sorted(os.scandir(Path(root, folder)), key=lambda entry: entry.name)
    except OSError as problem:
        yield folder, f"folder cannot be opened: {problem.strerror}"
        return
    for entry in entries:
        path = f"{folder}/{entry.name}" if folder else entry.name
        reason = ignored or _name_problem(entry.name, is_top=not folder)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path, reason)
        else:
            yield path, reason or _entry_problem(root, entry)


def _name_problem(name: str, is_top: bool) -> str:
    if is_top and README.match(name):
        return "ignored: the README of the folder"
    return next((f"ignored: {what}" for pattern, what in IGNORED_NAMES if pattern.match(name)), "")


def _entry_problem(root: str, entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        try:
            target = Path(os.path.realpath(entry.path, strict=True))
        except OSError:
            return "a broken link"
        if not target.is_relative_to(root):
            return "a link that leads out of RAW: not followed"
        if target.is_dir():
            return "ignored: a link to a folder of RAW, which is read in its own place"
    try:
        mode = entry.stat().st_mode
    except OSError as problem:
        return f"cannot be opened: {problem.strerror}"
    return "" if stat.S_ISREG(mode) else "not a regular file (a pipe, socket or device): not opened"


def _shown(path: str, taken: set[str]) -> str:
    """The path as the tables have it: bytes that are no UTF-8 as `\\xNN`, and no two files alike."""
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    while shown in taken:
        shown += "\\"
    taken.add(shown)
    return shown


def _stamp(raw: Path, path: str) -> list[int]:
    try:
        status = (raw / path).stat()
    except OSError:
        return [-1, -1]
    return [status.st_size, status.st_mtime_ns]


def _look(raw: Path, path: str) -> dict[str, Any]:
    """What a file's content says: hash, reader, number of records, problem."""
    entry: dict[str, Any] = {"sha256": "", "reader": "", "n_records": 1, "problem": ""}
    try:
        with open_packed(raw, path) as packed:
            entry["sha256"] = hashlib.file_digest(packed, "sha256").hexdigest()
        entry |= _sniff(raw, path)
    except ReadError as problem:
        entry["problem"] = str(problem)
    except OSError as problem:
        entry["problem"] = f"cannot be read: {problem.strerror or problem}"
    return entry


def _sniff(raw: Path, path: str) -> dict[str, Any]:
    opener = partial(_opened, raw, path)
    with opener() as source:
        head, fault = source.read(HEAD_BYTES), fault_of(source)
    sample = Sample(head, path.rsplit("/", 1)[-1].lower().removesuffix(".gz"), opener)
    reader = reader_for(sample)
    if fault and (reader is None or reader.split is None):
        return {"problem": fault}
    problem = problem_of(sample) if reader is None or reader.name == "text" else ""
    if reader is None or problem:
        return {"problem": problem or "not a page: no reader knows it"}
    if reader.split is None:
        return {"reader": reader.name}
    with opener() as source:
        return {"reader": reader.name, "n_records": sum(1 for _ in records_of(reader, source))}


def _opened(raw: Path, path: str) -> BinaryIO:
    return unpacked(open_packed(raw, path))


def _rows(path: str, entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One row, or for a dump one for each thousand records."""
    row = {"path": path, "sha256": entry["sha256"], "reader": entry["reader"], "problem": entry["problem"]}
    for first in range(0, max(1, entry["n_records"]), RECORDS_PER_ROW):
        yield {**row, "first_record": first, "n_records": min(RECORDS_PER_ROW, entry["n_records"] - first)}


@lru_cache
def _readers_version() -> str:
    """Hash of this stage's code: what one version of it found, another might find otherwise."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
