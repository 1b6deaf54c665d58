"""python -m bench [DIR]: the rival and this pipeline in turn on the same pages; prints the table and writes results.md.

Both read the HTML and text pages of DIR (the demonstration corpus unless named), which is all the rival can. Ours runs
twice: stage by stage, each starting anew, for the rows; and in one run, as people do, for the ratios. Machines are
noisy: read the ratios, which come from one session, and not the seconds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb

from bench.rival import pages as rival_pages
from pipeline.flow import ROOT, STAGES

RESULTS = ROOT / "bench" / "results.md"
GOLD = ROOT.parent / "shared" / "gold"  # human codings for development, where they stand beside the project


def measured(command: list[str]) -> tuple[dict[str, float], str]:
    """Wall and CPU seconds and peak memory (MB, all processes of the command together) of a command, and its output."""
    peak, done = 0.0, threading.Event()
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.1):
            peak = max(peak, memory(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    output = process.stdout.read() if process.stdout else ""
    _, code, used = os.wait4(process.pid, 0)
    done.set()
    watcher.join()
    if code:
        sys.exit(f"error: {' '.join(command)} failed")
    return {"wall": time.perf_counter() - start, "cpu": used.ru_utime + used.ru_stime, "memory": peak}, output


def memory(group: int) -> float:
    """Megabytes in use by a process group, shared pages counted once (proportional set size)."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[2]) != group:
                continue
            lines = (folder / "smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, ValueError, IndexError, StopIteration):
            continue
    return total / 1024


def reached(out: Path) -> list[str]:
    """How many units reach each step: what is encoded once, what is parsed, what is clustered."""
    base = duckdb.connect()

    def count(what: str, table: str) -> int:
        path = out / f"{table}.parquet"
        row = base.execute(f"select count({what}) from read_parquet(?)", [str(path / "*" if path.is_dir() else path)])
        return int(row.fetchall()[0][0])

    counts = [
        ("pages read", count("*", "pages")),
        ("documents kept", count("case when status = 'kept' then 1 end", "documents")),
        ("sentences", count("*", "sentences")),
        (
            "sentences distinct in their document, tagged and encoded",
            count("distinct (document_id, text)", "sentences"),
        ),
        ("sentences with a code, parsed", count("distinct sentence_id", "codings")),
        ("codings", count("*", "codings")),
        ("passages, clustered by the mean of their sentences' vectors", count("*", "passages")),
    ]
    return ["| unit | how many |", "|---|---|", *(f"| {name} | {number:,} |" for name, number in counts)]


def held_out_f1() -> float:
    """F1 of our codings on real sentences, each by models that saw nothing of its document (from `make models`)."""
    figures = json.loads((ROOT / "models" / "extract" / "figures.json").read_text("utf-8"))
    return float(figures["codes, gold"]["all"])


def main(source: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for path in rival_pages(source):
            copy = Path(folder) / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        text = compared(Path(folder))
    print(text)
    RESULTS.write_text(text, "utf-8")


def compared(folder: Path) -> str:
    """The report on both, as Markdown."""
    gold = [str(GOLD)] if GOLD.is_dir() else []
    rival, output = measured([sys.executable, "-m", "bench.rival", str(folder), *gold])
    found = json.loads(output.strip().splitlines()[-1])
    own_f1 = found["found"].pop("f1", None)
    # Its steps alone: scoring its codings is no part of its work.
    rival |= {name: sum(cost[name] for cost in found["costs"].values()) for name in ("wall", "cpu")}
    rows = [f"| rival: {name} | {cost['wall']:.1f} | {cost['cpu']:.1f} | |" for name, cost in found["costs"].items()]
    with tempfile.TemporaryDirectory() as out:
        for stage in STAGES:
            cost, _ = measured([sys.executable, "-m", "pipeline", stage, "--raw", str(folder), "--out", out])
            rows.append(f"| ours: {stage} | {cost['wall']:.1f} | {cost['cpu']:.1f} | {cost['memory']:.0f} |")
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "pipeline", STAGES[-1], "--raw", str(folder), "--out", out]
        whole, _ = measured(command)
        again, _ = measured(command)
        units = reached(Path(out))
        with rival_pages(folder)[0].open("a", encoding="utf-8") as page:
            page.write("<p>Tenants and officers wrote the new rules together, and both sides signed them.</p>\n")
        changed, _ = measured(command)
    totals = {
        "rival": rival, "ours, in one run": whole, "ours, run again": again, "ours, one page changed": changed,
    }  # fmt: skip
    rows += [f"| **{name}** | {c['wall']:.1f} | {c['cpu']:.1f} | {c['memory']:.0f} |" for name, c in totals.items()]
    ratios = ", ".join(f"{name} {rival[name] / whole[name]:.2f}" for name in rival)
    counts = ", ".join(
        f"{name} {value:.2g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in found["found"].items()
    )
    lines = [
        "# What a run costs\n",
        f"`make bench` on {found['found']['pages']} pages ({os.cpu_count()} cores). Rival: {counts}.\n",
        "| step | wall s | CPU s | peak MB |\n|---|---|---|---|",
        *rows,
        f"\nRival over ours: {ratios}.\n",
        *units,
    ]
    if own_f1 is not None:
        lines.append(f"\nCodings of real sentences, F1: rival {own_f1:.3f}, ours {held_out_f1():.3f} (held out).")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data/raw")
