"""sentences of a shard + fitted model + codebook -> rows of codings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.coordinates import SpanMap, changes_of
from pipeline.extract import classifier, cues, roles, spans, status, words
from pipeline.extract.classifier import Entries, Model, Sentences
from pipeline.extract.cues import Hit, Node
from pipeline.extract.reading import UNUSED, Reading, as_reading, parse, tagged
from pipeline.extract.views import Matrix, Place
from pipeline.models import fitted, spacy_pipeline

if TYPE_CHECKING:
    from pipeline.codebook import Codebook
    from pipeline.store import Context, Inputs

NOT_CODED = frozenset({"caption", "footnote"})  # coding guide, section 5: what not to code
CUE_SHARE, MODEL_CHANCE = 0.0, 0.0  # logits from which cues and the word or vector model count as evidence
CODER = "machine"


@dataclass(frozen=True)
class Tools:
    """What coding needs besides the sentences: read once a process."""

    model: Model
    codebook: Codebook
    entries: Entries
    trie: Node


@dataclass(frozen=True)
class Found:
    """One code given to one sentence, before it becomes a row. Tokens are inclusive."""

    row: int
    key: str
    first: int
    last: int
    status: str
    score: float


def code_sentences(inputs: Inputs, context: Context, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Code every sentence of the shard that is not a caption or a footnote."""
    settings = context.settings
    tools = _tools(context.models, context.codebook_path)
    pipeline = spacy_pipeline(settings.extract.spacy_model, UNUSED)
    documents = _documents(pipeline, rows)
    readings = [as_reading(document) for document in documents]
    seen = {row["sentence_id"]: row for row in inputs.rows("readings")}
    sentences = _sentences(rows, readings, tools, _vectors(inputs), seen)
    chance, features = classifier.scores(tools.model, sentences, tools.entries)
    found = _chosen(chance, rows, tools)
    sentences = _parsed(sentences, documents, sorted({row for row, _, _ in found}), pipeline)
    placed = [_place(item, sentences, rows, tools, seen[rows[item[0]]["sentence_id"]]) for item in found]
    maps = _maps(inputs)
    given: list[dict[str, Any]] = []
    for number, same in groupby(placed, key=lambda item: item.row):
        here = list(same)
        before = [item for item in placed if item.row == number - 1]
        for item in here:
            why = _explanation(item, sentences, features, tools)
            given.append(_row(item, rows[number], sentences.places[number].reading, maps, tools)
                         | why | _attributes(item, here, before, rows, sentences, tools))  # fmt: skip
    return given


@lru_cache(maxsize=1)
def _tools(models: Path, codebook_path: Path) -> Tools:
    from pipeline.codebook import load
    from pipeline.encoder import encode

    model, codebook = classifier.load(fitted(models, "extract")), load(codebook_path)

    def vector_of(texts: list[str]) -> Matrix:
        new = sorted({text for text in texts if text not in model.examples})
        vectors = model.examples | dict(zip(new, encode(new, models), strict=True))
        return np.stack([vectors[text] for text in texts]).astype(np.float32)

    entries = classifier.entries(codebook.codes, vector_of)
    return Tools(model, codebook, entries, cues.build(cues.codebook_cues(codebook.codes)))


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
        places[row] = replace(places[row], reading=as_reading(documents[row]))
    return replace(sentences, places=tuple(places))


def _vectors(inputs: Inputs) -> dict[str, np.ndarray]:
    table = inputs.table("embeddings")
    units, vectors = table["unit_id"].to_pylist(), table["vector"]
    if not units:
        return {}
    flat = np.asarray(vectors.combine_chunks().flatten(), np.float32).reshape(len(units), -1)
    return dict(zip(units, flat, strict=True))


def _sentences(
    rows: list[dict[str, Any]],
    readings: list[Reading],
    tools: Tools,
    vectors: dict[str, np.ndarray],
    seen: Mapping[str, Mapping[str, Any]],
) -> Sentences:
    ids = [row["document_id"] for row in rows]
    texts = [row["text"] for row in rows]

    def beside(at: int, step: int) -> str:
        other = at + step
        return texts[other] if 0 <= other < len(rows) and ids[other] == ids[at] else ""

    places = tuple(
        Place(reading, beside(at, -1), beside(at, 1), row["heading"] or "", row["kind"])
        for at, (row, reading) in enumerate(zip(rows, readings, strict=True))
    )
    read = [seen[row["sentence_id"]] for row in rows]
    # The models were fitted on the reader's own vectors: those of `embeddings`, unless another encoder made them.
    own = np.stack([np.array(one["vector"] or vectors[one["sentence_id"]], np.float32) for one in read])
    headings = {(row["document_id"], row["text"]): own[at] for at, row in enumerate(rows) if row["kind"] == "heading"}
    blank = np.zeros(own.shape[1], np.float32)
    under = np.stack([headings.get((row["document_id"], row["heading"]), blank) for row in rows])
    hits = tuple(tuple(cues.find(tools.trie, reading)) for reading in readings)
    logits = np.array([one["logits"] for one in read], np.float32)
    return Sentences(places, tuple(ids), own, under, hits, logits)


def _chosen(chance: Matrix, rows: Sequence[Mapping[str, Any]], tools: Tools) -> list[tuple[int, str, float]]:
    """(sentence, code, score) of the codes given; residual codes give way to content codes of their facet."""
    keys = tools.entries.keys
    levels = np.array([classifier.threshold(tools.model, key) for key in keys], np.float32)
    given = []
    for row, column in zip(*np.where(chance > levels[None, :]), strict=True):
        if rows[row]["kind"] not in NOT_CODED:
            given.append((int(row), keys[column], float(chance[row, column])))
    content = {(row, key.split(".")[0]) for row, key, _ in given if not key.endswith("_unspecified")}
    return [g for g in given if not g[1].endswith("_unspecified") or (g[0], g[1].split(".")[0]) not in content]


def _place(
    item: tuple[int, str, float],
    sentences: Sentences,
    rows: Sequence[Mapping[str, Any]],
    tools: Tools,
    seen: Mapping[str, Any],
) -> Found:
    """The words that carry a code, and its status."""
    row, key, score = item
    place, numbers = sentences.places[row], tools.model.numbers
    reading, facet = place.reading, key.split(".")[0]
    logits = _piece_logits(key, seen, tools.model.keys)
    evidence = words.evidence(reading, key, sentences.hits[row], seen["starts"], seen["ends"], logits)
    features = spans.token_features(reading, facet, evidence)
    chances = spans.chances(features, numbers["spans"].get(facet, {}))
    first, last = spans.choose(reading, evidence, chances, spans.LEVEL)
    return Found(row, key, first, last, _status(reading, first, last, key, rows[row], tools), score)


def _piece_logits(key: str, seen: Mapping[str, Any], known: Sequence[str]) -> Matrix | None:
    """The reader's logits of the sentence's word pieces for a code; for one that it does not know, for its facet."""
    kept = dict(zip(seen["codes"], seen["pieces"], strict=True))
    if key in known:
        own = kept.get(known.index(key))
        return None if own is None else np.array(own, np.float32)
    same = [pieces for code, pieces in kept.items() if known[code].split(".")[0] == key.split(".")[0]]
    return np.max(np.array(same, np.float32), axis=0) if same else None


def _status(reading: Reading, first: int, last: int, key: str, row: Mapping[str, Any], tools: Tools) -> str:
    facet = key.split(".")[0]
    statuses = tools.codebook.facets[facet].status
    sure = status.sure(reading, first, last, facet)
    if sure in statuses:
        return str(sure)
    model = tools.model.numbers["statuses"].get(facet)
    if model is None:
        return status.default_status(tools.codebook.facets, facet)
    sums = list(model["bias"])
    for name in status.signs(reading, first, last, key, row["kind"], row["heading"] or ""):
        for place, weight in enumerate(model["weights"].get(name, ())):
            sums[place] += weight
    best = model["statuses"][int(np.argmax(np.round(sums, 6)))]
    return best if best in statuses else status.default_status(tools.codebook.facets, facet)


def _maps(inputs: Inputs) -> dict[str, SpanMap]:
    """For each document its offsets on the page."""
    changes: dict[str, tuple[list[Any], list[Any]]] = {}
    for place, name in enumerate(("removals", "edits")):
        for row in inputs.rows(name):
            changes.setdefault(row["document_id"], ([], []))[place].append(row)
    return {identity: SpanMap(changes_of(*both)) for identity, both in changes.items()}


def _row(
    item: Found, sentence: dict[str, Any], reading: Reading, maps: dict[str, SpanMap], tools: Tools
) -> dict[str, Any]:
    begin, stop = reading.starts[item.first], reading.end(item.last)
    start, end = sentence["start"] + begin, sentence["start"] + stop
    page_start, page_end = maps.get(sentence["document_id"], SpanMap([])).to_page(start, end)
    return {
        "coding_id": f"{sentence['sentence_id']}:{item.key}:{start}",
        "document_id": sentence["document_id"],
        "sentence_id": sentence["sentence_id"],
        "facet": item.key.split(".")[0],
        "code": item.key,
        "status": item.status,
        "start": start,
        "end": end,
        "page_start": page_start,
        "page_end": page_end,
        "quote": sentence["text"][begin:stop],
        "score": round(item.score, 4),
        "coder": CODER,
        "needs_review": item.score < review_below(tools.model, item.key),
    }


def review_below(model: Model, key: str) -> float:
    """Scores under this need a person: more likely wrong than right, or near the threshold of the code."""
    return max(0.5, 1.25 * classifier.threshold(model, key))


def _explanation(item: Found, sentences: Sentences, features: dict[str, Matrix], tools: Tools) -> dict[str, Any]:
    """`evidence` and `explanation`: the cues, what the models say, the nearest example and the rivals passed over."""
    column = tools.entries.keys.index(item.key)
    hits = [hit for hit in sentences.hits[item.row] if hit.key == item.key]
    by_words, by_vectors = (float(features[name][item.row, column]) for name in ("words", "vectors"))
    level = float(tools.model.numbers["usual"].get(item.key, -6.0))
    by_model = max(by_words, by_vectors) > level + 1.0  # e times likelier than in any sentence
    parts = []
    if hits:
        parts.append("cues: " + ", ".join(f"“{hit.cue}”" + (" (strong)" if hit.is_strong else "") for hit in hits))
    if by_model:
        parts.append("the wording and its neighbours are typical of the code")
    example = _nearest(item, sentences, column, tools)
    if example:
        parts.append(example)
    if features["facet_strong"][item.row, column] > len(hits):
        parts.append("other cues of the facet in the sentence")
    evidence = "both" if hits and by_model else "cue" if hits else "model"
    return {"evidence": evidence, "explanation": "; ".join(parts) or "by the fitted model"}


def _nearest(item: Found, sentences: Sentences, column: int, tools: Tools) -> str:
    positive, negative, _ = tools.entries.groups[column]
    if not len(positive):
        return ""
    alike = tools.entries.vectors @ sentences.vectors[item.row]
    best = int(positive[int(np.argmax(np.round(alike[positive], 5)))])
    words_of = f"nearest example ({alike[best]:.2f}): “{tools.entries.texts[best]}”"
    if len(negative) and alike[negative].max() > alike[best]:
        worst = int(negative[int(np.argmax(np.round(alike[negative], 5)))])
        words_of += f", though a counter-example is nearer ({alike[worst]:.2f})"
    return words_of


def _attributes(
    item: Found,
    here: list[Found],
    before: list[Found],
    rows: Sequence[Mapping[str, Any]],
    sentences: Sentences,
    tools: Tools,
) -> dict[str, Any]:
    """Holder, paid, phase and shift, where the words say so."""
    blank: dict[str, Any] = dict.fromkeys(("holder", "shift_from", "shift_to", "paid", "phase"))
    if not item.key.startswith(("role.", "participation.")):
        return blank
    reading, codes = sentences.places[item.row].reading, tools.codebook.codes
    text = reading.text
    blank |= {
        "paid": roles.paid(text, item.key) if item.key.startswith("role.") else None,
        "phase": roles.phase(text, item.key),
    }
    if roles.is_function(codes, item.key):
        actors = [(f.first, f.last) for f in here if f.key.startswith("role.") and not roles.is_function(codes, f.key)]
        quotes = [
            _quote(f, sentences) for f in before if f.key.startswith("role.") and not roles.is_function(codes, f.key)
        ]
        blank["holder"] = roles.holder(reading, (item.first, item.last), actors, quotes)
    if item.key == "role.blurred_hybrid_role":
        shift = roles.find_shift(text, lambda a, b: _role_in(a, b, item, here, sentences, codes))
        if shift:
            blank |= {"shift_from": shift.old, "shift_to": shift.new}
    return blank


def _quote(item: Found, sentences: Sentences) -> str:
    reading = sentences.places[item.row].reading
    return reading.text[reading.starts[item.first] : reading.end(item.last)]


def _role_in(
    start: int, end: int, item: Found, here: list[Found], sentences: Sentences, codes: Mapping[str, Any]
) -> str | None:
    """The role that characters start..end of the sentence speak of: a coding there, else a cue there.

    What somebody does goes before who somebody is: "officers stopped being fixers" speaks of fixers.
    """
    reading = sentences.places[item.row].reading

    def inside(first: int, last: int) -> bool:
        return reading.starts[first] < end and reading.end(last) > start

    coded = [f for f in here if f.key.startswith("role.") and f.key != item.key and inside(f.first, f.last)]
    if coded:
        return max(coded, key=lambda f: (roles.is_function(codes, f.key), f.score, f.key)).key
    hits: list[Hit] = [
        h
        for h in sentences.hits[item.row]
        if h.key.startswith("role.") and h.key != item.key and inside(h.first, h.last)
    ]
    return (
        min(hits, key=lambda h: (not roles.is_function(codes, h.key), not h.is_strong, h.first, h.key)).key
        if hits
        else None
    )
