"""codebook, themes -> the codes of a REFI-QDA project or codebook, and Taguette's table of tags."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.codebook import Code, Codebook
from pipeline.exchange import THEMES, code_names, guid, legal

Rows = Sequence[Mapping[str, Any]]
COLOURS = {
    "value": "#1D70B8",
    "barrier": "#B10E1E",
    "role": "#4C2C92",
    "enabler": "#00703C",
    "participation": "#B58840",
}
OTHER_COLOUR, THEME_COLOUR = "#505A5F", "#0B0C0C"
EXAMPLES = 3
CODEBOOK = "urn:QDA-XML:codebook:1.0"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def codes(codebook: Codebook, themes: Rows = (), with_themes: bool = False) -> ET.Element:
    """The element Codes: facets with their codes and, where asked for, a branch of themes."""
    names = code_names(codebook, themes)
    top = ET.Element("Codes")
    for facet, entry in codebook.facets.items():
        colour = COLOURS.get(facet, OTHER_COLOUR)
        branch = _code(top, guid("facet", facet), names[facet], False, colour, _facet_text(entry))
        for code in entry.codes:
            _code(branch, guid("code", code.key), names[code.key], True, colour, definition(code))
    if with_themes and themes:
        branch = _code(top, guid("facet", THEMES), names[THEMES], False, THEME_COLOUR, "Themes found in the passages.")
        _themes(branch, None, themes, names)
    return top


def _themes(above: ET.Element, parent: str | None, themes: Rows, names: Mapping[str, str]) -> None:
    for row in themes:
        if row["parent_id"] == parent:
            key = f"theme:{row['theme_id']}"
            made = _code(above, guid("theme", row["theme_id"]), names[key], True, THEME_COLOUR, theme_text(row))
            _themes(made, row["theme_id"], themes, names)


def _code(above: ET.Element, code_guid: str, name: str, is_codable: bool, colour: str, text: str) -> ET.Element:
    made = ET.SubElement(above, "Code", guid=code_guid, name=name, isCodable=str(is_codable).lower(), color=colour)
    if text:
        ET.SubElement(made, "Description").text = legal(text)
    return made


def _facet_text(facet: Any) -> str:
    statuses = [f"{name}: {meaning}" for name, meaning in facet.status.items()]
    return "\n".join(part for part in [facet.question, "Statuses.", *statuses] if part)


def theme_text(row: Mapping[str, Any]) -> str:
    """A theme in words: its description, what sets it apart and how stable it is."""
    words = f"Words that set it apart: {', '.join(row['terms'])}." if row["terms"] else ""
    return "\n".join(part for part in [row["description"], words, f"Stability grade: {row['grade']}."] if part)


def definition(code: Code) -> str:
    """The whole definition of a code: key, meaning, what to include and exclude, examples of both kinds."""
    found = [e.text for e in code.positive[:EXAMPLES]]
    near = [f"{e.text} (instead: {e.instead or 'none'})" for e in code.negative[:EXAMPLES]]
    parts = [
        code.definition,
        code.include and f"Include: {code.include}",
        code.exclude and f"Exclude: {code.exclude}",
        found and "\n".join(["Examples:", *(f"- {text}" for text in found)]),
        near and "\n".join(["Not this code:", *(f"- {text}" for text in near)]),
        f"Key: {code.key}",
    ]
    return "\n".join(" ".join(line.split()) for part in parts if part for line in part.splitlines())


def codebook_xml(codebook: Codebook, origin: str) -> bytes:
    """A REFI-QDA codebook (.qdc)."""
    root = ET.Element("CodeBook", xmlns=CODEBOOK, origin=origin)
    root.append(codes(codebook))
    ET.indent(root)
    return (HEAD + ET.tostring(root, "unicode") + "\n").encode()


def taguette(codebook: Codebook) -> bytes:
    """Taguette's codebook: `tag` and `description`; a dot in a tag makes it a part of another one.

    The byte order mark tells Taguette, which guesses the encoding from the first characters, that this is UTF-8.
    """
    rows: Iterable[tuple[str, str]] = [
        row
        for name, facet in codebook.facets.items()
        for row in [(name, _facet_text(facet)), *((code.key, definition(code)) for code in facet.codes)]
    ]
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(("tag", "description"))
    writer.writerows(rows)
    return sink.getvalue().encode("utf-8-sig")
