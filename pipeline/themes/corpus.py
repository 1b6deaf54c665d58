"""passages, embeddings -> the distinct passages that themes are fitted on, in an order that no file order changes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoder import vectors_of
from pipeline.store import Inputs, database
from pipeline.themes.graph import Floats, Ints

DISTINCT = """
    select min(passage_id) as first from keys group by key order by sha256(min(passage_id)), first limit $most"""


@dataclass(frozen=True)
class Corpus:
    """Distinct passages by passage_id: `vectors[i]`, `texts[i]`, `documents[i]`, `n_passages` with duplicates.

    `keys[i]` stands for the text, whatever page it is on.
    """

    ids: list[str]
    keys: list[str]
    documents: list[str]
    texts: list[str]
    vectors: Floats
    n_passages: int

    @property
    def document_numbers(self) -> Ints:
        """Documents as numbers, by the alphabet."""
        return np.unique(np.array(self.documents, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64)


def read(inputs: Inputs, most: int) -> Corpus:
    """The distinct passages, at most `most` of them: those whose ids hash lowest. One shard is in memory at a time."""
    n_passages = 0
    with database(inputs.store.out) as base:
        base.execute("create table keys (key blob, passage_id text)")
        for _, part in inputs.parts("passages"):
            n_passages += len(part)
            keys = [key_of(text) for text in part["text"].to_pylist()]
            rows = pa.table({"key": pa.array(keys, pa.binary()), "passage_id": part["passage_id"]})
            base.register("part", rows).execute("insert into keys select * from part").unregister("part")
        found = base.execute(DISTINCT, {"most": most}).fetchall()
    chosen = sorted(name for (name,) in found)
    place = {passage: number for number, passage in enumerate(chosen)}
    texts, documents = [""] * len(chosen), [""] * len(chosen)
    for row in _rows(inputs, "passages", "passage_id", place, ["passage_id", "document_id", "text"]):
        texts[place[row["passage_id"]]], documents[place[row["passage_id"]]] = row["text"], row["document_id"]
    return Corpus(
        chosen, [key_of(text).hex() for text in texts], documents, texts, vectors_by_id(inputs, place), n_passages
    )


def key_of(text: str) -> bytes:
    """What stands for a passage's text, whatever page it is on."""
    return hashlib.blake2b(plain(text).encode(), digest_size=12).digest()


def plain(text: str) -> str:
    """The text as it is compared: lower case, single spaces, no punctuation at the ends."""
    return re.sub(r"\s+", " ", text).strip(" .,;:!?\"'“”‘’").casefold()


def vectors_by_id(inputs: Inputs, place: dict[str, int]) -> Floats:
    """The vectors of the units with the given ids, each in its place."""
    vectors: Any = None
    wanted = pa.array(sorted(place), pa.string())
    for _, part in inputs.parts("embeddings"):
        found = part.filter(pc.is_in(part["unit_id"], wanted))
        if len(found):
            values = vectors_of(found)
            if vectors is None:
                vectors = np.zeros((len(place), values.shape[1]), np.float32)
            vectors[[place[unit] for unit in found["unit_id"].to_pylist()]] = values
    return np.zeros((len(place), 0), np.float32) if vectors is None else vectors


def _rows(inputs: Inputs, table: str, key: str, wanted: dict[str, Any], columns: list[str]) -> Iterator[dict[str, Any]]:
    """Rows of a table whose key is wanted, shard by shard."""
    values = pa.array(sorted(wanted), pa.string())
    for _, part in inputs.parts(table):
        yield from part.select(columns).filter(pc.is_in(part[key], values)).to_pylist()


def sentences_of(inputs: Inputs, passage_ids: list[str]) -> tuple[dict[str, list[dict[str, Any]]], Floats]:
    """The sentences of some passages (each with `row`, its row in the vectors), and their vectors."""
    of = {
        row["passage_id"]: row["sentence_ids"]
        for row in _rows(inputs, "passages", "passage_id", dict.fromkeys(passage_ids), ["passage_id", "sentence_ids"])
    }
    wanted = {name: number for number, name in enumerate(sorted({s for names in of.values() for s in names}))}
    rows = {
        row["sentence_id"]: row
        for row in _rows(inputs, "sentences", "sentence_id", wanted, ["sentence_id", "text", "kind", "speaker"])
    }
    found = {p: [{**rows[s], "row": wanted[s]} for s in of.get(p, []) if s in rows] for p in passage_ids}
    return found, vectors_by_id(inputs, wanted)
