"""run: rows of `files` -> rows of pages, blocks and sources, for readable and unreadable files alike."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import ingest
from pipeline.ingest import read as reading
from pipeline.ingest.page import Page
from pipeline.ingest.read import Limits, document_id_of, read_files
from pipeline.ingest.scan import scan
from pipeline.schemas import to_table
from pipeline.settings import Ingest

HTML = b"<!doctype html><html><body><h1>Title</h1><p>Words</p></body></html>"


def tables_of(raw: Path, limits: Limits = Limits()) -> dict[str, list[dict[str, Any]]]:  # noqa: B008 - frozen
    tables = read_files(raw, scan(raw, {}), limits)
    for name, rows in tables.items():
        to_table(name, rows)
    texts = {page["document_id"]: page["text"] for page in tables["pages"]}
    for block in tables["page_blocks"]:
        assert texts[block["document_id"]][block["start"] : block["end"]].strip()
    return tables


def fill(raw: Path) -> None:
    lines = [{"url": f"https://www.a.example/{n}", "text": f"Words {n}"} for n in range(3)]
    files = {
        "README.md": b"About",
        "a.txt": "Title\r\n\r\nWörds 😀".encode(),
        "b.html": HTML,
        "c.txt": b" \n\n",
        "d.png": b"\x89PNG\x00\x00\x00",
        "e.docx": b"PK\x03\x04" + b"word/document.xml" + b"\x00" * 99,
        "f.jsonl": b"\n".join([*(json.dumps(line).encode() for line in lines), b"broken"]),
        "g.csv": b"url,text\n",
    }
    for name, data in files.items():
        (raw / name).write_bytes(data)


def test_every_file_has_a_row_and_a_reason(tmp_path: Path) -> None:
    fill(tmp_path)
    tables = tables_of(tmp_path)
    assert [(page["path"], page["status"], page["reason"]) for page in tables["pages"]] == [
        ("README.md", "ignored", "the README of the folder"),
        ("a.txt", "read", None),
        ("b.html", "read", None),
        ("c.txt", "empty", "no text"),
        ("d.png", "unreadable", "not a page: a PNG image"),
        ("e.docx", "unreadable", "zip archive cut short or damaged"),
        ("f.jsonl#0", "read", None),
        ("f.jsonl#1", "read", None),
        ("f.jsonl#2", "read", None),
        ("f.jsonl#3", "unreadable", "line 4 is no JSON: Expecting value (column 1)"),
        ("g.csv", "empty", "the dump holds no records"),
    ]
    assert [source["html"] for source in tables["sources"]] == [HTML.decode()]
    record = tables["pages"][6]
    assert (record["site"], record["url"]) == ("a.example", "https://www.a.example/0")


def test_ids_come_from_path_and_content(tmp_path: Path) -> None:
    fill(tmp_path)
    page = tables_of(tmp_path)["pages"][1]
    sha256 = hashlib.sha256((tmp_path / "a.txt").read_bytes()).hexdigest()
    assert page["sha256"] == sha256
    assert page["document_id"] == hashlib.sha256(f"a.txt\0{sha256}".encode()).hexdigest()[:16]
    assert document_id_of("b.txt", sha256) != page["document_id"]


def test_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    fill(tmp_path)
    rows = scan(tmp_path, {})
    assert read_files(tmp_path, rows, Limits()) == read_files(tmp_path, rows[::-1], Limits())


def test_run_reads_a_shard(tmp_path: Path) -> None:
    fill(tmp_path)
    settings = SimpleNamespace(ingest=Ingest())
    inputs: Any = SimpleNamespace(rows=lambda name: scan(tmp_path, {}))
    for is_careful in (False, True):
        context: Any = SimpleNamespace(raw=tmp_path, settings=settings, is_careful=is_careful)
        assert ingest.run(inputs, context) == tables_of(tmp_path)


def test_ranges_of_a_dump(tmp_path: Path) -> None:
    fill(tmp_path)
    row = next(row for row in scan(tmp_path, {}) if row["path"] == "f.jsonl")
    parts = [read_files(tmp_path, [{**row, "first_record": n, "n_records": 2}], Limits())["pages"] for n in (0, 2)]
    assert [page["path"] for part in parts for page in part] == [f"f.jsonl#{n}" for n in range(4)]


def test_file_changed_or_gone_since_the_scan(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"Old")
    (tmp_path / "b.txt").write_bytes(b"Gone")
    rows = scan(tmp_path, {})
    (tmp_path / "a.txt").write_bytes(b"New")
    (tmp_path / "b.txt").unlink()
    changed, gone = read_files(tmp_path, rows, Limits())["pages"]
    assert (changed["text"], changed["sha256"]) == ("New", hashlib.sha256(b"New").hexdigest())
    assert (gone["status"], gone["reason"]) == ("unreadable", "cannot be opened: No such file or directory")


def test_link_bent_out_of_raw_since_the_scan(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.txt").write_bytes(b"In")
    rows = scan(raw, {})
    (tmp_path / "out.txt").write_bytes(b"Out")
    (raw / "a.txt").unlink()
    (raw / "a.txt").symlink_to("../out.txt")
    assert read_files(raw, rows, Limits())["pages"][0]["reason"] == "a link that leads out of RAW: not followed"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"word " * 500_000, "larger than 1 MB (see ingest.max_megabytes in settings.toml)"),
        (gzip.compress(b"word " * 500_000), "larger than 1 MB (see ingest.max_megabytes in settings.toml)"),
    ],
)
def test_too_large(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    page = tables_of(tmp_path, Limits(max_bytes=1_000_000))["pages"][0]
    assert (page["status"], page["reason"]) == ("unreadable", reason)


def test_gzip_bomb(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"0" * 60_000_000))
    page = tables_of(tmp_path)["pages"][0]
    assert (page["status"], page["reason"]) == (
        "unreadable",
        "decompression bomb: unpacks to more than 250 times its size",
    )


def test_too_slow() -> None:
    def slow() -> Page:
        try:
            time.sleep(5)
        except Exception:
            return Page("never", "text/plain")
        return Page("never", "text/plain")

    page = reading.read_page(slow, Limits(seconds=1))
    assert page.status == "unreadable" and "not read within 1 s" in str(page.reason)


def test_a_fault_of_a_library_is_one_line() -> None:
    def faulty() -> Page:
        raise RuntimeError("two\nlines " * 99)

    page = reading.read_page(faulty, Limits())
    assert page.status == "unreadable"
    assert page.reason is not None and page.reason.startswith("RuntimeError: two lines") and "\n" not in page.reason
