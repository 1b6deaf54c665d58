"""theme_decisions.yaml, themes -> themes as people decided: renamed, merged, split or set aside; replayed on every run.

A theme is named by its label, by its id or by a passage in it (`document_id:p123`); the latter survives a new corpus.

    - theme: Housing repairs and tenants
      rename: Repairs nobody owns
    - merge: [Meeting times, Childcare at meetings]
      rename: When and where people meet
    - theme: T07
      split: true
    - theme: Website and cookies
      ignore: true
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipeline.errors import UserError

KEYS = {"theme", "merge", "rename", "split", "ignore", "by", "why"}
Row = dict[str, Any]


def load(path: Path) -> list[Row]:
    """The decisions in the order of the file; none where there is no file. UserError for what is not a decision."""
    import yaml

    if not path.is_file():
        return []
    try:
        decisions = yaml.safe_load(path.read_text("utf-8")) or []
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(problem).split())}") from None
    if not isinstance(decisions, list):
        raise UserError(f"{path}: a list of decisions is expected, each starting with `- theme:` or `- merge:`")
    for number, decision in enumerate(decisions, 1):
        _check(path, number, decision)
    return decisions


def _check(path: Path, number: int, decision: Any) -> None:
    where = f"{path}: decision {number}"
    if not isinstance(decision, dict) or ("theme" in decision) == ("merge" in decision):
        raise UserError(f"{where}: it needs either `theme:` or `merge:`")
    unknown = sorted(set(decision) - KEYS)
    if unknown:
        raise UserError(f"{where}: unknown key `{unknown[0]}`; the keys are {', '.join(sorted(KEYS))}")
    if "theme" in decision and not any(decision.get(key) for key in ("rename", "split", "ignore")):
        raise UserError(f"{where}: say what to do with `{decision['theme']}`: rename, split or ignore")
    if "merge" in decision and (not isinstance(decision["merge"], list) or len(decision["merge"]) < 2):
        raise UserError(f"{where}: `merge` needs a list of two or more themes")


def resolved(
    name: Any,
    themes: Sequence[Row],
    of_passage: Mapping[str, str],
    path: Path,
    earlier: Mapping[str, tuple[str, list[str]]],
) -> str:
    """The id of the theme that a decision names by label, id or passage, or by its label in the `earlier` run."""
    text = str(name).strip()
    for row in themes:
        if text == row["theme_id"] or text.casefold() == row["label"].casefold():
            return str(row["theme_id"])
    if text in of_passage:
        return of_passage[text]
    for theme, (label, _) in earlier.items():
        if text.casefold() == label.casefold() and any(row["theme_id"] == theme for row in themes):
            return theme
    near = get_close_matches(text, [row["label"] for row in themes], 1)
    hint = f"; did you mean `{near[0]}`?" if near else "; themes.parquet lists the labels and ids"
    raise UserError(f"{path}: no theme `{text}`{hint}")


def restructured(
    centroids: Sequence[Row], broader: Mapping[str, str], decisions: Sequence[Row], find: Any
) -> tuple[list[Row], dict[str, str]]:
    """Centres after merges and splits. `find(name)` gives a theme's id. A merged theme keeps the first one's id."""
    rows, above = [dict(row) for row in centroids], dict(broader)
    for decision in decisions:
        if "merge" in decision:
            first, *others = [find(name) for name in decision["merge"]]
            _merge(rows, above, first, others)
        elif decision.get("split"):
            _split(rows, above, find(decision["theme"]))
    return rows, above


def _merge(rows: list[Row], above: dict[str, str], first: str, others: Sequence[str]) -> None:
    levels = {row["theme_id"]: row["level"] for row in rows}
    wrong = [name for name in (first, *others) if levels.get(name) != 2]
    if wrong:
        raise UserError(
            f"theme decisions: `{wrong[0]}` cannot be merged: only themes can, not sub-themes or broad ones"
        )
    for row in rows:
        if row["level"] == 2 and row["theme_id"] in others:
            row["theme_id"] = first
        if row["level"] == 3 and row["parent_id"] in others:
            row["parent_id"] = first
    for name in others:
        above.pop(name, None)


def _split(rows: list[Row], above: dict[str, str], theme: str) -> None:
    parts = [row for row in rows if row["parent_id"] == theme and row["level"] == 3]
    if not parts:
        raise UserError(f"theme decisions: `{theme}` cannot be split: it has no sub-themes")
    loose = next(row["loose_below"] for row in rows if row["theme_id"] == theme)
    rows[:] = [row for row in rows if not (row["theme_id"] == theme and row["level"] == 2)]
    for row in parts:
        row.update(level=2, parent_id="", loose_below=loose)
        if theme in above:
            above[row["theme_id"]] = above[theme]
    above.pop(theme, None)


def marked(themes: Sequence[Row], decisions: Sequence[Row], find: Any) -> list[Row]:
    """Theme rows with new labels and with `decision` saying what people decided, in words."""
    rows = {row["theme_id"]: dict(row) for row in themes}
    for decision in decisions:
        first = find(decision["merge"][0] if "merge" in decision else decision["theme"])
        if decision.get("split"):
            for name, row in rows.items():
                row["decision"] = (
                    f"split from {first}" if name.startswith(f"{first}.") and row["level"] == 2 else row["decision"]
                )
            continue
        if first not in rows:
            raise UserError(f"theme decisions: `{first}` was merged or split by another decision; name what it is now")
        row = rows[first]
        said = [f"merged from {' + '.join(map(str, decision['merge']))}"] if "merge" in decision else []
        said += [f"renamed from {row['label']}"] if decision.get("rename") else []
        said += ["ignored"] if decision.get("ignore") else []
        row["label"] = str(decision.get("rename") or row["label"])
        row["decision"] = "; ".join([*([row["decision"]] if row["decision"] else []), *said])
    return list(rows.values())


def replayed(before: Sequence[Row], after: Sequence[Row], decisions: Sequence[Row], find: Any) -> list[Row]:
    """Rows of theme_decisions: what was decided, by whom, and what came of it. A decision given twice has one row."""
    first, last = ({row["theme_id"]: row for row in rows} for rows in (before, after))
    rows: dict[tuple[str, str], Row] = {}
    for decision in decisions:
        names = [find(name) for name in decision.get("merge", [decision.get("theme")])]
        item = " + ".join(f"{name} {first[name]['label']}" for name in names)
        why = f" ({decision['why']})" if decision.get("why") else ""
        said = _in_words(decision) + why
        rows[item, said] = {
            "item": item,
            "decision": said,
            "coder": str(decision.get("by") or "not named"),
            "effect": _effect(names[0], decision, last),
        }
    return list(rows.values())


def _in_words(decision: Row) -> str:
    said = ["merge"] if "merge" in decision else []
    said += ["split"] if decision.get("split") else []
    said += [f"rename to {decision['rename']}"] if decision.get("rename") else []
    return "; ".join([*said, *(["ignore"] if decision.get("ignore") else [])])


def _effect(name: str, decision: Row, last: Mapping[str, Row]) -> str:
    if decision.get("split"):
        parts = [
            f"{row['theme_id']} {row['label']}" for row in last.values() if row["decision"] == f"split from {name}"
        ]
        return f"{len(parts)} themes in its place: {', '.join(parts)}"
    if name not in last:
        return "none: the theme was split"
    row = last[name]
    effect = f"{name} is {row['label']}, {row['n_passages']} passages in {row['n_documents']} documents"
    return effect + (", marked as ignored" if decision.get("ignore") else "")
