"""Codings of a small corpus, end to end: what a reader would expect of sentences that are plain enough."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from pipeline.flow import ROOT
from tests.conftest import pipeline

# Invented for this test; the sentences stand in none of the files that the models are fitted on.
PAGE = """Notes on the Cobbold Street scheme

Two years ago the housing team set up a panel of tenants and officers to look again at how repairs are ordered.
The panel met on the first Tuesday of the month in the library.
Managers were frightened of bad headlines, so nobody would sign the first plan.
They removed the barriers last spring: the form is gone.
Officers had to stop being fixers and become facilitators.
Tenants now decide how the repairs budget is spent, and officers cannot overrule them.
Because the meetings were at ten in the morning up two flights of stairs, people in wheelchairs or in work could not come.
Every tenant who sits on the panel is paid fourteen pounds an hour for their time.
We believe that what people know from living on the estate counts for as much as any qualification.
The training that the college ran for both sides helped a great deal.
The bins are emptied on Thursdays.
"""
EXPECTED = [
    # words of the sentence, a code it must carry
    ("frightened of bad headlines", "barrier.risk_aversion"),
    ("decide how the repairs budget", "value.power_sharing"),
    ("up two flights", "barrier.exclusion_access"),
    ("fourteen pounds an hour", "enabler.payment_recognition"),
    ("what people know from living", "value.lived_experience"),
    ("The training that the college ran", "enabler.training_development"),
    ("set up a panel of", "role.frontline_professional"),
]
OWN_CODE = """
    - id: slowness
      label: Taking it slowly
      definition: Things are not rushed, and the group takes all the time that it needs.
      cues: [slow, slowly, no rush, take our time]
      positive:
      - text: There is no rush, and nobody will be hurried to an answer.
        register: speech
      - text: We took it slowly, at the pace of the slowest in the room.
        register: report
      - text: Going slowly was the whole point of the first year.
        register: blog
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codings")
    raw = folder / "raw"
    raw.mkdir()
    (raw / "cobbold.txt").write_text(PAGE, "utf-8")
    slow = (
        PAGE.replace("Cobbold", "Ferrier")
        + "There was no rush: we took our time, slowly, at the pace of the slowest.\n"
    )
    (raw / "ferrier.txt").write_text(slow.replace("Thursdays", "Fridays").replace("tenant", "resident"), "utf-8")
    text = (ROOT / "codebook.yaml").read_text("utf-8")
    mark = "    - id: equality_of_voice\n"
    assert mark in text
    (folder / "codebook.yaml").write_text(text.replace(mark, OWN_CODE.lstrip("\n") + mark, 1), "utf-8")
    pipeline("tabulate", "--raw", raw, "--out", folder / "out", "--codebook", folder / "codebook.yaml")
    return folder / "out"


@pytest.fixture(scope="module")
def coded(out):
    codings, sentences = (pq.read_table(out / f"{name}.parquet").to_pylist() for name in ("codings", "sentences"))
    text_of = {row["sentence_id"]: row["text"] for row in sentences}
    return [row | {"sentence": text_of[row["sentence_id"]]} for row in codings]


@pytest.mark.parametrize(("words", "code"), EXPECTED)
def test_plain_sentences_carry_their_codes(coded, words, code):
    assert code in {row["code"] for row in coded if words in row["sentence"]}


@pytest.mark.parametrize("words", ["The bins are emptied", "first Tuesday of the month"])
def test_sentences_about_nothing_of_the_kind_carry_none(coded, words):
    found = {row["code"] for row in coded if words in row["sentence"]}
    assert not {code for code in found if not code.startswith("role.")}


def test_removed_barriers_are_overcome(coded):
    statuses = {
        row["status"] for row in coded if "removed the barriers" in row["sentence"] and row["facet"] == "barrier"
    }
    assert statuses == {"overcome"}


def test_from_fixer_to_facilitator_is_a_role_shift(out):
    shifts = pq.read_table(out / "role_shifts.parquet").to_pylist()
    assert ("role.expert_fixer", "role.facilitator") in {(row["shift_from"], row["shift_to"]) for row in shifts}


def test_every_coding_says_why(coded):
    assert all(
        row["explanation"] and 0 < row["score"] <= 1 and row["evidence"] in ("cue", "model", "both") for row in coded
    )


def test_a_code_of_ones_own_is_coded_from_its_entry(coded, out):
    assert {row["document_id"] for row in coded if row["code"] == "value.slowness" and "slowly" in row["sentence"]}
    table = {row["code"]: row for row in pq.read_table(out / "code_table.parquet").to_pylist()}
    assert table["value.slowness"]["n_codings"] == sum(row["code"] == "value.slowness" for row in coded)


def test_explain_tells_the_coding_in_words(coded, out):
    row = next(row for row in coded if row["code"] == "barrier.risk_aversion")
    told = pipeline("explain", row["coding_id"], "--out", out).stdout
    assert "barrier.risk_aversion" in told
    assert row["quote"] in told
    assert "why:" in told
