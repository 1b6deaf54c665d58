"""Reader tables: quotes of a theme are whole sentences that can stand alone, verbatim."""

import pytest

from pipeline.tabulate import LONGEST, standing

ONE = "We asked the tenants first, and the repairs were done in a week."
TWO = "Nobody had asked them before."
LONG = "It went on " + "and on " * 50 + "until the end."


def passage(*parts):
    """(text, start, sentences) of a passage made of (kind, words), 100 code points into its document."""
    text, sentences = "", []
    for kind, words in parts:
        text += " " if text else ""
        sentences.append({"start": 100 + len(text), "end": 100 + len(text) + len(words), "kind": kind})
        text += words
    return text, 100, sentences


@pytest.mark.parametrize(
    ("parts", "quote"),
    [
        ([("prose", ONE), ("prose", TWO)], f"{ONE} {TWO}"),
        ([("heading", "Who decides"), ("prose", ONE)], ONE),
        ([("prose", TWO), ("heading", "Who decides"), ("prose", ONE)], ONE),
        ([("prose", "that those six be paid;"), ("prose", ONE)], ONE),
        ([("prose", "and so they were paid."), ("prose", ONE), ("prose", TWO)], f"{ONE} {TWO}"),
        ([("prose", ONE), ("prose", "4. DAY CENTRES")], ONE),
        ([("prose", "“" + ONE + "”")], "“" + ONE + "”"),
        ([("prose", ONE), ("prose", LONG)], LONG),
        ([("table", ONE)], None),
        ([("prose", TWO)], None),
        ([("prose", "fear of getting it wrong, of the auditors and of the newspapers too")], None),
        ([], None),
    ],
)
def test_a_quote_is_a_run_of_sentences_that_can_stand_alone(parts, quote):
    text, start, sentences = passage(*parts)
    assert standing(text, start, sentences) == quote
    assert quote is None or quote in text


def test_a_heading_that_is_no_sentence_of_the_passage_ends_a_run():
    text, start, sentences = passage(("prose", ONE), ("heading", "Who decides"), ("prose", ONE))
    assert standing(text, start, [sentences[0], sentences[2]]) == ONE


def test_a_run_stops_before_it_is_too_long():
    text, start, sentences = passage(*[("prose", ONE)] * 20)
    quote = standing(text, start, sentences)
    assert LONGEST - len(ONE) <= len(quote) <= LONGEST and quote.endswith(".")
