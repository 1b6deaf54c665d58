"""scan: every file of a folder -> a row, with the reason where it is not read."""

from __future__ import annotations

import gzip
import json
import os
import socket
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import UserError
from pipeline.ingest import scan as scanning
from pipeline.ingest.scan import scan
from pipeline.schemas import to_table

HTML = b"<!doctype html><html><body><p>Words</p></body></html>"


def put(raw: Path, path: str, data: bytes = b"Some words.") -> Path:
    place = raw / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    return place


def rows_of(raw: Path) -> dict[str, dict[str, Any]]:
    rows = scan(raw, {})
    to_table("files", rows)
    assert rows == sorted(rows, key=lambda row: (row["path"], row["first_record"]))
    return {row["path"]: row for row in rows}


FILES = [
    ("a.txt", b"Some words.", "text", ""),
    ("deep/er/page.txt", HTML, "html", ""),
    ("with space & ünïcode 😀.txt", b"x", "text", ""),
    ("a.html.gz", gzip.compress(HTML), "html", ""),
    ("empty.txt", b"", "text", ""),
    ("README.md", b"About", "", "ignored: the README of the folder"),
    ("deep/README.md", b"# About\n", "markdown", ""),
    ("readme-of-the-project.txt", b"A page.", "text", ""),
    (".DS_Store", b"\x00", "", "ignored: left by the system"),
    ("deep/Thumbs.db", b"\x00", "", "ignored: left by the system"),
    ("._a.txt", b"\x00", "", "ignored: left by the system"),
    ("~$minutes.docx", b"\x00", "", "ignored: a temporary file"),
    (".git/config", b"x", "", "ignored: a hidden file"),
    ("page_files/style.css", b"p {}", "", "ignored: a part of a saved page"),
    ("photo.txt", b"\x89PNG\r\n\x1a\n\x00\x00" * 9, "", "not a page: a PNG image"),
    ("noise", bytes(range(256)) * 9, "", "not a page: a binary file of unknown kind"),
    ("data.json", b'{"a": 1}', "", "not a page: JSON that is not one page a line with url and text, html or content"),
    ("data.csv", b"name,age\nx,1\n", "", "not a page: a table without the columns url and text, html or content"),
    ("letter.doc", b"{\\rtf1 x}", "", "not a page: an RTF document: save it as DOCX"),
    ("old.doc", b"\xd0\xcf\x11\xe0" + b"\x00" * 99, "", "not a page: an Office file of before 2007 or with a password"),
    ("cut.gz", gzip.compress(os.urandom(5000))[:900], "", "gzip file cut short or damaged"),
]


@pytest.mark.parametrize(("path", "data", "reader", "problem"), FILES, ids=[file[0] for file in FILES])
def test_file(tmp_path: Path, path: str, data: bytes, reader: str, problem: str) -> None:
    put(tmp_path, path, data)
    row = rows_of(tmp_path)[path]
    assert row["reader"] == reader
    assert row["problem"].startswith(problem) and bool(row["problem"]) == bool(problem)


def test_zip_that_is_no_docx(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("page.html", HTML)
    assert rows_of(tmp_path)["a.zip"]["problem"].startswith("not a page: a zip archive that is no DOCX")


def test_links(tmp_path: Path) -> None:
    raw, outside = tmp_path / "raw", tmp_path / "outside"
    put(raw, "in/a.txt")
    put(outside, "b.txt")
    links: dict[str, str | Path] = {
        "broken": "nowhere", "out": outside / "b.txt", "out_folder": outside, "in.txt": "in/a.txt", "in_folder": "in",
        "in/up": "..", "loop": "loop", "by_way_of": "out_folder/b.txt",
    }  # fmt: skip
    for name, target in links.items():
        (raw / name).symlink_to(target)
    rows = rows_of(raw)
    assert {path: row["problem"] for path, row in rows.items()} == {
        "broken": "a broken link",
        "by_way_of": "a link that leads out of RAW: not followed",
        "in.txt": "",
        "in/a.txt": "",
        "in/up": "ignored: a link to a folder of RAW, which is read in its own place",
        "in_folder": "ignored: a link to a folder of RAW, which is read in its own place",
        "loop": "a broken link",
        "out": "a link that leads out of RAW: not followed",
        "out_folder": "a link that leads out of RAW: not followed",
    }


def test_raw_itself_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path / "real", "a.txt")
    (tmp_path / "raw").symlink_to("real")
    assert rows_of(tmp_path / "raw")["a.txt"]["reader"] == "text"


def test_pipes_and_sockets_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # a socket's path may have 100 characters only
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("socket")
        rows = rows_of(tmp_path)
    assert {row["problem"] for row in rows.values()} == {"not a regular file (a pipe, socket or device): not opened"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_shut_files_and_folders(tmp_path: Path) -> None:
    put(tmp_path, "shut.txt").chmod(0)
    put(tmp_path, "shut/a.txt").parent.chmod(0)
    rows = rows_of(tmp_path)
    (tmp_path / "shut").chmod(0o700)
    assert rows["shut.txt"]["problem"] == "cannot be opened: Permission denied"
    assert rows["shut"]["problem"] == "folder cannot be opened: Permission denied"


def test_name_that_is_no_utf8(tmp_path: Path) -> None:
    name = tmp_path / os.fsdecode(b"caf\xe9.txt")
    try:
        name.write_bytes(b"Some words.")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    put(tmp_path, "caf\\xe9.txt", HTML)
    rows = rows_of(tmp_path)
    assert {path: row["reader"] for path, row in rows.items()} == {"caf\\xe9.txt": "html", "caf\\xe9.txt\\": ""}
    (tmp_path / "caf\\xe9.txt").unlink()
    assert rows_of(tmp_path)["caf\\xe9.txt"]["reader"] == "text"


def test_dump_has_a_row_for_each_thousand_records(tmp_path: Path) -> None:
    line = json.dumps({"url": "https://a.example", "text": "x"}).encode() + b"\n"
    put(tmp_path, "dump.jsonl", line * 2001 + b"broken\n")
    put(tmp_path, "none.csv", b"url,text\n")
    rows = [(row["path"], row["first_record"], row["n_records"]) for row in scan(tmp_path, {})]
    assert rows == [
        ("dump.jsonl", 0, 1000), ("dump.jsonl", 1000, 1000), ("dump.jsonl", 2000, 2), ("none.csv", 0, 0),
    ]  # fmt: skip


def test_bomb_of_records(tmp_path: Path) -> None:
    head = json.dumps({"url": "https://a.example", "text": "x"}).encode() + b"\n"
    put(tmp_path, "bomb.jsonl.gz", gzip.compress(head + b"0" * 60_000_000))
    assert rows_of(tmp_path)["bomb.jsonl.gz"]["n_records"] == 3


def test_cache_spares_reading_and_notices_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = put(tmp_path, "a.txt")
    put(tmp_path, "b.txt")
    cache: dict[str, Any] = {}
    first = scan(tmp_path, cache)
    cache = json.loads(json.dumps(cache))
    with monkeypatch.context() as patch:
        patch.setattr(scanning, "_look", lambda *_: pytest.fail("read again"))
        assert scan(tmp_path, cache) == first
    place.write_bytes(HTML)
    second = scan(tmp_path, cache)
    assert [row["reader"] for row in second] == ["html", "text"]
    (tmp_path / "b.txt").unlink()
    scan(tmp_path, cache)
    assert list(cache["files"]) == ["a.txt"]
    cache["readers"] = "older"
    cache["files"]["a.txt"]["reader"] = "text"
    assert scan(tmp_path, cache)[0]["reader"] == "html"


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        scan(tmp_path / "nowhere", {})
    assert scan(tmp_path, {}) == []
