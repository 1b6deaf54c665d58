"""Words of labels: what may stand in one, how it is written, which sentence speaks for a theme."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.themes import phrases
from pipeline.themes.exemplars import central_sentence, exemplars


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("services", "service"),
        ("bodies", "body"),
        ("buses", "buse"),
        ("class", "class"),
        ("analysis", "analysis"),
        ("gas", "gas"),
        ("branches", "branch"),
    ],
)
def test_plain_plurals_are_made_singular(word, one):
    assert phrases.singular(word) == one


@pytest.mark.parametrize(
    ("words", "may"),
    [
        ("social care", True),
        ("trust between residents", True),
        ("the council", False),
        ("lot", False),
        ("odd bit", False),
        ("part of service", False),
        ("end of life care", True),
        ("term of reference", True),
        ("other people", False),
        ("people", False),
        ("of care", False),
        ("don't know", False),
        ("http link", False),
        ("care care", False),
        ("time bank", True),
    ],
)
def test_what_may_be_a_label(words, may):
    assert phrases.is_phrase(tuple(words.split())) is may


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("recruit", "recruiting", True),
        ("work", "worker", True),
        ("care", "cart", False),
        ("community", "committee", False),
    ],
)
def test_words_of_one_stem_are_akin(one, other, same):
    assert phrases.akin(one, other) is same


def test_pieces_of_longer_phrases_are_left_out():
    found = phrases.Phrases()
    for text in ("social work education", "work education", "social work"):
        found.written[tuple(text.split())][text] += 1
    phrases.counted(
        found,
        [
            "Social work education matters.",
            "They spoke of social work education.",
            "Social work is hard.",
            "Social work pays.",
            "Social work!",
        ],
    )
    assert sorted(found.passages) == [("social", "work"), ("social", "work", "education")]


def test_exemplars_are_of_different_documents_and_sites():
    members = [
        (0.9, "a:p1", "a", "x.org", 30),
        (0.8, "a:p2", "a", "x.org", 30),
        (0.7, "b:p1", "b", "x.org", 30),
        (0.6, "c:p1", "c", "y.org", 30),
    ]
    assert exemplars(members) == ["a:p1", "c:p1", "b:p1"]


def test_the_sentence_reads_well_alone():
    sentences = [
        {
            "sentence_id": "1",
            "text": "But they did it anyway and that was fine by everybody else there.",
            "kind": "prose",
            "row": 0,
        },
        {
            "sentence_id": "2",
            "text": "Residents decide how the repairs budget of the estate is spent.",
            "kind": "prose",
            "row": 1,
        },
        {"sentence_id": "3", "text": "Repairs budget", "kind": "heading", "row": 2},
    ]
    assert central_sentence(sentences, np.array([0.7, 0.65, 0.9]), set()) == sentences[1]["text"]
