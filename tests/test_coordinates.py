"""Offsets: documents follow from pages, pages rebuild from documents, spans map back to the characters they came from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.coordinates import Change, SpanMap, changes_of

ODD = st.text(
    alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("\r\n\ufeffa b\u0301\u200f\u05d0\U0001f600"))
)


@st.composite
def changed_pages(draw):
    """A page and changes of it that do not overlap: cuts, repairs and insertions."""
    page = draw(ODD)
    places = sorted(draw(st.sets(st.integers(0, len(page)), max_size=12)))
    changes = []
    for start, end in zip(places[::2], places[1::2], strict=False):
        changes.append(Change(start, end, page[start:end], draw(st.one_of(st.just(""), ODD))))
    return page, changes


@given(changed_pages())
def test_a_page_rebuilds_from_its_document_and_ledger(case):
    page, changes = case
    places = SpanMap(changes)
    assert places.rebuild(places.apply(page)) == page


@given(changed_pages(), st.data())
def test_a_span_of_the_document_maps_to_a_span_of_the_page_that_gives_it(case, data):
    page, changes = case
    places = SpanMap(changes)
    document = places.apply(page)
    start = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(start, len(document)))
    page_start, page_end = places.to_page(start, end)
    assert 0 <= page_start <= page_end <= len(page)
    if start < end and not any(len(change.after) > 1 for change in changes):  # a span may begin inside what was put in
        assert places.given_by(page, (start, end), (page_start, page_end)) == document[start:end]


CASES = [
    # page, removals, edits, document, span of the document, span of the page
    ("one spam two", [(4, 9)], [], "one two", (4, 7), (9, 12)),
    ("one spam two", [(4, 9)], [], "one two", (0, 7), (0, 12)),
    ("headText", [], [(4, 4, "\n")], "head\nText", (5, 9), (4, 8)),
    ("headText", [], [(4, 4, "\n")], "head\nText", (0, 4), (0, 4)),
    ("itâ€™s", [], [(2, 5, "’")], "it’s", (0, 4), (0, 6)),
    ("spam kept", [(0, 5)], [], "kept", (0, 4), (5, 9)),
    ("kept spam", [(4, 9)], [], "kept", (0, 4), (0, 4)),
]


@pytest.mark.parametrize(("page", "cuts", "repairs", "document", "span", "page_span"), CASES)
def test_spans_by_example(page, cuts, repairs, document, span, page_span):
    removals = [{"start": a, "end": b, "text": page[a:b]} for a, b in cuts]
    edits = [{"start": a, "end": b, "before": page[a:b], "after": after} for a, b, after in repairs]
    places = SpanMap(changes_of(removals, edits))
    assert places.apply(page) == document
    assert places.to_page(*span) == page_span


def test_overlapping_changes_are_refused():
    with pytest.raises(ValueError, match="overlap at 3"):
        SpanMap([Change(0, 4, "abcd", ""), Change(3, 5, "de", "")])
