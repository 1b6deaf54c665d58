"""What `clean` writes: what was removed and mended, duplicates, documents."""

from __future__ import annotations

import pyarrow as pa

from pipeline.schemas.columns import (
    BLOCK_KINDS,
    DOCUMENT_ID,
    DOCUMENT_STATUS,
    PAGE_SPAN,
    PATH,
    Column,
    Table,
    flag,
    integer,
    number,
    text,
)

TABLES = (
    Table(
        "line_profile",
        "For each page, the keys of its lines and its candidate phrases: what templates and spam are counted from.",
        ("document_id", "kind", "key"),
        (
            DOCUMENT_ID,
            text("site", "Site of the page, or blank."),
            text("kind", "What the key stands for.", "line", "phrase"),
            text("key", "Hash of the line (or the phrase), white space and case folded."),
            integer("n_lines", "How often it stands on the page."),
        ),
        is_internal=True,
    ),
    Table(
        "repeated_lines",
        "For each shard, the keys that recur over a site or the corpus often enough to count as template or spam.",
        ("site", "kind", "key"),
        (
            text("site", "Site it recurs on; blank for the whole corpus."),
            text("kind", "What the key stands for.", "line", "phrase"),
            text("key", "Hash as in line_profile."),
            number("share_pages", "Share of the site's pages (of all pages, for the corpus) that hold it."),
        ),
        is_internal=True,
    ),
    Table(
        "drafts",
        "Documents as cleaned, before duplicates are told apart.",
        ("document_id",),
        (
            DOCUMENT_ID,
            PATH,
            text("title", "Title of the page.", blank=True),
            text("text", "The cleaned text: what kept spans and edits give."),
            integer("n_words", "Number of words."),
            text("status", "Status so far.", *DOCUMENT_STATUS),
            text("reason", "Why, where the status is not `kept`.", blank=True),
            flag("is_paywalled", "Whether the article itself seems cut by a paywall."),
            Column("signature", pa.list_(pa.uint64()), "MinHash and containment signature of the text."),
        ),
        is_internal=True,
    ),
    Table(
        "duplicates",
        "For each shard, its documents that repeat another one.",
        ("document_id",),
        (
            DOCUMENT_ID,
            text("duplicate_of", "The document that represents it."),
            text("reason", "How they overlap."),
        ),
        is_internal=True,
    ),
    Table(
        "documents",
        "One row for each page after cleaning. `text` is exactly what the kept spans and the edits give.",
        ("document_id",),
        (
            DOCUMENT_ID,
            PATH,
            text("title", "Title of the page, where it has one.", blank=True),
            text("text", "The cleaned text. Sentences, passages and codings count offsets in it."),
            integer("n_words", "Number of words in the cleaned text."),
            text("status", "`kept` documents are analysed; the others are set aside.", *DOCUMENT_STATUS),
            text("reason", "Why, where the status is not `kept`.", blank=True),
            text("duplicate_of", "The document that represents this one, where it is a duplicate.", blank=True),
            flag("is_paywalled", "Whether the article itself seems cut by a paywall."),
        ),
    ),
    Table(
        "blocks",
        "Every block of every page with the judgement on it.",
        ("document_id", "start"),
        (
            DOCUMENT_ID,
            *PAGE_SPAN,
            text("kind", "What the block is.", *BLOCK_KINDS),
            text("tag_path", "Tags from the body down to the block; blank for flat text."),
            flag("is_kept", "Whether the block (apart from spans cut inside it) is in the document."),
            text("reason", "Why it was removed; blank where it is kept.", blank=True),
        ),
    ),
    Table(
        "removals",
        "The ledger: every span taken out of a page. Kept text and removals together rebuild the page exactly.",
        ("document_id", "start"),
        (
            DOCUMENT_ID,
            *PAGE_SPAN,
            text("text", "The characters removed."),
            text("rule", "Id of the rule that removed them."),
            text("reason", "The reason in words."),
            number("score", "How sure the rule is, 0-1."),
        ),
    ),
    Table(
        "edits",
        "Every repair: the span of the page it replaces (which may be empty), and what stands there instead.",
        ("document_id", "start"),
        (
            DOCUMENT_ID,
            *PAGE_SPAN,
            text("before", "The characters of the page that are replaced."),
            text("after", "What documents.text has in their place."),
            text("rule", "Id of the rule that made the repair."),
        ),
    ),
)
