"""Rows of HTML: blocks that go, with the rule; blocks that stay; what the page hides."""

import pytest

PROSE = "".join(
    f"<p>{s}</p>"
    for s in (
        "When the day centre closed, the families who had used it met in the church hall, and asked what they could run.",
        "The council sent two officers, who listened for an hour and then said that nobody had asked these questions before.",
        "Over the winter a small group of parents and nurses wrote down what they knew about getting home from hospital.",
        "By spring the ward had changed its rota, and the parents were paid for the sessions in which they trained staff.",
    )
)
NAV = (
    "<nav class='menu'><ul>"
    + "".join(f"<li><a href='/{w}'>{w}</a></li>" for w in ("Home", "News", "Events", "Contact us"))
    + "</ul></nav>"
)


def whole(inside="", before="", after=""):
    return f"<html><body>{NAV}{before}<main><article><h1>The hall that families run</h1>{inside}{PROSE}</article></main>{after}<footer><p>© 2020 Fenland Families</p></footer></body></html>"


# (HTML, words that go)
GONE = [
    (whole("<p hidden>Secret offer for machines only</p>"), "Secret offer"),
    (whole("<div style='display:none'>Invisible words of the page</div>"), "Invisible words"),
    (whole("<p style='position:absolute;left:-9999px'>Pushed off the screen to the left</p>"), "Pushed off"),
    (whole("<span class='visually-hidden'>Spoken by screen readers alone</span>"), "Spoken by"),
    (whole(), "Contact us"),
    (whole(), "© 2020"),
    (
        whole(
            before="<div class='cookie-bar'><p>We use cookies to improve this site.</p><button>Accept all</button></div>"
        ),
        "cookies",
    ),
    (whole(after="<div class='share-links'><a href='#'>Share on Facebook</a> <a href='#'>Tweet</a></div>"), "Facebook"),
    (whole("<p>Read more: <a href='/x'>Five lessons from a village hall</a></p>"), "Five lessons"),
    (whole("<span class='mw-editsection'>[edit]</span>"), "[edit]"),
]


@pytest.mark.parametrize(("html", "words"), GONE)
def test_furniture_and_hidden_text_go_with_a_reason(clean_html, html, words):
    made = clean_html(html)
    assert words not in made.draft["text"]
    assert "met in the church hall" in made.draft["text"] and "trained staff" in made.draft["text"]
    row = next(r for r in made.removals if words in r["text"])
    assert row["rule"] and row["reason"]


@pytest.mark.parametrize(
    "frame", ["<aside>{}</aside>", "<form>{}</form>", "<div class='barnet-bar'>{}</div>", "<div hidden>{}</div>"]
)
def test_body_text_stays_wherever_it_stands(clean_html, frame):
    made = clean_html("<html><body>" + frame.format(PROSE) + "</body></html>")
    assert "met in the church hall" in made.draft["text"] and "trained staff" in made.draft["text"]


def test_hidden_text_carries_the_rule_hidden(clean_html):
    made = clean_html(whole("<p hidden>Secret offer for machines only</p>"))
    assert next(r for r in made.removals if "Secret" in r["text"])["rule"] == "hidden"


def test_captions_are_kept_and_marked(clean_html):
    made = clean_html(
        whole(
            "<figure><img src='a.jpg'><figcaption>Parents and nurses paint the door of the hall.</figcaption></figure>"
        )
    )
    assert "paint the door" in made.draft["text"]
    assert "caption" in {b["kind"] for b in made.blocks if b["is_kept"]}


@pytest.mark.parametrize(
    "html",
    ["", "<html></html>", "<p>Hello.</p>", "<ul><li><a href='/a'>A guide</a></li><li><a href='/b'>A map</a></li></ul>"],
)
def test_no_page_is_emptied_without_a_status(clean_html, html):
    made = clean_html(html)
    assert made.draft["status"] == "kept" if "<p>" in html or "<li>" in html else made.draft["reason"]
    assert bool(made.draft["text"]) == ("<p>" in html or "<li>" in html)
