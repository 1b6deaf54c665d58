"""Analyse a folder of pages with workers on a SLURM cluster: python docs/slurm/run.py --raw DIR --out DIR --jobs 32.

Asks SLURM for a fixed number of jobs, each with some worker processes of one core, and runs the pipeline on them. RAW,
OUT and the project stand on a disk that every node sees. Needs `pip install .[slurm]`. A run that SLURM ends is sent in
again and goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import dask
from dask_jobqueue import SLURMCluster

from pipeline.errors import UserError
from pipeline.run import Options, run
from pipeline.summary import summary

# As `pipeline.runners.dask` has it for local workers: MALLOC_TRIM_THRESHOLD_ stays unset, one arena, no profiler.
PROLOGUE = [
    """export DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON="{'MALLOC_TRIM_THRESHOLD_': None, 'MALLOC_ARENA_MAX': 1}\"""",
    "export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False",
]


def main() -> None:
    parser = argparse.ArgumentParser(description="Analyse a folder of pages with workers on a SLURM cluster.")
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--stage", default="publish")
    parser.add_argument("--jobs", type=int, default=4, help="SLURM jobs")
    parser.add_argument("--cores", type=int, default=16, help="cores, and worker processes, of a job")
    parser.add_argument("--memory", default="64GB", help="memory of a job: 4 GB a core")
    parser.add_argument("--walltime", default="24:00:00")
    parser.add_argument("--queue", help="partition")
    parser.add_argument("--account")
    asked = parser.parse_args()
    # A page that takes its worker down is read again with care: a few deaths are no reason to give a task up.
    dask.config.set({"distributed.scheduler.allowed-failures": 8})
    with SLURMCluster(
        cores=asked.cores, processes=asked.cores, memory=asked.memory, walltime=asked.walltime, queue=asked.queue,
        account=asked.account, python=sys.executable, job_script_prologue=PROLOGUE,
        scheduler_options={"dashboard_address": None},
    ) as cluster:  # fmt: skip
        cluster.scale(jobs=asked.jobs)  # not adapt(): workers that come and go take what they have read with them
        options = Options(asked.raw, asked.out, runner="dask", scheduler=cluster.scheduler_address)
        try:
            done = run(asked.stage, options)
        except UserError as problem:
            sys.exit(f"error: {problem}")
    print(summary(asked.out, asked.stage, done))


if __name__ == "__main__":
    main()
