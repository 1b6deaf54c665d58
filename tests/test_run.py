"""Freshness, faults and runners: nothing is recomputed without need, a killed run goes on, every way gives one result."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from pipeline.flow import ROOT
from pipeline.run import shard_count
from tests.conftest import pipeline, table_bytes

STAGE = "segment"  # far enough for every kind of step; later stages add time, not cases


def records(out):
    return list((out / ".state").glob("*/*.json"))


@pytest.fixture
def expected(corpus, tmp_path):
    """What an undisturbed run writes."""
    out = tmp_path / "expected"
    pipeline(STAGE, "--raw", corpus, "--out", out, "--workers", 1)
    return table_bytes(out)


def test_workers_and_file_order_do_not_change_a_byte(corpus, expected, tmp_path):
    copy = tmp_path / "copy"
    for page in sorted(corpus.rglob("*.txt"), reverse=True):
        (copy / page.relative_to(corpus)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page, copy / page.relative_to(corpus))
    out = tmp_path / "three"
    pipeline(STAGE, "--raw", copy, "--out", out, "--workers", 3, PYTHONHASHSEED="7")
    assert table_bytes(out) == expected


@pytest.mark.parametrize("after", [0, 2, 5, 9, 14])
def test_a_run_killed_at_any_point_goes_on_and_ends_the_same(corpus, expected, tmp_path, after):
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "pipeline", STAGE, "--raw", str(corpus), "--out", str(out), "--workers", "2"]
    process = subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and len(records(out)) < after:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    pipeline(STAGE, "--raw", corpus, "--out", out, "--workers", 2)
    assert table_bytes(out) == expected


def test_a_second_run_recomputes_nothing(corpus, tmp_path):
    out = tmp_path / "out"
    pipeline(STAGE, "--raw", corpus, "--out", out)
    before = {path: path.stat().st_mtime_ns for path in [*out.rglob("*.parquet"), *records(out)]}
    again = pipeline(STAGE, "--raw", corpus, "--out", out)
    assert "no stage was recomputed" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert all(
        line.split()[-1] == "fresh"
        for line in _status(corpus, out)
        if line.split()[0] in ("ingest", "clean", "segment")
    )


def _status(raw, out):
    return pipeline("status", "--raw", raw, "--out", out).stdout.splitlines()


def test_one_changed_page_recomputes_its_shard_alone(corpus, tmp_path):
    out = tmp_path / "out"
    pipeline(STAGE, "--raw", corpus, "--out", out)
    before = {path.relative_to(out).as_posix(): path.stat().st_mtime_ns for path in records(out)}
    page = corpus / "notes" / "page1.txt"
    page.write_text(
        page.read_text("utf-8") + "\nOne more thing was said about trust at the end of the evening.\n", "utf-8"
    )
    stale = [line for line in _status(corpus, out) if line.startswith("ingest")]
    assert "1 of 4 to do: files changed" in stale[0]
    pipeline(STAGE, "--raw", corpus, "--out", out)
    again = [name for name, at in before.items() if (out / name).stat().st_mtime_ns != at]
    by_step = {step: sum(name.startswith(f".state/{step}/") for name in again) for step in ("read", "clean", "segment")}
    assert by_step == {"read": 1, "clean": 1, "segment": 1}


def test_a_page_that_goes_leaves_no_trace(corpus, tmp_path):
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    pipeline(STAGE, "--raw", corpus, "--out", out)
    (corpus / "notes" / "page3.txt").unlink()
    pipeline(STAGE, "--raw", corpus, "--out", out)
    pipeline(STAGE, "--raw", corpus, "--out", fresh)
    assert table_bytes(out) == table_bytes(fresh)


def test_a_table_cut_short_is_made_again(corpus, expected, tmp_path):
    out = tmp_path / "out"
    pipeline(STAGE, "--raw", corpus, "--out", out)
    part = sorted((out / "documents.parquet").iterdir())[0]
    part.write_bytes(part.read_bytes()[:100])
    pipeline(STAGE, "--raw", corpus, "--out", out)
    assert table_bytes(out) == expected


def test_force_recomputes_and_gives_the_same(corpus, expected, tmp_path):
    out = tmp_path / "out"
    pipeline(STAGE, "--raw", corpus, "--out", out)
    assert "Done: read, profile" in pipeline(STAGE, "--raw", corpus, "--out", out, "--force").stdout
    assert table_bytes(out) == expected


def test_dask_gives_the_same_bytes(corpus, expected, tmp_path):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    out = tmp_path / "dask"
    pipeline(STAGE, "--raw", corpus, "--out", out, "--runner", "dask", "--workers", 2)
    assert table_bytes(out) == expected


def test_a_second_run_in_the_same_folder_says_so_and_stops(corpus, tmp_path):
    fcntl = pytest.importorskip("fcntl", reason="no file locks on this system")
    out = tmp_path / "out"
    (out / ".state").mkdir(parents=True)
    with open(out / ".state" / "lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = pipeline(STAGE, "--raw", corpus, "--out", out, check=False)
    assert refused.returncode == 2
    assert "another run is at work there" in refused.stderr


BAD_RUNS = [
    (["ingest", "--raw", "{tmp}/nowhere"], "no such folder of pages"),
    (["ingest", "--raw", "{tmp}/none"], "holds no files"),
    (["ingest", "--raw", "{tmp}/blank"], "nothing readable in 1 files (blank.txt: "),
    (["ingest", "--raw", "{tmp}/raw", "--out", "{tmp}/raw/out"], "OUT lies inside RAW"),
    (["ingest", "--raw", "{tmp}/raw", "--settings", "{tmp}/none.toml"], "no such settings file"),
    (["ingest", "--raw", "{tmp}/raw", "--codebook", "{tmp}/none.yaml"], "no such codebook"),
    (["ingest", "--raw", "{tmp}/raw", "--runner", "dusk"], "no runner `dusk`; did you mean `dask`?"),
    (["verify", "{tmp}/none"], "no tables there"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_RUNS, ids=[message for _, message in BAD_RUNS])
def test_what_the_user_can_mend_is_one_line_and_exit_code_2(corpus, tmp_path, arguments, message):
    (tmp_path / "none").mkdir()
    (tmp_path / "blank").mkdir()
    (tmp_path / "blank" / "blank.txt").write_text(" \n", "utf-8")
    filled = [argument.format(tmp=tmp_path) for argument in arguments]
    if filled[0] != "verify" and "--out" not in filled:
        filled += ["--out", str(tmp_path / "out")]
    done = pipeline(*filled, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_standard_error_is_quiet_in_a_pipe(corpus, tmp_path):
    done = pipeline(STAGE, "--raw", corpus, "--out", tmp_path / "out")
    assert done.stderr == ""
    assert "Pages: 6, of which read 6; kept 6." in done.stdout


def test_the_records_say_what_was_used(corpus, tmp_path):
    out = tmp_path / "out"
    pipeline("ingest", "--raw", corpus, "--out", out)
    record = json.loads(records(out)[0].read_text("utf-8"))
    assert set(record["ingredients"]) == {"code", "settings", "codebook", "files", "models", "inputs"}


@pytest.mark.parametrize(
    ("documents", "shards"), [(0, 4), (30, 4), (60, 8), (122, 16), (5000, 32), (10**6, 4096), (10**9, 65536)]
)
def test_shards_grow_with_the_corpus(documents, shards):
    assert shard_count(documents) == shards
