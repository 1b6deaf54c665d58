"""earlier themes, new passages -> the same themes with the new passages in them; new themes for those that fit none.

After a new fit: which new theme is which earlier one, by the pairing with the largest sum of overlaps of passages
(Kuhn 1955, 10.1002/nav.3800020109), so that ids stay with what they stood for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.themes import graph
from pipeline.themes.clusterer import SAME_SUBJECT, GraphClusters
from pipeline.themes.corpus import Corpus
from pipeline.themes.fit import Fitted
from pipeline.themes.graph import Ints
from pipeline.themes.history import Themes
from pipeline.themes.levels import FOREIGN, ROWS_PER_SUBTHEME, centre_row
from pipeline.themes.place import Centres, Doubles, centres_of, less_common, placed

LEAST_OVERLAP = 0.3  # Jaccard under which two themes are not the same
SAME_OVERLAP = 0.9  # Jaccard from which on a theme counts as unchanged
GROWTH = 1.1  # from this factor on a theme grew, or shrank
MISFITS = 0.05  # a new passage that fits its theme no better than this share of those known fits none
LEAST_DOCUMENTS = 2  # one document alone makes no new theme
PROPOSED = "proposed: its passages are new and fit no earlier theme"
Texts = Mapping[str, frozenset[str]]


def matched(old: Texts, new: Texts) -> dict[str, tuple[str, float]]:
    """{new id: (old id, Jaccard overlap)} of {id: keys of passages}, on the passages that both know."""
    from scipy.optimize import linear_sum_assignment

    both = frozenset().union(*old.values()) & frozenset().union(*new.values())
    olds, news = sorted(old), sorted(new)
    shared = np.zeros((len(olds), len(news)))
    for i, one in enumerate(olds):
        for j, other in enumerate(news):
            common = len(old[one] & new[other])
            shared[i, j] = common and common / len((old[one] | new[other]) & both)
    pairs = zip(*linear_sum_assignment(-shared), strict=True) if shared.size else ()
    return {news[j]: (olds[i], round(float(shared[i, j]), 4)) for i, j in pairs if shared[i, j] >= LEAST_OVERLAP}


# ---------------------------------------------------------------------- after a new fit
def with_earlier_ids(fitted: Fitted, texts: Texts, earlier: Themes) -> tuple[Fitted, int]:
    """The fit with the ids of the earlier themes it found again; the others get numbers never used. And the highest.

    Sub-themes are matched within their theme.
    """
    levels = {row["theme_id"]: row["level"] for row in fitted.centroids if row["level"]}
    ids, highest = _new_ids([n for n, level in levels.items() if level == 2], texts, earlier)
    parents = {row["theme_id"]: row["parent_id"] for row in fitted.centroids if row["level"] == 3}
    was = {row["theme_id"]: row["parent_id"] for row in earlier.centroids if row["level"] == 3}
    for theme, name in list(ids.items()):
        mine = [part for part, parent in parents.items() if parent == theme]
        ids |= _part_ids(mine, name, texts, {part: earlier.texts[part] for part, over in was.items() if over == name})
    ids |= _broad_ids(sorted(set(fitted.broader.values())), texts, earlier)
    centroids = [
        row | {"theme_id": ids.get(row["theme_id"], ""), "parent_id": ids.get(row["parent_id"], "")}
        for row in fitted.centroids
    ]
    broader = {ids[theme]: ids[broad] for theme, broad in fitted.broader.items()}
    return Fitted(centroids, broader, {ids[name]: value for name, value in fitted.stability.items()}), highest


def _new_ids(themes: Sequence[str], texts: Texts, earlier: Themes) -> tuple[dict[str, str], int]:
    pairs = matched(_some(earlier.texts, earlier.main), _some(texts, themes))
    highest = earlier.highest
    ids = {name: old for name, (old, _) in pairs.items()}
    for name in themes:
        if name not in ids:
            highest += 1
            ids[name] = f"T{highest:02d}"
    return ids, highest


def _part_ids(parts: Sequence[str], theme: str, texts: Texts, earlier: Texts) -> dict[str, str]:
    pairs = matched(earlier, _some(texts, parts))
    ids = {name: old for name, (old, _) in pairs.items()}
    last = max((int(name.rsplit(".", 1)[1]) for name in earlier), default=0)
    fresh = [name for name in parts if name not in ids]
    return ids | {name: f"{theme}.{last + number}" for number, name in enumerate(fresh, 1)}


def _broad_ids(broad: Sequence[str], texts: Texts, earlier: Themes) -> dict[str, str]:
    before = _some(earlier.texts, sorted(set(earlier.broader.values())))
    ids = {name: old for name, (old, _) in matched(before, _some(texts, broad)).items()}
    last = max((int(name[1:]) for name in before), default=0)
    fresh = [name for name in broad if name not in ids]
    return ids | {name: f"B{last + number}" for number, name in enumerate(fresh, 1)}


def _some(texts: Texts, names: Sequence[str]) -> dict[str, frozenset[str]]:
    return {name: texts[name] for name in names if name in texts}


def highest_of(centroids: Sequence[Mapping[str, Any]]) -> int:
    """The largest number of a theme's id."""
    return max((int(row["theme_id"][1:]) for row in centroids if row["level"] == 2), default=0)


# ---------------------------------------------------------------------- without a new fit
def updated(corpus: Corpus, earlier: Themes, seed: int) -> tuple[Fitted, int, dict[str, str]]:
    """The earlier themes and themes proposed for new passages that fit none; the highest number; notes by id."""
    centres = centres_of(earlier.centroids)
    known = earlier.known
    rows = less_common(corpus.vectors, centres.common)
    where = placed(corpus.vectors, centres)
    is_new = [key not in known for key in corpus.keys]
    least = _least_similar(where, is_new)
    lost = [
        number
        for number, row in enumerate(where)
        if is_new[number] and (row["is_loose"] or row["similarity"] < least.get(row["theme_id"], -1))
    ]
    groups = [np.array(lost)[members] for members in _groups(rows[lost], centres, seed)] if lost else []
    held = {name for row in where for name in (row["theme_id"], row["subtheme_id"])}
    centroids = [row for row in earlier.centroids if not row["level"] or row["theme_id"] in held]
    broader = {theme: broad for theme, broad in earlier.broader.items() if theme in held}
    notes: dict[str, str] = {}
    highest = earlier.highest
    for group in groups:
        if (made := _proposed(rows, group, corpus)) is None:
            continue
        highest += 1
        name = f"T{highest:02d}"
        centre, loose = made
        centroids.append({"centroid": 0, **centre_row(name, "", 2, centre, loose)})
        if broader:
            nearest = centres.themes[int(np.round(centres.vectors @ centre, 6).argmax())]["theme_id"]
            broader[name] = earlier.broader[nearest]
        notes[name] = PROPOSED
    centroids = [row | {"centroid": number} for number, row in enumerate(centroids)]
    return Fitted(centroids, broader, dict(earlier.stability)), highest, notes


def _least_similar(where: Sequence[Mapping[str, Any]], is_new: Sequence[bool]) -> dict[str, float]:
    """For each theme the similarity that one in twenty of its known passages does not reach."""
    known: dict[str, list[float]] = defaultdict(list)
    for row, new in zip(where, is_new, strict=True):
        if not new:
            known[row["theme_id"]].append(row["similarity"])
    return {name: float(np.quantile(similar, MISFITS)) for name, similar in known.items()}


def _groups(rows: Doubles, centres: Centres, seed: int) -> list[Ints]:
    """Groups of rows; two are one where they lie closer than the closest two of the earlier themes."""
    labels = GraphClusters(seed=seed).fit(rows.astype(np.float32)).labels_
    apart = centres.vectors @ centres.vectors.T
    np.fill_diagonal(apart, -1)
    limit = float(apart.max()) if len(apart) > 1 else SAME_SUBJECT
    while True:
        names = np.unique(labels)
        middles = graph.unit_rows(np.stack([rows[labels == name].mean(axis=0) for name in names])).astype(np.float64)
        close = np.round(np.triu(middles @ middles.T, 1), 6)
        one, other = divmod(int(close.argmax()), len(names))
        if one == other or close[one, other] < limit:
            return [np.flatnonzero(labels == name) for name in names]
        labels[labels == names[other]] = names[one]


def _proposed(rows: Doubles, group: Ints, corpus: Corpus) -> tuple[Doubles, float] | None:
    """Centre of a group and the similarity under which a passage is loose in it; None where it is no theme."""
    if len(group) < ROWS_PER_SUBTHEME or len({corpus.documents[i] for i in group}) < LEAST_DOCUMENTS:
        return None
    centre = graph.unit_rows(rows[group].mean(axis=0, keepdims=True))[0].astype(np.float64)
    similar = rows @ centre
    others = np.delete(similar, group)
    loose = float(np.quantile(others, FOREIGN)) if len(others) else -1.0
    return (centre, loose) if float(similar[group].mean()) >= loose else None


# ---------------------------------------------------------------------- what changed
def changes(corpus: Corpus, now: Themes, earlier: Themes | None, proposed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows of theme_changes: one for each theme of level 2, now or before; none where there was no earlier run."""
    if earlier is None:
        return []
    known = earlier.known
    fits = _fits(corpus, now, known)
    before, after = _some(earlier.texts, earlier.main), _some(now.texts, now.main)
    both = known & now.known
    rows = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, frozenset()), after.get(name, frozenset())
        overlap = len(old & new) / len((old | new) & both) if old & new else None
        change = "proposed" if name in proposed else _change(old, new, overlap)
        rows.append(
            {
                "theme_id": name,
                "change": change,
                "label": now.names[name][0] if name in after else earlier.names[name][0],
                "label_before": earlier.names[name][0] if name in before else None,
                "overlap": None if overlap is None else round(overlap, 4),
                "n_passages_before": len(old),
                "n_passages": len(new),
                **fits.get(name, _fit([], [])),
            }
        )
    return rows


def _change(old: frozenset[str], new: frozenset[str], overlap: float | None) -> str:
    if not old or not new:
        return "gone" if old else "new"
    if len(new) > GROWTH * len(old):
        return "grew"
    if GROWTH * len(new) < len(old):
        return "shrank"
    return "same" if (overlap or 0) >= SAME_OVERLAP else "moved"


def _fits(corpus: Corpus, now: Themes, known: frozenset[str]) -> dict[str, dict[str, Any]]:
    """How well the new passages of each theme fit it, beside those that the earlier run knew."""
    fresh: dict[str, list[dict[str, Any]]] = defaultdict(list)
    others: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key, row in zip(corpus.keys, placed(corpus.vectors, centres_of(now.centroids)), strict=True):
        (others if key in known else fresh)[row["theme_id"]].append(row)
    return {name: _fit(fresh[name], others[name]) for name in {*fresh, *others}}


def _fit(fresh: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    def mean(rows: Sequence[Mapping[str, Any]], column: str) -> float | None:
        return round(float(np.mean([float(row[column]) for row in rows])), 4) if rows else None

    return {
        "n_passages_new": len(fresh),
        "similarity_new": mean(fresh, "similarity"),
        "similarity_known": mean(others, "similarity"),
        "share_loose_new": mean(fresh, "is_loose"),
        "share_loose_known": mean(others, "is_loose"),
    }
