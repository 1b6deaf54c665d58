"""documents, codings, theme_members -> the sources of a REFI-QDA project, with their coded spans.

Offsets are Unicode code points, end exclusive. A span that one coder coded several times over is one selection with
several codings; its description is one line of provenance, `key: status, score, evidence`, which `review` reads back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.exchange import guid, legal, one_line

Row = Mapping[str, Any]
# Some tools stop at a source or a selection without a date; ours have none, so that bytes repeat.
DATE = "2000-01-01T00:00:00Z"
MACHINE = "machine"
# (name of the variable, its type, column of document_table)
VARIABLES = (
    ("Path", "Text", "path"),
    ("Title", "Text", "title"),
    ("Site", "Text", "site"),
    ("Address", "Text", "url"),
    ("Published", "Text", "published"),
    ("Words", "Integer", "n_words"),
    ("Main theme", "Text", "main_theme"),
)


def variables() -> ET.Element:
    """The element Variables: what each document carries along."""
    top = ET.Element("Variables")
    for name, kind, _ in VARIABLES:
        ET.SubElement(top, "Variable", guid=guid("variable", name), name=name, typeOfVariable=kind)
    return top


def source(document: Row, name: str, codings: Iterable[Row], members: Iterable[tuple[Row, Row]]) -> ET.Element:
    """The element TextSource of one document. `members`: (row of theme_members, row of passages)."""
    key = document["document_id"]
    top = ET.Element(
        "TextSource",
        guid=guid("document", key),
        name=name,
        plainTextPath=f"internal://{guid('document', key)}.txt",
        creatingUser=guid("coder", MACHINE),
        creationDateTime=DATE,
    )
    ET.SubElement(top, "Description").text = _about(document)
    for (start, end, coder), spoken in sorted(_selections(codings, members).items()):
        _selection(top, key, start, end, coder, spoken)
    for name, kind, column in VARIABLES:
        value = ET.SubElement(top, "VariableValue")
        ET.SubElement(value, "VariableRef", targetGUID=guid("variable", name))
        known = document[column]
        ET.SubElement(value, f"{kind}Value").text = "" if known is None else one_line(str(known))
    return top


def _about(document: Row) -> str:
    return one_line("; ".join(str(document[key]) for key in ("title", "path", "url") if document[key]))


def _selections(codings: Iterable[Row], members: Iterable[tuple[Row, Row]]) -> dict[tuple[int, int, str], list[Any]]:
    """{(start, end, coder): [(GUID of the coding, GUID of the code, provenance)]}"""
    found: dict[tuple[int, int, str], list[Any]] = {}
    for row in sorted(codings, key=lambda row: (row["code"], row["coding_id"])):
        coding = (guid("coding", row["coding_id"]), guid("code", row["code"]), provenance(row))
        found.setdefault((row["start"], row["end"], row["coder"]), []).append(coding)
    for member, passage in members:
        theme = member["subtheme_id"] or member["theme_id"]
        key = f"{member['passage_id']}:{theme}"
        coding = (guid("coding", key), guid("theme", theme), f"theme {theme}: similarity {member['similarity']:.2f}")
        found.setdefault((passage["start"], passage["end"], MACHINE), []).append(coding)
    return found


def provenance(row: Row) -> str:
    """One line on where a coding comes from.

    >>> provenance({"code": "value.trust", "status": "endorsed", "score": 0.9, "evidence": "cue", "shift_from": None,
    ...             "shift_to": None})
    'value.trust: endorsed, 0.90, cue'
    """
    moved = "".join(f", {word} {row[key]}" for word, key in (("from", "shift_from"), ("to", "shift_to")) if row[key])
    return f"{row['code']}: {row['status']}, {row['score']:.2f}, {row['evidence']}{moved}"


def _selection(top: ET.Element, key: str, start: int, end: int, coder: str, spoken: Sequence[Any]) -> None:
    made = ET.SubElement(
        top,
        "PlainTextSelection",
        guid=guid("selection", f"{key}:{start}:{end}:{coder}"),
        startPosition=str(start),
        endPosition=str(end),
        creatingUser=guid("coder", coder),
        creationDateTime=DATE,
    )
    ET.SubElement(made, "Description").text = legal("; ".join(words for _, _, words in spoken))
    for coding_guid, code_guid, _ in spoken:
        coding = ET.SubElement(
            made, "Coding", guid=coding_guid, creatingUser=guid("coder", coder), creationDateTime=DATE
        )
        ET.SubElement(coding, "CodeRef", targetGUID=code_guid)


def theme_sets(
    themes: Sequence[Row], names: Mapping[str, str], documents: Mapping[str, Sequence[str]]
) -> Iterator[ET.Element]:
    """An element Set for each theme with documents. `documents`: {theme_id: ids of its documents}."""
    for row in themes:
        if ids := documents.get(row["theme_id"]):
            made = ET.Element("Set", guid=guid("set", row["theme_id"]), name=names[f"theme:{row['theme_id']}"])
            ET.SubElement(made, "Description").text = one_line(row["description"])
            for key in sorted(ids):
                ET.SubElement(made, "MemberSource", targetGUID=guid("document", key))
            yield made
