"""Material -> every page of the report but those of documents: overview, themes, codes, map, removed, method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.publish.report import layout, story
from pipeline.publish.report.evidence import PASSAGES_PER_PAGE, PER_PAGE, by_code, by_theme, sheet_name, sheets
from pipeline.publish.report.render import write_page
from pipeline.publish.report.search import Search
from pipeline.publish.report.tables import Material, Row, rows, slug

EXAMPLES = 200  # removals shown on the page of a rule; all stand in the table `removals`
HUES = 8  # colours of the map


def write_overview(folder: Path, material: Material) -> None:
    by_status = story.statuses(material)
    write_page(
        folder, "index.html", "index.html", material=material, sizes=story.sizes(material),
        set_aside=story.set_aside(material), removed=story.removed(material), grades=story.grades(material),
        ladder=story.ladder(material, by_status), shifts=story.shift_counts(material), by_status=by_status,
        overall=story.agreement_of(material, "all"),
    )  # fmt: skip


def write_codes(folder: Path, material: Material) -> None:
    """The list of codes, a page for each with all of its sentences, and the data of the search page."""
    by_status = story.statuses(material)
    write_page(folder, "codes.html", "codes.html", material=material, by_status=by_status)
    search = Search(folder, material)
    empty = set(material.code)
    for code, found in by_code(material):
        search.add(found)
        empty.discard(code)
        if code in material.code:
            _code_pages(folder, material, material.code[code], found, by_status)
    for code in sorted(empty):
        _code_pages(folder, material, material.code[code], [], by_status)
    search.finish()
    n_codings = sum(chunk["n"] for chunk in search.chunks)
    write_page(folder, "quotes.html", "quotes.html", material=material, n_codings=n_codings)


def _code_pages(folder: Path, material: Material, code: Row, found: list[Row], by_status: dict[str, list[Row]]) -> None:
    themes = [row for row in material.theme_codes if row["code"] == code["code"] and row["level"] == 2]
    _sheets(
        folder, code["file"], "code.html", found, PER_PAGE, material=material, code=code,
        statuses=by_status.get(code["code"], []), agreement=story.agreement_of(material, code["code"]),
        themes=sorted(themes, key=lambda row: (-row["n_documents"], -row["lift"], row["theme_id"])),
    )  # fmt: skip


def write_themes(folder: Path, material: Material) -> None:
    """The list of themes, a page for each with all of its passages, and the map."""
    write_page(folder, "themes.html", "themes.html", material=material, matrix=story.matrix(material))
    members: dict[str, list[Row]] = {}
    n_passages = sum(row["n_passages"] for row in material.main_themes)
    per_dot = layout.passages_per_dot(n_passages)
    empty = set(material.theme)
    for theme, found in by_theme(material):
        _theme_pages(folder, material, material.theme[theme], found)
        empty.discard(theme)
        if material.theme[theme]["level"] == 2:
            members[theme] = _thin(found)[::per_dot]
    for theme in sorted(empty):
        _theme_pages(folder, material, material.theme[theme], [])
    write_map(folder, material, members, per_dot, n_passages)


def _thin(found: list[Row]) -> list[Row]:
    """What the map needs of a theme's passages, most typical first."""
    kept = [{"href": row["href"], "is_loose": row["is_loose"], "similarity": row["similarity"],
             "name": row["document"]["name"], "text": (row["text"] or "")[:160]} for row in found]  # fmt: skip
    return sorted(kept, key=lambda row: (-row["similarity"], row["href"]))


def _theme_pages(folder: Path, material: Material, theme: Row, found: list[Row]) -> None:
    children = [row for row in material.themes if row["parent_id"] == theme["theme_id"]]
    _sheets(
        folder, theme["file"], "theme.html", found, PASSAGES_PER_PAGE, material=material, theme=theme,
        children=children, parent=material.theme.get(theme["parent_id"] or ""),
        facets=story.theme_codes(material, theme["theme_id"]),
        places=_places([theme[f"quote_{number}"] for number in (1, 2, 3)], found),
    )  # fmt: skip


def _places(quotes: list[str | None], found: list[Row]) -> dict[str, str]:
    """{quote: where it stands}, as far as the passages shown hold it."""
    return {
        quote: row["href"]
        for quote in quotes
        if quote
        for row in reversed(found)
        if row["text"] and quote in row["text"]
    }


def _sheets(folder: Path, file: str, template: str, found: list[Row], size: int, **values: Any) -> None:
    """A page with its evidence, and further pages where there is much of it."""
    cut = sheets(found, size)
    names = [sheet_name(file, number) for number in range(1, len(cut) + 1)]
    for number, groups in enumerate(cut, 1):
        write_page(folder, names[number - 1], template, groups=groups, number=number, names=names, n_found=len(found),
                   size=size, **values)  # fmt: skip


def write_map(folder: Path, material: Material, members: dict[str, list[Row]], per_dot: int, n_passages: int) -> None:
    """The map of passages, and the table that says the same in words."""
    discs = layout.discs(material.main_themes, material.centroids, members)
    hues = {disc.theme["theme_id"]: place % HUES for place, disc in enumerate(discs)}
    write_page(folder, "map.html", "map.html", material=material, discs=discs, per_dot=per_dot, hues=hues,
               letters=layout.LETTERS, box=_box(discs), near=_nearest(discs), n_passages=n_passages)  # fmt: skip


def _box(discs: list[layout.Disc]) -> tuple[float, float, float, float]:
    """Left, top, width and height of the map, with room for labels."""
    if not discs:
        return 0, 0, 100, 100
    left = min(disc.x - layout.half_width(disc.radius, disc.theme["label"]) for disc in discs) - 10
    right = max(disc.x + layout.half_width(disc.radius, disc.theme["label"]) for disc in discs) + 10
    top = min(disc.y - disc.radius for disc in discs) - 30
    bottom = max(disc.y + disc.radius for disc in discs) + 20
    return round(left), round(top), round(right - left), round(bottom - top)


def _nearest(discs: list[layout.Disc]) -> dict[str, list[Row]]:
    """For each theme the two whose discs are nearest."""
    found = {}
    for disc in discs:
        others = [other for other in discs if other is not disc]
        others.sort(key=lambda other: ((other.x - disc.x) ** 2 + (other.y - disc.y) ** 2, other.theme["theme_id"]))
        found[disc.theme["theme_id"]] = [other.theme for other in others[:2]]
    return found


def write_removed(folder: Path, material: Material) -> None:
    """What was taken out, by rule, with examples on a page for each; and which pages were set aside."""
    rules = [row | {"file": f"removed/{slug(row['rule'])}.html"} for row in story.removed(material)]
    aside = sorted((row for row in material.documents if row["status"] != "kept"), key=lambda row: row["path"])
    groups = [(status, words, n, [row for row in aside if row["status"] == status][:EXAMPLES])
              for status, words, n in story.set_aside(material)]  # fmt: skip
    write_page(folder, "removed.html", "removed.html", material=material, rules=rules, groups=groups,
               sizes=story.sizes(material), shown=EXAMPLES)  # fmt: skip
    for rule in sorted({row["rule"] for row in rules}):
        mine = [row for row in rules if row["rule"] == rule]
        write_page(folder, mine[0]["file"], "rule.html", material=material, rule=rule, rows=mine,
                   n=sum(row["n"] for row in mine), examples=_examples(material, rule), shown=EXAMPLES)  # fmt: skip


def _examples(material: Material, rule: str) -> list[Row]:
    quoted = rule.replace("'", "''")
    query = f"""SELECT r.document_id, r.start, r.text, r.reason, r.score
                FROM removals r JOIN documents d USING (document_id)
                WHERE r.rule = '{quoted}' ORDER BY d.path, r.document_id, r.start LIMIT {EXAMPLES}"""
    return [
        row
        | {
            "text": material.words(row["text"]),
            "is_space": not row["text"].strip(),
            "document": material.document[row["document_id"]],
        }
        for row in rows(material.base, query)
    ]


def write_rest(folder: Path, material: Material) -> None:
    """Role shifts, quality, method and limits."""
    shifts = [row | {"document": material.document[row["document_id"]]} for row in material.shifts]
    moves = story.shift_counts(material)
    write_page(folder, "shifts.html", "shifts.html", material=material, shifts=shifts, moves=moves)
    write_page(folder, "quality.html", "quality.html", material=material, grades=story.grades(material),
               overall=story.agreement_of(material, "all"))  # fmt: skip
    write_page(folder, "method.html", "method.html", material=material, sizes=story.sizes(material))
