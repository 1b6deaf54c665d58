"""themes, passages -> theme_history and back: what later runs need to know of the themes of this one.

Two generations are kept: the themes as this run made them, and those they took their ids from. A run that makes the
same themes again (after `--force`, or where a table was deleted) starts from the second and so writes the same bytes.
Passages are known by their text: a page that was edited or moved keeps what it still says. People's decisions are not
in it: they are replayed on every run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.store import Store, json_hash
from pipeline.themes.stability import Stability

Row = dict[str, Any]


@dataclass(frozen=True)
class Themes:
    """Themes of one run before decisions: rows of theme_centroids, broad themes, stability, (label, terms) by id.

    `texts[id]` are the keys of the distinct passages of themes, sub-themes and broad themes; `made_from` tells runs
    apart; `highest` is the largest number a theme's id has had; ids are never given twice.
    """

    centroids: list[Row]
    broader: dict[str, str]
    stability: dict[str, Stability]
    names: dict[str, tuple[str, list[str]]]
    texts: dict[str, frozenset[str]]
    made_from: str
    encoder: str
    highest: int

    @property
    def known(self) -> frozenset[str]:
        """The keys of all passages."""
        return frozenset().union(*self.texts.values())

    @property
    def main(self) -> list[str]:
        """The ids of level 2."""
        return [row["theme_id"] for row in self.centroids if row["level"] == 2]


def read(store: Store) -> list[Themes]:
    """The themes of the last run in OUT and those before them; none where there was no run."""
    if not store.path("theme_history").is_file():
        return []
    rows = store.table("theme_history").to_pylist()
    return [_themes([row for row in rows if row["generation"] == number]) for number in _generations(rows)]


def _generations(rows: Sequence[Row]) -> list[int]:
    return sorted({row["generation"] for row in rows})


def _themes(rows: Sequence[Row]) -> Themes:
    centres = [row for row in rows if row["level"] != 1]
    keys = ("centroid", "theme_id", "parent_id", "level", "vector", "loose_below")
    named = [row for row in rows if row["theme_id"]]
    return Themes(
        [{key: row[key] for key in keys} for row in centres],
        {row["theme_id"]: row["broad_id"] for row in rows if row["broad_id"]},
        {
            r["theme_id"]: (r["stability"], r["stability_low"], r["stability_high"], r["grade"])
            for r in named
            if r["grade"]
        },
        {row["theme_id"]: (row["label"], row["terms"]) for row in named},
        {row["theme_id"]: frozenset(row["texts"]) for row in named},
        rows[0]["made_from"],
        rows[0]["encoder"],
        rows[0]["highest"],
    )


def rows(generations: Sequence[Themes]) -> list[Row]:
    """The rows of theme_history, the latest themes first."""
    return [row for number, themes in enumerate(generations) for row in _rows(number, themes)]


def _rows(generation: int, themes: Themes) -> list[Row]:
    broad = sorted(set(themes.broader.values()))
    centres = list(themes.centroids) + [
        {"centroid": -number, "theme_id": name, "parent_id": "", "level": 1, "vector": [], "loose_below": -1.0}
        for number, name in enumerate(broad, 1)
    ]
    made = []
    for row in centres:
        name = row["theme_id"]
        mean, low, high, grade = themes.stability.get(name, (None, None, None, ""))
        label, terms = themes.names.get(name, ("", []))
        made.append(
            {"generation": generation, **row, "broad_id": themes.broader.get(name, ""), "label": label}
            | {"terms": terms, "stability": mean, "stability_low": low, "stability_high": high, "grade": grade}
            | {"texts": sorted(themes.texts.get(name, ())), "made_from": themes.made_from}
            | {"encoder": themes.encoder, "highest": themes.highest}
        )
    return made


def fingerprint(how: str, keys: Sequence[str], *parts: Any) -> str:
    """What tells two runs apart: how the themes were made, from which passages, and what came of it."""
    return json_hash([how, list(keys), *parts])


def by_theme(keys: Sequence[str], members: Mapping[str, Sequence[int]]) -> dict[str, frozenset[str]]:
    """The keys of the passages of each theme, from their numbers."""
    return {name: frozenset(keys[number] for number in numbers) for name, numbers in members.items()}
