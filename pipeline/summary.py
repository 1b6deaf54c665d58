"""tables in OUT -> what a run ends with: pages read, kept and set aside, codings, themes, and the paths to open."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pipeline.flow import ALIASES, STAGES
from pipeline.schemas import FACETS
from pipeline.store import Store

SET_ASIDE = {
    "duplicate": "duplicates of another page",
    "off_topic": "about another kind of co-production",
    "not_english": "not in the language of the settings",
    "empty": "without text",
    "unreadable": "unreadable",
    "ignored": "ignored (READMEs, hidden files)",
}
CHANGES = ("same", "grew", "shrank", "moved", "new", "proposed", "gone")
PATHS = (
    ("report/index.html", "the report: start here"),
    ("theme_tables.xlsx", "theme tables for policy teams"),
    ("csv", "the tables as CSV, with a data dictionary"),
)


def summary(out: Path, stage: str, done: list[tuple[str, int]]) -> str:
    """The summary of a run up to a stage, a line for each thing worth knowing."""
    store = Store(out)
    reached = STAGES[: STAGES.index(ALIASES.get(stage, stage)) + 1]
    lines = [_work(done)]
    lines += _pages(store, "clean" in reached)
    ran = {name for name, _ in done}
    if "extract" in ran:
        lines.append(_codings(store))
    if "cluster" in ran:
        lines += _themes(store)
    lines.append("Open:")
    paths = [(out / name, meaning) for name, meaning in PATHS if "publish" in ran and (out / name).exists()]
    lines += [f"  {path}  {meaning}" for path, meaning in [*paths, (out, "all tables, as Parquet")]]
    return "\n".join(lines)


def _work(done: list[tuple[str, int]]) -> str:
    again = [name for name, count in done if count]
    return f"Done: {', '.join(again)}." if again else "Nothing had changed: no stage was recomputed."


def _pages(store: Store, cleaned: bool) -> list[str]:
    pages = Counter(store.table("pages", ["status"])["status"].to_pylist())
    total = sum(pages.values())
    if not cleaned:
        return [f"Pages: {total}, of which read {pages['read']}."]
    documents = Counter(store.table("documents", ["status"])["status"].to_pylist())
    aside = [f"  {documents[status]:>6}  {words}" for status, words in SET_ASIDE.items() if documents[status]]
    lines = [f"Pages: {total}, of which read {pages['read']}; kept {documents['kept']}."]
    return lines + ([f"Set aside: {total - documents['kept']} (see documents.reason)", *aside] if aside else [])


def _codings(store: Store) -> str:
    facets = Counter(store.table("codings", ["facet"])["facet"].to_pylist())
    names = [*FACETS, *sorted(set(facets) - set(FACETS))]
    return f"Codings: {sum(facets.values())} (" + ", ".join(f"{name} {facets[name]}" for name in names) + ")."


def _themes(store: Store) -> list[str]:
    themes = store.table("themes", ["level", "label", "n_documents", "n_passages", "grade"]).to_pylist()
    main = sorted(
        (t for t in themes if t["level"] == 2), key=lambda t: (-t["n_documents"], -t["n_passages"], t["label"])
    )
    lines = [f"Themes: {len(main)}"]
    for theme in main[:12]:
        lines.append(f"  {theme['label']}  ({theme['n_documents']} documents, stability {theme['grade']})")
    lines += [f"  ... and {len(main) - 12} more"] if len(main) > 12 else []
    return lines + _changes(store)


def _changes(store: Store) -> list[str]:
    """What became of the themes of the earlier run, and how well new passages fit; nothing where there was none."""
    rows = store.table("theme_changes").to_pylist()
    if not rows:
        return []
    changes = Counter(row["change"] for row in rows)
    told = ", ".join(f"{changes[name]} {name}" for name in CHANGES if changes[name])
    fresh = [row for row in rows if row["n_passages_new"]]
    n_new = sum(row["n_passages_new"] for row in fresh)
    lines = [f"Themes against the earlier run: {told} (theme_changes.parquet)."]
    if fresh:
        similar, loose = (
            sum(row[name] * row["n_passages_new"] for row in fresh) / n_new
            for name in ("similarity_new", "share_loose_new")
        )
        lines.append(f"New passages: {n_new}, mean similarity to their theme {similar:.2f}, loose {loose:.0%}.")
    proposed = ", ".join(f"{row['theme_id']} {row['label']}" for row in rows if row["change"] == "proposed")
    return lines + ([f"Proposed for those that fit no earlier theme: {proposed}."] if proposed else [])
