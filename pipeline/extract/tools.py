"""models folder, codebook -> what coding needs besides the sentences, read once a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.extract import classifier, cues, token_features
from pipeline.extract.classifier import Entries, Model
from pipeline.extract.cues import Node
from pipeline.extract.views import Matrix
from pipeline.models import fitted

if TYPE_CHECKING:
    from pipeline.codebook import Codebook


@dataclass(frozen=True)
class Tools:
    """The fitted model, the codebook, its entries as numbers, its cues as a trie, weights of spans by facet."""

    model: Model
    codebook: Codebook
    entries: Entries
    trie: Node
    span_weights: Mapping[str, NDArray[np.float64]]


@lru_cache(maxsize=1)
def load(models: Path, codebook_path: Path) -> Tools:
    """The tools for a codebook."""
    from pipeline import codebook as books
    from pipeline.encoder import encode, release

    model, codebook = classifier.load(fitted(models, "extract")), books.load(codebook_path)

    def vector_of(texts: list[str]) -> Matrix:
        new = sorted({text for text in texts if text not in model.examples})
        vectors = model.examples | dict(zip(new, encode(new, models), strict=True))
        return np.stack([vectors[text] for text in texts]).astype(np.float32)

    entries = classifier.entries(codebook.codes, vector_of)
    release()  # also what a worker holds from `embed`: coding itself encodes nothing
    trie = cues.build(cues.codebook_cues(codebook.codes))
    weights = {facet: token_features.weights_of(model.numbers["spans"].get(facet, {})) for facet in codebook.facets}
    return Tools(model, codebook, entries, trie, weights)
