"""Sentences and passages: what is a heading, an item, a turn; where sentences end; what belongs together."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.coordinates import SpanMap
from pipeline.segment.lines import lines_of
from pipeline.segment.passages import group
from pipeline.segment.sentences import split

NOWHERE = SpanMap([])


def pieces(text, kinds=None):
    """(kind, words, heading, speaker) of the sentences of a text; `kinds` gives the kind of some lines by number."""
    blocks, at = [], 0
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            kind = (kinds or {}).get(number, "paragraph")
            blocks.append({"start": at, "end": at + len(line), "kind": kind})
        at += len(line) + 1
    return split(text, lines_of(text, NOWHERE, blocks))


CASES = [
    ("two sentences", "We met. They came too.", ["We met.", "They came too."]),
    ("abbreviations", "Dr. Ames, e.g., met Mrs. Bell at 3 p.m. in No. 4. It rained.", 2),
    (
        "a quotation that ends",
        "“Nobody asked us.” So we asked ourselves.",
        ["“Nobody asked us.”", "So we asked ourselves."],
    ),
    (
        "a small letter does not begin one",
        "Who pays? asked the clerk. Nobody knew.",
        ["Who pays? asked the clerk.", "Nobody knew."],
    ),
    (
        "lines broken by width",
        "The panel met in the hall on the ground floor\nbecause the lift had broken again. A doctor from\nLeeds had to wait outside with the two carers.\nNobody stayed away.",
        3,
    ),
    (
        "a line that goes on",
        "The panel met in the hall on the ground floor\nbecause the lift had broken again that week.\nNobody stayed away.",
        2,
    ),
    ("bullets go", "We want:\n- Trust.\n- Time\n* Tea", ["We want:", "Trust.", "Time", "Tea"]),
    ("numbers go", "1. Ask us first.\n2) Listen.", ["Ask us first.", "Listen."]),
    ("white space around", "  \n  Trust matters.  \n", ["Trust matters."]),
    ("nothing", " \n ", []),
    ("right to left", "שלום לכולם. ברוכים הבאים.", ["שלום לכולם.", "ברוכים הבאים."]),
    (
        "emoji and combining marks",
        "Cafe\u0301 was full \U0001f600. We stayed.",
        ["Cafe\u0301 was full \U0001f600.", "We stayed."],
    ),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_sentences(text, expected):
    found = [text[piece.start : piece.end] for piece in pieces(text)]
    assert (len(found) if isinstance(expected, int) else found) == expected


KINDS = [
    (
        "a heading in flat text",
        "What we learned\n\nPeople came because they were asked by someone they knew.",
        ["heading", "prose"],
    ),
    ("a page of one line is its text", "Nothing about us without us", ["prose"]),
    (
        "a series is no row of headings",
        "Rule 1: Recruit for kindness\nRule 2: Throw the rulebook out of the window\nRule 3: Ask",
        ["prose"] * 3,
    ),
    (
        "a sentence without its stop",
        "They were asked by someone they knew and trusted\nThat was the whole of the method, as far as anyone could tell us.",
        ["prose"] * 2,
    ),
    ("items", "Users must be involved in:\n• Training\n• Inspection", ["prose", "list_item", "list_item"]),
    ("turns", "MD: Was it hard?\nSJ: It was.\nMD: And now?\nSJ: Less so.", ["turn"] * 4),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS])
def test_kinds(text, expected):
    assert [piece.kind for piece in pieces(text)] == expected


def test_kinds_of_html_blocks_are_taken_over():
    text = "Heading\nSaid she\nA lift\nShort item"
    kinds = {0: "heading", 1: "quote", 2: "caption", 3: "list_item"}
    assert [piece.kind for piece in pieces(text, kinds)] == ["heading", "quote", "caption", "list_item"]


def test_a_turn_has_its_speaker_and_no_label():
    text = "Moira: We were tired.\nAlan: So were we. All of us.\nMoira: Then we stopped.\nAlan: Yes."
    found = [(piece.speaker, text[piece.start : piece.end]) for piece in pieces(text)]
    assert found[:3] == [("Moira", "We were tired."), ("Alan", "So were we."), ("Alan", "All of us.")]


def test_sentences_stand_under_their_heading():
    text = "Money\n\nThere was never enough of it, and everybody knew that there was not.\n\nTime\n\nThere was even less of that, whatever the plan for the year had said."
    assert [piece.heading for piece in pieces(text)] == [None, "Money", None, "Time"]


def words(count, start=0):
    return " ".join(f"word{start + number}" for number in range(count)) + "."


GROUPS = [
    ("short paragraphs are joined", [15, 15, 15, 40], [45, 40]),
    ("a fitting one stays alone", [60, 70], [60, 70]),
    ("a short tail joins the last", [60, 10], [70]),
    ("one sentence is one passage", [5], [5]),
]


@pytest.mark.parametrize(("sizes", "expected"), [case[1:] for case in GROUPS], ids=[case[0] for case in GROUPS])
def test_passages(sizes, expected):
    text = "\n\n".join(words(size) for size in sizes)
    found = group(text, pieces(text), 40, 150)
    assert [sum(len(text[p.start : p.end].split()) for p in members) for members in found] == expected


def test_a_long_paragraph_is_split_evenly_between_sentences():
    text = " ".join(words(20, number).capitalize() for number in range(20))
    sizes = [sum(len(text[p.start : p.end].split()) for p in members) for members in group(text, pieces(text), 40, 150)]
    assert sum(sizes) == 400
    assert max(sizes) <= 150 and min(sizes) >= 100


def test_a_heading_is_in_no_passage():
    text = "Money\n\nThere was never enough of it, and everybody knew that there was not."
    (members,) = group(text, pieces(text), 40, 150)
    assert [piece.kind for piece in members] == ["prose"]


ODD = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from("\n\r.!? \ufeffaB\u0301\u05d0\U0001f600-•:1")), max_size=200
)


@settings(max_examples=150, deadline=None)
@given(ODD)
def test_any_text_gives_sentences_in_order_and_passages_of_them(text):
    found = pieces(text)
    places = [(piece.start, piece.end) for piece in found]
    assert all(start < end and text[start:end] == text[start:end].strip() for start, end in places)
    assert places == sorted(places) and all(a[1] <= b[0] for a, b in itertools.pairwise(places))
    grouped = [piece for members in group(text, found, 40, 150) for piece in members]
    assert [piece for piece in found if piece.kind != "heading"] == grouped or all(p.kind == "heading" for p in found)
