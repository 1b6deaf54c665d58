"""texts, vectors, clusterer -> a BERTopic model: c-TF-IDF, hierarchy, plots and safetensors work on the same themes.

No dimensions are reduced and no encoder is needed. BERTopic numbers its topics by size; `custom_labels_` are ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.themes.graph import Floats

PATTERN = r"(?u)\b\w[\w'’\-]*\b"


def topic_model(cluster_model: Any, vocabulary: Sequence[str] | None = None) -> Any:
    """An unfitted BERTopic around a clusterer; `vocabulary` are the phrases it counts (default: words of the texts)."""
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.feature_extraction.text import CountVectorizer

    from pipeline.themes.phrases import LONGEST

    longest = LONGEST if vocabulary else 2
    stop = None if vocabulary else "english"
    vectorizer = CountVectorizer(
        vocabulary=vocabulary, ngram_range=(1, longest), stop_words=stop, token_pattern=PATTERN
    )
    return BERTopic(
        language="multilingual",  # as English it would strip hyphens and apostrophes, and count words that are not there
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=cluster_model,
        vectorizer_model=vectorizer,
        embedding_model=None,
        calculate_probabilities=False,
        verbose=False,
    )


class Placed:
    """A cluster model that has its labels already: those of the tables."""

    def __init__(self, labels: Sequence[int]):
        self.labels_ = list(labels)

    def fit(self, X: Any, y: Any = None) -> Placed:
        return self

    def predict(self, X: Any) -> list[int]:
        return self.labels_


def fitted_model(
    texts: Sequence[str], vectors: Floats, labels: Sequence[int], names: Mapping[int, str], vocabulary: Sequence[str]
) -> Any:
    """BERTopic fitted on texts with the given groups; `names[group]` labels the topic. None without words."""
    present = counted_words(texts, vocabulary)
    model = topic_model(Placed(labels), present if len(present) > 1 else None)
    try:
        topics, _ = model.fit_transform(list(texts), embeddings=vectors)
    except (ValueError, TypeError):  # an empty or one-word vocabulary: nothing but stop words
        return None
    model.set_topic_labels({topic: names[group] for topic, group in zip(topics, labels, strict=True)})
    return model


def counted_words(texts: Sequence[str], vocabulary: Sequence[str]) -> list[str]:
    """The words of a vocabulary that a vectorizer finds in the texts: c-TF-IDF divides by how often each occurs."""
    from sklearn.feature_extraction.text import CountVectorizer

    from pipeline.themes.phrases import LONGEST

    words = sorted({word.lower() for word in vocabulary})
    if not words:
        return []
    counts = (
        CountVectorizer(vocabulary=words, ngram_range=(1, LONGEST), token_pattern=PATTERN).transform(texts).sum(axis=0)
    )
    return [word for word, count in zip(words, counts.tolist()[0], strict=True) if count]


def save(model: Any, folder: Path) -> None:
    """Write the model as safetensors, whole or not at all. The same model gives the same bytes.

    No encoder is named in it, so that loading fetches nothing; `BERTopic.load(folder, embedding_model=...)` adds one.
    """
    import logging

    from pipeline.store import replace_folder

    beside = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(beside, ignore_errors=True)
    beside.parent.mkdir(parents=True, exist_ok=True)
    log = logging.getLogger("BERTopic")
    level = log.level
    log.setLevel(logging.ERROR)  # it would warn of the missing encoder
    try:
        model.save(beside, serialization="safetensors", save_ctfidf=True, save_embedding_model=False)
    finally:
        log.setLevel(level)
    replace_folder(folder, beside)


def umap_hdbscan(seed: int = 0) -> tuple[Any, Any]:
    """BERTopic's own way, for comparison: UMAP with a fixed seed and HDBSCAN (`themes.method = "hdbscan"`)."""
    from hdbscan import HDBSCAN
    from umap import UMAP

    reduce = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    return reduce, HDBSCAN(min_cluster_size=10, metric="euclidean", cluster_selection_method="eom")
