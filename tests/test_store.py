"""Tables on disk: schemas hold, writing is all or nothing, damage is told."""

import os

import pyarrow.parquet as pq
import pytest

from pipeline.errors import UserError
from pipeline.schemas import TABLES, SchemaError, to_table
from pipeline.store import Inputs, Store, folder_hash, replace_folder, write_atomically

ROW = {"document_id": "d1", "duplicate_of": "d2", "reason": "the same"}
WRONG_ROWS = [
    ("duplicates", [{"document_id": "d1"}], "missing columns"),
    ("duplicates", [ROW | {"colour": "red"}], "unknown columns"),
    ("duplicates", [ROW | {"duplicate_of": None}], "blanks where none may be"),
    ("duplicates", [ROW, ROW], "its key document_id occurs more than once"),
    ("duplicates", [ROW | {"reason": 3}], "duplicates: "),
    ("coders", [{"coder": "x", "kind": "robot", "description": "", "n_codings": 1}], "['robot'] not among"),
]


@pytest.mark.parametrize(("table", "rows", "message"), WRONG_ROWS, ids=[case[2] for case in WRONG_ROWS])
def test_rows_that_do_not_fit_are_refused(table, rows, message):
    with pytest.raises(SchemaError) as told:
        to_table(table, rows)
    assert message in str(told.value)


def test_what_is_written_is_read_and_an_empty_table_has_its_columns(tmp_path):
    store = Store(tmp_path)
    store.write("duplicates", [ROW], "0000")
    store.write("duplicates", [], "0001")
    assert store.table("duplicates").to_pylist() == [ROW]
    assert store.read(store.path("duplicates", "0001"), "duplicates").schema == TABLES["duplicates"].schema


def test_the_same_rows_give_the_same_bytes(tmp_path):
    store = Store(tmp_path)
    first = store.write("duplicates", [ROW], "0000")
    assert store.write("duplicates", [ROW], "0001") == first


def test_nothing_half_written_is_left_when_the_disk_is_full(tmp_path, monkeypatch):
    write_atomically(tmp_path / "table", b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        write_atomically(tmp_path / "table", b"new")
    assert (tmp_path / "table").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["table"]


@pytest.mark.parametrize("keep", [0, 50, 200])
def test_a_table_cut_short_is_told_in_one_line(tmp_path, keep):
    store = Store(tmp_path)
    store.write("duplicates", [ROW], "0000")
    path = store.path("duplicates", "0000")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UserError, match="damaged table"):
        store.table("duplicates")


def test_a_table_of_another_shape_is_told(tmp_path):
    store = Store(tmp_path)
    path = store.path("duplicates", "0000")
    path.parent.mkdir(parents=True)
    pq.write_table(to_table("coders", []), path)
    with pytest.raises(UserError, match="columns"):
        store.table("duplicates")


def test_a_step_sees_its_declared_inputs_alone(tmp_path):
    store = Store(tmp_path)
    for shard in ("0000", "0001"):
        store.write("duplicates", [ROW | {"document_id": shard}], shard)
    whole = Inputs(store, ("duplicates",), ("0000", "0001"))
    part = Inputs(store, ("duplicates",), ("0000", "0001"), "0001")
    assert [row["document_id"] for row in whole.rows("duplicates")] == ["0000", "0001"]
    assert [row["document_id"] for row in part.rows("duplicates")] == ["0001"]
    assert [shard for shard, _ in whole.parts("duplicates")] == ["0000", "0001"]
    with pytest.raises(KeyError, match="pages is not among"):
        whole.rows("pages")


def test_a_folder_is_replaced_whole(tmp_path):
    old, made = tmp_path / "report", tmp_path / ".made"
    old.mkdir()
    (old / "gone.html").write_text("old")
    made.mkdir()
    (made / "index.html").write_text("new")
    replace_folder(old, made)
    assert [path.name for path in old.iterdir()] == ["index.html"]
    assert folder_hash(old) and not folder_hash(tmp_path / "nowhere")
