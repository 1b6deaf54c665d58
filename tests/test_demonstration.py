"""The demonstration corpus, end to end: statuses, what is gone, what is kept, every table filled, everything proved."""

import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.flow import ROOT
from pipeline.schemas import PUBLIC
from pipeline.store import Store
from pipeline.verify import verify
from tests.conftest import pipeline

EXPECTED = yaml.safe_load((ROOT / "tests/data/demo_expected.yaml").read_text("utf-8"))
# Filled by human codings and decisions, which the corpus has none of, and by a second run in the same OUT.
MAY_BE_EMPTY = {"agreement", "review_log", "theme_changes"}


@pytest.fixture(scope="module")
def documents(demonstration):
    rows = pq.read_table(demonstration / "documents.parquet").to_pylist()
    return {row["path"]: row for row in rows}


def folded(text):
    return " ".join(text.split())


@pytest.mark.parametrize("path", sorted(EXPECTED))
def test_a_page_is_cleaned_as_a_reader_would(documents, path):
    expected, document = EXPECTED[path], documents[path]
    text = folded(document["text"])
    wanted = ("kept", "duplicate") if expected["status"] == "kept_or_duplicate" else (expected["status"],)
    assert document["status"] in wanted, document["reason"]
    assert document["status"] == "kept" or document["reason"]
    assert [phrase for phrase in expected.get("gone", []) if folded(phrase) in text] == []
    assert [p for p in [*expected.get("kept", []), *expected.get("repaired", [])] if folded(p) not in text] == []


def test_one_page_of_each_group_of_duplicates_is_kept(documents):
    groups = {}
    for path, expected in EXPECTED.items():
        if group := expected.get("duplicate_group"):
            groups.setdefault(group, []).append(documents[path])
    assert groups
    for group in groups.values():
        kept = [row["document_id"] for row in group if row["status"] == "kept"]
        assert len(kept) == 1
        assert {row["duplicate_of"] for row in group if row["status"] == "duplicate"} == set(kept)
    for path, expected in EXPECTED.items():
        if other := expected.get("duplicate_of"):
            assert documents[path]["duplicate_of"] == documents[other]["document_id"]


def test_every_file_is_a_row(documents):
    files = {
        path.relative_to(ROOT / "data/raw").as_posix() for path in (ROOT / "data/raw").rglob("*") if path.is_file()
    }
    assert {path.split("#")[0] for path in documents} == files


def test_every_table_is_filled(demonstration):
    store = Store(demonstration)
    empty = {name for name in PUBLIC if not store.table(name).num_rows}
    assert empty <= MAY_BE_EMPTY


def test_everything_is_proved(demonstration):
    checks = verify(demonstration)
    assert [(check.name, check.problems) for check in checks if check.problems] == []
    assert sum(check.n_checked for check in checks) > 1000


def test_the_second_run_does_nothing(demonstration):
    again = pipeline("publish", "--raw", ROOT / "data/raw", "--out", demonstration)
    assert "no stage was recomputed" in again.stdout
