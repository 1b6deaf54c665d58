"""Every table: its columns, types, checks and a sentence of meaning each; the data dictionary is made from this file.

Tables are Arrow schemas with a little more: a key, the values a column may take and what it means. They are checked
whenever a table is written and whenever one is read (`check`). Offsets (`start`, `end`) are Unicode code points, end
exclusive. Names: `_id` points at a table, `n_` counts, `share_` is 0-1, `is_`/`has_` are booleans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

TEXT, INT, FLOAT, BOOL = pa.string(), pa.int64(), pa.float64(), pa.bool_()
TEXTS = pa.list_(pa.string())
VECTOR = pa.list_(pa.float32())


class SchemaError(Exception):
    """A table does not fit its schema: a fault in the program or a table altered by hand."""


@dataclass(frozen=True)
class Column:
    """One column. `allowed` lists the values it may take; `is_nullable` says whether it may be blank."""

    name: str
    type: pa.DataType
    meaning: str
    allowed: tuple[str, ...] = ()
    is_nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table. `is_sharded` tables are folders of parts, one a shard; `is_internal` ones live in OUT/work."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    is_sharded: bool = True
    is_internal: bool = False
    schema: pa.Schema = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fields = [pa.field(c.name, c.type, nullable=c.is_nullable) for c in self.columns]
        object.__setattr__(self, "schema", pa.schema(fields))

    @property
    def title(self) -> str:
        """The name in CamelCase, as it heads its section of the data dictionary."""
        return "".join(part.capitalize() for part in self.name.split("_"))


def _text(name: str, meaning: str, *allowed: str, blank: bool = False) -> Column:
    return Column(name, TEXT, meaning, allowed, blank)


def _int(name: str, meaning: str, blank: bool = False) -> Column:
    return Column(name, INT, meaning, is_nullable=blank)


def _float(name: str, meaning: str, blank: bool = False) -> Column:
    return Column(name, FLOAT, meaning, is_nullable=blank)


def _bool(name: str, meaning: str) -> Column:
    return Column(name, BOOL, meaning)


def _texts(name: str, meaning: str) -> Column:
    return Column(name, TEXTS, meaning)


DOCUMENT_ID = _text("document_id", "Id of the document: a hash of the page's path in RAW and its content.")
PATH = _text("path", "Path of the file relative to RAW; for a record of a dump, `path#n` with n counted from 0.")
PAGE_SPAN = (
    _int("start", "First code point of the span in pages.text."),
    _int("end", "Code point after the last one of the span in pages.text."),
)
BOTH_SPANS = (
    _int("start", "First code point in documents.text."),
    _int("end", "Code point after the last one in documents.text."),
    _int("page_start", "First code point in pages.text."),
    _int("page_end", "Code point after the last one in pages.text."),
)

PAGE_STATUS = ("read", "empty", "unreadable", "ignored")
DOCUMENT_STATUS = ("kept", "empty", "duplicate", "off_topic", "not_english", "unreadable", "ignored")
SENTENCE_KINDS = ("prose", "heading", "list_item", "turn", "quote", "caption", "table", "footnote")
BLOCK_KINDS = ("paragraph", "heading", "list_item", "table", "quote", "caption", "footnote", "definition", "other")
FACETS = ("value", "barrier", "role", "enabler", "participation")
EVIDENCE = ("cue", "model", "both", "human")

_TABLES = [
    # ------------------------------------------------------------------ ingest
    Table(
        "files",
        "The files of RAW, spread over shards: what `ingest` is to read.",
        ("path", "first_record"),
        (
            _text("path", "Path of the file relative to RAW, with forward slashes."),
            _text("sha256", "SHA-256 of the file's bytes; blank where it was not read."),
            _text("reader", "Name of the reader that fits the content."),
            _int("first_record", "First record of a dump to read here; 0 for other files."),
            _int("n_records", "Number of records to read here; 1 for other files."),
            _text("problem", "Why the file is not read at all; blank where it is."),
        ),
        is_internal=True,
    ),
    Table(
        "pages",
        "One row for each page as scraped; every file in RAW has at least one row, readable or not.",
        ("document_id",),
        (
            DOCUMENT_ID,
            PATH,
            _text(
                "sha256", "SHA-256 of the file's bytes (of the record's bytes in a dump); blank where it was not read."
            ),
            _text("media_type", "Type of the content as sniffed from its bytes, such as text/html."),
            _text("encoding", "Character encoding the page was decoded with.", blank=True),
            _text("url", "Address of the page, where the page or the dump says it.", blank=True),
            _text("site", "Host of the address without `www.`; otherwise blank.", blank=True),
            _text("title", "Title of the page, where it has one.", blank=True),
            _text("published", "Date of publication as YYYY-MM-DD, where one is found.", blank=True),
            _text("language", "Language of the text (ISO 639-1), where it can be told.", blank=True),
            _text(
                "text",
                "The page flattened: a text file decoded, with LF line ends and no BOM; of HTML every text block "
                "in document order, one a line, hidden ones included. All offsets into a page count in this text.",
            ),
            _text("status", "Whether the page could be read.", *PAGE_STATUS),
            _text("reason", "Why, where the status is not `read`.", blank=True),
        ),
    ),
    Table(
        "sources",
        "The decoded HTML of each HTML page, for the extractors that judge its blocks.",
        ("document_id",),
        (DOCUMENT_ID, _text("html", "Decoded HTML.")),
        is_internal=True,
    ),
    Table(
        "page_blocks",
        "The blocks of each page before any judgement: a line of flat text or a text block of HTML.",
        ("document_id", "start"),
        (
            DOCUMENT_ID,
            *PAGE_SPAN,
            _text("kind", "What the block is by its tags or its shape.", *BLOCK_KINDS),
            _text("tag_path", "Tags from the body down to the block; blank for flat text."),
            _text("attributes", "Class, id and role words of the block and its ancestors, lower case."),
            _bool("is_hidden", "Whether the page hides the block (hidden, display:none, off-screen ...)."),
            _int("n_link_chars", "Number of its code points that stand inside links."),
        ),
        is_internal=True,
    ),
    # ------------------------------------------------------------------ clean
    Table(
        "line_profile",
        "For each page, the keys of its lines and its candidate phrases: what templates and spam are counted from.",
        ("document_id", "kind", "key"),
        (
            DOCUMENT_ID,
            _text("site", "Site of the page, or blank."),
            _text("kind", "What the key stands for.", "line", "phrase"),
            _text("key", "Hash of the line (or the phrase), white space and case folded."),
            _int("n_lines", "How often it stands on the page."),
        ),
        is_internal=True,
    ),
    Table(
        "repeated_lines",
        "For each shard, the keys that recur over a site or the corpus often enough to count as template or spam.",
        ("site", "kind", "key"),
        (
            _text("site", "Site it recurs on; blank for the whole corpus."),
            _text("kind", "What the key stands for.", "line", "phrase"),
            _text("key", "Hash as in line_profile."),
            _float("share_pages", "Share of the site's pages (of all pages, for the corpus) that hold it."),
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
            _text("title", "Title of the page.", blank=True),
            _text("text", "The cleaned text: what kept spans and edits give."),
            _int("n_words", "Number of words."),
            _text("status", "Status so far.", *DOCUMENT_STATUS),
            _text("reason", "Why, where the status is not `kept`.", blank=True),
            _bool("is_paywalled", "Whether the article itself seems cut by a paywall."),
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
            _text("duplicate_of", "The document that represents it."),
            _text("reason", "How they overlap."),
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
            _text("title", "Title of the page, where it has one.", blank=True),
            _text("text", "The cleaned text. Sentences, passages and codings count offsets in it."),
            _int("n_words", "Number of words in the cleaned text."),
            _text("status", "`kept` documents are analysed; the others are set aside.", *DOCUMENT_STATUS),
            _text("reason", "Why, where the status is not `kept`.", blank=True),
            _text("duplicate_of", "The document that represents this one, where it is a duplicate.", blank=True),
            _bool("is_paywalled", "Whether the article itself seems cut by a paywall."),
        ),
    ),
    Table(
        "blocks",
        "Every block of every page with the judgement on it.",
        ("document_id", "start"),
        (
            DOCUMENT_ID,
            *PAGE_SPAN,
            _text("kind", "What the block is.", *BLOCK_KINDS),
            _text("tag_path", "Tags from the body down to the block; blank for flat text."),
            _bool("is_kept", "Whether the block (apart from spans cut inside it) is in the document."),
            _text("reason", "Why it was removed; blank where it is kept.", blank=True),
        ),
    ),
    Table(
        "removals",
        "The ledger: every span taken out of a page. Kept text and removals together rebuild the page exactly.",
        ("document_id", "start"),
        (
            DOCUMENT_ID,
            *PAGE_SPAN,
            _text("text", "The characters removed."),
            _text("rule", "Id of the rule that removed them."),
            _text("reason", "The reason in words."),
            _float("score", "How sure the rule is, 0-1."),
        ),
    ),
    Table(
        "edits",
        "Every repair: the span of the page it replaces (which may be empty), and what stands there instead.",
        ("document_id", "start"),
        (
            DOCUMENT_ID,
            *PAGE_SPAN,
            _text("before", "The characters of the page that are replaced."),
            _text("after", "What documents.text has in their place."),
            _text("rule", "Id of the rule that made the repair."),
        ),
    ),
    # ------------------------------------------------------------------ segment
    Table(
        "sentences",
        "Sentences (or headings, list items, turns) of kept documents, in order.",
        ("sentence_id",),
        (
            _text("sentence_id", "Id: document_id, a colon and the start in documents.text."),
            DOCUMENT_ID,
            *BOTH_SPANS,
            _text("text", "The sentence, verbatim as in documents.text."),
            _text("kind", "What it is.", *SENTENCE_KINDS),
            _text("heading", "The heading it stands under.", blank=True),
            _text("speaker", "The speaker of the turn it belongs to.", blank=True),
            _int("paragraph", "Number of its paragraph in the document, from 0."),
        ),
    ),
    Table(
        "passages",
        "Runs of sentences of paragraph size: the unit that themes are made of.",
        ("passage_id",),
        (
            _text("passage_id", "Id: document_id, `:p` and the start in documents.text."),
            DOCUMENT_ID,
            *BOTH_SPANS,
            _text("text", "The passage, verbatim as in documents.text."),
            _int("n_words", "Number of words."),
            _texts("sentence_ids", "Its sentences, in order."),
        ),
    ),
    # ------------------------------------------------------------------ embed, extract
    Table(
        "embeddings",
        "One vector of length 1 for each sentence and each passage.",
        ("unit_id",),
        (
            _text("unit_id", "A sentence_id or a passage_id."),
            DOCUMENT_ID,
            _text("unit", "What the vector stands for.", "sentence", "passage"),
            Column("vector", VECTOR, "The encoder's vector, of length 1."),
        ),
    ),
    Table(
        "readings",
        "What the fitted reader sees in each sentence: how much it speaks for each code, and where in it.",
        ("sentence_id",),
        (
            _text("sentence_id", "The sentence."),
            DOCUMENT_ID,
            Column(
                "logits", VECTOR, "Logit of each code that the reader knows, in the order of models/extract/codes.json."
            ),
            Column("starts", pa.list_(pa.int32()), "First code point of each word piece in the sentence."),
            Column("ends", pa.list_(pa.int32()), "Code point after the last one of each word piece."),
            Column(
                "codes", pa.list_(pa.int16()), "Places in `logits` of the codes whose pieces are kept, likeliest first."
            ),
            Column("pieces", pa.list_(VECTOR), "For each of those codes the logit of each word piece."),
            Column(
                "vector", VECTOR, "The reader's own vector, where embeddings come from another encoder; else empty."
            ),
        ),
        is_internal=True,
    ),
    Table(
        "embedded",
        "From what each document was encoded, and to what: a document that is the same again is not encoded again.",
        ("document_id",),
        (
            DOCUMENT_ID,
            _text("input_hash", "SHA-256 of its sentences, their kinds and headings."),
            _text("output_hash", "SHA-256 of its vectors and readings."),
        ),
        is_internal=True,
    ),
    Table(
        "coded",
        "From what each document was coded: a document that is the same again is not coded again.",
        ("document_id",),
        (
            DOCUMENT_ID,
            _text("input_hash", "SHA-256 of its sentences, removals and edits, and of its vectors and readings."),
        ),
        is_internal=True,
    ),
    Table(
        "codings",
        "One row for each code given to a sentence, with the words that carry it.",
        ("coding_id",),
        (
            _text("coding_id", "Id: sentence_id, the code and the start in documents.text."),
            DOCUMENT_ID,
            _text("sentence_id", "The sentence that carries the code."),
            _text("facet", "The facet the code belongs to, as in the codebook."),
            _text("code", "The code's key in the codebook: facet, a full stop and the id."),
            _text("status", "How the text holds it, in the words of the codebook's facet."),
            *BOTH_SPANS,
            _text("quote", "The words that carry the code, verbatim."),
            _float("score", "Calibrated score, 0-1."),
            _text("evidence", "What speaks for it.", *EVIDENCE),
            _text("coder", "Who or what gave the code; see coders."),
            _bool("needs_review", "Whether the score stands in the band a person should look at."),
            _text("holder", "Who holds the value or plays the role, where the text says.", blank=True),
            _text("shift_from", "Role code moved away from.", blank=True),
            _text("shift_to", "Role code moved to.", blank=True),
            _text("paid", "Whether the role is paid, where the text says.", "paid", "unpaid", "unclear", blank=True),
            _text("phase", "The phase of the work the role belongs to.", blank=True),
            _text("explanation", "In words: the cues, the nearest examples, the neighbours and rejected rivals."),
        ),
    ),
    # ------------------------------------------------------------------ cluster
    Table(
        "themes",
        "Themes and their sub-themes: cuts of one tree.",
        ("theme_id",),
        (
            _text("theme_id", "Id of the theme."),
            _text("parent_id", "The theme it belongs to; blank at the top.", blank=True),
            _int("level", "1 broad, 2 themes, 3 sub-themes."),
            _text("label", "A label a person understands."),
            _text("description", "One plain sentence, from the theme's most central sentence."),
            _texts("terms", "Words and phrases that set it apart, best first."),
            _int("n_passages", "Number of its passages."),
            _int("n_documents", "Number of documents that speak of it."),
            _int("n_sites", "Number of sites those documents stand on."),
            _float("stability", "Mean overlap (Jaccard) with its best match over refits on samples, 0-1.", blank=True),
            _float("stability_low", "Lower end of the 95% interval of stability.", blank=True),
            _float("stability_high", "Upper end of the 95% interval of stability.", blank=True),
            _text(
                "grade",
                "A: stability of .75 and more; B: .5 and more; C: less; `-`: too few passages to tell.",
                "A",
                "B",
                "C",
                "-",
            ),
            _float("share_largest_document", "Largest share of its passages that comes from one document."),
            _texts("exemplar_ids", "Passages that show it best, of different documents where there are."),
            _text(
                "note", "What a reader should know of it, such as that one document makes up much of it; else empty."
            ),
            _text("decision", "What people decided on it (renamed, merged, split, ignored); empty where nothing."),
        ),
        is_sharded=False,
    ),
    Table(
        "theme_centroids",
        "The centres of themes and sub-themes: what every passage is placed by.",
        ("centroid",),
        (
            _int("centroid", "Number of the centre."),
            _text(
                "theme_id", "The theme or sub-theme; empty in the row of level 0. A merged theme has several centres."
            ),
            _text("parent_id", "Of a sub-theme, its theme; else empty."),
            _int("level", "2 themes, 3 sub-themes; 0: what all passages share, taken off every vector first."),
            Column("vector", VECTOR, "Mean of the theme's vectors less what all share, of length 1."),
            _float(
                "loose_below",
                "Similarity under which a passage counts as loose: that of nine in ten other passages; -1: none.",
            ),
        ),
        is_sharded=False,
        is_internal=True,
    ),
    Table(
        "theme_members",
        "The theme of every passage.",
        ("passage_id",),
        (
            _text("passage_id", "The passage."),
            DOCUMENT_ID,
            _text("theme_id", "Its theme (level 2)."),
            _text("subtheme_id", "Its sub-theme (level 3); the theme itself where it has no sub-themes."),
            _float(
                "similarity", "Cosine of the passage to the centre of its theme, both less what all passages share."
            ),
            _bool("is_loose", "Whether it is no closer to its theme than one in ten passages of other themes."),
        ),
    ),
    Table(
        "theme_changes",
        "What became of the themes of the earlier run in the same OUT; no rows where there was none. Themes as found, "
        "before people's decisions; passages are distinct texts of the sample that themes are found in.",
        ("theme_id",),
        (
            _text("theme_id", "Id of the theme, the same in both runs."),
            _text(
                "change",
                "Against the earlier run: same (overlap of .9 and more, size within a tenth), grew or shrank by more than "
                "a tenth, moved (of the same size, other passages), new, proposed (by --update), gone.",
                "same",
                "grew",
                "shrank",
                "moved",
                "new",
                "proposed",
                "gone",
            ),
            _text("label", "Its label; of a theme that is gone, the earlier one."),
            _text("label_before", "Its label in the earlier run.", blank=True),
            _float("overlap", "Jaccard overlap of its passages, on passages that both runs know.", blank=True),
            _int("n_passages_before", "Its passages in the earlier run."),
            _int("n_passages", "Its passages now."),
            _int("n_passages_new", "Those of them that the earlier run did not know."),
            _float("similarity_new", "Mean cosine of the new passages to its centre: how well they fit.", blank=True),
            _float("similarity_known", "The same of the others.", blank=True),
            _float("share_loose_new", "Share of loose ones (see theme_members) among the new passages.", blank=True),
            _float("share_loose_known", "The same of the others.", blank=True),
        ),
        is_sharded=False,
    ),
    Table(
        "theme_history",
        "What later runs need to know of the themes of this run and of the run before it.",
        ("generation", "centroid"),
        (
            _int("generation", "0: this run; 1: the run whose ids it took over."),
            _int("centroid", "Number of the centre; below 0 for broad themes, which have none."),
            _text("theme_id", "As in theme_centroids, before decisions."),
            _text("parent_id", "As in theme_centroids."),
            _int("level", "As in theme_centroids; 1 for broad themes."),
            _text("broad_id", "The broad theme it belongs to; else empty."),
            Column("vector", VECTOR, "As in theme_centroids."),
            _float("loose_below", "As in theme_centroids."),
            _text("label", "Its label before decisions."),
            _texts("terms", "Its terms."),
            _float("stability", "As in themes.", blank=True),
            _float("stability_low", "As in themes.", blank=True),
            _float("stability_high", "As in themes.", blank=True),
            _text("grade", "As in themes; empty where it was not graded."),
            _texts("texts", "Hashes of the texts of its distinct passages."),
            _text("made_from", "What tells this run from others: a hash."),
            _text("encoder", "The encoder its vectors are from."),
            _int("highest", "The largest number a theme's id has had."),
        ),
        is_sharded=False,
        is_internal=True,
    ),
    Table(
        "theme_decisions",
        "Decisions on themes that were replayed on this run, as review_log shows them.",
        ("item", "decision"),
        (
            _text("item", "The theme, by id and label."),
            _text("decision", "What was decided, and why."),
            _text("coder", "Who decided."),
            _text("effect", "What it changed on this run."),
        ),
        is_sharded=False,
        is_internal=True,
    ),
    # ------------------------------------------------------------------ tabulate
    Table(
        "theme_table",
        "For readers: one row a theme, with documents and sites before mentions, what it carries, and three quotes.",
        ("theme_id",),
        (
            _text("theme_id", "Id of the theme."),
            _text("theme", "Label of the theme."),
            _text("parent_id", "The broader theme; blank at the top.", blank=True),
            _int("level", "1 broad, 2 themes, 3 sub-themes."),
            _text("description", "One plain sentence."),
            _int("n_documents", "Documents with at least one passage in the theme."),
            _int("n_documents_all", "All kept documents: the denominator."),
            _float("share_documents", "n_documents / n_documents_all."),
            _float("share_documents_low", "Lower end of its 95% interval (Wilson)."),
            _float("share_documents_high", "Upper end of its 95% interval (Wilson)."),
            _int("n_sites", "Sites with at least one document in the theme."),
            _int("n_passages", "Passages in the theme."),
            _float("share_passages", "n_passages over all passages."),
            _float("stability", "As in themes.", blank=True),
            _text("grade", "As in themes."),
            _text("top_values", "The values most often coded in it, with counts of documents."),
            _text("top_barriers", "The barriers most often coded in it, with counts of documents."),
            _text("top_roles", "The roles most often coded in it, with counts of documents."),
            _text("top_enablers", "The enablers most often coded in it, with counts of documents."),
            _text(
                "top_participation", "The degrees of participation most often coded in it, with counts of documents."
            ),
            _text("quote_1", "First quote.", blank=True),
            _text("quote_1_source", "Where the first quote stands.", blank=True),
            _text("quote_2", "Second quote, of another document where there is one.", blank=True),
            _text("quote_2_source", "Where the second quote stands.", blank=True),
            _text("quote_3", "Third quote, of a third document where there is one.", blank=True),
            _text("quote_3_source", "Where the third quote stands.", blank=True),
        ),
        is_sharded=False,
    ),
    Table(
        "code_table",
        "For readers: one row a code of the codebook, those never found included.",
        ("code",),
        (
            _text("facet", "The facet."),
            _text("code", "The code's key."),
            _text("label", "The code's label."),
            _text("definition", "The code's definition."),
            _int("n_documents", "Documents with the code."),
            _int("n_documents_all", "All kept documents: the denominator."),
            _float("share_documents", "n_documents / n_documents_all."),
            _float("share_documents_low", "Lower end of its 95% interval (Wilson)."),
            _float("share_documents_high", "Upper end of its 95% interval (Wilson)."),
            _int("n_sites", "Sites with the code."),
            _int("n_codings", "Mentions: codings with the code."),
            _text("statuses", "Mentions by status, most frequent first."),
            _float("mean_score", "Mean score of its codings.", blank=True),
            _int("n_needs_review", "Codings a person should look at."),
            _bool("is_rare", "Fewer mentions than the setting tabulate.min_uses: too few to compare."),
            _text("quote_1", "First quote.", blank=True),
            _text("quote_1_source", "Where it stands.", blank=True),
            _text("quote_2", "Second quote, of another document where there is one.", blank=True),
            _text("quote_2_source", "Where it stands.", blank=True),
            _text("quote_3", "Third quote, of a third document where there is one.", blank=True),
            _text("quote_3_source", "Where it stands.", blank=True),
        ),
        is_sharded=False,
    ),
    Table(
        "theme_codes",
        "How often each code stands in the passages of each theme, and how much more often than elsewhere.",
        ("theme_id", "code"),
        (
            _text("theme_id", "The theme."),
            _text("theme", "Its label."),
            _int("level", "Level of the theme."),
            _text("facet", "The facet."),
            _text("code", "The code's key."),
            _text("label", "The code's label."),
            _int("n_documents", "Documents with the code inside the theme."),
            _int("n_documents_theme", "Documents in the theme: the denominator."),
            _float("share_documents", "n_documents / n_documents_theme."),
            _int("n_sites", "Sites with the code inside the theme."),
            _int("n_passages", "Passages of the theme with the code."),
            _int("n_codings", "Codings of the code inside the theme."),
            _float("share_passages", "n_passages over the theme's passages."),
            _float("lift", "share_passages over the share of all passages with the code."),
            _bool(
                "is_rare", "In the whole corpus fewer mentions than the setting tabulate.min_uses: too few to compare."
            ),
        ),
        is_sharded=False,
    ),
    Table(
        "document_table",
        "For readers: one row a page, kept or set aside, with what was removed and what was coded.",
        ("document_id",),
        (
            DOCUMENT_ID,
            PATH,
            _text("title", "Title of the page.", blank=True),
            _text("site", "Site of the page.", blank=True),
            _text("url", "Address of the page.", blank=True),
            _text("published", "Date of publication.", blank=True),
            _text("language", "Language.", blank=True),
            _text("status", "Kept, or why it is set aside.", *DOCUMENT_STATUS),
            _text("reason", "The reason in words.", blank=True),
            _text("duplicate_of", "The document that represents it.", blank=True),
            _bool("is_paywalled", "Whether the article itself seems cut by a paywall."),
            _int("n_words", "Words kept."),
            _int("n_words_page", "Words on the page as scraped."),
            _int("n_removals", "Spans removed."),
            _int("n_sentences", "Sentences."),
            _int("n_passages", "Passages."),
            _int("n_codings", "Codings."),
            _int("n_value", "Codings of values."),
            _int("n_barrier", "Codings of barriers."),
            _int("n_role", "Codings of roles."),
            _int("n_enabler", "Codings of enablers."),
            _int("n_participation", "Codings of participation."),
            _text("main_theme", "Label of the theme with most of its passages.", blank=True),
        ),
        is_sharded=False,
    ),
    Table(
        "role_shifts",
        "For readers: every move from one role to another that a text tells of or asks for.",
        ("coding_id",),
        (
            _text("coding_id", "The coding of the shift."),
            DOCUMENT_ID,
            PATH,
            _text("holder", "Who moves, where the text says.", blank=True),
            _text("shift_from", "Role code moved away from.", blank=True),
            _text("shift_from_label", "Its label.", blank=True),
            _text("shift_to", "Role code moved to.", blank=True),
            _text("shift_to_label", "Its label.", blank=True),
            _text("status", "Whether the shift has happened, is proposed ..."),
            _text("quote", "The words that tell of it."),
            _text("sentence", "The sentence they stand in."),
        ),
        is_sharded=False,
    ),
    # ------------------------------------------------------------------ who coded, with what, how well
    Table(
        "coders",
        "Who or what gave codes.",
        ("coder",),
        (
            _text("coder", "Name of the coder, as in codings."),
            _text("kind", "Machine or human.", "machine", "human"),
            _text("description", "What it is."),
            _int("n_codings", "Codings by this coder."),
        ),
        is_sharded=False,
    ),
    Table(
        "runs",
        "What the tables were made with: versions, settings, seeds and hashes. No clock times, so that bytes repeat.",
        ("item",),
        (
            _text("item", "What."),
            _text("value", "Its version, value or hash."),
        ),
        is_sharded=False,
    ),
    Table(
        "agreement",
        "How well the machine agrees with human coders, per code, with intervals.",
        ("scope", "code"),
        (
            _text("scope", "What text the figures are from."),
            _text("facet", "The facet, or `all`."),
            _text("code", "The code's key; for all codes of a facet its name; or `all`."),
            _int("n_human", "Sentences to which a person gave the code."),
            _int("n_machine", "Sentences to which the machine gave it."),
            _int("n_both", "Sentences to which both gave it."),
            _float("precision", "n_both / n_machine.", blank=True),
            _float("recall", "n_both / n_human.", blank=True),
            _float("f1", "Harmonic mean of both.", blank=True),
            _float("f1_low", "Lower end of its 95% interval (bootstrap over documents).", blank=True),
            _float("f1_high", "Upper end of its 95% interval.", blank=True),
            _float("kappa", "Cohen's kappa over sentences.", blank=True),
        ),
        is_sharded=False,
    ),
    Table(
        "review_log",
        "Human decisions that were replayed on this run.",
        ("item", "decision"),
        (
            _text("item", "What was decided on: a theme, a coding."),
            _text("decision", "What was decided."),
            _text("coder", "Who decided."),
            _text("effect", "What it changed on this run."),
        ),
        is_sharded=False,
    ),
]

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}
PUBLIC = tuple(name for name, table in TABLES.items() if not table.is_internal)
READER_TABLES = ("theme_table", "code_table", "theme_codes", "document_table", "role_shifts")


def to_table(name: str, rows: Iterable[Mapping[str, Any]] | pa.Table) -> pa.Table:
    """Rows (dicts with every column) or a table as the checked Arrow table NAME, columns in schema order.

    Raises SchemaError where a column is missing, unknown, blank, of another type or of a value not allowed.
    """
    table = TABLES[name]
    if isinstance(rows, pa.Table):
        try:
            return check(name, rows.select(table.schema.names).cast(table.schema))
        except (KeyError, pa.ArrowInvalid) as problem:
            raise SchemaError(f"{name}: {problem}") from None
    rows = list(rows)
    for row in rows:
        if row.keys() != set(table.schema.names):
            missing = sorted(set(table.schema.names) - row.keys())
            unknown = sorted(row.keys() - set(table.schema.names))
            raise SchemaError(f"{name}: missing columns {missing}, unknown columns {unknown}")
    try:
        arrays = [pa.array([row[c.name] for row in rows], c.type) for c in table.columns]
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as problem:
        raise SchemaError(f"{name}: {problem}") from None
    return check(name, pa.table(arrays, schema=table.schema))


def check(name: str, data: pa.Table) -> pa.Table:
    """The table itself, if it fits the schema of NAME; SchemaError otherwise."""
    import pyarrow.compute as pc  # a tenth of a second, and a run with nothing to do checks nothing

    table = TABLES[name]
    if not data.schema.equals(table.schema):
        raise SchemaError(f"{name}: columns {data.schema.names} are not those of the schema")
    for column in table.columns:
        values = data.column(column.name)
        if not column.is_nullable and values.null_count:
            raise SchemaError(f"{name}.{column.name}: {values.null_count} blanks where none may be")
        if column.allowed and len(values):
            known = pc.is_in(pc.drop_null(values), pa.array(column.allowed))
            if not pc.all(known, min_count=0).as_py():
                wrong = pc.unique(values.filter(pc.invert(pc.is_in(values, pa.array([*column.allowed, None], TEXT)))))
                raise SchemaError(f"{name}.{column.name}: {wrong.to_pylist()[:3]} not among {list(column.allowed)}")
    _check_key(name, table.key, data)
    return data


def _check_key(name: str, key: Sequence[str], data: pa.Table) -> None:
    if len(data) and len(data.group_by(list(key), use_threads=False).aggregate([])) < len(data):
        raise SchemaError(f"{name}: its key {', '.join(key)} occurs more than once")
