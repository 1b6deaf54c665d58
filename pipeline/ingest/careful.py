"""rows of files -> rows of pages, page_blocks, sources, when a former try at them took its process down.

The pages are read in another process, one after another, so that this one lives on. The page under which the other
process ends is tried once more, alone at the head of a new process; if that ends too, the page is set aside with the
reason. Other pages come out as `read.read_files` gives them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from pipeline.ingest import guard
from pipeline.ingest.read import Limits, problem_page, read_page, rows_of, too_slow, unread_pages

ROOT = Path(__file__).resolve().parent.parent.parent
Tables = dict[str, list[dict[str, Any]]]


def read_carefully(raw: Path, files: Sequence[dict[str, Any]], limits: Limits) -> Tables:
    """The tables `pages`, `page_blocks` and `sources` of some rows of `files`, whatever their parsers do."""
    tables: Tables = {"pages": [], "page_blocks": [], "sources": []}
    for file in sorted(files, key=lambda file: (file["path"], file["first_record"])):
        for made in _pages_of(raw, file, limits):
            for table, rows in made.items():
                tables[table] += rows
    return tables


def _pages_of(raw: Path, file: dict[str, Any], limits: Limits) -> Iterator[Tables]:
    done, tries = 0, 0
    while True:
        where, since, first = None, time.monotonic(), done
        with _reader(raw, file, limits, done) as process:
            assert process.stdout is not None
            for line in process.stdout:
                told = json.loads(line)
                if told is None:
                    return
                if "pages" in told:
                    yield told
                    done, where = done + 1, None
                else:
                    where, since = told, time.monotonic()
        is_slow = where is not None and time.monotonic() - since >= limits.seconds
        tries = tries + 1 if done == first else 1
        if tries < 2 and not is_slow:
            continue
        reason = too_slow(limits) if is_slow else _crash(process.returncode)
        if where is None:  # it ended between pages, in telling the records of a dump apart
            place = f"{file['path']}#{file['first_record'] + done}" if file["n_records"] > 1 else file["path"]
            yield rows_of(place, file["sha256"], problem_page(f"the file cannot be read from here on: {reason}"))
            return
        yield rows_of(where["path"], where["sha256"], problem_page(reason))
        done, tries = done + 1, 0


def _reader(raw: Path, file: dict[str, Any], limits: Limits, skip: int) -> subprocess.Popen[str]:
    """A process that tells, a line each, the page it begins and the rows that came of it; null when all are read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.ingest.careful"], cwd=ROOT, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    try:
        with process.stdin as sink:
            json.dump({"raw": os.fspath(raw), "file": file, "limits": asdict(limits), "skip": skip}, sink)
    except BrokenPipeError:  # it ended before it had heard all
        pass
    return process


def _crash(code: int) -> str:
    try:
        how = signal.Signals(-code).name
    except ValueError:
        how = f"exit code {code}"
    return f"its parser crashed ({how})"


def main() -> None:
    """Read what standard input asks for and tell it on standard output."""
    asked = json.load(sys.stdin)
    # A parser that prints must not speak between the lines.
    with open(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as sink:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        guard.be_expendable()
        limits = Limits(**asked["limits"])
        for number, (path, sha256, read) in enumerate(unread_pages(Path(asked["raw"]), asked["file"], limits)):
            if number >= asked["skip"]:
                _tell(sink, {"path": path, "sha256": sha256})
                _tell(sink, rows_of(path, sha256, read_page(read, limits)))
        _tell(sink, None)


def _tell(sink: IO[str], told: Any) -> None:
    json.dump(told, sink)
    sink.write("\n")
    sink.flush()


if __name__ == "__main__":
    main()
