"""documents, codings, codebook, themes -> OUT/qda: a REFI-QDA project and codebook, and Taguette's codebook.

The project holds the whole text of every kept document. It is written when `publish.quotes` is "full"; otherwise
README.md says why it is missing, and the codebooks alone are written.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

import pyarrow.compute as pc

from pipeline.exchange import code_names, guid, legal, one_line, source_names
from pipeline.publish.refi_codes import HEAD, codebook_xml, codes, taguette
from pipeline.publish.refi_sources import MACHINE, source, theme_sets, variables
from pipeline.publish.zipped import entry
from pipeline.store import Context, Inputs, replace_folder

PROJECT = "urn:QDA-XML:project:1.0"
ABOUT = (
    "Kept documents with the codings of the machine and of human coders. Dates are placeholders. Characters that XML "
    "forbids are shown as their control pictures, one for one."
)
README = """# For qualitative analysis software

{project}- `codebook.qdc`: the codebook alone, for any program that reads REFI-QDA codebooks.
- `taguette_codebook.csv`: the codebook for Taguette (Import codebook).

The machine and every human coder are users of their own. Dates in the files are placeholders, so that the same
tables always give the same bytes. Positions count Unicode code points. Characters that XML forbids (control
characters) are shown as their control pictures, one for one, so that positions hold.
"""
WITH = (
    "- `project.qdpx`: REFI-QDA project with documents, codebook, codings and themes, for programs that read\n"
    "  REFI-QDA 1.5.\n"
)
WITHOUT = (
    "- `project.qdpx` is not written: it holds the whole text of the documents, and the setting `publish.quotes` is\n"
    '  "{quotes}". With "full" it is written.\n'
)


def write(inputs: Inputs, context: Context) -> list[str]:
    """Write the folder anew; returns its path relative to OUT."""
    quotes = context.settings.publish.quotes
    made = context.out / ".qda.tmp"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    if quotes == "full":
        write_project(made / "project.qdpx", inputs, context)
    (made / "codebook.qdc").write_bytes(codebook_xml(context.codebook, "coproduction-pipeline"))
    (made / "taguette_codebook.csv").write_bytes(taguette(context.codebook))
    project = WITH if quotes == "full" else WITHOUT.format(quotes=quotes)
    (made / "README.md").write_bytes(README.format(project=project).encode())
    replace_folder(context.out / "qda", made)
    return ["qda"]


def write_project(path: Path, inputs: Inputs, context: Context) -> None:
    """The project file, document by document, so that no corpus is held in memory."""
    table = inputs.table("document_table")
    documents = {row["document_id"]: row for row in table.filter(pc.equal(table["status"], "kept")).to_pylist()}
    with zipfile.ZipFile(path, "w") as archive:
        for _, part in inputs.parts("documents"):
            for row in part.select(["document_id", "text"]).to_pylist():
                if row["document_id"] in documents:
                    name = f"sources/{guid('document', row['document_id'])}.txt"
                    archive.writestr(entry(name), legal(row["text"]).encode())
        with archive.open(entry("project.qde"), "w", force_zip64=True) as sink:
            _write_qde(sink, documents, inputs, context)


def _write_qde(sink: IO[bytes], documents: Mapping[str, Any], inputs: Inputs, context: Context) -> None:
    themes = inputs.rows("themes")
    as_codes = context.settings.publish.themes_as == "codes"
    names = code_names(context.codebook, themes)

    def put(*texts: str) -> None:
        sink.write("".join(texts).encode())

    put(HEAD, f"<Project xmlns={quoteattr(PROJECT)} name={quoteattr(one_line(context.settings.publish.title))} ")
    put(f'origin="coproduction-pipeline" creatingUserGUID="{guid("coder", MACHINE)}">\n')
    put(_text(_users(inputs)), "<CodeBook>", _text(codes(context.codebook, themes, as_codes)), "</CodeBook>\n")
    if documents:
        put(_text(variables()), "<Sources>\n")
        for element in _sources(documents, inputs, as_codes):
            put(_text(element))
        put("</Sources>\n")
    sets = [] if as_codes else list(theme_sets(themes, names, _documents_of_themes(inputs)))
    if sets:
        put("<Sets>\n", *map(_text, sets), "</Sets>\n")
    put(f"<Description>{ABOUT}</Description>\n</Project>\n")


def _text(element: ET.Element) -> str:
    return ET.tostring(element, "unicode") + "\n"


def _users(inputs: Inputs) -> ET.Element:
    top = ET.Element("Users")
    coders = {MACHINE, *(row["coder"] for row in inputs.rows("coders"))}
    for part in inputs.parts("codings"):
        coders |= set(part[1]["coder"].unique().to_pylist())
    for coder in sorted(coders):
        ET.SubElement(top, "User", guid=guid("coder", coder), name=one_line(coder) or "unnamed", id=one_line(coder))
    return top


def _sources(documents: Mapping[str, Any], inputs: Inputs, with_themes: bool) -> Iterator[ET.Element]:
    """A TextSource for each kept document, shard by shard."""
    names = source_names((key, row["path"]) for key, row in documents.items())
    parts = zip(*(inputs.parts(name) for name in ("documents", "codings", "theme_members", "passages")), strict=True)
    for (_, texts), (_, codings), (_, members), (_, passages) in parts:
        coded = _grouped(codings.to_pylist())
        spans = {row["passage_id"]: row for row in passages.select(["passage_id", "start", "end"]).to_pylist()}
        placed = _grouped(members.to_pylist() if with_themes else [])
        for key in texts["document_id"].to_pylist():
            if key in documents:
                theme_spans = [(row, spans[row["passage_id"]]) for row in placed.get(key, [])]
                yield source(documents[key], names[key], coded.get(key, []), theme_spans)


def _grouped(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["document_id"], []).append(row)
    return found


def _documents_of_themes(inputs: Inputs) -> dict[str, list[str]]:
    """{theme or sub-theme: the documents with a passage in it}"""
    found: dict[str, set[str]] = {}
    for _, part in inputs.parts("theme_members"):
        for row in part.to_pylist():
            for theme in {row["theme_id"], row["subtheme_id"]}:
                found.setdefault(theme, set()).add(row["document_id"])
    return {theme: sorted(ids) for theme, ids in found.items()}
