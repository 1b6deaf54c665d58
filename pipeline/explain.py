"""page or coding -> why, in words: what was removed from a page and by which rule, or what speaks for a coding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import UserError, nearest
from pipeline.store import Store

CONTEXT = 60  # code points of the page shown on each side of a removal
LONG = 200  # code points after which a removed text is shortened in the middle


def explain(out: Path, name: str) -> str:
    """What the tables of OUT say about a page (its path or document_id) or a coding (its coding_id)."""
    store = Store(out)
    if not store.paths("pages") or not store.paths("documents"):
        raise UserError(f"{out}: no tables there; run `make analyse` first, or name the folder with --out")
    for row in _rows(store, "codings", "coding_id", name):
        return _coding(store, row)
    found = _rows(store, "pages", "document_id", name) or _rows(store, "pages", "path", name)
    if not found:
        known = store.table("pages", ["path"])["path"].to_pylist()
        raise UserError(f"no page or coding `{name}`{nearest(name, known) if len(known) < 10_000 else ''}")
    return _page(store, found[0])


def _rows(store: Store, table: str, column: str, value: str) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    paths = [path for path in store.paths(table) if path.exists()]
    return [row for path in paths for row in pq.read_table(path, filters=[(column, "==", value)]).to_pylist()]


def _page(store: Store, page: dict[str, Any]) -> str:
    identity = page["document_id"]
    document = _rows(store, "documents", "document_id", identity)[0]
    removals = sorted(_rows(store, "removals", "document_id", identity), key=lambda row: row["start"])
    edits = sorted(_rows(store, "edits", "document_id", identity), key=lambda row: row["start"])
    words = [row for row in removals if row["text"].strip()]
    lines = [f"{page['path']}  ({identity})", f"status: {document['status']}" + _because(document["reason"])]
    if document["duplicate_of"]:
        lines.append(f"duplicate of: {document['duplicate_of']}")
    lines += [f"{len(page['text'].split())} words as scraped, {document['n_words']} kept", ""]
    lines.append(f"Removed: {len(words)} spans")
    for row in words:
        before = page["text"][max(0, row["start"] - CONTEXT) : row["start"]].split("\n")[-1]
        after = page["text"][row["end"] : row["end"] + CONTEXT].split("\n")[0]
        lines.append(f"  {row['start']}-{row['end']}  {row['rule']}  ({row['reason']}; score {row['score']:.2f})")
        lines.append(f"    {before}[-{_shortened(row['text'].strip())}-]{after}")
    if edits:
        lines += ["", f"Repaired: {len(edits)}"]
        lines += [
            f"  {row['start']}-{row['end']}  {row['rule']}: {row['before']!r} -> {row['after']!r}" for row in edits
        ]
    return "\n".join(lines)


def _because(reason: str | None) -> str:
    return f", because {reason}" if reason else ""


def _shortened(text: str) -> str:
    flat = " / ".join(text.split("\n"))
    return flat if len(flat) <= LONG else f"{flat[: LONG // 2]} ... {flat[-LONG // 2 :]}"


def _coding(store: Store, row: dict[str, Any]) -> str:
    sentence = _rows(store, "sentences", "sentence_id", row["sentence_id"])[0]
    page = _rows(store, "pages", "document_id", row["document_id"])[0]
    attributes = [f"{key}: {row[key]}" for key in ("holder", "shift_from", "shift_to", "paid", "phase") if row[key]]
    return "\n".join(
        [
            f"{row['code']}, {row['status']}" + (" (needs review)" if row["needs_review"] else ""),
            f"quote:    {row['quote']}",
            f"sentence: {' '.join(sentence['text'].split())}",
            f"page:     {page['path']}, code points {row['page_start']}-{row['page_end']}",
            f"score:    {row['score']:.2f}, by {row['evidence']}; coder: {row['coder']}",
            *attributes,
            f"why:      {row['explanation']}",
        ]
    )
