"""tables on disk: parts and shards, atomic replacement, fingerprints, and what a step sees of them.

OUT/NAME.parquet is a file (a table of the whole corpus) or a folder with one part a shard; internal tables stand in
OUT/work. A table is written to a temporary file beside it and renamed, so there is never half a table.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import UserError
from pipeline.schemas import TABLES, SchemaError, check, to_table

if TYPE_CHECKING:
    import duckdb

    from pipeline.codebook import Codebook
    from pipeline.settings import Settings

WHOLE = "all"  # the one shard of a step, or a table, that covers the whole corpus
WRITTEN = "written"  # under this name a step lists the files and folders of OUT it wrote besides its tables

DATABASE_MEMORY = "1GB"  # whatever the size of the corpus

Rows: TypeAlias = list[dict[str, Any]] | pa.Table


@dataclass(frozen=True)
class Store:
    """The tables of one OUT folder."""

    out: Path

    def path(self, table: str, shard: str = WHOLE) -> Path:
        """Where a table (or one part of it) stands."""
        folder = self.out / "work" if TABLES[table].is_internal else self.out
        whole = folder / f"{table}.parquet"
        return whole / f"part-{shard}.parquet" if TABLES[table].is_sharded else whole

    def paths(self, table: str) -> list[Path]:
        """Every file of a table, in order of shards."""
        whole = self.path(table)
        return sorted(whole.parent.glob("part-*.parquet")) if TABLES[table].is_sharded else [whole]

    def write(self, table: str, rows: Rows, shard: str = WHOLE) -> str:
        """Check and write a table or one part of it, all or nothing; returns the SHA-256 of its bytes."""
        sink = pa.BufferOutputStream()
        pq.write_table(to_table(table, rows), sink, compression="zstd")
        data = sink.getvalue().to_pybytes()
        write_atomically(self.path(table, shard), data)
        return hashlib.sha256(data).hexdigest()

    def read(self, path: Path, table: str, columns: list[str] | None = None) -> pa.Table:
        """One file of a table, checked; UserError where it is missing, cut short or altered."""
        try:
            data = pq.ParquetFile(path).read(columns=columns, use_threads=False)
            return data if columns else check(table, data)
        except FileNotFoundError:
            raise UserError(f"{path}: the table is missing; run the pipeline again") from None
        except (pa.ArrowInvalid, OSError, SchemaError) as problem:
            raise UserError(f"{path}: damaged table ({problem}); delete it and run the pipeline again") from None

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """A whole table in memory: for small tables and for reading results."""
        parts = [self.read(path, name, columns) for path in self.paths(name)]
        return pa.concat_tables(parts) if parts else TABLES[name].schema.empty_table()


@dataclass(frozen=True)
class Inputs:
    """The tables that a step declares as its inputs: of one shard in a map step, of all in a reduce step."""

    store: Store
    names: tuple[str, ...]
    shards: tuple[str, ...]
    shard: str = WHOLE
    made_before: frozenset[str] = frozenset()  # outputs of an earlier run, made by the same code, settings and models

    def earlier(self, name: str) -> pa.Table:
        """What the step itself wrote for this shard in an earlier run; no rows where anything but its inputs differs."""
        if name not in self.made_before:
            return TABLES[name].schema.empty_table()
        return self.store.read(self.store.path(name, self.shard), name)

    def unchanged(self, name: str, hashes: Mapping[str, str]) -> set[str]:
        """Documents that an earlier run took from the same: `hashes` by document are those of its table `name`."""
        before = self.earlier(name)
        known = dict(zip(before["document_id"].to_pylist(), before["input_hash"].to_pylist(), strict=True))
        return {document for document, value in hashes.items() if known.get(document) == value}

    def paths(self, name: str) -> list[Path]:
        """The Parquet files, for DuckDB or for streaming."""
        if name not in self.names:
            raise KeyError(f"{name} is not among the step's declared inputs {self.names}")
        if not TABLES[name].is_sharded:
            return [self.store.path(name)]
        return [self.store.path(name, shard) for shard in (self.shards if self.shard == WHOLE else (self.shard,))]

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """The table as one Arrow table."""
        return pa.concat_tables([self.store.read(path, name, columns) for path in self.paths(name)])

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The table as dicts, in the order in which they were written."""
        return self.table(name).to_pylist()

    def parts(self, name: str) -> Iterator[tuple[str, pa.Table]]:
        """The table shard by shard, so that one shard is in memory at a time."""
        for path in self.paths(name):
            yield path.stem.removeprefix("part-"), self.store.read(path, name)


@dataclass(frozen=True)
class Context:
    """What a step may use besides its tables. Small enough to be sent to a worker."""

    root: Path
    raw: Path
    out: Path
    settings: Settings
    codebook_path: Path
    keeps_themes: bool = False  # --update: the themes of the earlier run stay, new passages are placed in them
    is_careful: bool = False  # a former try at this shard took its process down: trust no library

    @property
    def codebook(self) -> Codebook:
        from pipeline.codebook import load

        return load(self.codebook_path)

    @property
    def models(self) -> Path:
        """The models that ship."""
        return self.root / "models"

    @property
    def artefacts(self) -> Path:
        """Where models fitted on this corpus are written."""
        return self.out / "models"


def by_document(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Rows of a table of spans by their document, in the order in which both come."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["document_id"], []).append(row)
    return found


@contextmanager
def database(out: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB database for one step over the whole corpus: what exceeds its memory goes to disk, in OUT."""
    import duckdb

    spill = out / ".state" / "spill"
    with duckdb.connect(config={"threads": 1, "memory_limit": DATABASE_MEMORY, "temp_directory": str(spill)}) as base:
        yield base


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it, so that a reader sees the old or the new one, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(beside, "wb") as sink:
            sink.write(data)
            sink.flush()
            os.fsync(sink.fileno())
        os.replace(beside, path)
    except OSError as problem:
        with suppress(OSError):  # there may be no such folder
            beside.unlink()
        raise UserError(
            f"{path}: cannot be written ({problem.strerror or problem}); free some space and run again"
        ) from problem


def replace_folder(folder: Path, made: Path) -> None:
    """Put a finished folder in the place of another one."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(made, folder)
    shutil.rmtree(old, ignore_errors=True)


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and bytes of all files of a folder; blank where there is no such folder."""
    if not folder.is_dir():
        return ""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return text_hash("\n".join(f"{path.relative_to(folder).as_posix()} {file_hash(path)}" for path in files))


def content_hash(path: Path) -> str:
    """The hash of a file or of a folder."""
    return folder_hash(path) if path.is_dir() else file_hash(path)


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def json_hash(value: Any) -> str:
    """SHA-256 of a value as canonical JSON."""
    return text_hash(json.dumps(value, sort_keys=True, default=str))
