"""tables in OUT + units of human coders -> the codes the machine gave each unit, and what could not be placed.

A document of the gold is the page with that path, file name or stem. A coding belongs to the unit that holds the
midpoint of its words on the page. A unit that does not stand where it says is found by its words: the nearest place
that has them, whatever the white space and the kind of quotes and dashes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from pipeline.errors import UserError
from pipeline.review.gold import Codes, Unit, add
from pipeline.store import Store

UNSEEN = frozenset("\ufeff\u200b\u00ad")
ALIKE = str.maketrans("’‘“”–—", "''\"\"--")
CODING_COLUMNS = ["document_id", "code", "status", "page_start", "page_end", "quote", "score", "evidence"]


@dataclass
class Placed:
    """What OUT says of the units. `documents`: those of the units that OUT holds. `counts`: units and codings that
    need a word (moved, lost, outside); statuses of the documents that cleaning set aside.
    """

    documents: set[str] = field(default_factory=set)
    codes: Codes = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)


def machine_codes(out: Path, units: Iterable[Unit]) -> Placed:
    """The codes of the machine for the units; human codings that stand in OUT are left out."""
    store = Store(out)
    for table in ("pages", "codings"):
        if not store.paths(table):
            raise UserError(f"{out}: no table {table} there; run `python -m pipeline extract --out {out}` first")
    wanted: dict[str, list[Unit]] = {}
    for unit in units:
        wanted.setdefault(unit.document, []).append(unit)
    pages = _pages(store, wanted)
    placed = Placed(documents={name for names in pages.values() for name in names})
    by_page = _place_units(store, pages, wanted, placed)
    _count_set_aside(store, pages, placed)
    for path in store.paths("codings"):
        for row in store.read(path, "codings", CODING_COLUMNS).to_pylist():
            if row["document_id"] not in by_page or row["evidence"] == "human":
                continue
            held = _holder(by_page[row["document_id"]], (row["page_start"] + row["page_end"]) / 2)
            if held is None:
                placed.counts["outside"] += 1
            else:
                add(placed.codes, held.uid, row["code"], row["status"], row["quote"], row["score"])
    return placed


def _pages(store: Store, wanted: Iterable[str]) -> dict[str, list[str]]:
    """{document_id: the documents of the gold it stands for}: by path, else by file name, else by stem."""
    names = set(wanted)
    found: dict[str, dict[int, list[tuple[str, str]]]] = {}
    for part in store.paths("pages"):
        for row in store.read(part, "pages", ["document_id", "path"]).to_pylist():
            path = PurePosixPath(row["path"])
            for rank, name in enumerate((row["path"], path.name, path.stem)):
                if name in names:
                    found.setdefault(name, {}).setdefault(rank, []).append((row["path"], row["document_id"]))
                    break
    pages: dict[str, list[str]] = {}
    for name, ranks in sorted(found.items()):
        best = ranks[min(ranks)]
        if len(best) > 1:
            paths = ", ".join(sorted(path for path, _ in best)[:3])
            raise UserError(f"{store.out}: `{name}` of the gold may be any of {paths}; give `doc` as the whole path")
        pages.setdefault(best[0][1], []).append(name)
    return pages


Places = tuple[list[int], list[Unit]]  # the units of a page in order, and where each starts


def _place_units(
    store: Store, pages: dict[str, list[str]], wanted: dict[str, list[Unit]], placed: Placed
) -> dict[str, Places]:
    by_page = {}
    for part in store.paths("pages"):
        for row in store.read(part, "pages", ["document_id", "text"]).to_pylist():
            if row["document_id"] in pages:
                units = [unit for name in pages[row["document_id"]] for unit in wanted[name]]
                here = sorted(_fitted(units, row["text"], placed.counts), key=lambda unit: (unit.start, unit.end))
                by_page[row["document_id"]] = ([unit.start for unit in here], here)
    return by_page


def _fitted(units: Iterable[Unit], text: str, counts: Counter[str]) -> list[Unit]:
    """The units where their words stand in the text of the page."""
    fitted = []
    bare, places = "", list[int]()
    for unit in units:
        if unit.text is None or text[unit.start : unit.end] == unit.text:
            fitted.append(unit)
            continue
        if not places:
            bare, places = _bare(text)
        span = _nearest_span(_bare(unit.text)[0], unit.start, bare, places)
        counts["lost" if span is None else "moved"] += 1
        if span:
            fitted.append(replace(unit, start=span[0], end=span[1]))
    return fitted


def _bare(text: str) -> tuple[str, list[int]]:
    """The text without white space and unseen characters, quotes and dashes made plain; where each character stood.

    >>> _bare("a “b”")
    ('a"b"', [0, 2, 3, 4])
    """
    places = [place for place, sign in enumerate(text) if not sign.isspace() and sign not in UNSEEN]
    return "".join(text[place] for place in places).translate(ALIKE), places


def _nearest_span(words: str, start: int, bare: str, places: list[int]) -> tuple[int, int] | None:
    found, at = [], bare.find(words) if words else -1
    while at >= 0:
        found.append(at)
        at = bare.find(words, at + 1)
    if not found:
        return None
    best = min(found, key=lambda place: abs(places[place] - start))
    return places[best], places[best + len(words) - 1] + 1


def _holder(places: Places, middle: float) -> Unit | None:
    starts, units = places
    last = bisect_right(starts, middle) - 1
    return units[last] if last >= 0 and middle < units[last].end else None


def _count_set_aside(store: Store, pages: dict[str, list[str]], placed: Placed) -> None:
    for part in store.paths("documents"):
        for row in store.read(part, "documents", ["document_id", "status"]).to_pylist():
            if row["document_id"] in pages and row["status"] != "kept":
                placed.set_aside[row["status"]] += 1
