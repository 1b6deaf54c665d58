"""Documents as a person reads them: marks, notes, removed and repaired text; the map; numbers in words."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.report.layout import apart, discs, plane
from pipeline.publish.report.reader import units


def text_of(html: str) -> str:
    """What a browser would show, tags taken out."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def sentence(start, end, paragraph=0, kind="prose"):
    return {"start": start, "end": end, "paragraph": paragraph, "kind": kind}


def coding(start, end, facet="value", n=0):
    return {"start": start, "end": end, "facet": facet, "coding_id": f"c{n}", "status": "endorsed"}


def removal(start, end, text):
    return {"start": start, "end": end, "text": text, "reason": "spam", "rule": "r"}


def edit(start, end, before, after):
    return {"start": start, "end": end, "before": before, "after": after, "rule": "r"}


def shown(made):
    """The text of the document: every unit without what was removed."""
    extra = re.compile(r"<del.*?</del>|<a class=\"ref.*?</a>", re.DOTALL)
    return [text_of(extra.sub("", str(unit.html))) for unit in made if not unit.is_removed]


def test_a_mark_stands_on_its_words_and_a_note_beside_them():
    made = units({"text": "We trust <you>."}, [], [], [sentence(0, 15)], [coding(3, 8)], [])
    assert '<mark class="f-value">trust</mark><a class="ref f-value" id="r1" href="#n1"' in made[0].html
    assert "&lt;you&gt;" in made[0].html and [note["number"] for note in made[0].notes] == [1]


def test_marks_may_overlap():
    made = units({"text": "abcdef"}, [], [], [sentence(0, 6)], [coding(0, 4), coding(2, 6, "role", 1)], [])
    assert shown(made) == ["abcdef"]
    assert '<mark class="f-role"><mark class="f-value">cd</mark></mark>' in made[0].html


def test_removed_text_stands_where_it_was_taken_out():
    page = "Menu\nWe buy pills here trust you.\nAdverts"
    cuts = [removal(0, 5, "Menu\n"), removal(8, 23, page[8:23]), removal(33, 41, "\nAdverts")]
    document = page[5:8] + page[23:33]
    made = units({"text": document}, cuts, [], [sentence(0, len(document))], [], [])
    assert [unit.is_removed for unit in made] == [True, False, True]
    assert "".join(text_of(str(unit.html)) for unit in made).count("removed: spam") == 3
    assert 'We <del class="cut" id="x8">' in re.sub(r'<span class="s"[^>]*>', "", str(made[1].html))


def test_a_repair_is_shown_beside_what_it_replaces():
    made = units({"text": "It’s fine"}, [], [edit(2, 5, "â€™", "’")], [sentence(0, 9)], [], [])
    assert '<del class="cut">â€™</del><ins>’</ins>' in made[0].html and shown(made) == ["It’s fine"]


def test_text_outside_sentences_is_shown_as_well():
    made = units({"text": "Loose line\nA sentence.\nEnd"}, [], [], [sentence(11, 22)], [], [])
    assert shown(made) == ["Loose line", "A sentence.", "End"]


@given(st.text("ab <&\n", min_size=1, max_size=40), st.data())
def test_every_character_kept_and_removed_is_on_the_page(text, data):
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = list(zip(places[::2], places[1::2], strict=False))
    cuts = [removal(start, end, text[start:end]) for start, end in spans]
    document = "".join(c for at, c in enumerate(text) if not any(start <= at < end for start, end in spans))
    edges = sorted(data.draw(st.sets(st.integers(0, len(document)), max_size=6)))
    sentences = [sentence(a, b, n) for n, (a, b) in enumerate(zip(edges[::2], edges[1::2], strict=False))]
    codings = [coding(row["start"], row["end"], n=n) for n, row in enumerate(sentences)]
    made = units({"text": document}, cuts, [], sentences, codings, [])
    assert "".join("".join(shown(made)).split()) == "".join(document.split())
    told = [row for row in cuts if row["text"].strip()]  # white space alone would be a label without words
    assert sum(str(unit.html).count('class="why"') for unit in made) == len(told)


@pytest.mark.parametrize("vectors", [[], [[1.0, 0.0]], [[1.0, 0.0]] * 4, [[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]]])
def test_every_theme_has_a_place(vectors):
    assert len(plane(vectors)) == len(vectors)


def test_discs_do_not_touch_and_similar_themes_stay_near():
    themes = [{"theme_id": name, "label": "A theme"} for name in "abcd"]
    centres = {"a": [1.0, 0.0, 0.0], "b": [0.9, 0.1, 0.0], "c": [0.0, 1.0, 0.0], "d": [0.0, 0.9, 0.4]}
    found = discs(themes, centres, {name: [{"n": n} for n in range(40)] for name in "abcd"})
    places = {disc.theme["theme_id"]: disc for disc in found}

    def far(one, other):
        return ((places[one].x - places[other].x) ** 2 + (places[one].y - places[other].y) ** 2) ** 0.5

    assert all(far(one, other) > places[one].radius * 2 for one in "abcd" for other in "abcd" if one < other)
    assert far("a", "b") < far("a", "c") and far("c", "d") < far("a", "c")


def test_boxes_at_the_same_place_are_moved_apart():
    (left, top), (right, bottom) = apart([(0.0, 0.0), (0.0, 0.0)], [(10.0, 5.0), (10.0, 5.0)])
    assert abs(left - right) >= 19.9 or abs(top - bottom) >= 9.9
