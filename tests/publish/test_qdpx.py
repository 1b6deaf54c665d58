"""The REFI-QDA project: valid by the official schemas, the same counts, offsets and quotes as the codings."""

import csv
import zipfile
from collections import Counter

import pytest
from lxml import etree

from pipeline.codebook import load
from pipeline.exchange import NAME_LENGTH, guid, legal, unique_names
from pipeline.flow import ROOT
from pipeline.publish.formats import qdpx
from pipeline.store import Store

SCHEMAS = ROOT.parent / "shared" / "refi-qda"
needs_schemas = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason="the official REFI-QDA schemas are not in ../shared/refi-qda"
)
NAMESPACE = {"q": "urn:QDA-XML:project:1.0"}


@pytest.fixture(scope="module")
def folder(tables, published):
    return published(qdpx, tables)[0]


def project(folder):
    with zipfile.ZipFile(folder / "project.qdpx") as archive:
        return etree.fromstring(archive.read("project.qde")), {name: archive.read(name) for name in archive.namelist()}


@needs_schemas
@pytest.mark.parametrize("themes_as", ["sets", "codes"])
def test_the_project_is_valid(tables, published, themes_as):
    root, _ = project(published(qdpx, tables, themes_as=themes_as)[0])
    etree.XMLSchema(etree.parse(str(SCHEMAS / "Project.xsd"))).assertValid(root)


@needs_schemas
def test_a_project_without_documents_is_valid(no_tables, published):
    root, members = project(published(qdpx, no_tables)[0])
    etree.XMLSchema(etree.parse(str(SCHEMAS / "Project.xsd"))).assertValid(root)
    assert list(members) == ["project.qde"]


@needs_schemas
def test_the_codebook_is_valid(folder):
    etree.XMLSchema(etree.parse(str(SCHEMAS / "Codebook.xsd"))).assertValid(etree.parse(str(folder / "codebook.qdc")))


def test_every_coding_is_there_at_its_place(folder, tables):
    """Counts, offsets and quotes are checked against the table, not against the exporter."""
    root, members = project(folder)
    names = {guid("code", key): key for key in load(ROOT / "codebook.yaml").codes}
    users = {user.get("guid"): user.get("name") for user in root.iterfind(".//q:User", NAMESPACE)}
    found = []
    for source in root.iterfind(".//q:TextSource", NAMESPACE):
        text = members["sources/" + source.get("plainTextPath").removeprefix("internal://")].decode()
        for selection in source.iterfind("q:PlainTextSelection", NAMESPACE):
            start, end = int(selection.get("startPosition")), int(selection.get("endPosition"))
            for code in selection.iterfind("q:Coding/q:CodeRef", NAMESPACE):
                found.append(
                    (
                        source.get("guid"),
                        names[code.get("targetGUID")],
                        start,
                        end,
                        text[start:end],
                        users[selection.get("creatingUser")],
                    )
                )
    want = [
        (guid("document", r["document_id"]), r["code"], r["start"], r["end"], legal(r["quote"]), r["coder"])
        for r in Store(tables).table("codings").to_pylist()
    ]
    assert Counter(found) == Counter(want)
    assert len(want) == 9


def test_sources_are_the_texts_of_kept_documents(folder, tables):
    _, members = project(folder)
    kept = {r["document_id"]: r["text"] for r in Store(tables).table("documents").to_pylist() if r["status"] == "kept"}
    for key, text in kept.items():
        data = members[f"sources/{guid('document', key)}.txt"]
        assert data.decode() == legal(text) and b"\r" not in data and not data.startswith(b"\xef\xbb\xbf")
        assert len(data.decode()) == len(text)
    assert len(members) == len(kept) + 1


def test_what_readers_ask_for(folder):
    """Origin, names of users, unique names of codes of a bearable length, dates on selections, `true` and `false`."""
    root, members = project(folder)
    assert root.get("origin") and root.get("name") and members["project.qde"].startswith(b"<?xml")
    names = [code.get("name") for code in root.iterfind(".//q:Code", NAMESPACE)]
    assert len({name.casefold() for name in names}) == len(names) and max(map(len, names)) <= NAME_LENGTH
    assert {code.get("isCodable") for code in root.iterfind(".//q:Code", NAMESPACE)} == {"true", "false"}
    assert [user.get("name") for user in root.iterfind(".//q:User", NAMESPACE)] == ["Ada Ng", "machine"]
    sources = [source.get("name") for source in root.iterfind(".//q:TextSource", NAMESPACE)]
    assert len(set(sources)) == len(sources) and not any(set(name) & set('/\\:*?"<>|') for name in sources)
    for selection in root.iterfind(".//q:PlainTextSelection", NAMESPACE):
        assert selection.get("creationDateTime") and selection.get("creatingUser")
        assert "\n" not in selection.findtext("q:Description", "", NAMESPACE)


def test_themes_are_sets_or_codes(tables, published):
    sets, _ = project(published(qdpx, tables, themes_as="sets")[0])
    codes, _ = project(published(qdpx, tables, themes_as="codes")[0])
    assert [s.get("name") for s in sets.iterfind(".//q:Set", NAMESPACE)] == ["=Trust & power <i>", "Trust (theme t1.1)"]
    assert len(sets.findall(".//q:Set[1]/q:MemberSource", NAMESPACE)) == 3
    assert codes.find(".//q:Set", NAMESPACE) is None
    theme = guid("theme", "t1.1")
    assert len(codes.findall(f".//q:CodeRef[@targetGUID='{theme}']", NAMESPACE)) == 3
    assert codes.find(f".//q:Code[@guid='{theme}']", NAMESPACE).getparent().get("guid") == guid("theme", "t1")


@pytest.mark.parametrize("quotes", ["short", "none"])
def test_no_page_text_leaves_without_quotes(tables, published, quotes):
    (folder,) = published(qdpx, tables, quotes=quotes)
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "codebook.qdc", "taguette_codebook.csv"]
    assert f'`publish.quotes` is\n  "{quotes}"' in (folder / "README.md").read_text("utf-8")


def test_the_codebook_for_taguette_has_every_code(folder):
    book = load(ROOT / "codebook.yaml")
    with (folder / "taguette_codebook.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert {row["tag"] for row in rows} == {*book.codes, *book.facets}
    assert all(row["description"] for row in rows)


def test_the_bytes_repeat(tables, published):
    first = {path.name: path.read_bytes() for path in published(qdpx, tables)[0].iterdir()}
    assert {path.name: path.read_bytes() for path in published(qdpx, tables)[0].iterdir()} == first


def test_names_stay_unique_when_cut():
    names = unique_names([(str(n), "x" * 80, "same") for n in range(4)])
    assert len(set(names.values())) == 4 and max(map(len, names.values())) <= NAME_LENGTH
