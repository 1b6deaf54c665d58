"""sentences, passages -> embeddings, readings: every text encoded once, for themes and for coding.

Documents that an earlier run encoded in the same way are taken from there (table `embedded`). A text's vector does not
depend on the texts beside it, nor its reading on other documents, so the tables are those of a run from the start.

A passage's vector is the mean of its sentences' (docs/decisions/0005). `readings` hold what the fitted reader sees in
each sentence: how much it speaks for each code, and where in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import encoder, reader
from pipeline.schemas import TABLES, to_table
from pipeline.store import by_document, json_hash

if TYPE_CHECKING:
    from pipeline.store import Context, Inputs

KEPT = -3.0  # codes whose logit is above keep the logits of their word pieces
MOST_KEPT = 16
AT_ONCE = 500  # sentences whose states are in memory together, about: a document's are never parted
SEEN = ("sentence_id", "text", "kind", "heading")  # of a sentence: all that its vector and readings depend on

Sentences = list[dict[str, Any]]


@dataclass(frozen=True)
class Encoded:
    """One document: vectors (sentences x size) and rows of `readings`."""

    vectors: encoder.Floats
    readings: pa.Table

    def hash(self) -> str:
        """What coding may rest on: equal for equal vectors and readings."""
        digest = hashlib.sha256(self.vectors.tobytes())
        for column in self.readings.drop_columns(["sentence_id", "document_id"]).combine_chunks().columns:
            digest.update(str(pc.list_value_length(column).to_pylist()).encode())
            flat = pc.list_flatten(column)
            flat = pc.list_flatten(flat) if pa.types.is_list(flat.type) else flat
            digest.update(flat.to_numpy().tobytes())
        return digest.hexdigest()


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """The embeddings of one shard, sentences first, in the order of their tables; the readings of its sentences."""
    sentences, passages = inputs.rows("sentences"), inputs.rows("passages")
    documents = by_document(sentences)
    hashes = {name: json_hash([[row[c] for c in SEEN] for row in rows]) for name, rows in documents.items()}
    same = inputs.unchanged("embedded", hashes)
    known = _earlier(inputs, {name: documents[name] for name in sorted(same)})
    for some in _some({name: len(rows) for name, rows in documents.items() if name not in same}):
        known |= _encoded({name: documents[name] for name in some}, context)
    vectors = [vector for name in documents for vector in known[name].vectors]
    place = {row["sentence_id"]: number for number, row in enumerate(sentences)}
    words = [len(row["text"].split()) for row in sentences]
    members = [[place[identity] for identity in row["sentence_ids"]] for row in passages]
    units = [(row["sentence_id"], row["document_id"], "sentence") for row in sentences]
    units += [(row["passage_id"], row["document_id"], "passage") for row in passages]
    no_readings = TABLES["readings"].schema.empty_table()
    return {
        "embeddings": _table(units, [*vectors, *(mean(vectors, words, part) for part in members)]),
        "readings": pa.concat_tables([no_readings, *(known[name].readings for name in documents)]).combine_chunks(),
        "embedded": [
            {"document_id": name, "input_hash": value, "output_hash": known[name].hash()}
            for name, value in hashes.items()
        ],
    }


def _earlier(inputs: Inputs, documents: Mapping[str, Sentences]) -> dict[str, Encoded]:
    """Documents as an earlier run encoded them."""
    readings, embeddings = inputs.earlier("readings"), inputs.earlier("embeddings")
    vectors = dict(zip(embeddings["unit_id"].to_pylist(), encoder.vectors_of(embeddings), strict=True))
    return {
        name: Encoded(
            np.stack([vectors[row["sentence_id"]] for row in rows]),
            readings.filter(pc.equal(readings["document_id"], name)).combine_chunks(),
        )
        for name, rows in documents.items()
    }


def _some(lengths: Mapping[str, int]) -> Iterator[list[str]]:
    """Documents in lots of about AT_ONCE sentences."""
    some: list[str] = []
    count = 0
    for name, length in lengths.items():
        if some and count + length > AT_ONCE:
            yield some
            some, count = [], 0
        some.append(name)
        count += length
    if some:
        yield some


def _encoded(documents: Mapping[str, Sentences], context: Context) -> dict[str, Encoded]:
    """Some documents, encoded together."""
    sentences = [row for rows in documents.values() for row in rows]
    texts = [" ".join(row["text"].split("\n")) for row in sentences]
    distinct = sorted(set(texts))
    half = {
        distinct[number]: encoder.States(s.pieces.astype(np.float16), s.starts, s.ends, s.vector)
        for number, s in encoder.states(distinct, context.models)
    }
    own = [half[text] for text in texts]
    settings = context.settings.embed
    is_ours = settings.encoder == encoder.NAME
    found = {}
    start = 0
    for name, rows in documents.items():
        here = slice(start, start + len(rows))
        # Another encoder's vectors may depend on the texts beside them: a document's are made by themselves.
        vectors = (
            np.stack([state.vector for state in own[here]])
            if is_ours
            else encoder.vectors_by(settings.encoder, texts[here], context.models, settings.batch_size)
        )
        # Last digits of a product of matrices may depend on how many rows there are: a document is read by itself.
        found[name] = Encoded(vectors, to_table("readings", _readings(rows, own[here], context, is_ours)))
        start += len(rows)
    return found


def _readings(
    sentences: Sentences, own: Sequence[encoder.States], context: Context, is_ours: bool
) -> list[dict[str, Any]]:
    """Rows of `readings` of one document."""
    documents = [row["document_id"] for row in sentences]
    around = reader.surroundings(np.stack([state.vector for state in own]), documents, _headings(sentences, own))
    rows = []
    read = reader.readings(reader.load(context.models), own, around, context.models)
    for row, state, (whole, pieces) in zip(sentences, own, read, strict=True):
        order = [int(code) for code in np.argsort(-whole, kind="stable")[:MOST_KEPT] if whole[code] > KEPT]
        rows.append({
            "sentence_id": row["sentence_id"], "document_id": row["document_id"],
            "logits": np.round(whole, 3), "starts": state.starts, "ends": state.ends, "codes": order,
            "pieces": [np.round(pieces[:, code], 2) for code in order],
            "vector": [] if is_ours else state.vector,
        })  # fmt: skip
    return rows


def _headings(sentences: Sentences, own: Sequence[encoder.States]) -> np.ndarray:
    """The vector of the heading each sentence of a document stands under; zeros where there is none."""
    known = {row["text"]: state.vector for row, state in zip(sentences, own, strict=True) if row["kind"] == "heading"}
    blank = np.zeros(encoder.SIZE, np.float32)
    return np.stack([known.get(row["heading"], blank) for row in sentences])


def mean(vectors: Sequence[np.ndarray], words: Sequence[int], members: Sequence[int]) -> np.ndarray:
    """The mean of some vectors weighted by words, scaled to length 1 (float32)."""
    if len(members) == 1:
        return vectors[members[0]]
    weights = np.array([max(1, words[number]) for number in members], np.float32)
    total = weights @ np.stack([vectors[number] for number in members])
    return (total / np.linalg.norm(total)).astype(np.float32)


def _table(units: list[tuple[str, str, str]], vectors: list[np.ndarray]) -> pa.Table:
    ids, documents, kinds = ([unit[place] for unit in units] for place in range(3))
    schema = TABLES["embeddings"].schema
    return pa.table([ids, documents, kinds, pa.array(vectors, schema.field("vector").type)], schema=schema)
