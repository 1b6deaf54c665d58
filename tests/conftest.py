"""What several tests share: a small invented corpus, runs of the command line, and the demonstration corpus analysed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.flow import ROOT

SHARED = ROOT.parent / "shared"  # sets of real pages for development; not part of the project
PARAGRAPHS = [
    "Tenants and officers sat on the panel as equal partners and scored the repair bids together, line by line.",
    "Managers were afraid that the press would find a scandal, so nobody signed the form and the pilot stalled.",
    "The nurse became a facilitator: she stopped fixing and began to ask families what a good week would look like.",
    "Training helped, and so did paying people for their evenings; without both, the group would have shrunk again.",
    "Nobody trusted the questionnaire, because the last three had vanished into a drawer at the town hall.",
    "Young people ran the budget meeting, and the councillors, for once, sat at the back and listened.",
]


def pipeline(*arguments: object, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m pipeline ...` as a user runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stderr
    return done


def table_bytes(out: Path) -> dict[str, str]:
    """{file relative to OUT: SHA-256} of all that a run wrote, but for its own records."""
    files = (path for path in out.rglob("*") if path.is_file() and ".state" not in path.parts)
    return {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Six pages of text in two folders."""
    raw = tmp_path / "raw"
    for number, paragraph in enumerate(PARAGRAPHS):
        page = raw / ("notes" if number % 2 else "reports") / f"page{number}.txt"
        page.parent.mkdir(parents=True, exist_ok=True)
        others = [PARAGRAPHS[(number + step) % len(PARAGRAPHS)] for step in (2, 3)]
        page.write_text("\n\n".join([f"Notes of meeting {number}", paragraph, *others]) + "\n", "utf-8")
    return raw


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of a whole run over the demonstration corpus, made once for all tests that only read it."""
    out = tmp_path_factory.mktemp("demonstration")
    pipeline("publish", "--raw", ROOT / "data/raw", "--out", out)
    return out
