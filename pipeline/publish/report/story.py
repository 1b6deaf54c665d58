"""Material -> the numbers the overview tells: pages kept and set aside, removals, statuses, rungs, grades."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pipeline.publish.report.tables import Material, Row, rows

SET_ASIDE = {
    "duplicate": ("repeats another page", "repeat another page"),
    "off_topic": tuple(
        f"{verb} the word in another trade’s sense (film, energy, farming ...)" for verb in ("uses", "use")
    ),
    "not_english": ("is in another language", "are in another language"),
    "empty": ("has no text left to read", "have no text left to read"),
    "unreadable": ("could not be read", "could not be read"),
    "ignored": ("is not a page to read (a read-me or hidden file)", "are not pages to read (read-me and hidden files)"),
}
RULES = """
    SELECT r.rule, r.reason, count(*) AS n, count(DISTINCT r.document_id) AS n_documents,
           sum(length(r.text)) AS n_characters
    FROM removals r GROUP BY r.rule, r.reason ORDER BY n_characters DESC, r.rule, r.reason"""
STATUSES = """
    SELECT c.code, c.status, count(*) AS n, count(DISTINCT c.document_id) AS n_documents
    FROM codings c JOIN documents d USING (document_id) WHERE d.status = 'kept'
    GROUP BY c.code, c.status ORDER BY c.code, n DESC, c.status"""
SIZES = """
    SELECT (SELECT count(*) FROM sentences) AS sentences, (SELECT count(*) FROM passages) AS passages,
           (SELECT count(*) FROM codings) AS codings, (SELECT count(DISTINCT sentence_id) FROM codings) AS coded,
           (SELECT count(*) FROM removals) AS removals, (SELECT sum(length(text)) FROM pages) AS characters,
           (SELECT coalesce(sum(length(text)), 0) FROM removals) AS removed"""


def sizes(material: Material) -> dict[str, int]:
    """How much of everything there is."""
    found = next(iter(rows(material.base, SIZES)))
    words = {"words": sum(row["n_words"] for row in material.kept)}
    return {name: int(value or 0) for name, value in found.items()} | words


def set_aside(material: Material) -> list[tuple[str, str, int]]:
    """(status, in words that fit the number, number of pages), most frequent first."""
    found = Counter(row["status"] for row in material.documents if row["status"] != "kept")
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [(status, SET_ASIDE[status][n > 1], n) for status, n in ordered]


def removed(material: Material) -> list[Row]:
    """One row a rule, what took out most first."""
    return list(rows(material.base, RULES))


def statuses(material: Material) -> dict[str, list[Row]]:
    """For every code, its mentions by status."""
    found: dict[str, list[Row]] = {}
    for row in rows(material.base, STATUSES):
        found.setdefault(row["code"], []).append(row)
    return found


def ladder(material: Material, by_status: dict[str, list[Row]]) -> list[Row]:
    """The levels of participation, the highest first, with documents that tell of it as reached or as aimed at."""
    rungs = [row for row in material.codes_of("participation") if row["entry"] and row["entry"].rung]
    ordered = sorted(rungs, key=lambda row: -row["entry"].rung)
    return [
        row | {"by_status": {s["status"]: s["n_documents"] for s in by_status.get(row["code"], [])}} for row in ordered
    ]


def shift_counts(material: Material) -> list[Row]:
    """Moves from one role to another, most frequent first."""
    found = Counter((row["shift_from_label"], row["shift_to_label"]) for row in material.shifts)
    ordered = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
    return [{"from": move[0], "to": move[1], "n": n, "id": f"m{place}"} for place, (move, n) in enumerate(ordered, 1)]


def grades(material: Material) -> list[tuple[str, int]]:
    """(grade, number of themes)."""
    found = Counter(row["grade"] for row in material.main_themes)
    return [(grade, found[grade]) for grade in ("A", "B", "C", "-") if found[grade]]


def agreement_of(material: Material, code: str) -> list[Row]:
    """Measured agreement with human coders on one code, or on `all`."""
    return [row for row in material.agreement if row["code"] == code]


def theme_codes(material: Material, theme_id: str) -> list[tuple[str, list[Row]]]:
    """(facet, the codes most documents of a theme carry)."""
    found = [row for row in material.theme_codes if row["theme_id"] == theme_id]
    ordered = sorted(found, key=lambda row: (-row["n_documents"], -row["n_passages"], row["code"]))
    grouped: dict[str, list[Row]] = {facet: [] for facet in material.codebook.facets}
    for row in ordered:
        grouped.setdefault(row["facet"], []).append(row)
    return [(facet, group) for facet, group in grouped.items() if group]


def matrix(material: Material, columns: int = 14) -> dict[str, Any]:
    """Codes by themes: documents of the theme that carry the code. Themes beyond `columns` are on their own pages."""
    themes = material.main_themes[:columns]
    cells = {(row["theme_id"], row["code"]): row for row in material.theme_codes}
    found = [
        (facet, [row for row in material.codes_of(facet) if row["n_documents"]]) for facet in material.codebook.facets
    ]
    return {"themes": themes, "cells": cells, "facets": [(facet, group) for facet, group in found if group]}
