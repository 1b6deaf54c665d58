"""The saved themes are what BERTopic itself would have fitted and saved from the same groups."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy.sparse import csr_matrix

from pipeline.themes.topic_model import PATTERN, save

SUBJECTS = (
    ("care homes", "Relatives visit the care homes on Sunday. Care homes share one kitchen."),
    ("repair cafe", "The repair café mends don't-throw-away toasters;\nvolunteers at the repair café mend radios."),
    ("bus routes", "Bus routes were drawn with passengers. Two bus routes run at night."),
)
LABELS = [0] * 9 + [1] * 7 + [2] * 12
NAMES = {0: "Care homes", 1: "Repair cafés", 2: "Bus routes"}
VOCABULARY = ["care homes", "repair café", "Bus routes", "don't-throw-away", "volunteers", "passengers", "not there"]


@pytest.fixture
def passages():
    texts = [f"{SUBJECTS[label][1]} It was day {number}." for number, label in enumerate(LABELS)]
    vectors = np.random.default_rng(0).normal(size=(len(texts), 8)).astype(np.float32)
    return texts, vectors


def reference(texts, vectors, vocabulary):
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.feature_extraction.text import CountVectorizer

    class Placed:
        labels_ = LABELS

        def fit(self, X, y=None):
            return self

    return BERTopic(
        language="multilingual",
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=Placed(),
        vectorizer_model=CountVectorizer(vocabulary=vocabulary, ngram_range=(1, 2), token_pattern=PATTERN),
    ).fit(texts, embeddings=vectors)


def test_the_folder_holds_what_bertopic_would_save(passages, tmp_path):
    texts, vectors = passages
    save(texts, vectors, LABELS, NAMES, VOCABULARY, tmp_path / "ours")
    known = sorted({word.lower() for word in VOCABULARY} - {"not there"})
    theirs = reference(texts, vectors, known)
    theirs.set_topic_labels({0: "Bus routes", 1: "Care homes", 2: "Repair cafés"})
    theirs.save(tmp_path / "theirs", serialization="safetensors", save_ctfidf=True, save_embedding_model=False)
    assert {path.name for path in (tmp_path / "ours").iterdir()} == {
        path.name for path in (tmp_path / "theirs").iterdir()
    }
    for name in ("config", "topics", "ctfidf_config"):
        ours, expected = (json.loads((tmp_path / who / f"{name}.json").read_text()) for who in ("ours", "theirs"))
        for topic in expected.get("topic_representations", ()):  # equal weights stand in no set order
            a, b = (dict(map(tuple, one["topic_representations"][topic])) for one in (ours, expected))
            assert a == pytest.approx(b)
        for key in ("topic_representations", "topic_labels"):
            ours.pop(key, None), expected.pop(key, None)
        assert ours == expected
    ours, expected = (load_file(tmp_path / who / "topic_embeddings.safetensors") for who in ("ours", "theirs"))
    assert np.array_equal(ours["topic_embeddings"], expected["topic_embeddings"])
    ours, expected = (load_file(tmp_path / who / "ctfidf.safetensors") for who in ("ours", "theirs"))
    assert {key: array.dtype for key, array in ours.items()} == {key: array.dtype for key, array in expected.items()}
    assert np.allclose(ours["diag"], expected["diag"]) and np.allclose(matrix(ours), matrix(expected))


def matrix(saved):
    """The words of a row stand in no set order in BERTopic's."""
    parts = (saved["data"], saved["indices"], saved["indptr"])
    return csr_matrix(parts, shape=tuple(saved["shape"])).toarray()


def test_bertopic_loads_it_and_its_hierarchy_works(passages, tmp_path):
    from bertopic import BERTopic

    texts, vectors = passages
    save(texts, vectors, LABELS, NAMES, VOCABULARY, tmp_path / "ours")
    model = BERTopic.load(str(tmp_path / "ours"))
    assert model.custom_labels_ == ["Bus routes", "Care homes", "Repair cafés"]
    weights = [weight for _, weight in model.get_topic(0)]
    assert model.get_topic(0)[0][0] in {"bus routes", "passengers"} and weights == sorted(weights, reverse=True)
    assert model.topic_labels_[1].startswith("1_") and "care homes" in model.topic_labels_[1]
    assert len(model.hierarchical_topics(texts)) == 2
    assert model.transform(texts[:2], embeddings=vectors[:2])[0].shape == (2,)


def test_without_phrases_the_words_of_the_passages_are_counted(passages, tmp_path):
    from bertopic import BERTopic

    texts, vectors = passages
    save(texts, vectors, LABELS, NAMES, ["not there"], tmp_path / "ours")
    words = {word for topic in BERTopic.load(str(tmp_path / "ours")).get_topics().values() for word, _ in topic}
    assert {"bus routes", "kitchen"} <= words and "the" not in words


def test_where_no_words_are_to_count_nothing_is_saved_and_nothing_stays(tmp_path):
    (tmp_path / "ours").mkdir()
    save(["the and of", "of the"], np.eye(2, dtype=np.float32), [0, 1], {0: "a", 1: "b"}, [], tmp_path / "ours")
    assert not (tmp_path / "ours").exists()
