"""The report: every link leads somewhere, text of pages is inert, withheld words stay inside, same bytes every time."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

from pipeline.publish.formats import report
from pipeline.publish.report import documents, search
from pipeline.store import Store

VOID = {"meta", "link", "input", "br", "rect", "line", "circle"}
WORDS_OF_PAGES = (
    "fixer to facilitator and",
    "share power 🤝",
    "SUM(A1",
    "Nobody trusts",
    "Subscribe now",
    "From fixer",
)


class Page(HTMLParser):
    """A page of the report: its tags with attributes, its ids and its headings; fails where tags do not match."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(path.read_text("utf-8"))
        assert not self.open, f"{path.name}: {self.open} left open"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    @property
    def ids(self):
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    @property
    def headings(self):
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]


@pytest.fixture(scope="module")
def corpus(tables) -> Path:
    """The tables of conftest with the centres of their themes."""
    centre = {"centroid": 0, "theme_id": "t1", "parent_id": "", "level": 2, "vector": [1.0, 0.0], "loose_below": -1.0}
    Store(tables).write("theme_centroids", [centre])
    return tables


@pytest.fixture(scope="module")
def folder(corpus, published) -> Path:
    return published(report, corpus)[0]


@pytest.fixture(scope="module")
def pages(folder) -> dict[str, Page]:
    return {path.relative_to(folder).as_posix(): Page(path) for path in sorted(folder.rglob("*.html"))}


def data_of(path: Path):
    """What a data file hands over."""
    return json.loads(re.fullmatch(r"REPORT\.\w+\((.*)\);\n", path.read_text("utf-8"), re.DOTALL).group(1))


def test_there_is_a_page_of_every_kind(pages):
    kinds = {"index", "themes", "codes", "quotes", "map", "documents", "removed", "shifts", "quality", "method"}
    assert {f"{kind}.html" for kind in kinds} <= pages.keys()
    assert {"themes/t1.html", "themes/t1.1.html", "codes/value.trust.html", "documents/d3.html"} <= pages.keys()


def test_every_link_leads_to_a_page_and_every_anchor_exists(folder, pages):
    for name, page in pages.items():
        for tag, attributes in page.tags:
            for attribute in ("href", "src"):
                target = attributes.get(attribute)
                if target is None or target == "data:,":
                    continue
                if re.match("[a-z]+:", target):
                    assert attribute == "href" and tag == "a" and re.match("https?://", target), (name, target)
                    continue
                path, _, anchor = target.partition("#")
                found = (folder / name).parent / unquote(path) if path else folder / name
                assert found.is_file(), (name, target)
                if anchor and found.name != "quotes.html":  # there the anchor is a filter, not a place
                    other = pages[found.resolve().relative_to(folder.resolve()).as_posix()]
                    assert unquote(anchor) in other.ids, (name, target)


def test_filters_name_codes_themes_and_statuses_that_the_search_page_knows(folder, pages):
    index = data_of(folder / "data/index.js")
    known = {name: {row[0] for row in index[f"{name}s"]} for name in ("code", "theme", "facet")}
    known |= {"status": set(index["statuses"]), "check": {"1"}}
    seen = set()
    for page in pages.values():
        for tag, attributes in page.tags:
            if tag == "a" and "quotes.html#" in attributes["href"]:
                for part in attributes["href"].split("#")[1].split("&"):
                    name, _, value = part.partition("=")
                    # The overview names statuses of the codebook even where none was found.
                    assert unquote(value) in known[name] or (name == "status" and "facet" in attributes["href"])
                    seen.add(name)
    assert {"code", "theme", "status"} <= seen


def test_pages_are_built_for_everyone(pages):
    for name, page in pages.items():
        tags = [tag for tag, _ in page.tags]
        assert tags.count("h1") == tags.count("main") == 1, name
        assert all(below - above <= 1 for above, below in pairwise(page.headings)), (name, page.headings)
        assert len(page.ids) == len(set(page.ids)), (name, sorted(page.ids))
        assert dict(page.tags)["html"]["lang"] == "en"
        assert tags.count("table") == tags.count("caption"), name
        for tag, attributes in page.tags:
            assert tag != "th" or "scope" in attributes, name
            if attributes.get("role") == "region":
                assert "tabindex" in attributes and ("aria-label" in attributes or "aria-labelledby" in attributes), (
                    name
                )
            for reference in attributes.get("aria-labelledby", "").split():
                assert reference in page.ids, (name, reference)
            assert tag != "label" or attributes["for"] in page.ids, name


def test_text_of_pages_cannot_become_markup_or_script(pages):
    for name, page in pages.items():
        scripts = [attributes for tag, attributes in page.tags if tag == "script"]
        assert all(attributes.get("src") for attributes in scripts), name
        assert not {tag for tag, _ in page.tags} & {"i", "iframe", "object", "style", "img", "form"}, name
        for tag, attributes in page.tags:
            assert not [key for key in attributes if key.startswith("on") or key == "style"], (name, tag, attributes)
        policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
        assert "default-src 'none'" in policy and "unsafe" not in policy


def test_data_files_hold_no_characters_of_markup(folder):
    files = sorted((folder / "data").glob("*.js"))
    assert [path.name for path in files] == ["index.js", "quotes-0.js"]
    for path in files:
        assert not set("<>&\u2028\u2029\x00") & set(path.read_text("utf-8"))
    _, about, quotes = data_of(folder / "data/quotes-0.js")
    assert any("<b>bold</b>" in quote[6] for quote in quotes)
    assert {quote[2] for quote in quotes} == set(range(len(about)))


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//e.example", False),
        ("HTTPS://e.example/a", True),
    ],
)
def test_only_web_addresses_become_links(url, is_link):
    from pipeline.publish.report.tables import _named

    row = _named({"url": url, "title": None, "path": "a.txt", "document_id": "d"})
    assert bool(row["link"]) == is_link


@pytest.mark.parametrize("quotes", ["none", "short"])
def test_withheld_words_stay_inside(corpus, published, quotes):
    made = published(report, corpus, quotes=quotes)[0]
    files = [path for path in made.rglob("*") if path.is_file() and path.parent.name != "assets"]
    everything = {path: path.read_text("utf-8") for path in files}
    for path, text in everything.items():
        if quotes == "none":
            assert not [words for words in WORDS_OF_PAGES if words in text], path
        elif path.parent.name == "documents":
            assert "when people" not in text, path
    assert "The settings keep the text" in everything[made / "documents/d0.html"]
    if quotes == "short":
        assert "share power" in everything[made / "codes/value.power_sharing.html"]


def test_the_same_tables_give_the_same_bytes(corpus, folder, published):
    again = published(report, corpus)[0]
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert all((folder / name).read_bytes() == (again / name).read_bytes() for name in files)


def test_numbers_of_the_code_page_are_those_of_its_sentences(folder):
    text = (folder / "codes/value.trust.html").read_text("utf-8")
    said = re.search(r'in <a href="#evidence">(\d+) mentions', text)
    assert said and int(said[1]) == text.count('class="evidence"')


def test_much_evidence_is_cut_into_pages_and_data_files(corpus, published, monkeypatch):
    from pipeline.publish.report import pages as module

    monkeypatch.setattr(module, "PER_PAGE", 2)
    monkeypatch.setattr(search, "CHUNK", 3)
    monkeypatch.setattr(documents, "LISTED", 2)
    made = published(report, corpus)[0]
    sheets = sorted(path.name for path in (made / "codes").glob("value.trust*.html"))
    n_mentions = sum(Page(made / "codes" / name).tags.count(("div", {"class": "evidence"})) for name in sheets)
    assert len(sheets) > 1 and n_mentions == sum(len(data_of(path)[2]) for path in made.glob("data/quotes-*.js")) - 3
    assert (made / "documents-2.html").is_file() and len(data_of(made / "data/documents.js")) == 4
    assert data_of(made / "data/index.js")["chunks"][0]["n"] == 3


def test_a_corpus_of_which_nothing_was_kept_still_has_a_report(no_tables, published):
    Store(no_tables).write("theme_centroids", [])
    made = published(report, no_tables)[0]
    assert "No themes were found" in (made / "index.html").read_text("utf-8")
    assert "co-production treaty." in (made / "documents/d0.html").read_text("utf-8")


def test_quotes_of_a_theme_lead_to_their_place(pages):
    quotes = [
        attributes["href"]
        for (before, _), (tag, attributes) in pairwise(pages["themes/t1.html"].tags)
        if before == "figcaption" and tag == "a"
    ]
    assert len(quotes) == 3
    assert all(re.fullmatch(r"\.\./documents/.+\.html#p\d+", href) for href in quotes)


def test_white_space_alone_is_not_shown_as_removed(pages, folder):
    labels = re.compile(r'class="why">removed: [^<]*</span>\s*</del>')
    assert not [name for name in pages if name.startswith("documents/") and labels.search((folder / name).read_text())]
