"""texts, vectors, clusterer -> a BERTopic model: c-TF-IDF, hierarchy, plots and safetensors work on the same themes.

No dimensions are reduced and no encoder is needed. BERTopic numbers its topics by size; `custom_labels_` are our labels.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.themes.graph import Floats

ENCODER = "sentence-transformers/all-MiniLM-L6-v2"  # what a loaded model would encode new texts with


def topic_model(cluster_model: Any, vocabulary: Sequence[str] | None = None) -> Any:
    """An unfitted BERTopic around a clusterer; `vocabulary` are the phrases it counts (default: words of the texts)."""
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.feature_extraction.text import CountVectorizer

    from pipeline.themes.phrases import LONGEST

    longest = LONGEST if vocabulary else 2
    stop = None if vocabulary else "english"
    pattern = r"(?u)\b\w[\w'’\-]*\b"
    vectorizer = CountVectorizer(vocabulary=vocabulary, ngram_range=(1, longest), stop_words=stop, token_pattern=pattern)
    return BERTopic(
        umap_model=BaseDimensionalityReduction(), hdbscan_model=cluster_model, vectorizer_model=vectorizer,
        embedding_model=None, calculate_probabilities=False, verbose=False,
    )  # fmt: skip


class Placed:
    """A cluster model that has its labels already: those of the tables."""

    def __init__(self, labels: Sequence[int]):
        self.labels_ = list(labels)

    def fit(self, X: Any, y: Any = None) -> Placed:
        return self

    def predict(self, X: Any) -> list[int]:
        return self.labels_


def fitted_model(texts: Sequence[str], vectors: Floats, labels: Sequence[int], names: Mapping[int, str], vocabulary: Sequence[str]) -> Any:
    """BERTopic fitted on texts with the given groups; `names[group]` becomes the topic's label. None where no text has a word."""
    model = topic_model(Placed(labels), sorted(set(vocabulary)) or None)
    try:
        topics, _ = model.fit_transform(list(texts), embeddings=vectors)
    except ValueError:  # an empty vocabulary: nothing but stop words
        return None
    model.set_topic_labels({topic: names[group] for topic, group in zip(topics, labels, strict=True)})
    return model


def save(model: Any, folder: Path) -> None:
    """Write the model as safetensors, whole or not at all. The same model gives the same bytes."""
    beside = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(beside, ignore_errors=True)
    beside.parent.mkdir(parents=True, exist_ok=True)
    model.save(beside, serialization="safetensors", save_ctfidf=True, save_embedding_model=ENCODER)
    from pipeline.store import replace_folder

    replace_folder(folder, beside)


def umap_hdbscan(seed: int = 0) -> tuple[Any, Any]:
    """BERTopic's own way, for comparison: UMAP with a fixed seed and HDBSCAN (`themes.method = "hdbscan"`)."""
    from hdbscan import HDBSCAN
    from umap import UMAP

    reduce = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    return reduce, HDBSCAN(min_cluster_size=10, metric="euclidean", cluster_selection_method="eom")
