"""Material -> the sentences behind a code and the passages behind a theme, in the order in which pages show them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from pipeline.publish.report.tables import Material, Row, rows, slug

PER_PAGE = 100  # sentences on one page of evidence; passages are longer
PASSAGES_PER_PAGE = 40

# Documents with most mentions first; inside a document in the order of reading.
CODINGS = """
    WITH places AS (
      SELECT sentence_id, min(passage_id) AS passage_id
      FROM (SELECT passage_id, unnest(sentence_ids) AS sentence_id FROM passages) GROUP BY sentence_id)
    SELECT c.code, c.facet, c.status, c.document_id, c.start, c."end", c.page_start, c.page_end, c.quote, c.score,
           c.evidence, c.coder, c.needs_review, s.text AS sentence, s.start AS sentence_start, m.theme_id,
           count(*) OVER (PARTITION BY c.code, c.document_id) AS n_here
    FROM codings c JOIN sentences s USING (sentence_id) JOIN documents d ON d.document_id = c.document_id
    LEFT JOIN places p USING (sentence_id) LEFT JOIN theme_members m ON m.passage_id = p.passage_id
    WHERE d.status = 'kept'
    ORDER BY c.code, n_here DESC, d.path, c.document_id, c.start, c.coding_id"""

PASSAGES = """
    SELECT m.{column} AS theme_id, m.document_id, m.passage_id, m.similarity, m.is_loose, p.text, p.start, p.page_start,
           p.page_end, count(*) OVER (PARTITION BY m.{column}, m.document_id) AS n_here
    FROM theme_members m JOIN passages p USING (passage_id) JOIN documents d ON d.document_id = m.document_id
    WHERE d.status = 'kept'
    ORDER BY m.{column}, n_here DESC, d.path, m.document_id, p.start, m.passage_id"""


def by_code(material: Material) -> Iterator[tuple[str, list[Row]]]:
    """(code, its codings) for every code found, one code in memory at a time."""
    found = rows(material.base, CODINGS)
    for code, group in groupby(found, key=lambda row: row["code"]):
        yield code, [_coding(material, row) for row in group]


def by_theme(material: Material) -> Iterator[tuple[str, list[Row]]]:
    """(theme, its passages) for every theme and sub-theme, one in memory at a time."""
    for column in ("theme_id", "subtheme_id"):
        where = {row["theme_id"] for row in material.themes if (row["level"] == 2) == (column == "theme_id")}
        found = rows(material.base, PASSAGES.format(column=column))
        for theme, group in groupby(found, key=lambda row: row["theme_id"]):
            if theme in where:
                yield theme, [_passage(material, row) for row in group]


def sheets(found: list[Row], size: int) -> list[list[tuple[Row, list[Row]]]]:
    """Evidence cut into pages of about `size`, each a list of (document of the first row, its rows)."""
    pages = [found[at : at + size] for at in range(0, len(found), size)] or [[]]
    return [[(group[0]["document"], group) for group in _documents(page)] for page in pages]


def sheet_name(file: str, number: int) -> str:
    """File of the n-th page of evidence, counted from 1.

    >>> sheet_name("codes/value.trust.html", 1), sheet_name("codes/value.trust.html", 2)
    ('codes/value.trust.html', 'codes/value.trust-2.html')
    """
    return file if number == 1 else f"{file.removesuffix('.html')}-{number}.html"


def _documents(found: list[Row]) -> list[list[Row]]:
    return [list(group) for _, group in groupby(found, key=lambda row: row["document_id"])]


def _coding(material: Material, row: Row) -> Row:
    document = material.document[row["document_id"]]
    return (
        row | _sentence(material, row) | {"document": document, "href": f"{document['file']}#s{row['sentence_start']}"}
    )


def _sentence(material: Material, row: Row) -> dict[str, Any]:
    """The sentence in three parts, the coded words in the middle, as far as the setting lets them out."""
    if material.quotes != "full":
        return {"sentence": None, "before": "", "quote": material.words(row["quote"]) or "", "after": ""}
    start, end = row["start"] - row["sentence_start"], row["end"] - row["sentence_start"]
    text = row["sentence"]
    return {"before": text[:start], "quote": text[start:end], "after": text[end:]}


def _passage(material: Material, row: Row) -> Row:
    document = material.document[row["document_id"]]
    where = f"{document['file']}#p{row['start']}"
    return row | {
        "text": material.words(row["text"]),
        "document": document,
        "href": where,
        "id": slug(row["passage_id"]),
    }
