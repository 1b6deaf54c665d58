"""STAGES: name, inputs, outputs, function of every step; what is stale and why; running what is.

A stage is one or more steps. A map step turns one shard of its inputs into one shard of its outputs; a reduce step
sees the whole corpus, streamed shard by shard. A step is fresh for a shard when the hashes of its inputs, of the
settings, codebook and models it uses and of its own code are those of its last run, and its outputs are intact.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import models
from pipeline.schemas import TABLES
from pipeline.store import (
    WHOLE,
    WRITTEN,
    Context,
    Inputs,
    Store,
    file_hash,
    folder_hash,
    json_hash,
    text_hash,
    write_atomically,
)

if TYPE_CHECKING:
    from pipeline.settings import Settings

STAGES = ("ingest", "clean", "segment", "embed", "extract", "cluster", "tabulate", "publish")
ALIASES = {"themes": "cluster"}
ROOT = Path(__file__).resolve().parent.parent
LONG = 1.0  # seconds; to give memory back after a shorter task would cost more than it saves
# What every step's result may depend on besides the code of its own stage.
SHARED_CODE = ("schemas.py", "coordinates.py", "codebook.py", "models.py", "exchange.py", "encoder.py", "reader.py")


@dataclass(frozen=True)
class Step:
    """One step: `function` is `module:name`, called as f(inputs, context) -> {table: rows}.

    A function that writes files in OUT besides its tables names them, relative to OUT, under `store.WRITTEN`.
    """

    name: str
    stage: str
    kind: str  # map | reduce
    doing: str
    function: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    uses_codebook: bool = False
    is_risky: bool = False  # its libraries meet whatever people scraped, and may take their process down
    files: tuple[tuple[str, str], ...] = ()  # (section, key) of settings that name a file the step reads


STEPS = (
    Step("read", "ingest", "map", "reading pages", "pipeline.ingest:run",
         ("files",), ("pages", "page_blocks", "sources"), ("ingest",), is_risky=True),
    Step("profile", "clean", "map", "counting lines", "pipeline.clean:profile",
         ("pages", "page_blocks"), ("line_profile",), ("clean",)),
    Step("repeats", "clean", "reduce", "finding templates", "pipeline.clean:repeats",
         ("line_profile",), ("repeated_lines",), ("clean",)),
    Step("clean", "clean", "map", "cleaning", "pipeline.clean:clean",
         ("pages", "page_blocks", "sources", "repeated_lines"), ("drafts", "blocks", "removals", "edits"),
         ("clean",), ("clean",), uses_codebook=True),
    Step("duplicates", "clean", "reduce", "finding duplicates", "pipeline.clean:duplicates",
         ("drafts",), ("duplicates",), ("clean",)),
    Step("documents", "clean", "map", "writing documents", "pipeline.clean:documents",
         ("drafts", "duplicates"), ("documents",), ("clean",)),
    Step("segment", "segment", "map", "splitting sentences", "pipeline.segment:run",
         ("documents", "blocks", "removals", "edits"), ("sentences", "passages"), ("segment",)),
    Step("embed", "embed", "map", "encoding", "pipeline.embed:run",
         ("sentences", "passages"), ("embeddings", "readings", "embedded"), ("embed",), ("encoder", "graph", "extract")),
    Step("extract", "extract", "map", "coding", "pipeline.extract:run",
         ("sentences", "removals", "edits", "embeddings", "readings", "embedded"), ("codings", "coded"),
         ("extract", "embed"), ("spacy", "extract", "encoder", "graph"), uses_codebook=True),
    Step("cluster", "cluster", "reduce", "finding themes", "pipeline.themes:cluster",
         ("pages", "sentences", "passages", "embeddings"), ("themes", "theme_centroids", "theme_changes", "theme_decisions", "theme_history"),
         ("themes",), ("spacy", "encoder"), files=(("themes", "decisions"),)),
    Step("members", "cluster", "map", "placing passages", "pipeline.themes:members",
         ("passages", "embeddings", "theme_centroids"), ("theme_members",), ("themes",)),
    Step("tabulate", "tabulate", "reduce", "making tables", "pipeline.tabulate:run",
         ("pages", "documents", "removals", "sentences", "passages", "codings", "themes", "theme_members",
          "theme_decisions"),
         ("theme_table", "code_table", "theme_codes", "document_table", "role_shifts", "coders", "runs", "agreement",
          "review_log"),
         ("tabulate",), ("extract",), uses_codebook=True),
    Step("publish", "publish", "reduce", "publishing", "pipeline.publish:run",
         ("pages", "documents", "removals", "edits", "sentences", "passages", "codings", "themes", "theme_centroids",
          "theme_members", "theme_table", "code_table", "theme_codes", "document_table", "role_shifts", "coders", "runs",
          "agreement", "review_log"),
         (), ("publish", "tabulate"), uses_codebook=True),
)  # fmt: skip


def steps_for(stage: str) -> list[Step]:
    """The steps that a stage needs, its own included, in the order in which they run."""
    wanted = [step for step in STEPS if step.stage == stage]
    needed = {step.name for step in wanted}
    tables = {table for step in wanted for table in step.inputs}
    for step in reversed(STEPS):
        if tables & set(step.outputs):
            needed.add(step.name)
            tables |= set(step.inputs)
    return [step for step in STEPS if step.name in needed]


@dataclass
class Plan:
    """What is fresh and what is stale, step by step, for one RAW, OUT, settings and codebook."""

    context: Context
    shards: tuple[str, ...]
    hashes: dict[tuple[str, str], str] = field(default_factory=dict)  # (table, shard) -> hash of its bytes

    @property
    def store(self) -> Store:
        return Store(self.context.out)

    @cached_property
    def _settings(self) -> dict[str, Any]:
        return self.context.settings.model_dump()

    def shards_of(self, step: Step) -> tuple[str, ...]:
        return self.shards if step.kind == "map" else (WHOLE,)

    def ingredients(self, step: Step, shard: str) -> dict[str, Any]:
        """Everything the step's result for a shard depends on, as hashes by kind."""
        settings = self._settings
        inputs = {table: self._input_hash(step, table, shard) for table in step.inputs}
        return {
            "code": code_hash(step.stage),
            "settings": json_hash({section: settings[section] for section in step.settings}),
            "codebook": _file_hash(self.context.codebook_path) if step.uses_codebook else "",
            "files": {key: _file_hash(ROOT / settings[section][key]) for section, key in step.files},
            "models": {name: _model_hash(self.context.models, self.context.settings, name) for name in step.models},
            "inputs": inputs,
        }

    def _input_hash(self, step: Step, table: str, shard: str) -> str:
        if not TABLES[table].is_sharded:
            return self.hashes[table, WHOLE]
        if step.kind == "map":
            return self.hashes[table, shard]
        return json_hash([self.hashes[table, name] for name in self.shards])

    def check(self, step: Step, shard: str) -> tuple[list[str], dict[str, Any]]:
        """Why the step is stale for a shard (nothing when it is fresh), and its ingredients."""
        ingredients = self.ingredients(step, shard)
        record = read_record(self.context.out, step, shard)
        if record is None:
            return ["not done yet"], ingredients
        reasons = list(_differences(record["ingredients"], ingredients))
        if not reasons and not outputs_are_intact(self.context.out, step, shard, record):
            reasons = ["its output is missing or altered"]
        if not reasons:
            self.accept(record)
        return reasons, ingredients

    def accept(self, record: Mapping[str, Any]) -> None:
        for place, (digest, _, _) in record["outputs"].items():
            table, _, shard = place.partition("|")
            self.hashes[table, shard] = digest


def _differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    words = {"code": "the program changed", "settings": "a setting changed", "codebook": "the codebook changed"}
    yield from (text for key, text in words.items() if old[key] != new[key])
    yield from (f"the file of {n} changed" for n in new["files"] if old.get("files", {}).get(n) != new["files"][n])
    yield from (f"the model `{n}` changed" for n in new["models"] if old["models"].get(n) != new["models"][n])
    yield from (f"{n} changed" for n in new["inputs"] if old["inputs"].get(n) != new["inputs"][n])


def record_path(out: Path, step: Step, shard: str) -> Path:
    return out / ".state" / step.name / f"{shard}.json"


def read_record(out: Path, step: Step, shard: str) -> dict[str, Any] | None:
    try:
        return json.loads(record_path(out, step, shard).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def outputs_are_intact(out: Path, step: Step, shard: str, record: Mapping[str, Any]) -> bool:
    """Whether every output stands as it was written: by size and time, or else by its hash."""
    for place, (digest, size, modified) in record["outputs"].items():
        path = _output_path(out, place)
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
        if (status.st_size, status.st_mtime_ns) == (size, modified) and path.is_file():
            continue
        if _any_hash(path) != digest:
            return False
    return True


def _output_path(out: Path, place: str) -> Path:
    table, _, shard = place.partition("|")
    return Store(out).path(table, shard) if table in TABLES else out / table


def _any_hash(path: Path) -> str:
    return folder_hash(path) if path.is_dir() else file_hash(path)


def execute(
    step: Step,
    shard: str,
    shards: tuple[str, ...],
    context: Context,
    ingredients: dict[str, Any],
    is_forced: bool = False,
) -> dict[str, Any]:
    """Run one step on one shard, write its outputs and its record; called in a worker. Returns the record.

    The step may take from its earlier outputs what is still true, unless it `is_forced` to do without.
    """
    module, name = step.function.split(":")
    before = frozenset() if is_forced else _made_before(step, shard, context.out, ingredients)
    inputs = Inputs(Store(context.out), step.inputs, shards, shard, before)
    start = time.monotonic()
    with _attempt(step, shard, context) as context:
        made = getattr(importlib.import_module(module), name)(inputs, context)
        record = _write(step, shard, context, ingredients, made)
    del made
    if time.monotonic() - start > LONG:
        models.give_back()  # or a worker would grow with every shard it has had
    return record


def _made_before(step: Step, shard: str, out: Path, ingredients: dict[str, Any]) -> frozenset[str]:
    """The step's outputs, where they stand as it wrote them and nothing has changed since but its inputs."""
    record = read_record(out, step, shard)
    if step.kind != "map" or record is None or not outputs_are_intact(out, step, shard, record):
        return frozenset()
    same = record["ingredients"] | {"inputs": None} == ingredients | {"inputs": None}
    return frozenset(step.outputs) if same else frozenset()


@contextmanager
def _attempt(step: Step, shard: str, context: Context) -> Iterator[Context]:
    """The context for this attempt. A file stands as long as it lasts: found at the start, the last one ended badly."""
    if not step.is_risky:
        yield context
        return
    sign = record_path(context.out, step, shard).with_suffix(".begun")
    is_careful = sign.exists()
    write_atomically(sign, b"")
    try:
        yield replace(context, is_careful=is_careful)
    finally:
        sign.unlink(missing_ok=True)


def _write(
    step: Step, shard: str, context: Context, ingredients: dict[str, Any], made: Mapping[str, Any]
) -> dict[str, Any]:
    store = Store(context.out)
    outputs: dict[str, list[Any]] = {}
    rows: dict[str, int] = {}
    for table in step.outputs:
        parts = made[table] if isinstance(made[table], dict) else {shard: made[table]}
        for part, data in parts.items():
            digest = store.write(table, data, part)
            outputs[f"{table}|{part}"] = _stamp(store.path(table, part), digest)
            rows[table] = rows.get(table, 0) + len(data)
    for place in made.get(WRITTEN, ()):
        path = context.out / place
        outputs[f"{place}|"] = _stamp(path, _any_hash(path))
    record = {"ingredients": ingredients, "outputs": outputs, "rows": rows}
    write_atomically(record_path(context.out, step, shard), json.dumps(record, sort_keys=True).encode())
    return record


def _stamp(path: Path, digest: str) -> list[Any]:
    status = path.stat()
    return [digest, status.st_size, status.st_mtime_ns]


@lru_cache
def code_hash(stage: str) -> str:
    """Hash of the code a stage runs, of the pinned versions it runs with and of the Python version."""
    package = ROOT / "pipeline"
    own = {"cluster": "themes"}.get(stage, stage)
    code = folder_hash(package / own) if (package / own).is_dir() else file_hash(package / f"{own}.py")
    shared = [file_hash(package / name) for name in SHARED_CODE]
    lock = ROOT / "requirements.lock"
    python = ".".join(map(str, sys.version_info[:2]))
    return text_hash(" ".join([code, *shared, file_hash(lock) if lock.exists() else "", python]))


@lru_cache
def _file_hash(path: Path) -> str:
    return file_hash(path) if path.is_file() else ""


@lru_cache
def _model_hash(folder: Path, settings: Settings, name: str) -> str:
    return models.fingerprint(folder, settings, name)
