"""passages, theme_centroids -> themes: counts, labels, terms, a sentence and exemplars of every theme."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow.compute as pc

from pipeline.encoder import vectors_of
from pipeline.store import Inputs
from pipeline.themes import corpus as corpora
from pipeline.themes.corpus import Corpus
from pipeline.themes.exemplars import CENTRAL, central_sentence, cosines, exemplars, nearest_first
from pipeline.themes.labels import Meaning, counts_of, labelled, sentence_case, words_of_label
from pipeline.themes.phrases import Phrases, counted, found, names_in, words_of
from pipeline.themes.place import Centres, centres_of, less_common, placed
from pipeline.themes.stability import UNKNOWN, Stability

Encode = Callable[[Sequence[str]], Any]
Named = tuple[str, list[str]]  # label and terms
MOST_COUNTED = 10_000  # passages in which phrases are counted
PARSED_PER_THEME, PARSED = 30, 900  # central passages of each finest theme, and of all, in which phrases are looked for
ONE_DOCUMENT = 0.3  # a theme with a larger share of its passages from one document says so


@dataclass
class Size:
    """What a theme holds, duplicates included."""

    passages: int = 0
    sites: set[str] = field(default_factory=set)
    documents: Counter[str] = field(default_factory=Counter)


def sizes_of(inputs: Inputs, centres: Centres, sites: Mapping[str, str], broader: Mapping[str, str]) -> dict[str, Size]:
    """The size of each theme of each level, from placing every passage by the rule that makes theme_members."""
    sizes: dict[str, Size] = defaultdict(Size)
    for _, part in inputs.parts("embeddings"):
        mine = part.filter(pc.equal(part["unit"], "passage"))
        for document, row in zip(mine["document_id"].to_pylist(), placed(vectors_of(mine), centres), strict=True):
            for theme in {row["theme_id"], row["subtheme_id"], broader.get(row["theme_id"], row["theme_id"])}:
                sizes[theme].passages += 1
                sizes[theme].documents[document] += 1
                sizes[theme].sites.add(sites.get(document, document))
    return sizes


class Groups:
    """The distinct passages by theme on each level, as placed."""

    def __init__(self, corpus: Corpus, centres: Centres, broader: Mapping[str, str]):
        rows = placed(corpus.vectors, centres)
        self.rows = less_common(corpus.vectors, centres.common)
        self.theme = [row["theme_id"] for row in rows]
        self.fine = [row["subtheme_id"] for row in rows]
        self.broad = [broader.get(theme, "") for theme in self.theme]

    def members(self) -> dict[str, list[int]]:
        """Passages by number of every theme of every level."""
        found_: dict[str, list[int]] = defaultdict(list)
        for number, names in enumerate(zip(self.theme, self.fine, self.broad, strict=True)):
            for name in sorted(set(names) - {""}):
                found_[name].append(number)
        return dict(found_)


def described(
    inputs: Inputs,
    corpus: Corpus,
    centroids: Sequence[dict[str, Any]],
    broader: Mapping[str, str],
    known: Mapping[str, Stability],
    tagger: Any,
    encode: Encode,
    kept: Mapping[str, Named] | None = None,
    notes: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, Any]], Groups, Phrases]:
    """Rows of themes, broad ones first, each followed by what is under it.

    `kept` are labels and terms that stay as they are, `notes` what else is to be said of a theme, by id.
    """
    centres = centres_of(centroids)
    page_sites = {
        row["document_id"]: row["site"] or row["path"]
        for row in _columns(inputs, "pages", ["document_id", "site", "path"])
    }
    sizes = sizes_of(inputs, centres, page_sites, broader)
    groups = Groups(corpus, centres, broader)
    members = groups.members()
    middle = {name: _middle(groups.rows[numbers]) for name, numbers in members.items()}
    near = {
        name: [
            numbers[i]
            for i in nearest_first(
                cosines(groups.rows[numbers], middle[name]).tolist(), [corpus.ids[n] for n in numbers], len(numbers)
            )
        ]
        for name, numbers in members.items()
    }
    phrases = phrases_of(corpus, [near[name] for name in sorted(set(groups.fine))], tagger, speakers_of(inputs))
    names = label_all(corpus, groups, phrases, near, _meaning(encode, centres), kept or {})
    sentences = sentences_for(inputs, corpus, near, middle, centres, names)
    rows = []
    for theme, parent, level in order_of(centroids, broader, members):
        label, terms = names[theme]
        shown = [
            (
                float(groups.rows[n] @ middle[theme]),
                corpus.ids[n],
                corpus.documents[n],
                page_sites.get(corpus.documents[n], ""),
                len(corpus.texts[n].split()),
            )
            for n in near[theme][:200]
        ]
        mean, low, high, grade = known.get(theme, UNKNOWN)
        rows.append(
            {
                "theme_id": theme,
                "parent_id": parent,
                "level": level,
                "label": label,
                "description": sentences[theme],
                "terms": terms,
            }
            | counts_row(sizes[theme], (notes or {}).get(theme, ""))
            | {"stability": mean, "stability_low": low, "stability_high": high, "grade": grade, "decision": ""}
            | {"exemplar_ids": exemplars([(round(s, 6), *rest) for s, *rest in shown])}  # type: ignore[misc]
        )
    return rows, groups, phrases


def _meaning(encode: Encode, centres: Centres) -> Meaning:
    known: dict[str, Any] = {}

    def meaning(texts: Sequence[str]) -> Any:
        fresh = sorted(set(texts) - set(known))
        if fresh:
            vectors = np.asarray(encode(fresh), np.float64)
            rows, field_ = less_common(vectors, centres.common), vectors @ _unit(centres.common)
            known.update(zip(fresh, zip(rows, np.round(field_, 6), strict=True), strict=True))
        return np.stack([known[text][0] for text in texts]), np.array([known[text][1] for text in texts])

    return meaning


def _middle(rows: Any) -> Any:
    return _unit(rows.mean(axis=0))


def _unit(vector: Any) -> Any:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


def _columns(inputs: Inputs, table: str, columns: list[str]) -> list[dict[str, Any]]:
    return [row for _, part in inputs.parts(table) for row in part.select(columns).to_pylist()]


def counts_row(size: Size, note: str = "") -> dict[str, Any]:
    """The columns that count; `note` also says so where one document makes up much of the theme."""
    top = max(size.documents.values(), default=0)
    share = round(top / max(1, size.passages), 4)
    much = "all of its passages" if share == 1 else f"{share:.0%} of its passages"
    said = [note, f"{much} come from one document" if share > ONE_DOCUMENT else ""]
    return {
        "n_passages": size.passages,
        "n_documents": len(size.documents),
        "n_sites": len(size.sites),
        "share_largest_document": share,
        "note": "; ".join(filter(None, said)),
    }


def order_of(
    centroids: Sequence[dict[str, Any]], broader: Mapping[str, str], members: Mapping[str, Any]
) -> list[tuple[str, str | None, int]]:
    """(theme_id, parent_id, level) of every theme that holds a distinct passage: parents before children, by id."""
    levels = {row["theme_id"]: (row["level"], row["parent_id"]) for row in centroids if row["level"]}
    rows: list[tuple[str, str | None, int]] = [(name, None, 1) for name in sorted(set(broader.values()), key=natural)]
    rows += [
        (n, broader.get(n) if level == 2 else parent, level)
        for n, (level, parent) in sorted(levels.items(), key=lambda i: natural(i[0]))
    ]
    return [row for row in rows if row[0] in members]


def natural(name: str) -> tuple[Any, ...]:
    """A sort key that puts T2.10 after T2.9."""
    return (name[:1], *(int(part) if part.isdigit() else 0 for part in name[1:].split(".")))


def speakers_of(inputs: Inputs) -> frozenset[str]:
    """The words of all speakers' names, as phrases hold them."""
    names = {name for _, part in inputs.parts("sentences") for name in part["speaker"].unique().to_pylist() if name}
    return frozenset(word for name in names for word in words_of(name))


def phrases_of(corpus: Corpus, groups: Sequence[Sequence[int]], tagger: Any, speakers: frozenset[str]) -> Phrases:
    """Noun phrases in the central passages of each group, counted in all passages (a sample of a very large corpus)."""
    each = max(5, min(PARSED_PER_THEME, PARSED // max(1, len(groups))))
    parsed = sorted({number for group in groups for number in group[:each]})
    phrases = found(
        [corpus.texts[number] for number in parsed], tagger, speakers, names_in(corpus.texts[:MOST_COUNTED])
    )
    counted(phrases, corpus.texts[:MOST_COUNTED])
    return phrases


def label_all(
    corpus: Corpus,
    groups: Groups,
    phrases: Phrases,
    near: Mapping[str, list[int]],
    meaning: Meaning,
    kept: Mapping[str, Named],
) -> dict[str, Named]:
    """Label and terms of every theme of every level; each label once. Those in `kept` stay."""
    taken = {words_of_label(label) for label, _ in kept.values()}
    names: dict[str, Named] = {}
    documents = corpus.document_numbers[:MOST_COUNTED]
    for level in (groups.theme, groups.broad, groups.fine):
        ids = sorted({name for name in level[:MOST_COUNTED] if name and name not in names}, key=natural)
        place = {name: number for number, name in enumerate(ids)}
        chosen = [i for i, name in enumerate(level[:MOST_COUNTED]) if name in place]
        if not ids:
            continue
        labels = np.array([place[level[i]] for i in chosen])
        mine = Phrases(phrases.written, phrases.names, _subset(phrases, chosen))
        counts = counts_of(mine, labels, documents[chosen], groups.rows[chosen].astype(np.float32), meaning)
        above = [names.get(name.rsplit(".", 1)[0], ("", []))[0] if "." in name else "" for name in ids]
        fixed = {place[name]: kept[name] for name in ids if name in kept}
        names |= dict(zip(ids, labelled(mine, counts, labels, taken, above, fixed), strict=True))
    return _never_blank(names, corpus, near)


def _subset(phrases: Phrases, chosen: Sequence[int]) -> dict[Any, list[int]]:
    place = {number: i for i, number in enumerate(chosen)}
    kept = {key: [place[n] for n in numbers if n in place] for key, numbers in phrases.passages.items()}
    return {key: numbers for key, numbers in kept.items() if numbers}


def _never_blank(names: dict[str, Named], corpus: Corpus, near: Mapping[str, list[int]]) -> dict[str, Named]:
    """Where no phrase was found: the first words of the most central passage; and a number where that is taken."""
    used: Counter[str] = Counter()
    result = {}
    for name in sorted(near, key=natural):
        label, terms = names.get(name, ("", []))
        if not label:
            words = corpus.texts[near[name][0]].split()
            label = sentence_case(" ".join(words[:6]).strip(" .,;:!?")) or "Passages without words"
        used[label.casefold()] += 1
        again = used[label.casefold()]
        result[name] = (label if again == 1 else f"{label} ({again})", terms or sorted(set(words_of(label)))[:5])
    return result


def sentences_for(
    inputs: Inputs,
    corpus: Corpus,
    near: Mapping[str, list[int]],
    middle: Mapping[str, Any],
    centres: Centres,
    names: Mapping[str, Named],
) -> dict[str, str]:
    """The sentence that says each theme best, none used twice where there is another."""
    central = {name: [corpus.ids[n] for n in numbers[:CENTRAL]] for name, numbers in near.items()}
    of, vectors = corpora.sentences_of(inputs, sorted({p for passages in central.values() for p in passages}))
    rows = less_common(vectors, centres.common) if vectors.shape[1] else np.zeros((0, 0))
    taken: set[str] = set()
    result = {}
    for name in sorted(near, key=lambda n: (n.count("."), natural(n))):
        sentences = [s for passage in central[name] for s in of.get(passage, [])]
        text = (
            central_sentence(sentences, cosines(rows, middle[name]), taken, words_of_label(names[name][0]))
            if sentences
            else ""
        )
        result[name] = text or " ".join(corpus.texts[near[name][0]].split()[:35])
        taken.add(result[name])
    return result
