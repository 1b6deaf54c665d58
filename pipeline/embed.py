"""sentences, passages -> embeddings: one vector of length 1 for each, each distinct text encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from pipeline.models import encoder
from pipeline.store import Context, Inputs


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """The embeddings of one shard, sentences first, in the order of their tables."""
    units = [(row["sentence_id"], row["document_id"], "sentence", row["text"]) for row in inputs.rows("sentences")]
    units += [(row["passage_id"], row["document_id"], "passage", row["text"]) for row in inputs.rows("passages")]
    settings = context.settings.embed
    vectors = encode([unit[3] for unit in units], settings.encoder, settings.batch_size)
    ids, documents, kinds = ([unit[place] for unit in units] for place in range(3))
    return {
        "embeddings": pa.table(
            {"unit_id": ids, "document_id": documents, "unit": kinds, "vector": pa.array(vectors, pa.list_(pa.float32()))},
            schema=pa.schema(
                [("unit_id", pa.string()), ("document_id", pa.string()), ("unit", pa.string()), ("vector", pa.list_(pa.float32()))]
            ),
        )
    }


def encode(texts: Sequence[str], model: str, batch_size: int) -> list[Any]:
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
