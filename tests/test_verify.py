"""`verify` finds what is wrong: tables of the demonstration corpus are altered one at a time."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import UserError
from pipeline.store import Store
from pipeline.verify import verify
from tests.conftest import pipeline


def last_letter_lost(row, column):
    return row | {column: row[column][:-1] or "x"}


ALTERED = [
    # table, which row is altered how, the check that must fail
    ("removals", lambda row: last_letter_lost(row, "text"), "pages rebuild from kept and removed text"),
    ("documents", lambda row: row | {"text": row["text"] + "!"}, "documents follow from pages"),
    ("sentences", lambda row: row | {"start": row["start"] + 1}, "sentences: verbatim at both pairs of offsets"),
    ("sentences", lambda row: row | {"page_end": row["page_end"] - 1}, "sentences: verbatim at both pairs of offsets"),
    ("passages", lambda row: last_letter_lost(row, "text"), "passages: verbatim at both pairs of offsets"),
    ("codings", lambda row: last_letter_lost(row, "quote"), "codings: verbatim at both pairs of offsets"),
    ("codings", lambda row: row | {"sentence_id": "nowhere:0"}, "codings.sentence_id is in sentences"),
    ("code_table", lambda row: row | {"n_codings": row["n_codings"] + 1}, "code_table.n_codings"),
    ("document_table", lambda row: row | {"n_codings": row["n_codings"] + 1}, "document_table.n_codings"),
    ("theme_members", lambda row: row | {"theme_id": "nothing"}, "theme_members.theme_id is in themes"),
    ("themes", lambda row: row | {"n_passages": row["n_passages"] + 1}, "themes.n_passages agrees with theme_table"),
    ("theme_codes", lambda row: row | {"n_codings": row["n_codings"] + 1}, "theme_codes.n_codings"),
    ("blocks", lambda row: row | {"end": row["end"] + 10**6}, "blocks stand on the page"),
]


@pytest.fixture(scope="module")
def tables(demonstration, tmp_path_factory):
    copy = tmp_path_factory.mktemp("altered") / "out"
    shutil.copytree(demonstration, copy)
    return copy


@pytest.mark.parametrize(("table", "alter", "check"), ALTERED, ids=[f"{table}: {check}" for table, _, check in ALTERED])
def test_an_altered_table_is_found(tables, table, alter, check):
    path = next(p for p in Store(tables).paths(table) if pq.read_metadata(p).num_rows)
    whole = path.read_bytes()
    rows = pq.read_table(path).to_pylist()
    # The last row of a theme table is of the level that members refer to.
    place = next(
        i
        for i in reversed(range(len(rows)))
        if rows[i].get("level", 2) == 2 and rows[i].get("status", "kept") != "empty"
    )
    rows[place] = alter(rows[place])
    try:
        pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(path)), path)
        failed = {found.name for found in verify(tables) if found.problems}
    finally:
        path.write_bytes(whole)
    assert check in failed


def test_a_damaged_table_is_one_line(tables):
    path = Store(tables).path("themes")
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:200])
        done = pipeline("verify", tables, check=False)
    finally:
        path.write_bytes(whole)
    assert done.returncode == 2
    assert "damaged table" in done.stderr


def test_a_missing_table_is_named(tables):
    path = Store(tables).path("themes")
    whole = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(UserError, match="tables missing: themes"):
            verify(tables)
    finally:
        path.write_bytes(whole)
