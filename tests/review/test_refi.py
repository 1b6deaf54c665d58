"""A REFI-QDA project that comes back: identical where untouched; matched where edited; nothing lost silently."""

import importlib.util
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline.codebook import load
from pipeline.errors import UserError
from pipeline.flow import ROOT
from pipeline.publish.formats import qdpx
from pipeline.review.read_in import read_in
from pipeline.review.refi import read_codebook, read_project
from pipeline.review.refi_place import place
from pipeline.schemas import to_table
from pipeline.store import Store

BOOK = load(ROOT / "codebook.yaml")


def _publish_conftest():
    """The small tables that the tests of publish are made with."""
    path = Path(__file__).parents[1] / "publish" / "conftest.py"
    spec = importlib.util.spec_from_file_location("publish_tables", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["publish_tables"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """OUT with tables and the projects made from them, themes as sets and as codes."""
    made = _publish_conftest()
    out = tmp_path_factory.mktemp("tables").resolve()
    made.make(out)
    for themes_as in ("codes", "sets"):
        qdpx.write(made.inputs(out), made.context(out, themes_as=themes_as))
        (out / "qda/project.qdpx").replace(out / f"{themes_as}.qdpx")
    return out


def edited(tables, tmp_path, change, text=lambda name, data: data, rename=lambda name: name):
    """A copy of the project with its XML, its texts and the names of its members changed, as another program may."""
    path = tmp_path / "edited.qdpx"
    with zipfile.ZipFile(tables / "sets.qdpx") as source, zipfile.ZipFile(path, "w") as sink:
        for name in source.namelist():
            data = source.read(name)
            data = change(data.decode()).encode() if name.endswith(".qde") else text(name, data)
            sink.writestr(rename(name), data)
    return path


def key(row):
    return row["coding_id"]


def codings(tables):
    return sorted(Store(tables).table("codings").to_pylist(), key=key)


@pytest.mark.parametrize("themes_as", ["sets", "codes"])
def test_an_untouched_project_comes_back_identical(tables, themes_as):
    reading = read_project(tables / f"{themes_as}.qdpx", tables, BOOK)
    assert sorted(reading.codings, key=key) == codings(tables)
    assert reading.unmatched == []
    assert [(row["coder"], row["kind"], row["n_codings"]) for row in reading.coders] == [
        ("Ada Ng", "human", 1),
        ("machine", "machine", 8),
    ]
    assert len(reading.themes) == (3 if themes_as == "codes" else 0)
    assert any("👩\u200d💻" in row["quote"] for row in reading.codings)


def test_new_guids_and_names_are_matched_by_name_and_words(tables, tmp_path):
    """A program that issues GUIDs of its own, renames the .qde and writes Sources with a capital."""

    def reissue(xml):
        return re.sub(
            r"[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
            lambda m: "{FFFFFFFF" + m[1].upper() + "}",
            xml,
        ).replace("internal://{", "internal://{")

    def rename(name):
        name = re.sub(r"/[0-9a-f]{8}(-.*)\.txt", lambda m: "/{FFFFFFFF" + m[1].upper() + "}.TXT", name)
        return name.replace("sources/", "Sources/").replace("project.qde", "My project.QDE")

    path = edited(tables, tmp_path, reissue, rename=rename)
    reading = read_project(path, tables, BOOK)
    assert reading.unmatched == []
    places = [
        (r["document_id"], r["code"], r["start"], r["end"], r["quote"], r["coder"], r["status"], r["shift_to"])
        for r in reading.codings
    ]
    want = [
        (r["document_id"], r["code"], r["start"], r["end"], r["quote"], r["coder"], r["status"], r["shift_to"])
        for r in codings(tables)
    ]
    assert sorted(places, key=str) == sorted(want, key=str)
    to_table("codings", reading.codings)


def test_other_line_ends_and_a_byte_order_mark_do_not_move_spans(tables, tmp_path):
    """NVivo and others keep texts with CRLF and count in them."""

    def shifted(xml):
        def move(match):
            texts = Store(tables).table("documents").to_pylist()
            start, end = int(match[1]), int(match[2])
            # the documents of this corpus are told apart by which of them has the words at that place
            words = {
                row["quote"]: row["document_id"]
                for row in codings(tables)
                if (row["start"], row["end"]) == (start, end)
            }
            text = next(row["text"] for row in texts if row["document_id"] in words.values())
            before = text[:start].count("\n")
            return f'startPosition="{start + before}" endPosition="{end + before}"'

        return re.sub(r'startPosition="(\d+)" endPosition="(\d+)"', move, xml)

    path = edited(tables, tmp_path, shifted, lambda name, data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"))
    reading = read_project(path, tables, BOOK)
    assert sorted(reading.codings, key=key) == codings(tables)


def test_a_new_coding_of_a_person_becomes_a_row(tables, tmp_path):
    def add(xml):
        user = '<User guid="11111111-1111-1111-1111-111111111111" name="Bo Lind"/></Users>'
        code = re.search(r'<Code guid="([^"]+)" name="Reciprocity and mutuality"', xml)[1]
        selection = (
            '<PlainTextSelection guid="22222222-2222-2222-2222-222222222222" startPosition="0" endPosition="6" '
            'creatingUser="11111111-1111-1111-1111-111111111111"><Description>They give and take.</Description>'
            f'<Coding guid="33333333-3333-3333-3333-333333333333"><CodeRef targetGUID="{code}"/></Coding>'
            "</PlainTextSelection>"
        )
        at = xml.index("<PlainTextSelection", xml.index('name="blogs - fixer.html"'))
        return (xml[:at] + selection + xml[at:]).replace("</Users>", user)

    reading = read_project(edited(tables, tmp_path, add), tables, BOOK)
    (row,) = [row for row in reading.codings if row["coder"] == "Bo Lind"]
    assert (row["quote"], row["code"], row["status"], row["evidence"]) == (
        "Nurses",
        "value.reciprocity",
        "endorsed",
        "human",
    )
    assert (row["sentence_id"], row["page_start"], row["page_end"]) == ("d0:0", 0, 6)
    assert row["explanation"] == "They give and take."
    assert {"coder": "Bo Lind", "kind": "human", "description": "User of edited.qdpx", "n_codings": 1} in reading.coders
    to_table("codings", reading.codings)


def test_what_has_no_place_is_listed_with_the_reason(tables, tmp_path):
    def spoil(xml):
        xml = re.sub(
            r'(<Code guid=")[^"]+(" name=")Risk aversion and blame"',
            r'\g<1>44444444-4444-4444-4444-444444444444\2Hope"',
            xml,
        )
        old = re.search(
            r'<Code guid="([^"]+)" name="Risk aversion',
            (zipfile.ZipFile(tables / "sets.qdpx").read("project.qde")).decode(),
        )[1]
        xml = xml.replace(old, "44444444-4444-4444-4444-444444444444")
        return xml.replace('name="blogs - fixer.html"', 'name="memo.txt"', 1).replace(
            _source_guid(xml, "blogs - fixer.html"), "55555555-5555-5555-5555-555555555555"
        )

    path = edited(tables, tmp_path, spoil, lambda name, data: b"Other words altogether." if b"Nurses" in data else data)
    reading = read_project(path, tables, BOOK)
    why = {row["code"]: row["why"] for row in reading.unmatched}
    assert why["Hope"] == "the codebook has no such code; add it there and read the file again"
    assert why["Facilitator or enabler"] == "no kept document has this source's GUID, name or text"
    assert len(reading.codings) + len(reading.unmatched) == len(codings(tables))
    assert {"source", "coder", "code", "start", "end", "quote", "memo", "why"} == set(reading.unmatched[0])


def _source_guid(xml, name):
    return re.search(rf'<TextSource guid="([^"]+)" name="{re.escape(name)}"', xml)[1]


def test_a_text_that_was_edited_is_matched_by_its_words(tables, tmp_path):
    def text(name, data):
        return data.replace(b"Nurses moved", b"Nurses XX moved")

    def move(xml):
        head, mark, source = xml.partition('name="blogs - fixer.html"')
        source, end, tail = source.partition("</TextSource>")
        moved = re.sub(r'(start|end)Position="(\d+)"', lambda m: f'{m[1]}Position="{int(m[2]) + 3}"', source)
        return head + mark + moved + end + tail

    reading = read_project(edited(tables, tmp_path, move, text), tables, BOOK)
    assert sorted(map(key, reading.codings)) == sorted(map(key, codings(tables)))


def test_codings_of_whole_documents_are_listed(tables, tmp_path):
    def add(xml):
        code = re.search(r'<Code guid="([^"]+)" name="Trust"', xml)[1]
        coding = f'<Coding guid="66666666-6666-6666-6666-666666666666"><CodeRef targetGUID="{code}"/></Coding>'
        return xml.replace("<VariableValue>", coding + "<VariableValue>", 1)

    reading = read_project(edited(tables, tmp_path, add), tables, BOOK)
    assert [row["why"] for row in reading.unmatched] == ["it codes a whole source; spans of text alone are read in"]
    assert reading.unmatched[0]["code"] == "Trust"


def test_a_codebook_tells_new_codes_from_known_ones(tables, tmp_path):
    path = tmp_path / "codebook.qdc"
    text = (tables / "qda/codebook.qdc").read_text("utf-8")
    path.write_text(text.replace('name="Trust"', 'name="Hope"', 1), "utf-8")
    codes = read_codebook(path, BOOK)
    assert {code["key"] for code in codes if code["is_codable"]} == set(BOOK.codes), "a renamed code keeps its GUID"
    path.write_text(
        re.sub(r'guid="[^"]+" name="Trust"', 'guid="44444444-4444-4444-4444-444444444444" name="Hope"', text), "utf-8"
    )
    assert [code["name"] for code in read_codebook(path, BOOK) if code["is_codable"] and not code["key"]] == ["Hope"]


BOMB = b'<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY a "aaaa">]><Project name="&a;"/>'
BAD = [
    (b"not a zip", "not a REFI-QDA project"),
    ({"readme.txt": b""}, "holds no .qde file"),
    ({"project.qde": b"<Project"}, "not valid XML"),
    ({"project.qde": b"<html/>"}, "starts with <html>"),
    ({"project.qde": BOMB}, "document type declaration"),
    (
        {
            "project.qde": b'<Project><TextSource name="a" plainTextPath="internal://a.txt"/></Project>',
            "sources/a.txt": b"\xff\xfe",
        },
        "is not UTF-8 text",
    ),
    (
        {"project.qde": b'<Project><TextSource name="a"><PlainTextSelection/></TextSource></Project>'},
        "has no start or end",
    ),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_bad_files_are_told_in_one_line(tables, tmp_path, content, message):
    path = tmp_path / "bad.qdpx"
    path.write_bytes(content if isinstance(content, bytes) else _zip(content))
    with pytest.raises(UserError, match=message) as told:
        read_project(path, tables, BOOK)
    assert str(told.value).startswith(f"{path}: ") and "\n" not in str(told.value)


def _zip(members):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def test_a_missing_file_is_told(tables, tmp_path):
    with pytest.raises(UserError, match="no such file"):
        read_project(tmp_path / "none.qdpx", tables, BOOK)


@pytest.mark.parametrize("span", [(0, 0), (5, 2), (-1, 3), (0, 99)])
def test_spans_outside_the_text_have_no_place(span):
    assert place("Trust.", *span, "Trust.") is None


def test_human_codings_become_lines_that_name_places_by_words(tables, tmp_path):
    said = read_in(tables / "sets.qdpx", tables, BOOK, tmp_path / "codings.jsonl")
    (line,) = (tmp_path / "codings.jsonl").read_text("utf-8").splitlines()
    (row,) = [row for row in codings(tables) if row["evidence"] == "human"]
    texts = {row["sentence_id"]: row["text"] for row in Store(tables).table("sentences").to_pylist()}
    paths = {row["document_id"]: row["path"] for row in Store(tables).table("documents").to_pylist()}
    assert json.loads(line) == {
        "path": paths[row["document_id"]],
        "sentence": texts[row["sentence_id"]],
        "quote": row["quote"],
        "code": "value.trust",
        "status": "endorsed",
        "coder": "Ada Ng",
        "memo": row["explanation"],
    }
    assert "1 human coding (Ada Ng 1)" in said and said.endswith("Every coding has its place.")


def test_what_has_no_place_is_printed(tables, tmp_path):
    def rename(xml):
        return re.sub(
            r'<Code guid="[^"]+" name="Trust"', f'<Code guid="{"4" * 8}-4444-4444-4444-444444444444" name="Hope"', xml
        )

    said = read_in(edited(tables, tmp_path, rename), tables, BOOK)
    assert "Without a place here: " in said
    assert "the codebook has no such code; add it there and read the file again" in said


def test_new_and_missing_codes_of_a_codebook_are_printed(tables, tmp_path):
    path = tmp_path / "codebook.qdc"
    text = (tables / "qda/codebook.qdc").read_text("utf-8")
    guid = '<Code guid="44444444-4444-4444-4444-444444444444" name="Hope"'
    path.write_text(re.sub(r'<Code guid="[^"]+" name="Trust"', guid, text), "utf-8")
    said = read_in(path, tables, BOOK)
    assert "New, to be added to codebook.yaml: Hope." in said and "Not in the file: value.trust." in said


def run(*words):
    return subprocess.run([sys.executable, "-m", "pipeline", *map(str, words)], capture_output=True, cwd=ROOT)


def test_the_command_line_reads_a_project_in_and_prints_quotes(tables, tmp_path):
    done = run("review", tables / "sets.qdpx", "--out", tables, "--file", tmp_path / "codings.jsonl")
    assert done.returncode == 0 and b"1 human coding" in done.stdout, done.stderr
    assert (tmp_path / "codings.jsonl").stat().st_size
    done = run(
        "quotes", "--code", "value.trust", "--format", "docx", "--out", tables, "--file", tmp_path / "trust.docx"
    )
    assert done.returncode == 0 and (tmp_path / "trust.docx").read_bytes()[:2] == b"PK", done.stderr
    done = run("quotes", "--theme", "t1", "--out", tables, "-n", "1")
    assert b"1 of 3 quotes" in done.stdout
    done = run("quotes", "--code", "value.trsut", "--out", tables)
    assert done.returncode == 2 and b"did you mean `value.trust`" in done.stderr
    done = run("review", tmp_path / "none.qdpx", "--out", tables)
    assert done.returncode == 2 and b"no such file" in done.stderr
