"""sentences, passages -> embeddings, readings: every text encoded once, for themes and for coding.

A passage's vector is the mean of its sentences' (docs/decisions/0005). `readings` hold what the fitted reader sees in
each sentence: how much it speaks for each code, and where in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipeline import encoder, reader
from pipeline.schemas import TABLES

if TYPE_CHECKING:
    from pipeline.store import Context, Inputs

KEPT = -3.0  # codes whose logit is above keep the logits of their word pieces
MOST_KEPT = 16


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """The embeddings of one shard, sentences first, in the order of their tables; the readings of its sentences."""
    sentences, passages = inputs.rows("sentences"), inputs.rows("passages")
    texts = [" ".join(row["text"].split("\n")) for row in sentences]
    distinct = sorted(set(texts))
    half = {
        distinct[number]: encoder.States(s.pieces.astype(np.float16), s.starts, s.ends, s.vector)
        for number, s in encoder.states(distinct, context.models)
    }
    own = [half[text] for text in texts]
    settings = context.settings.embed
    is_ours = settings.encoder == encoder.NAME
    if is_ours:
        vectors = [state.vector for state in own]
    else:
        vectors = list(encoder.vectors_by(settings.encoder, texts, context.models, settings.batch_size))
    place = {row["sentence_id"]: number for number, row in enumerate(sentences)}
    words = [len(text.split()) for text in texts]
    members = [[place[identity] for identity in row["sentence_ids"]] for row in passages]
    units = [(row["sentence_id"], row["document_id"], "sentence") for row in sentences]
    units += [(row["passage_id"], row["document_id"], "passage") for row in passages]
    table = _table(units, [*vectors, *(mean(vectors, words, part) for part in members)])
    return {"embeddings": table, "readings": _readings(sentences, own, context, is_ours)}


def _readings(
    sentences: list[dict[str, Any]], own: list[encoder.States], context: Context, is_ours: bool
) -> list[dict[str, Any]]:
    if not sentences:
        return []
    documents = [row["document_id"] for row in sentences]
    around = reader.surroundings(np.stack([state.vector for state in own]), documents, _headings(sentences, own))
    rows = []
    read = reader.readings(reader.load(context.models), own, around)
    for row, state, (whole, pieces) in zip(sentences, own, read, strict=True):
        order = [int(code) for code in np.argsort(-whole, kind="stable")[:MOST_KEPT] if whole[code] > KEPT]
        rows.append({
            "sentence_id": row["sentence_id"], "document_id": row["document_id"],
            "logits": np.round(whole, 3).tolist(),
            "starts": state.starts.tolist(), "ends": state.ends.tolist(), "codes": order,
            "pieces": [np.round(pieces[:, code], 2).tolist() for code in order],
            "vector": [] if is_ours else state.vector.tolist(),
        })  # fmt: skip
    return rows


def _headings(sentences: list[dict[str, Any]], own: list[encoder.States]) -> np.ndarray:
    """The vector of the heading each sentence stands under; zeros where there is none."""
    known = {
        (row["document_id"], row["text"]): state.vector
        for row, state in zip(sentences, own, strict=True)
        if row["kind"] == "heading"
    }
    blank = np.zeros(encoder.SIZE, np.float32)
    return np.stack([known.get((row["document_id"], row["heading"]), blank) for row in sentences])


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
