"""One step on one shard: run its function, write its outputs and the record of what they were made from."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import models
from pipeline.flow import Step
from pipeline.freshness import outputs_are_intact, read_record, record_path
from pipeline.store import WRITTEN, Context, Inputs, Store, content_hash, write_atomically

LONG = 1.0  # seconds; to give memory back after a shorter task would cost more than it saves


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
        outputs[f"{place}|"] = _stamp(path, content_hash(path))
    record = {"ingredients": ingredients, "outputs": outputs, "rows": rows}
    write_atomically(record_path(context.out, step, shard), json.dumps(record, sort_keys=True).encode())
    return record


def _stamp(path: Path, digest: str) -> list[Any]:
    status = path.stat()
    return [digest, status.st_size, status.st_mtime_ns]
