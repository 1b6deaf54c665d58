"""HTML flattened: rows of markup and the lines they give; metadata; markup that is broken, deep or strange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.html import flatten, metadata

LINES = [
    ("<p>One <b>bold</b>\n  word</p><p>Two</p>", ["One bold word", "Two"]),
    ("<p>first<br>second</p>", ["first", "second"]),
    ("<pre>a\n  b\n\nc</pre>", ["a", "  b", "c"]),
    ("<table><tr><td>Ward</td><td>Beds</td></tr><tr><th>4</th><td>12</td></tr></table>", ["Ward | Beds", "4 | 12"]),
    ("<script>var x</script><style>p{}</style><template>t</template><p>kept</p>", ["kept"]),
    ("<noscript><img src=a></noscript><p>kept</p>", ["kept"]),
    ("<p hidden>h</p><p>v</p>", ["h", "v"]),
    ("<ul><li>a<li>b</ul>", ["a", "b"]),
    ("<frameset><frame src=a><noframes><p>no <i>frames</i></p></noframes></frameset>", ["no frames"]),
    ("<p>nul\x00l</p>", ["nul\ufffdl"]),
    ("<p>open <b>never <i>closed", ["open never closed"]),
    ("", []),
]


@pytest.mark.parametrize(("html", "lines"), LINES)
def test_lines(html, lines):
    page = flatten(html)
    assert [page.text[b.start : b.end] for b in page.blocks] == lines
    assert page.text == "\n".join(lines)


@pytest.mark.parametrize(
    ("html", "is_hidden"),
    [("<p style='display: none'>x</p>", True), ("<div style='text-indent:-9999px'><p>x</p></div>", True), ("<p class='sr-only'>x</p>", True),
     ("<p aria-hidden='true'>x</p>", False), ("<p style='left:-2px'>x</p>", False), ("<details><p>x</p></details>", False)],
)  # fmt: skip
def test_hidden(html, is_hidden):
    assert [b.is_hidden for b in flatten(html).blocks] == [is_hidden]


@pytest.mark.parametrize(
    ("html", "kind"),
    [("<h2>x</h2>", "heading"), ("<li>x</li>", "list_item"), ("<blockquote><p>x</p></blockquote>", "quote"), ("<figcaption>x</figcaption>", "caption"),
     ("<dl><dt>x</dl>", "definition"), ("<p class='footnote'>x</p>", "footnote"), ("<p>x</p>", "paragraph"), ("<button>x</button>", "other")],
)  # fmt: skip
def test_kinds(html, kind):
    assert [b.kind for b in flatten(html).blocks] == [kind]


def test_deep_nesting_takes_no_time():
    assert flatten("<div>" * 100_000 + "deep").text == "deep"


@given(st.text("<>/abpdiv ='\"!-\n&;", max_size=200))
def test_any_markup_gives_lines_in_order(html):
    page = flatten(html)
    at = 0
    for block in page.blocks:
        assert at <= block.start < block.end and page.text[block.start : block.end].strip()
        at = block.end + 1
    assert page.text == "\n".join(page.text[b.start : b.end] for b in page.blocks)


def test_metadata():
    html = (
        "<html lang='en-GB'><head><title>Fallback</title><meta property='og:title' content='The hall'>"
        "<link rel='canonical' href='https://www.fen.example/hall'><meta property='article:published_time' content='2019-03-04T10:00'></head></html>"
    )
    assert metadata(html) == {
        "url": "https://www.fen.example/hall",
        "site": "fen.example",
        "title": "The hall",
        "published": "2019-03-04",
        "language": "en",
    }
    assert metadata("", "http://www.other.example/x")["site"] == "other.example"
    assert (
        metadata('<script type=\'application/ld+json\'>{"datePublished": "2020-01-02"}</script>')["published"]
        == "2020-01-02"
    )
