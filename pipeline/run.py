"""RAW + settings + codebook -> tables in OUT: runs every stale step up to a stage, or says what is stale and why."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipeline import settings as settings_file
from pipeline.errors import UserError, nearest
from pipeline.execution import execute
from pipeline.flow import ALIASES, ROOT, STAGES, Step, steps_for
from pipeline.freshness import Plan
from pipeline.runners import Runner, dask, local, one_thread
from pipeline.schemas import TABLES
from pipeline.store import WHOLE, Context, json_hash, write_atomically

# Documents a shard holds on average: few enough that a changed page costs little, enough that a shard is worth a task.
SHARD_DOCUMENTS = 16
FEW_SHARDS = 32  # up to so many, shards hold half as many: in a small corpus one of them is a large part of the work
SHARDS_MIN, SHARDS_MAX = 4, 65536
LARGE = 4096  # documents; above it shards grow with the corpus
SMALL = 8  # documents; up to it one process is quicker than starting others


@dataclass(frozen=True)
class Options:
    """What the command line gives."""

    raw: Path
    out: Path
    settings: Path = ROOT / "settings.toml"
    codebook: Path = ROOT / "codebook.yaml"
    workers: int = 0
    runner: str = "local"
    scheduler: str | None = None
    force: bool = False
    update: bool = False  # keep the themes of the earlier run


def run(stage: str, options: Options) -> list[tuple[str, int]]:
    """Run every stale step up to a stage. Returns (step, number of shards recomputed) for each step."""
    stage = ALIASES.get(stage, stage)
    if stage not in STAGES:
        raise UserError(f"no stage `{stage}`{nearest(stage, STAGES)}")
    if options.update and STAGES.index(stage) < STAGES.index("cluster"):
        raise UserError(f"--update keeps themes, and `{stage}` makes none: use it with cluster, tabulate or publish")
    one_thread()
    context = make_context(options)
    with only_run_in(options.out):
        plan, parts = scan(context)
        prune(plan)
        write_files(plan, parts)
        done = []
        with _runner(options, plan, sum(map(len, parts.values()))) as runner:
            for step in steps_for(stage):
                done.append((step.name, _run_step(step, plan, runner, options.force)))
                if step.name == "read":
                    _require_something_readable(plan)
        return done


def make_context(options: Options) -> Context:
    """Check folders, settings and codebook; UserError says what is wrong."""
    raw, out = options.raw.resolve(), options.out.resolve()
    if not raw.is_dir():
        raise UserError(f"{options.raw}: no such folder of pages; name one with --raw (or RAW= for make)")
    if out == raw or out.is_relative_to(raw):
        raise UserError(
            f"{options.out}: OUT lies inside RAW, so its tables would be read as pages; choose another --out"
        )
    if out.exists() and not out.is_dir():
        raise UserError(f"{options.out}: is a file; name a folder with --out")
    if not options.codebook.is_file():
        raise UserError(f"{options.codebook}: no such codebook")
    settings = settings_file.load(options.settings)
    return Context(ROOT, raw, out, settings, options.codebook.resolve(), options.update)


@contextmanager
def only_run_in(out: Path) -> Iterator[None]:
    """Hold OUT for this run; a second run in the same OUT says so and stops."""
    try:
        (out / ".state").mkdir(parents=True, exist_ok=True)
        lock = open(out / ".state" / "lock", "w")  # noqa: SIM115 - held until the end of the run
    except OSError as problem:
        raise UserError(f"{out}: cannot be written ({problem.strerror})") from None
    with lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # not on this system: two runs in one OUT are then the user's to avoid
            pass
        except OSError:
            raise UserError(f"{out}: another run is at work there; wait for it or choose another --out") from None
        yield


def scan(context: Context) -> tuple[Plan, dict[str, list[dict[str, Any]]]]:
    """Look through RAW and spread its files over shards: the plan, and the rows of the table `files` by shard."""
    from pipeline.ingest.scan import scan as scan_files

    cache_path = context.out / ".state" / "files.json"
    cache = _read_json(cache_path)
    before = json.dumps(cache, sort_keys=True)
    rows = scan_files(context.raw, cache)
    after = json.dumps(cache, sort_keys=True)
    if after != before and cache_path.parent.is_dir():
        write_atomically(cache_path, after.encode())
    if not rows:
        raise UserError(f"{context.raw}: holds no files; put pages there (html, txt, md, pdf, docx, warc, jsonl, csv)")
    return _spread(context, rows)


def _spread(context: Context, rows: list[dict[str, Any]]) -> tuple[Plan, dict[str, list[dict[str, Any]]]]:
    count = shard_count(sum(row["n_records"] for row in rows))
    width = max(4, len(str(count - 1)))
    shards = tuple(f"{number:0{width}}" for number in range(count))
    parts: dict[str, list[dict[str, Any]]] = {shard: [] for shard in shards}
    for row in sorted(rows, key=lambda row: (row["path"], row["first_record"])):
        # By path, not by content: a page that changes stays in its shard, so one shard is recomputed, not two.
        place = sha256(f"{row['path']}#{row['first_record']}".encode()).digest()
        parts[shards[int.from_bytes(place[:8], "big") % count]].append(row)
    plan = Plan(context, shards)
    for shard, part in parts.items():
        plan.hashes["files", shard] = json_hash(part)
    return plan, parts


def write_files(plan: Plan, parts: dict[str, list[dict[str, Any]]]) -> None:
    """Write the parts of the table `files` that changed."""
    stamps = plan.context.out / ".state" / "parts.json"
    hashes = {shard: plan.hashes["files", shard] for shard in plan.shards}
    known = _read_json(stamps)
    for shard, part in parts.items():
        if known.get(shard) != hashes[shard] or not plan.store.path("files", shard).exists():
            plan.store.write("files", part, shard)
    if known != hashes:
        write_atomically(stamps, json.dumps(hashes, sort_keys=True).encode())


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def shard_count(documents: int) -> int:
    """Number of shards for a corpus: a power of two, so that it seldom changes as the corpus grows.

    >>> [shard_count(n) for n in (0, 5, 122, 1000, 1_000_000, 100_000_000)]
    [4, 4, 16, 64, 4096, 65536]
    """
    per_shard = SHARD_DOCUMENTS if documents <= LARGE else SHARD_DOCUMENTS * 16
    wanted = max(1, documents // per_shard, min(FEW_SHARDS, documents * 2 // SHARD_DOCUMENTS))
    return min(SHARDS_MAX, max(SHARDS_MIN, 1 << (wanted - 1).bit_length()))


def prune(plan: Plan) -> None:
    """Delete parts and records of shards that are no more, and what a killed run left half-written."""
    keep = {f"part-{shard}.parquet" for shard in plan.shards}
    out = plan.context.out
    for table in TABLES.values():
        folder = plan.store.path(table.name).parent
        if table.is_sharded and folder.is_dir() and folder.suffix == ".parquet":
            for path in folder.iterdir():
                if path.name not in keep:
                    path.unlink()
    for folder in (out, out / "work"):
        for path in folder.glob(".*.tmp"):
            path.unlink()
    for record in (out / ".state").glob("*/*"):
        if record.stem not in plan.shards and record.stem != WHOLE:
            record.unlink()


@contextmanager
def _runner(options: Options, plan: Plan, n_files: int) -> Iterator[Runner]:
    if options.runner == "dask":
        with dask(options.scheduler, options.workers or 2) as runner:
            yield runner
    elif options.runner == "local":
        workers = options.workers or (1 if n_files <= SMALL else min(os.cpu_count() or 1, len(plan.shards)))
        with local(workers) as runner:
            yield runner
    else:
        raise UserError(f"no runner `{options.runner}`{nearest(options.runner, ('local', 'dask'))}")


def _run_step(step: Step, plan: Plan, runner: Runner, force: bool) -> int:
    stale = []
    for shard in plan.shards_of(step):
        reasons, ingredients = plan.check(step, shard)
        if reasons or force:
            stale.append((shard, ingredients))
    if not stale:
        return 0
    from tqdm import tqdm

    if step.uses_codebook:
        _ = plan.context.codebook  # a broken codebook is told here, once, not in a worker
    # A task travels to its worker, so a map step is not told the names of all shards, of which there may be thousands.
    tasks = [
        (execute, (step, shard, plan.shards if step.kind == "reduce" else (shard,), plan.context, ingredients, force))
        for shard, ingredients in stale
    ]
    # disable=None: shown on a terminal, quiet in a pipe.
    with tqdm(total=len(tasks), desc=f"{step.stage:<9}{step.doing:<20}", unit="part", disable=None) as bar:
        rows: dict[str, int] = {}
        for _, record in runner(tasks, step.is_risky):
            plan.accept(record)
            for table, count in record["rows"].items():
                rows[table] = rows.get(table, 0) + count
            bar.set_postfix_str(", ".join(f"{count} {table}" for table, count in list(rows.items())[:1]), refresh=False)
            bar.update()
    return len(tasks)


def _require_something_readable(plan: Plan) -> None:
    n_pages, first = 0, ""
    for path in plan.store.paths("pages"):
        for page in plan.store.read(path, "pages", ["status", "reason", "path"]).to_pylist():
            if page["status"] == "read":
                return
            n_pages += 1
            if page["status"] != "ignored":
                first = first or f" ({page['path']}: {page['reason']})"
    raise UserError(f"{plan.context.raw}: nothing readable in {n_pages} files{first}")


def status(options: Options) -> list[tuple[str, str, int, int, str]]:
    """(stage, step, stale shards, shards, why) for every step; changes nothing."""
    plan, _ = scan(make_context(options))
    told: list[tuple[str, str, int, int, str]] = []
    unsure: set[tuple[str, str]] = set()  # (table, shard) that will be made again
    for step in steps_for("publish"):
        why: dict[str, int] = {}
        for shard in plan.shards_of(step):
            seen = plan.shards if step.kind == "reduce" else (shard,)
            waits = [table for table in step.inputs if any((table, part) in unsure for part in (*seen, WHOLE))]
            reasons = [f"{waits[0]} will be made again"] if waits else plan.check(step, shard)[0]
            for reason in reasons[:1]:
                why[reason] = why.get(reason, 0) + 1
                unsure |= {
                    (table, part)
                    for table in step.outputs
                    for part in (*seen, WHOLE)[: len(seen) + (step.kind == "reduce")]
                }
        told.append((step.stage, step.name, sum(why.values()), len(plan.shards_of(step)), "; ".join(why)))
    return told
