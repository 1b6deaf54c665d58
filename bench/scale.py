"""python -m bench.scale DIR [--times 1 4 16] [--stage segment] [--dask]: how cost grows; writes bench/scale.md.

From a folder of HTML or text pages it makes corpora of 1, 4 and 16 times as many: the sentences of each folder are
dealt anew over its pages and half of the longer words changed for other words of the folder, so that the pages have the
length and furniture of real ones and no two are near-duplicates. Then it runs stage after stage and measures each.
With --dask it runs the largest corpus once more in one run up to the stage, by the local pool and on a Dask cluster of
local processes in turn, and compares their cost and every byte.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.__main__ import measured
from pipeline.flow import ROOT, STAGES
from pipeline.store import Store, file_hash

RESULTS = ROOT / "bench" / "scale.md"
SKIPPED = r"<(?:script|style|head)\b.*?</(?:script|style|head)>|<[^>]*>"
TEXT = re.compile(rf"(?P<markup>{SKIPPED})|(?P<text>[^<]+)", re.S | re.I)
SENTENCE = re.compile(r"[^.!?\n]{30,}[.!?]+")  # shorter ones are menus and interjections, and stay
WORD = re.compile(r"[a-z]{4,}")
KINDS = (".html", ".htm", ".txt", ".md")  # of pages; other files are left out
CHANGED = 0.5  # share of words: with fewer, each phrase recurs with the size of the corpus, which real ones do not do


def varied(pages: Sequence[str], seed: int) -> list[str]:
    """As many pages, with the markup and the lengths of `pages` and their sentences dealt anew."""
    dice = random.Random(seed)
    sentences = [found.group() for page in pages for text in _texts(page) for found in SENTENCE.finditer(text)]
    words = sorted({word for sentence in sentences for word in WORD.findall(sentence)}) or ["word"]
    dice.shuffle(sentences)
    deck = iter(sentences)

    def other_word(found: re.Match[str]) -> str:
        return dice.choice(words) if dice.random() < CHANGED else found.group()

    def other_sentence(_: re.Match[str]) -> str:
        return WORD.sub(other_word, next(deck).strip())

    def other_text(found: re.Match[str]) -> str:
        return found["markup"] or SENTENCE.sub(lambda one: " " + other_sentence(one), found["text"])

    return [TEXT.sub(other_text, page) for page in pages]


def _texts(page: str) -> Iterable[str]:
    return (found["text"] for found in TEXT.finditer(page) if found["text"])


def make_corpus(source: Path, target: Path, times: int, seed: int = 0) -> int:
    """Write `times` as many pages as `source` has, none as it was, so that sizes compare; returns how many."""
    count = 0
    for folder in sorted({path.parent for path in source.rglob("*") if path.is_file()}):
        paths = sorted(path for path in folder.iterdir() if path.suffix in KINDS)
        pages = [path.read_text("utf-8", "replace") for path in paths]
        for copy in range(times):
            place = target / f"copy{copy}" / folder.relative_to(source)
            place.mkdir(parents=True, exist_ok=True)
            for path, text in zip(paths, varied(pages, seed + copy), strict=True):
                (place / path.name).write_text(text, "utf-8")
            count += len(paths)
    return count


def costs(raw: Path, stages: Sequence[str], workers: int) -> dict[str, dict[str, float]]:
    """Cost of each stage on its own, and of a run with nothing to do; and the share of pages kept."""
    found = {}
    with tempfile.TemporaryDirectory() as out:
        for stage in (*stages, stages[-1]):
            name = "nothing to do" if stage in found else stage
            command = [sys.executable, "-m", "pipeline", stage, "--raw", str(raw), "--out", out]
            found[name], _ = measured([*command, "--workers", str(workers)])
        statuses = Counter(Store(Path(out)).table("documents", ["status"])["status"].to_pylist())
    found["kept"] = {"share": statuses["kept"] / max(1, statuses.total())}
    return found


def beside_dask(raw: Path, stage: str, workers: int) -> list[str]:
    """Lines on one run by the local pool and one on Dask: wall, CPU, memory, and whether all bytes are the same."""
    lines, bytes_of = [], {}
    for runner in ("local", "dask"):
        with tempfile.TemporaryDirectory() as out:
            command = [sys.executable, "-m", "pipeline", stage, "--raw", str(raw), "--out", out, "--runner", runner]
            cost, _ = measured([*command, "--workers", str(workers or os.cpu_count())])
            tables = sorted(path for path in Path(out).rglob("*") if path.is_file() and ".state" not in path.parts)
            bytes_of[runner] = {path.relative_to(out).as_posix(): file_hash(path) for path in tables}
        lines.append(f"| {runner} | {cost['wall']:.1f} | {cost['cpu']:.1f} | {cost['memory']:.0f} |")
    same = "the same" if bytes_of["local"] == bytes_of["dask"] else "NOT THE SAME"
    head = ["| one run by | wall s | CPU s | peak MB, all processes |", "|---|---|---|---|"]
    return [
        f"\nUp to `{stage}`, the largest corpus, {len(bytes_of['local'])} files, all bytes {same}:\n",
        *head,
        *lines,
    ]


def report(sizes: dict[int, tuple[int, dict[str, dict[str, float]]]], stages: Sequence[str]) -> str:
    """The table: per stage and size wall, CPU, CPU a page beyond the start, peak memory; then the growth."""
    rows = []
    for stage in (*stages, "nothing to do"):
        for times, (pages, cost) in sizes.items():
            own, start = cost[stage], cost["nothing to do"]
            each = "" if own is start else f"{1000 * max(0.0, own['cpu'] - start['cpu']) / pages:.1f}"
            rows.append(
                f"| {stage} | {times}x | {pages} | {own['wall']:.1f} | {own['cpu']:.1f} | {each} | {own['memory']:.0f} |"
            )
    kept = ", ".join(f"{times}x {cost['kept']['share']:.0%}" for times, (_, cost) in sizes.items())
    return "\n".join(
        [
            "| stage | corpus | pages | wall s | CPU s | CPU ms a page | peak MB, all processes |",
            "|---|---|---|---|---|---|---|",
            *rows,
            f"\nPages kept: {kept}.",
            *_growth(sizes, stages),
        ]
    )


def _growth(sizes: dict[int, tuple[int, dict[str, dict[str, float]]]], stages: Sequence[str]) -> list[str]:
    if len(sizes) < 2:
        return []
    (n_small, small), (n_large, large) = sizes[min(sizes)], sizes[max(sizes)]
    lines = [
        f"\nFrom {min(sizes)}x to {max(sizes)}x, what one more page costs:\n",
        "| stage | CPU ms | pages a core-hour | peak memory |\n|---|---|---|---|",
    ]
    for stage in stages:
        each = max(1e-6, (large[stage]["cpu"] - small[stage]["cpu"]) / (n_large - n_small))
        grown = large[stage]["memory"] / max(1.0, small[stage]["memory"]) - 1
        lines.append(f"| {stage} | {1000 * each:.1f} | {int(3600 / each):,} | {grown:+.0%} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="How cost grows with the corpus.")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "data/raw")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16], help="sizes of the corpora (1 4 16)")
    parser.add_argument("--stage", choices=STAGES, default=STAGES[-1], help="the last stage to run (publish)")
    parser.add_argument("--workers", type=int, default=0, help="worker processes; 0 = one a core")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the table goes (bench/scale.md)")
    parser.add_argument("--dask", action="store_true", help="compare the local pool with Dask on the largest corpus")
    asked = parser.parse_args(arguments)
    stages = STAGES[: STAGES.index(asked.stage) + 1]
    sizes, beside = {}, []
    for times in sorted(asked.times):
        with tempfile.TemporaryDirectory() as raw:
            pages = make_corpus(asked.folder, Path(raw), times, asked.seed)
            sizes[times] = pages, costs(Path(raw), stages, asked.workers)
            if asked.dask and times == max(asked.times):
                beside = beside_dask(Path(raw), asked.stage, asked.workers)
    cores = asked.workers or os.cpu_count()
    intro = f"# How cost grows\n\n`python -m bench.scale` on pages made from `{asked.folder.name}`, {cores} workers.\n"
    text = "\n".join([intro, report(sizes, stages), *beside, ""])
    print(text)
    asked.results.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
