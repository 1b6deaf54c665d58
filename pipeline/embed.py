"""sentences, passages -> embeddings: one vector of length 1 for each, each distinct sentence encoded once.

A passage's vector is the mean of its sentences' vectors, weighted by their words and scaled to length 1: encoding the
passage again would double the dearest step of the whole flow and does not make better themes (docs/decisions/0005).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline.models import encoder
from pipeline.schemas import TABLES
from pipeline.store import Context, Inputs

if TYPE_CHECKING:
    import numpy as np


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """The embeddings of one shard, sentences first, in the order of their tables."""
    sentences, passages = inputs.rows("sentences"), inputs.rows("passages")
    settings = context.settings.embed
    texts = [" ".join(row["text"].split()) for row in sentences]
    vectors = encode(texts, settings.encoder, settings.batch_size)
    place = {row["sentence_id"]: number for number, row in enumerate(sentences)}
    words = [len(text.split()) for text in texts]
    members = [[place[identity] for identity in row["sentence_ids"]] for row in passages]
    units = [(row["sentence_id"], row["document_id"], "sentence") for row in sentences]
    units += [(row["passage_id"], row["document_id"], "passage") for row in passages]
    return {"embeddings": _table(units, [*vectors, *(mean(vectors, words, part) for part in members)])}


def encode(texts: Sequence[str], model: str, batch_size: int) -> list[np.ndarray]:
    """Vectors of the texts, of length 1: one float32 array each. Equal texts share one.

    Distinct texts are sorted by length, so that a batch holds texts of about one length and little padding.
    """
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    if not distinct:
        return []
    vectors = encoder(model).encode(
        distinct, batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
    )
    place = {text: number for number, text in enumerate(distinct)}
    return [vectors[place[text]] for text in texts]


def mean(vectors: Sequence[np.ndarray], words: Sequence[int], members: Sequence[int]) -> np.ndarray:
    """The mean of some vectors weighted by words, scaled to length 1 (float32)."""
    import numpy as np

    if len(members) == 1:
        return vectors[members[0]]
    weights = np.array([max(1, words[number]) for number in members], np.float32)
    total = weights @ np.stack([vectors[number] for number in members])
    return (total / np.linalg.norm(total)).astype(np.float32)


def _table(units: list[tuple[str, str, str]], vectors: list[np.ndarray]) -> pa.Table:
    ids, documents, kinds = ([unit[place] for unit in units] for place in range(3))
    schema = TABLES["embeddings"].schema
    return pa.table([ids, documents, kinds, pa.array(vectors, schema.field("vector").type)], schema=schema)
