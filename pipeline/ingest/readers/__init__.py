"""a file -> its reader: the registry, found from the modules of this folder. A new kind of file is one new module.

A module defines `READER = Reader(name, sniff, read)` for files of one page, or `Reader(name, sniff, split=, page=)`
for dumps of many (see `pipeline.ingest.page`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from pipeline.ingest.page import Reader, ReadError, Record, Sample
from pipeline.ingest.unpack import fault_of


@lru_cache
def registry() -> dict[str, Reader]:
    """Every reader by its name, in order of names."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    readers = [module.READER for module in modules]
    return {reader.name: reader for reader in sorted(readers, key=lambda reader: reader.name)}


def reader_for(sample: Sample) -> Reader | None:
    """The reader that is surest of the sample; None where no reader knows it."""
    scores = {reader.name: reader.sniff(sample) for reader in registry().values()}
    name = max(scores, key=lambda name: (scores[name], name))
    return registry()[name] if scores[name] > 0 else None


def records_of(reader: Reader, stream: BinaryIO) -> Iterator[Record]:
    """The records of a dump; where it is cut short or damaged the last one says so."""
    assert reader.split is not None
    fault = ""
    try:
        yield from reader.split(stream)
    except Exception as problem:  # whatever a damaged dump makes a library raise
        fault = reason_of(problem)
    if fault := fault_of(stream) or fault:
        yield Record(b"", {}, f"the dump cannot be read from here on: {fault}")


def reason_of(problem: BaseException) -> str:
    """A fault as one line for the `reason` column."""
    words = " ".join(str(problem).split())
    told = words if isinstance(problem, ReadError) else f"{type(problem).__name__}: {words}".rstrip(": ")
    return told[:300]
