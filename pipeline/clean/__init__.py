"""pages, page_blocks, sources -> drafts, blocks, removals, edits, duplicates, documents: the cleaning of pages.

Nothing is rewritten: spans of pages.text are cut with a rule, a reason and a score, and a few repairs are logged. What
is judged: the blocks of HTML (`html_judge`), the lines of any page (`flat`, `chrome`, `lines`), phrases planted inside
sentences (`spam`), then language, subject and duplicates. Each family of rules is a table in its own module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.store import by_document, database

if TYPE_CHECKING:
    from pipeline.store import Context, Inputs, Rows

__all__ = ["clean", "documents", "duplicates", "profile", "repeats"]


def profile(inputs: Inputs, context: Context) -> dict[str, Rows]:
    """pages, page_blocks -> line_profile: keys of lines and of candidate phrases, counted page by page."""
    from pipeline.clean import spam, templates

    blocks = by_document(inputs.rows("page_blocks"))
    rows: list[dict[str, Any]] = []
    for page in inputs.rows("pages"):
        own = [page["text"][b["start"] : b["end"]] for b in blocks.get(page["document_id"], [])]
        rows += templates.profile_rows(page["document_id"], page["site"] or "", own, spam.phrases(own))
    return {"line_profile": rows}


def repeats(inputs: Inputs, context: Context) -> dict[str, Any]:
    """line_profile -> repeated_lines: for each shard the lines and phrases of its pages that recur."""
    from pipeline.clean import templates

    settings = context.settings.clean
    paths = inputs.paths("line_profile")
    with database(context.out) as base:
        return {"repeated_lines": templates.find(paths, inputs.shards, settings.site_pages, settings.site_share, base)}


def clean(inputs: Inputs, context: Context) -> dict[str, Rows]:
    """pages, page_blocks, sources, repeated_lines -> drafts, blocks, removals, edits."""
    from pipeline.clean.page import Judges, clean_page

    settings = context.settings.clean
    repeated = inputs.rows("repeated_lines")
    judges = Judges(
        folder=context.models / "clean",
        repeated=frozenset((row["site"], row["key"]) for row in repeated if row["kind"] == "line"),
        phrases={row["key"]: row["share_pages"] for row in repeated if row["kind"] == "phrase"},
        language=settings.language,
        min_words=settings.min_words,
        gate=context.codebook.domain_gate if settings.domain_gate else None,
    )
    blocks, html = (
        by_document(inputs.rows("page_blocks")),
        {r["document_id"]: r["html"] for r in inputs.rows("sources")},
    )
    tables: dict[str, Any] = {"drafts": [], "blocks": [], "removals": [], "edits": []}
    for page in inputs.rows("pages"):
        name = page["document_id"]
        own = sorted(blocks.get(name, []), key=lambda block: block["start"])
        made = clean_page(page, own, html.get(name), judges)
        tables["drafts"].append(made.draft)
        tables["blocks"] += made.blocks
        tables["removals"] += made.removals
        tables["edits"] += made.edits
    return tables


def duplicates(inputs: Inputs, context: Context) -> dict[str, Any]:
    """drafts -> duplicates: which documents repeat another one."""
    from pipeline.clean import near_duplicates

    settings = context.settings.clean
    found: dict[str, list[dict[str, str]]] = {shard: [] for shard in inputs.shards}
    with database(context.out) as base:
        paths = inputs.paths("drafts")
        for shard, row in near_duplicates.find(paths, settings.duplicate_similarity, settings.containment, base):
            found[shard].append(row)
    return {"duplicates": {shard: sorted(rows, key=lambda r: r["document_id"]) for shard, rows in found.items()}}


def documents(inputs: Inputs, context: Context) -> dict[str, Rows]:
    """drafts, duplicates -> documents: the drafts with their last status."""
    repeated = {row["document_id"]: row for row in inputs.rows("duplicates")}
    rows = []
    for draft in inputs.rows("drafts"):
        row = {name: draft[name] for name in draft if name != "signature"} | {"duplicate_of": None}
        if draft["document_id"] in repeated:
            match = repeated[draft["document_id"]]
            row |= {"status": "duplicate", "reason": match["reason"], "duplicate_of": match["duplicate_of"]}
        rows.append(row)
    return {"documents": rows}
