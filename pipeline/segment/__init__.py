"""documents, blocks -> sentences, passages: headings, list items, turns and quotes are known; offsets in both texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.coordinates import SpanMap, changes_of
from pipeline.store import by_document

if TYPE_CHECKING:
    from pipeline.segment.sentences import Piece
    from pipeline.store import Context, Inputs


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """Sentences and passages of the kept documents of one shard."""
    from pipeline.segment.lines import lines_of
    from pipeline.segment.passages import group
    from pipeline.segment.sentences import split

    blocks = by_document(inputs.rows("blocks"))
    removals, edits = by_document(inputs.rows("removals")), by_document(inputs.rows("edits"))
    limits = context.settings.segment
    sentences, passages = [], []
    for document in inputs.rows("documents"):
        if document["status"] != "kept":
            continue
        identity, text = document["document_id"], document["text"]
        spans = SpanMap(changes_of(removals.get(identity, ()), edits.get(identity, ())))
        pieces = split(text, lines_of(text, spans, blocks.get(identity, ())))
        sentences += [_sentence(identity, text, spans, piece) for piece in pieces]
        runs = group(text, pieces, limits.passage_words_min, limits.passage_words_max)
        passages += [_passage(identity, text, spans, members) for members in runs]
    return {"sentences": sentences, "passages": passages}


def _sentence(identity: str, text: str, spans: SpanMap, piece: Piece) -> dict[str, Any]:
    page_start, page_end = spans.to_page(piece.start, piece.end)
    return {
        "sentence_id": f"{identity}:{piece.start}",
        "document_id": identity,
        "start": piece.start,
        "end": piece.end,
        "page_start": page_start,
        "page_end": page_end,
        "text": text[piece.start : piece.end],
        "kind": piece.kind,
        "heading": piece.heading,
        "speaker": piece.speaker,
        "paragraph": piece.paragraph,
    }


def _passage(identity: str, text: str, spans: SpanMap, members: list[Piece]) -> dict[str, Any]:
    start, end = members[0].start, members[-1].end
    page_start, page_end = spans.to_page(start, end)
    return {
        "passage_id": f"{identity}:p{start}",
        "document_id": identity,
        "start": start,
        "end": end,
        "page_start": page_start,
        "page_end": page_end,
        "text": text[start:end],
        "n_words": len(text[start:end].split()),
        "sentence_ids": [f"{identity}:{piece.start}" for piece in members],
    }
