"""What is stale and why: for every step and shard, what its result depends on against what its last run was made from.

A step is fresh for a shard when the hashes of its inputs, of the settings, codebook and models it uses and of its own
code are those of its last run, and its outputs are intact.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import models
from pipeline.flow import ROOT, Step
from pipeline.schemas import TABLES
from pipeline.store import WHOLE, Context, Store, content_hash, file_hash, json_hash, text_hash

if TYPE_CHECKING:
    from pipeline.settings import Settings

# What every step's result may depend on besides the code of its own stage.
SHARED_CODE = ("schemas", "coordinates.py", "codebook.py", "models.py", "exchange.py", "encoder.py", "reader.py")


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
        path = output_path(out, place)
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
        if (status.st_size, status.st_mtime_ns) == (size, modified) and path.is_file():
            continue
        if content_hash(path) != digest:
            return False
    return True


def output_path(out: Path, place: str) -> Path:
    """Where an output stands: `TABLE|SHARD`, or a file or folder besides the tables and a bar."""
    table, _, shard = place.partition("|")
    return Store(out).path(table, shard) if table in TABLES else out / table


@lru_cache
def code_hash(stage: str) -> str:
    """Hash of the code a stage runs, of the pinned versions it runs with and of the Python version."""
    package = ROOT / "pipeline"
    own = {"cluster": "themes"}.get(stage, stage)
    code = content_hash(package / own if (package / own).is_dir() else package / f"{own}.py")
    shared = [content_hash(package / name) for name in SHARED_CODE]
    lock = ROOT / "requirements.lock"
    python = ".".join(map(str, sys.version_info[:2]))
    return text_hash(" ".join([code, *shared, file_hash(lock) if lock.exists() else "", python]))


@lru_cache
def _file_hash(path: Path) -> str:
    return file_hash(path) if path.is_file() else ""


@lru_cache
def _model_hash(folder: Path, settings: Settings, name: str) -> str:
    return models.fingerprint(folder, settings, name)
