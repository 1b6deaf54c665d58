"""Templates, duplicates, the ledger and the domain gate: what is decided over more than one line or page."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import gate, near_duplicates, templates
from pipeline.clean.language import language_of
from pipeline.clean.ledger import Cut, Repair, settle
from pipeline.schemas import TABLES
from pipeline.store import Store, database

SKETCHES = pa.schema(
    [TABLES["drafts"].schema.field(name) for name in ("document_id", "n_words", "is_paywalled", "signature")]
)

WORDS = [
    a + b
    for a in ("ba", "co", "di", "fu", "gel", "hom", "jar", "kin")
    for b in ("dle", "nter", "sk", "rrow", "mple", "st", "vine", "x")
]


def text_of(seed, n=300):
    return " ".join(random.Random(seed).choices(WORDS, k=n))


def draft(name, text, is_paywalled=False):
    return {
        "document_id": name,
        "n_words": len(text.split()),
        "is_paywalled": is_paywalled,
        "signature": near_duplicates.sketch(text),
    }


def duplicates_of(drafts):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part-0.parquet"
        pq.write_table(pa.Table.from_pylist(drafts, SKETCHES), path)
        with database(Path(folder)) as base:
            return [row for _, row in near_duplicates.find([path], 0.8, 0.9, base)]


def pairs(*drafts):
    return {(r["document_id"], r["duplicate_of"]) for r in duplicates_of(drafts)}


def test_the_longest_open_copy_represents_the_others():
    text = text_of(1)
    assert pairs(draft("b", text), draft("a", text + " " + text_of(9, 12)), draft("c", text)) == {
        ("b", "a"),
        ("c", "a"),
    }
    assert pairs(draft("a", text + " more", True), draft("b", text)) == {("a", "b")}


def test_excerpts_are_found_by_containment():
    text = text_of(2, 2000)
    assert pairs(draft("long", text), draft("part", " ".join(text.split()[700:900]))) == {("part", "long")}


def test_other_texts_with_a_shared_quotation_are_no_duplicates():
    quote = text_of(5, 60)
    assert pairs(draft("a", text_of(3) + quote), draft("b", text_of(4) + quote)) == set()


def test_order_of_documents_does_not_matter():
    drafts = [draft(str(i), text_of(i % 7)) for i in range(30)]
    shuffled = random.Random(3).sample(drafts, len(drafts))
    assert duplicates_of(drafts) == duplicates_of(shuffled)


# (pages of the site, pages with the line, the line, is it template?)
TEMPLATES = [
    (5, 5, "Read this page in another language", True),
    (10, 4, "Read this page in another language", False),
    (20, 6, "Read this page in another language", True),
    (4, 4, "Read this page in another language", False),
    (20, 20, "Yes.", False),
    (20, 20, "JB Yes, I think so.", False),
]


@pytest.mark.parametrize(("n_pages", "n_with", "line", "is_template"), TEMPLATES)
def test_template_lines_count_from_five_pages_and_a_third_of_a_site(tmp_path, n_pages, n_with, line, is_template):
    store, rows = Store(tmp_path), []
    for i in range(n_pages):
        lines = [f"A line of page number {i} alone", *([line] if i < n_with else [])]
        rows += templates.profile_rows(f"d{i}", "site.example", lines, [])
    store.write("line_profile", rows, "0")
    with database(tmp_path) as base:
        found = templates.find(store.paths("line_profile"), ["0"], 5, 0.3, base)["0"]
    assert (templates.key_of(line) in found["key"].to_pylist()) is (is_template and n_with >= 0.3 * n_pages)


@given(st.text("ab \n", max_size=40), st.data())
def test_the_ledger_rebuilds_any_page(text, data):
    place = st.integers(0, len(text))
    cuts = [Cut(min(a, b), max(a, b), "r", "r") for a, b in data.draw(st.lists(st.tuples(place, place), max_size=5))]
    mended = [Repair(a, a, "\n", "g") for a in data.draw(st.lists(place, max_size=5))]
    settled = settle(text, cuts, mended)
    changes = sorted(
        [(c.start, c.end, "") for c in settled.cuts] + [(r.start, r.end, r.after) for r in settled.repairs]
    )
    parts, at = [], 0
    for start, end, after in changes:
        assert start >= at
        parts += [text[at:start], after]
        at = end
    assert "".join([*parts, text[at:]]) == settled.text
    assert settled.text == settled.text.strip() or not settled.text.strip() or settled.repairs


SENSE = SimpleNamespace(sense="film", cues=["broadcaster", "box office", "treaty", "feature film"])
GATE = SimpleNamespace(in_domain_cues=["service user", "citizen", "community"], out_of_domain=[SENSE])


@pytest.mark.parametrize(
    ("text", "is_off"),
    [
        ("The feature film is a co-production of two broadcasters under a treaty.", True),
        ("A broadcaster asked each service user and citizen about the feature film.", False),
        ("Co-production with families takes time.", False),
        ("The broadcaster came.", False),
    ],
)
def test_the_gate_needs_evidence_on_both_sides(text, is_off):
    assert bool(gate.off_topic(text, GATE)) is is_off


@pytest.mark.parametrize(
    ("text", "code"),
    [("Yes.", "en"), ("Los vecinos se reunieron en la plaza para hablar de lo que querían cambiar en su barrio este año.", "es"),
     ("We asked what they wanted, and they told us that it was time and a place to sit.", "en")],
)  # fmt: skip
def test_language(text, code):
    assert language_of(text) == code
