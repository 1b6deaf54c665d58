"""What `segment`, `embed` and `extract` write: sentences, passages, vectors, readings, codings."""

from __future__ import annotations

import pyarrow as pa

from pipeline.schemas.columns import (
    BOTH_SPANS,
    DOCUMENT_ID,
    EVIDENCE,
    SENTENCE_KINDS,
    VECTOR,
    Column,
    Table,
    flag,
    integer,
    number,
    text,
    texts,
)

TABLES = (
    Table(
        "sentences",
        "Sentences (or headings, list items, turns) of kept documents, in order.",
        ("sentence_id",),
        (
            text("sentence_id", "Id: document_id, a colon and the start in documents.text."),
            DOCUMENT_ID,
            *BOTH_SPANS,
            text("text", "The sentence, verbatim as in documents.text."),
            text("kind", "What it is.", *SENTENCE_KINDS),
            text("heading", "The heading it stands under.", blank=True),
            text("speaker", "The speaker of the turn it belongs to.", blank=True),
            integer("paragraph", "Number of its paragraph in the document, from 0."),
        ),
    ),
    Table(
        "passages",
        "Runs of sentences of paragraph size: the unit that themes are made of.",
        ("passage_id",),
        (
            text("passage_id", "Id: document_id, `:p` and the start in documents.text."),
            DOCUMENT_ID,
            *BOTH_SPANS,
            text("text", "The passage, verbatim as in documents.text."),
            integer("n_words", "Number of words."),
            texts("sentence_ids", "Its sentences, in order."),
        ),
    ),
    Table(
        "embeddings",
        "One vector of length 1 for each sentence and each passage.",
        ("unit_id",),
        (
            text("unit_id", "A sentence_id or a passage_id."),
            DOCUMENT_ID,
            text("unit", "What the vector stands for.", "sentence", "passage"),
            Column("vector", VECTOR, "The encoder's vector, of length 1."),
        ),
    ),
    Table(
        "readings",
        "What the fitted reader sees in each sentence: how much it speaks for each code, and where in it.",
        ("sentence_id",),
        (
            text("sentence_id", "The sentence."),
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
            text("input_hash", "SHA-256 of its sentences, their kinds and headings."),
            text("output_hash", "SHA-256 of its vectors and readings."),
        ),
        is_internal=True,
    ),
    Table(
        "coded",
        "From what each document was coded: a document that is the same again is not coded again.",
        ("document_id",),
        (
            DOCUMENT_ID,
            text("input_hash", "SHA-256 of its sentences, removals and edits, and of its vectors and readings."),
        ),
        is_internal=True,
    ),
    Table(
        "codings",
        "One row for each code given to a sentence, with the words that carry it.",
        ("coding_id",),
        (
            text("coding_id", "Id: sentence_id, the code and the start in documents.text."),
            DOCUMENT_ID,
            text("sentence_id", "The sentence that carries the code."),
            text("facet", "The facet the code belongs to, as in the codebook."),
            text("code", "The code's key in the codebook: facet, a full stop and the id."),
            text("status", "How the text holds it, in the words of the codebook's facet."),
            *BOTH_SPANS,
            text("quote", "The words that carry the code, verbatim."),
            number("score", "Calibrated score, 0-1."),
            text("evidence", "What speaks for it.", *EVIDENCE),
            text("coder", "Who or what gave the code; see coders."),
            flag("needs_review", "Whether the score stands in the band a person should look at."),
            text("holder", "Who holds the value or plays the role, where the text says.", blank=True),
            text("shift_from", "Role code moved away from.", blank=True),
            text("shift_to", "Role code moved to.", blank=True),
            text("paid", "Whether the role is paid, where the text says.", "paid", "unpaid", "unclear", blank=True),
            text("phase", "The phase of the work the role belongs to.", blank=True),
            text("explanation", "In words: the cues, the nearest examples, the neighbours and rejected rivals."),
        ),
    ),
)
