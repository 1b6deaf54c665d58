"""The encoder without torch gives the vectors of sentence-transformers; reading by batches changes nothing."""

import numpy as np
import pytest

from pipeline.encoder import GRAPH, NAME, encode, states
from pipeline.flow import ROOT
from pipeline.models import encoder

TEXTS = ["Yes.", "", "We planned the service with the people who use it.", "Größe, 東京 and 🙂", "word " * 300]


@pytest.fixture(scope="module")
def vectors():
    return encode(TEXTS, ROOT / "models")


def test_vectors_are_those_of_sentence_transformers(vectors):
    theirs = encoder(NAME).encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    assert np.abs(vectors - theirs).max() < 2e-6


def test_vectors_have_length_one_and_do_not_depend_on_company(vectors):
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.abs(encode(TEXTS[2:3], ROOT / "models")[0] - vectors[2]).max() < 1e-6
    assert encode([], ROOT / "models").shape == (0, 384)


def test_word_pieces_say_where_they_stand():
    text = "Co-production, as we call it."
    state = dict(states([text], ROOT / "models"))[0]
    assert len(state.pieces) == len(state.starts) == len(state.ends)
    words = {text[start:end] for start, end in zip(state.starts, state.ends, strict=True)}
    assert {"Co", "-", "production", ",", "call"} <= words


def test_graphs_that_ship_are_what_the_program_builds():
    from pipeline import encoder_graph, reader

    folder = ROOT / "models" / "encoder"
    assert (folder / GRAPH).read_bytes() == encoder_graph.build()
    assert (folder / reader.GRAPH).read_bytes() == encoder_graph.build_reader()
