"""texts, vectors, groups, names -> the themes as a folder that `BERTopic.load` opens: c-TF-IDF, hierarchy, plots.

The files are those of BERTopic's `save(serialization="safetensors")` (Grootendorst 2022, arXiv 2203.05794), written
without BERTopic, whose import takes longer than all other work on a small corpus; a test compares them with a model
that BERTopic fitted and saved. Topics are numbered by size; `custom_labels_` are ours. No encoder is named in it, so
that loading fetches nothing; `BERTopic.load(folder, embedding_model=...)` adds one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.themes.graph import Floats
from pipeline.themes.phrases import beginnings, runs

PATTERN = r"(?u)\b\w[\w'’\-]*\b"
TOP_WORDS = 10
MOST_WORDS = 10_000  # where no phrases are given
# As English, BERTopic would strip hyphens and apostrophes, and count words that are not there.
CONFIG = {
    "calculate_probabilities": False, "language": "multilingual", "low_memory": False, "min_topic_size": 10,
    "n_gram_range": [1, 1], "nr_topics": None, "seed_topic_list": None, "top_n_words": TOP_WORDS, "verbose": False,
    "zeroshot_min_similarity": 0.7, "zeroshot_topic_list": None,
}  # fmt: skip
# Parameters of the vectorizer that are not JSON and that BERTopic leaves out.
NOT_SAVED = ("tokenizer", "preprocessor", "dtype")


def save(
    texts: Sequence[str],
    vectors: Floats,
    labels: Sequence[int],
    names: Mapping[int, str],
    vocabulary: Sequence[str],
    folder: Path,
) -> None:
    """Write the folder, whole or not at all; the same themes give the same bytes. None stays where no word counts.

    `labels` are the groups of the texts, `names[group]` is what a group is called, `vocabulary` are phrases to count.
    """
    from safetensors.numpy import save_file
    from scipy.sparse import csr_matrix

    from pipeline.store import replace_folder

    groups = np.asarray(labels)
    sizes = np.bincount(groups)
    order = [int(group) for group in np.argsort(-sizes, kind="stable") if sizes[group]]
    number = {group: topic for topic, group in enumerate(order)}
    joined = [" ".join(text for text, group in zip(texts, labels, strict=True) if group == one) for one in order]
    vectorizer, words, counts = _counted([text.replace("\n", " ").replace("\t", " ") for text in joined], vocabulary)
    if not words:
        shutil.rmtree(folder, ignore_errors=True)
        return
    inverse = idf(counts)
    weights = csr_matrix(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) * inverse)
    top = [_top(words, row) for row in weights.toarray()]
    topics = {
        "topic_representations": {str(topic): pairs for topic, pairs in enumerate(top)},
        "topics": [number[int(group)] for group in groups],
        "topic_sizes": {str(topic): int(sizes[group]) for topic, group in enumerate(order)},
        "topic_mapper": [[group, group, number[group]] for group in sorted(order)],
        "topic_labels": {
            str(topic): "_".join([str(topic), *(word for word, _ in pairs[:4])]) for topic, pairs in enumerate(top)
        },
        "custom_labels": [names[group] for group in order],
        "_outliers": 0,
        "topic_aspects": {},
    }
    params = {name: value for name, value in vectorizer.get_params().items() if name not in NOT_SAVED}
    counting = {
        "ctfidf_model": {"bm25_weighting": False, "reduce_frequent_words": False},
        "vectorizer_model": {"params": params, "vocab": {word: place for place, word in enumerate(words)}},
    }
    beside = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    for name, content in (("config", CONFIG), ("topics", topics), ("ctfidf_config", counting)):
        (beside / f"{name}.json").write_text(json.dumps(content, indent=2), "utf-8")
    arrays = {"indptr": weights.indptr, "indices": weights.indices, "data": weights.data,
              "shape": np.array(weights.shape), "diag": inverse}  # fmt: skip
    save_file(arrays, beside / "ctfidf.safetensors")
    centres = np.stack([vectors[groups == group].mean(axis=0) for group in order])
    save_file({"topic_embeddings": centres}, beside / "topic_embeddings.safetensors")
    replace_folder(folder, beside)


def _counted(texts: Sequence[str], vocabulary: Sequence[str]) -> tuple[Any, list[str], NDArray[np.float64]]:
    """A vectorizer, the words it finds in the texts, and how often each text holds each (texts x words).

    It counts the vocabulary, or all words but stop words where that says next to nothing.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    known = sorted({word.lower() for word in vocabulary})
    if known:
        keys = [tuple(word.split()) for word in known]
        made = CountVectorizer(vocabulary=known, ngram_range=(1, max(map(len, keys))), token_pattern=PATTERN)
        prepare, tokens, begin = made.build_preprocessor(), made.build_tokenizer(), beginnings(keys)

        def analyse(text: str) -> list[str]:
            """What the vectorizer's own analysis gives, less the runs of words that no entry begins."""
            return [" ".join(run) for run in runs(tokens(prepare(text)), begin)]

        counts = CountVectorizer(vocabulary=known, analyzer=analyse).transform(texts).toarray()
        used = np.flatnonzero(counts.sum(axis=0))
        if len(used) > 1:
            words = [known[place] for place in used]
            return made.set_params(vocabulary=words), words, counts[:, used].astype(float)
    made = CountVectorizer(ngram_range=(1, 2), stop_words="english", token_pattern=PATTERN, max_features=MOST_WORDS)
    try:
        counts = made.fit_transform(texts).toarray()
    except ValueError:  # nothing but stop words
        return made, [], np.zeros((len(texts), 0))
    return made, made.get_feature_names_out().tolist(), counts.astype(float)


def idf(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """How rare each word is, of a (topics, words) matrix of counts: as BERTopic's c-TF-IDF has it by default."""
    return np.asarray(np.log(1 + int(counts.sum(axis=1).mean()) / counts.sum(axis=0)))


def _top(words: Sequence[str], weights: NDArray[np.float64]) -> list[tuple[str, float]]:
    """The words that weigh most, heaviest first; BERTopic fills up with empty ones."""
    best = [int(place) for place in np.argsort(-weights, kind="stable")[:TOP_WORDS] if weights[place] > 0]
    pairs = [(words[place], float(weights[place])) for place in best]
    return pairs + [("", 1e-05)] * (TOP_WORDS - len(pairs))
