"""Quotes for pasting: attributed, with both pairs of offsets, safe in every format; unknown names are told."""

import csv
import io
import zipfile

import pytest

from pipeline.errors import UserError
from pipeline.publish.quotes import quotes
from pipeline.store import Store


def test_quotes_of_a_code_name_page_and_offsets(tables):
    said = quotes(tables, code="role.facilitator")
    assert said.startswith("Facilitator or enabler (role.facilitator): 1 quote")
    assert '"Nurses moved from fixer to facilitator and let families lead 👩‍👩‍👧."' in said
    assert "From fixer to facilitator, blogs/fixer.html, characters 0-67 (of the page 0-67)" in said
    assert "role.facilitator, actual, 'fixer to facilitator', by machine, score 0.90" in said


def test_offsets_are_those_of_document_and_page(tables):
    store = Store(tables)
    documents = {row["document_id"]: row["text"] for row in store.table("documents").to_pylist()}
    pages = {row["document_id"]: row["text"] for row in store.table("pages").to_pylist()}
    rows = list(csv.DictReader(io.StringIO(quotes(tables, code="value.power_sharing", format="csv", limit=None))))
    for row in rows:
        assert documents[row["document_id"]][int(row["start"]) : int(row["end"])] == row["quote"]
        assert pages[row["document_id"]][int(row["page_start"]) : int(row["page_end"])] == row["quote"]
    assert len(rows) == 1 and rows[0]["start"] != rows[0]["page_start"]


@pytest.mark.parametrize("name", ["role.facilitator", "facilitator", "Facilitator or Enabler"])
def test_a_code_is_found_by_key_by_its_last_part_and_by_label(tables, name):
    assert "(role.facilitator)" in quotes(tables, code=name)


@pytest.mark.parametrize("name", ["t1", "=trust & power <i>"])
def test_a_theme_is_found_by_id_and_by_label(tables, name):
    assert quotes(tables, theme=name).startswith("Theme: =Trust & power <i> (t1): 3 quotes")


def test_a_broad_theme_holds_the_passages_under_it(tables):
    assert ": 3 quotes" in quotes(tables, theme="t0")
    assert ": 1 quote" in quotes(tables, theme="t0", code="role.facilitator")


def test_a_limit_says_how_many_there_are(tables):
    assert "1 of 3 quotes" in quotes(tables, theme="t1", limit=1)


def test_documents_take_turns(tables):
    rows = list(csv.DictReader(io.StringIO(quotes(tables, code="value.trust", format="csv", limit=3))))
    assert len({row["document_id"] for row in rows}) == 3


def test_markdown_and_csv_are_harmless(tables):
    said = quotes(tables, theme="t1", format="md", limit=None)
    assert "<script>" not in said and "<b>" not in said and "[a link](http" not in said
    assert "\\<b\\>bold\\</b\\>" in said
    assert "'=SUM(A1:A9)" in quotes(tables, code="value.trust", format="csv", limit=None)


def test_word_documents_open_and_repeat(tables):
    import docx

    made = quotes(tables, code="value.trust", format="docx", limit=None)
    assert made == quotes(tables, code="value.trust", format="docx", limit=None)
    texts = [paragraph.text for paragraph in docx.Document(io.BytesIO(made)).paragraphs]
    assert texts[0] == "Trust (value.trust)"
    assert any("␀␋␟� end." in text for text in texts)
    assert {info.date_time[0] for info in zipfile.ZipFile(io.BytesIO(made)).infolist()} == {1980}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"code": "role.facilitatr"}, "no code `role.facilitatr`; did you mean `role.facilitator`?"),
        ({"theme": "Trst"}, "no theme `Trst`; did you mean `Trust`?"),
        ({"theme": "99"}, "no theme `99`; it may be one of "),
        ({"code": "value.trust", "format": "pdf"}, "no format `pdf`; it may be one of csv, docx, md, txt"),
        ({}, "name a code"),
    ],
)
def test_unknown_names_are_told(tables, asked, message):
    with pytest.raises(UserError, match=message.replace("?", r"\?").replace(".", r"\.")):
        quotes(tables, **asked)


def test_no_tables_are_told(tmp_path):
    with pytest.raises(UserError, match="no tables there; run `make analyse` first"):
        quotes(tmp_path, code="value.trust")
