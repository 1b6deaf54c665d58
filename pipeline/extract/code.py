"""documents of a shard + fitted model + codebook -> rows of codings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from pipeline.coordinates import SpanMap, changes_of
from pipeline.encoder import vectors_of
from pipeline.extract import classifier, cues, tools
from pipeline.extract.attributes import attributes
from pipeline.extract.classifier import Model, Sentences
from pipeline.extract.explanation import explanation
from pipeline.extract.placing import Found, place
from pipeline.extract.reading import Reading, as_readings, parse, tagged, with_tree
from pipeline.extract.tools import Tools
from pipeline.extract.views import Matrix, Place
from pipeline.models import spacy_pipeline
from pipeline.store import by_document, json_hash

if TYPE_CHECKING:
    from pipeline.store import Context, Inputs

NOT_CODED = frozenset({"caption", "footnote"})  # coding guide, section 5: what not to code
CODER = "machine"


@dataclass(frozen=True)
class Document:
    """One document's sentences, what was removed and edited in it, what the reader saw, and vectors by sentence."""

    rows: list[dict[str, Any]]
    removals: list[dict[str, Any]]
    edits: list[dict[str, Any]]
    seen: dict[str, dict[str, Any]]
    vectors: Mapping[str, np.ndarray]


def code_documents(inputs: Inputs, context: Context) -> dict[str, list[dict[str, Any]]]:
    """Code every document of the shard that no earlier run coded from the same: the codings, and from what they are.

    A document is coded by itself, so that its codings are the same to the last digit whatever stands beside it.
    """
    sentences = by_document(inputs.rows("sentences"))
    removals, edits = by_document(inputs.rows("removals")), by_document(inputs.rows("edits"))
    read = {row["document_id"]: row["output_hash"] for row in inputs.rows("embedded")}
    hashes = {
        name: json_hash([rows, removals.get(name), edits.get(name), read[name]]) for name, rows in sentences.items()
    }
    same = inputs.unchanged("coded", hashes)
    known = by_document(inputs.earlier("codings").to_pylist())
    readings = inputs.table("readings")  # not as dicts: those of a large shard would take ten times the memory
    embeddings = inputs.table("embeddings")
    vectors = dict(zip(embeddings["unit_id"].to_pylist(), vectors_of(embeddings), strict=True))
    codings: list[dict[str, Any]] = []
    for name, rows in sentences.items():
        if name in same:
            codings += known.get(name, [])
            continue
        mine = readings.filter(pc.equal(readings["document_id"], name)).to_pylist()
        seen = {row["sentence_id"]: row for row in mine}
        document = Document(rows, removals.get(name, []), edits.get(name, []), seen, vectors)
        codings += code_sentences(document, context)
    return {
        "codings": codings,
        "coded": [{"document_id": name, "input_hash": value} for name, value in hashes.items()],
    }


def code_sentences(document: Document, context: Context) -> list[dict[str, Any]]:
    """Code every sentence of a document that is not a caption or a footnote."""
    rows, seen = document.rows, document.seen
    own = tools.load(context.models, context.codebook_path)
    pipeline = spacy_pipeline(context.settings.extract.spacy_model)
    parsed = _documents(pipeline, rows)
    sentences = _sentences(rows, as_readings(pipeline, parsed), own, document.vectors, seen)
    chance, features = classifier.scores(own.model, sentences, own.entries)
    chosen = _chosen(chance, rows, own)
    sentences = _parsed(sentences, parsed, sorted({row for row, _, _ in chosen}), pipeline)
    found: dict[int, list[Found]] = {}
    for item in chosen:
        found.setdefault(item[0], []).append(place(item, sentences, rows, own, seen[rows[item[0]]["sentence_id"]]))
    on_page, codes = SpanMap(changes_of(document.removals, document.edits)), own.codebook.codes
    given = []
    for number, here in found.items():
        before = found.get(number - 1, [])
        for one in here:
            row = _row(one, rows[number], sentences.places[number].reading, on_page, own)
            why = explanation(one, sentences, features, own)
            given.append(row | why | attributes(one, here, before, sentences, codes))
    return given


def _documents(pipeline: Any, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Each distinct text is tagged once, sorted, so that a batch holds the same texts whatever the order."""
    plain = [row["text"].replace("\n", " ") for row in rows]
    distinct = sorted(set(plain))
    known = dict(zip(distinct, tagged(pipeline, distinct), strict=True))
    return [known[text] for text in plain]


def _parsed(sentences: Sentences, documents: list[Any], coded: list[int], pipeline: Any) -> Sentences:
    """The sentences with dependencies where a code was given: spans, status and roles look at them, scores do not."""
    parse(pipeline, {documents[row].text: documents[row] for row in coded}.values())
    places = list(sentences.places)
    for row in coded:
        places[row] = replace(places[row], reading=with_tree(places[row].reading, documents[row]))
    return replace(sentences, places=tuple(places))


def _sentences(
    rows: list[dict[str, Any]],
    readings: list[Reading],
    own: Tools,
    vectors: Mapping[str, np.ndarray],
    seen: Mapping[str, Mapping[str, Any]],
) -> Sentences:
    ids = [row["document_id"] for row in rows]
    texts = [row["text"] for row in rows]

    def beside(at: int, step: int) -> str:
        return texts[at + step] if 0 <= at + step < len(rows) else ""

    places = tuple(
        Place(reading, beside(at, -1), beside(at, 1), row["heading"] or "", row["kind"])
        for at, (row, reading) in enumerate(zip(rows, readings, strict=True))
    )
    read = [seen[row["sentence_id"]] for row in rows]
    # The models were fitted on the reader's own vectors: those of `embeddings`, unless another encoder made them.
    own_vectors = np.stack([np.array(one["vector"] or vectors[one["sentence_id"]], np.float32) for one in read])
    headings = {
        (row["document_id"], row["text"]): own_vectors[at] for at, row in enumerate(rows) if row["kind"] == "heading"
    }
    blank = np.zeros(own_vectors.shape[1], np.float32)
    under = np.stack([headings.get((row["document_id"], row["heading"]), blank) for row in rows])
    hits = tuple(tuple(cues.find(own.trie, reading)) for reading in readings)
    logits = np.array([one["logits"] for one in read], np.float32)
    return Sentences(places, tuple(ids), own_vectors, under, hits, logits)


def _chosen(chance: Matrix, rows: Sequence[Mapping[str, Any]], own: Tools) -> list[tuple[int, str, float]]:
    """(sentence, code, score) of the codes given; residual codes give way to content codes of their facet."""
    keys = own.entries.keys
    levels = np.array([classifier.threshold(own.model, key) for key in keys], np.float32)
    given = []
    for row, column in zip(*np.where(chance > levels[None, :]), strict=True):
        if rows[row]["kind"] not in NOT_CODED:
            given.append((int(row), keys[column], float(chance[row, column])))
    content = {(row, key.split(".")[0]) for row, key, _ in given if not key.endswith("_unspecified")}
    return [g for g in given if not g[1].endswith("_unspecified") or (g[0], g[1].split(".")[0]) not in content]


def _row(item: Found, sentence: dict[str, Any], reading: Reading, on_page: SpanMap, own: Tools) -> dict[str, Any]:
    begin, stop = reading.starts[item.first], reading.end(item.last)
    start, end = sentence["start"] + begin, sentence["start"] + stop
    page_start, page_end = on_page.to_page(start, end)
    return {
        "coding_id": f"{sentence['sentence_id']}:{item.key}:{start}",
        "document_id": sentence["document_id"],
        "sentence_id": sentence["sentence_id"],
        "facet": item.facet,
        "code": item.key,
        "status": item.status,
        "start": start,
        "end": end,
        "page_start": page_start,
        "page_end": page_end,
        "quote": sentence["text"][begin:stop],
        "score": round(item.score, 4),
        "coder": CODER,
        "needs_review": item.score < review_below(own.model, item.key),
    }


def review_below(model: Model, key: str) -> float:
    """Scores under this need a person: more likely wrong than right, or near the threshold of the code."""
    return max(0.5, 1.25 * classifier.threshold(model, key))
