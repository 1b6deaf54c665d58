"""docs/slurm: the jobs that it sends to SLURM, run by a stand-in for sbatch, end with the tables of any other run."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline.flow import ROOT
from tests.conftest import pipeline, table_bytes

STAGE = "segment"
# Keeps the script (its sender may delete it), starts it at once, and gives its process group as the number of the job.
SBATCH = """#!/bin/bash
cp "$1" "$JOBS/script-$$"
setsid bash "$JOBS/script-$$" "${@:2}" > "$JOBS/log-$$" 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/bash
for job in "$@"; do kill -- "-$job" 2> "$JOBS/cancelled" || true; done
"""


@pytest.fixture
def slurm(tmp_path: Path) -> dict[str, str]:
    """An environment with the stand-ins on PATH, and the folder of jobs in JOBS."""
    for name, text in {"sbatch": SBATCH, "scancel": SCANCEL}.items():
        command = tmp_path / "bin" / name
        command.parent.mkdir(exist_ok=True)
        command.write_text(text, "utf-8")
        command.chmod(0o755)
    (tmp_path / "jobs").mkdir()
    path = os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])
    return {"PATH": path, "JOBS": str(tmp_path / "jobs"), "PYTHON": sys.executable}


@pytest.mark.skipif(not Path("/usr/bin/setsid").exists(), reason="no setsid to start jobs with")
def test_a_run_sent_in_with_sbatch_gives_the_same_tables(corpus, tmp_path, slurm):
    pytest.importorskip("dask_jobqueue", reason="the extra `slurm` is not installed")
    expected, out = tmp_path / "expected", tmp_path / "out"
    pipeline(STAGE, "--raw", corpus, "--out", expected)
    more = ["--stage", STAGE, "--jobs", "1", "--cores", "2", "--memory", "2GB", "--queue", "short"]
    command = ["sbatch", "docs/slurm/submit.sh", str(corpus), str(out), *more]
    sent = subprocess.run(command, cwd=ROOT, env=os.environ | slurm, capture_output=True, text=True, check=True)
    leader = int(sent.stdout.split()[-1])
    until = time.monotonic() + 300
    while Path(f"/proc/{leader}").exists() and time.monotonic() < until:
        time.sleep(0.2)
    with suppress(ProcessLookupError):  # it has ended, unless its time was up
        os.killpg(leader, signal.SIGTERM)
    jobs = Path(slurm["JOBS"])
    logs = "\n".join(path.read_text("utf-8") for path in jobs.glob("log-*"))
    assert "kept 6" in logs, logs
    assert table_bytes(out) == table_bytes(expected)
    scripts = [path.read_text("utf-8") for path in jobs.glob("script-*")]
    worker = next(script for script in scripts if "dask" in script and "--nworkers" in script)
    for line in ("#SBATCH -p short", "#SBATCH --cpus-per-task=2", "#SBATCH --mem=2G", "--nworkers 2", "--nthreads 1"):
        assert line in worker
    assert "'MALLOC_TRIM_THRESHOLD_': None, 'MALLOC_ARENA_MAX': 1" in worker
    assert "WORKER__PROFILE__ENABLED=False" in worker
    assert (jobs / "cancelled").exists()


def test_the_leading_job_is_a_script_that_sbatch_takes():
    script = ROOT / "docs/slurm/submit.sh"
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    head = script.read_text("utf-8").split("set -eu")[0].splitlines()
    assert head[0].startswith("#!")
    assert all(line.startswith("#") for line in head if line)  # SLURM reads no #SBATCH line after the first command
    assert sum(line.startswith("#SBATCH ") for line in head) == 5
