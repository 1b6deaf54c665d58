"""Rows of flat text: what is removed by which rule, what is kept, what is repaired."""

import pytest

from pipeline.clean.page import clean_page
from tests.clean.conftest import blocks_of, judges, page_of

PROSE = [
    "When the day centre closed, the families who had used it met in the church hall and asked what they could run themselves.",
    "The council sent two officers, who listened for an hour and then admitted that nobody had asked these questions before.",
    "Over the winter a small group of parents and nurses wrote down what each of them knew about getting home from hospital.",
    "By spring the ward had changed its rota, and the parents were paid for the sessions in which they trained new staff.",
    "Looking back, most of them say that it was the tea and the time that mattered, and that the form came last of all.",
]
SPAM = "discount inflatable kayak paddle outlet"


def page(line="", at=2):
    return "\n".join([*PROSE[:at], *([line] if line else []), *PROSE[at:]]) + "\n"


# (where the line stands, the line): furniture that goes.
FURNITURE = [
    (0, "Skip to main content"),
    (0, "Home > Our work > Hospitals"),
    (0, "This website uses cookies to make it better. Accept all"),
    (5, "You must join this network to comment"),
    (5, "No reviews yet"),
    (5, "Share this on Facebook"),
    (5, "Subscribe to continue reading this story"),
    (5, "Already a member? Log in here"),
    (0, "Register to read this article"),
    (2, "Subscribe now to keep reading this article"),
    (2, "[edit]"),
    (1, "Contents |"),
    (2, "Read more: Five lessons from a village hall"),
    (5, "Sign up to our weekly newsletter"),
    (5, "Download our app"),
    (5, "Donate now"),
    (5, "© 2021 Fenland Families. All rights reserved."),
    (3, "–"),
]
# Lines that look like furniture, or like noise, and belong to the document.
KEPT = [
    "Members were asked to sign up to the principle that nobody decides alone.",
    "The privacy policy was co-written by tenants.",
    "She must be able to join the group without filling in a form.",
    "Trust",
    "- Budgets",
    "- Tea",
    "Who decides?",
    "Key lessons",
    "Q: Who pays?",
    "A: The board.",
    "JB Yes.",
    "Item 3: transport",
    "Apologies for absence: two members.",
    "Rule 4: share the keys",
    "Table 2: hours given by volunteers",
    "[1] See the report of the first year.",
    '"Ask us first," said one mother.',
    "Nothing is done for us without us.",
    "The long stay hospital closure programme began in 1994.",
]


@pytest.mark.parametrize(("at", "line"), FURNITURE)
def test_furniture_goes_with_a_rule_and_a_reason(clean_text, at, line):
    made = clean_text(page(line, at))
    assert made.draft["text"] == page().rstrip("\n")
    row = next(r for r in made.removals if line in r["text"])
    assert row["rule"] and row["reason"] and 0 <= row["score"] <= 1


@pytest.mark.parametrize("line", KEPT)
@pytest.mark.parametrize("at", [1, 3])
def test_lines_of_the_document_stay(clean_text, line, at):
    assert clean_text(page(line, at)).draft["text"] == page(line, at).rstrip("\n")


def test_repeated_phrase_inside_sentences_is_cut_and_the_sentences_rejoined(clean_text):
    spoilt = page().replace("met in the", f"met in {SPAM} the").replace("wrote down what", f"wrote down {SPAM} what")
    made = clean_text(spoilt)
    assert made.draft["text"] == page().rstrip("\n")
    assert [r["rule"] for r in made.removals if SPAM in r["text"]] == ["planted_phrase"] * 2


def test_the_same_phrase_alone_on_a_line_goes(clean_text):
    spoilt = page(SPAM).replace("had changed", f"had {SPAM} changed")
    made = clean_text(spoilt)
    assert made.draft["text"] == page().rstrip("\n")
    assert {r["rule"] for r in made.removals if SPAM in r["text"]} == {"planted_phrase", "planted_line"}


def test_repeated_domain_phrases_and_refrains_stay(clean_text):
    text = page().replace("The council sent", "The adult social care review team and the council sent")
    text = text.replace("By spring the ward", "By spring the adult social care review team and the ward")
    text += "We ask, we listen, we act.\n" + PROSE[0] + "\nWe ask, we listen, we act.\n" + PROSE[1] + "\n"
    assert clean_text(text).draft["text"] == text.rstrip("\n")


# (as scraped, as it should be)
GLUED = [
    ("The five stepsStep 1: listen", "The five steps\nStep 1: listen"),
    ("They came back.Everyone was glad of that.", "They came back. Everyone was glad of that."),
    ("It was the familyâ€™s idea and the nurses liked it.", "It was the family’s idea and the nurses liked it."),
]
UNTOUCHED = [
    "See www.example.org/Start for more.",
    "It cost £3.50 a head.",
    "Write to ann.Lowther@example.org soon.",
    "The U.S.A. team came.",
]


@pytest.mark.parametrize(("before", "after"), GLUED)
def test_repairs_are_logged(clean_text, before, after):
    made = clean_text(page(before))
    assert made.draft["text"] == page(after).rstrip("\n")
    assert made.edits


@pytest.mark.parametrize("line", UNTOUCHED)
def test_what_is_not_glued_is_left_alone(clean_text, line):
    made = clean_text(page(line))
    assert made.draft["text"] == page(line).rstrip("\n") and not made.edits


@pytest.mark.parametrize(("text", "status"), [("", "empty"), (" \n\t\n", "empty"), ("One line is a page too.", "kept")])
def test_every_page_has_a_status(clean_text, text, status):
    made = clean_text(text)
    assert made.draft["status"] == status
    assert status == "kept" or made.draft["reason"]


@pytest.mark.parametrize(
    ("last", "is_cut"),
    [("The board met and then it", True), ("The nurses were asked …", True), (PROSE[4], False)],
)
def test_a_page_is_paywalled_where_the_article_itself_seems_cut(clean_text, last, is_cut):
    text = "\n".join([*PROSE * 2, last, "Subscribe to continue reading", "Already a subscriber? Log in"])
    assert clean_text(text).draft["is_paywalled"] is is_cut


def test_captions_and_footnotes_are_marked(clean_text):
    made = clean_text(page("Figure 1: the ladder as the group redrew it"))
    assert [b["kind"] for b in made.blocks if b["is_kept"]].count("caption") == 1


def test_other_languages_are_cleaned_and_set_aside(clean_text):
    text = (
        "Die Familien trafen sich im Gemeindesaal und fragten, was sie selbst machen könnten, nachdem das Haus geschlossen war.\n"
        * 3
    )
    made = clean_text(text)
    assert made.draft["status"] == "not_english" and made.draft["text"]


def test_mojibake_in_a_title_is_mended():
    text = "Neighbours and nurses planned the service together."
    made = clean_page(page_of(text, title="Working together â€“ a guide"), blocks_of(text), None, judges())
    assert made.draft["title"] == "Working together – a guide"
