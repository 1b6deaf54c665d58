#!/bin/bash
# The job that leads a run, on one core: `sbatch docs/slurm/submit.sh RAW OUT [more for run.py, such as --jobs 32]`,
# from the project's folder. It asks SLURM for the jobs of the workers itself. Send it in again to go on after an end.
#SBATCH --job-name=coproduction
#SBATCH --cpus-per-task=1
#SBATCH --mem=8G
#SBATCH --time=48:00:00
#SBATCH --output=coproduction-%j.log
set -eu
raw=$1 out=$2
shift 2
exec "${PYTHON:-.venv/bin/python}" docs/slurm/run.py --raw "$raw" --out "$out" "$@"
