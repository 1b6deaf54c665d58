"""Faults at scale: pages that crash, hang or bloat a parser, killed workers, full disks; nothing lost, same bytes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.flow import ROOT
from tests.conftest import pipeline, table_bytes

STAGE = "segment"
# Python runs a module of this name when it starts, so that it reaches worker processes too.
HOOK = "sitecustomize.py"
# A text page that begins with one of these words does it to its reader.
BAD_READER = """
import ctypes, itertools, os
from dataclasses import replace
import pipeline.ingest.readers.text as text

def hoard(found):
    while True:
        found.append(bytearray(20_000_000))

def read(data, path, ours=text.READER.read):
    if data.startswith(b"LEAVE"):
        os._exit(3)
    if data.startswith(b"CRASH"):
        ctypes.string_at(0)
    if data.startswith(b"SLEEP"):
        while True:
            pass
    if data.startswith(b"STICK"):  # in C, with the interpreter locked: no signal is heard
        sum(itertools.repeat(1, 10**13))
    if data.startswith(b"HOARD"):
        hoard([])
    return ours(data, path)

text.READER = replace(text.READER, read=read)
"""
SECONDS = "seconds_per_page = 4\nmegabytes_per_page = 300\n"
SLOW = "not read within 4 s (see ingest.seconds_per_page in settings.toml)"
REASONS = {
    "LEAVE": "its parser crashed (exit code 3)",
    "CRASH": "its parser crashed (SIGSEGV)",
    "SLEEP": SLOW,
    "STICK": SLOW,
    "HOARD": "not read within 300 MB (see ingest.megabytes_per_page in settings.toml)",
}


def hooked(folder: Path, code: str) -> dict[str, str]:
    """The environment in which every Python process runs some code first."""
    folder.mkdir()
    (folder / HOOK).write_text(code, "utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}


@pytest.fixture
def expected(corpus, tmp_path):
    """What an undisturbed run writes."""
    out = tmp_path / "expected"
    pipeline(STAGE, "--raw", corpus, "--out", out, "--workers", 1)
    return table_bytes(out)


def pages_of(out):
    rows = [row for part in sorted((out / "pages.parquet").iterdir()) for row in pq.read_table(part).to_pylist()]
    return {row["path"]: row for row in rows}


WAYS = {
    "one process": ["--workers", "1"],
    "pool": ["--workers", "2"],
    "dask": ["--runner", "dask", "--workers", "2"],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_takes_its_reader_down_is_set_aside(corpus, tmp_path, way):
    if way == "dask":
        pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    settings, out = tmp_path / "settings.toml", tmp_path / "out"
    settings.write_text(f"[ingest]\n{SECONDS}", "utf-8")
    for word in REASONS:
        (corpus / f"{word.lower()}.txt").write_text(
            f"{word} the panel met twice and wrote down what it found.\n", "utf-8"
        )
    arguments = ["ingest", "--raw", corpus, "--settings", settings]
    done = pipeline(*arguments, "--out", out, *WAYS[way], **hooked(tmp_path / "hook", BAD_READER))
    assert "Pages: 11, of which read 6." in done.stdout
    pages = pages_of(out)
    assert {word: pages[f"{word.lower()}.txt"]["reason"] for word in REASONS} == REASONS
    assert {pages[f"{word.lower()}.txt"]["status"] for word in REASONS} == {"unreadable"}
    good = tmp_path / "good"
    pipeline(*arguments, "--out", good)
    kept = {path: row for path, row in pages_of(good).items() if "/" in path}
    assert kept == {path: row for path, row in pages.items() if "/" in path}


def test_the_ordinary_way_starts_no_process_for_a_page(corpus, tmp_path):
    started = tmp_path / "started"
    code = f"import os\nopen({str(started)!r}, 'a').write(str(os.getpid()) + '\\n')\n"
    pipeline("ingest", "--raw", corpus, "--out", tmp_path / "out", "--workers", 1, **hooked(tmp_path / "hook", code))
    # the run, its one worker, and the process in which `multiprocessing` keeps its books
    assert len(started.read_text("utf-8").split()) <= 3


def workers_of(process):
    """Process ids of the pool's workers of a run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == process and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except (OSError, ValueError, IndexError):
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to find workers in")
@pytest.mark.parametrize("after", [0, 3, 8])
def test_a_worker_killed_mid_run_changes_nothing(corpus, expected, tmp_path, after):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pipeline", STAGE, "--raw", str(corpus), "--out", str(out), "--workers", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    killed = 0
    while process.poll() is None and not killed:
        if len(list((out / ".state").glob("*/*.json"))) >= after:
            for worker in workers_of(process.pid)[:1]:
                os.kill(worker, signal.SIGKILL)
                killed = worker
        time.sleep(0.002)
    printed, problems = process.communicate()
    assert killed
    assert process.returncode == 0, problems
    assert "kept 6" in printed
    assert table_bytes(out) == expected


FULL = """
import errno, os
written, fsync = [], os.fsync

def full(number):
    written.append(number)
    if len(written) > {after}:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    fsync(number)

os.fsync = full
"""


@pytest.mark.parametrize(("after", "workers"), [(0, 1), (7, 1), (40, 1), (3, 2)])
def test_a_full_disk_is_one_line_and_the_next_run_goes_on(corpus, expected, tmp_path, after, workers):
    out = tmp_path / "out"
    arguments = [STAGE, "--raw", corpus, "--out", out, "--workers", workers]
    failed = pipeline(*arguments, check=False, **hooked(tmp_path / "hook", FULL.format(after=after)))
    assert failed.returncode == 2
    assert "cannot be written (No space left on device); free some space and run again" in failed.stderr
    assert failed.stderr.count("\n") == 1
    assert not list(out.rglob("*.tmp"))
    pipeline(*arguments)
    assert table_bytes(out) == expected


def test_a_disk_that_is_really_full(corpus, expected, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(small)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk may be mounted here")
    try:
        failed = pipeline(STAGE, "--raw", corpus, "--out", small / "out", check=False)
        assert (failed.returncode, failed.stderr.count("\n")) == (2, 1), failed.stderr
        assert "No space left on device" in failed.stderr
        subprocess.run(["mount", "-o", "remount,size=50m", str(small)], check=True)
        pipeline(STAGE, "--raw", corpus, "--out", small / "out")
        assert table_bytes(small / "out") == expected
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_of_two_runs_in_one_folder_the_second_stops_and_the_first_is_not_disturbed(corpus, expected, tmp_path):
    pytest.importorskip("fcntl", reason="no file locks on this system")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pipeline", STAGE, "--raw", str(corpus), "--out", str(out)]
    first = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while first.poll() is None and not list((out / ".state").glob("*/*")):
        time.sleep(0.002)
    os.kill(first.pid, signal.SIGSTOP)  # so that it is still at work when the second comes
    second = pipeline(STAGE, "--raw", corpus, "--out", out, check=False)
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait() == 0, first.communicate()[1]
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert "another run is at work there" in second.stderr
    assert table_bytes(out) == expected


@pytest.mark.parametrize("table", ["pages", "work/page_blocks", "work/duplicates", "sentences"])
def test_a_table_cut_short_is_noticed_and_made_again(corpus, expected, tmp_path, table):
    out = tmp_path / "out"
    pipeline(STAGE, "--raw", corpus, "--out", out)
    part = max((out / f"{table}.parquet").iterdir(), key=lambda path: path.stat().st_size)
    part.write_bytes(part.read_bytes()[:-20])
    assert "its output is missing or altered" in pipeline("status", "--raw", corpus, "--out", out).stdout
    pipeline(STAGE, "--raw", corpus, "--out", out)
    assert table_bytes(out) == expected
