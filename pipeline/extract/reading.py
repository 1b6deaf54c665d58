"""sentences -> words with lemma, tag and dependency: what cues, spans and status rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

PARSER, AT_ONCE = "parser", 64  # more sentences together take more memory and no less time
BY_WORD = ("attribute_ruler", "lemmatizer")
MOST_KNOWN = 200_000  # pairs of word and tag kept in memory


@dataclass(frozen=True)
class Reading:
    """One sentence as spaCy reads it; every tuple has one entry a token. Offsets count in `text`."""

    text: str
    words: tuple[str, ...]  # lower case, straight quotes
    lemmas: tuple[str, ...]
    tags: tuple[str, ...]  # Penn Treebank tags
    deps: tuple[str, ...]
    heads: tuple[int, ...]
    starts: tuple[int, ...]

    def end(self, token: int) -> int:
        """The code point after a token."""
        return self.starts[token] + len(self.words[token])


STRAIGHT = str.maketrans("’‘“”–—", "''\"\"--")


def read(pipeline: Any, texts: Iterable[str]) -> Iterator[Reading]:
    """Read texts (a sentence each) with a spaCy pipeline that has a tagger, a parser and a lemmatizer."""
    documents = tagged(pipeline, texts)
    parse(pipeline, documents)
    for reading, document in zip(as_readings(pipeline, documents), documents, strict=True):
        yield with_tree(reading, document)


def tagged(pipeline: Any, texts: Iterable[str]) -> list[Any]:
    """The texts as spaCy documents with tags alone: dependencies take long, and only coded sentences need them."""
    return list(pipeline.pipe(texts, batch_size=AT_ONCE, disable=[PARSER, *BY_WORD]))


def parse(pipeline: Any, documents: Iterable[Any]) -> None:
    """Add the dependencies to documents of `tagged`."""
    for _ in pipeline.get_pipe(PARSER).pipe(documents, batch_size=AT_ONCE):
        pass


def as_readings(pipeline: Any, documents: Sequence[Any]) -> list[Reading]:
    """Documents of `tagged` as plain tuples, every token its own head."""
    given = [list(map(tuple, document.to_array(["ORTH", "TAG"]).tolist())) for document in documents]
    told = _words(pipeline).learn({pair for pairs in given for pair in pairs})
    readings = []
    for document, pairs in zip(documents, given, strict=True):
        words, lemmas, tags = zip(*(told[pair] for pair in pairs), strict=True) if pairs else ((), (), ())
        starts = tuple(document.to_array("IDX").tolist())
        blank = ("",) * len(pairs)
        readings.append(Reading(document.text, words, lemmas, tags, blank, tuple(range(len(pairs))), starts))
    return readings


def with_tree(reading: Reading, document: Any) -> Reading:
    """The reading with the dependencies of its document."""
    tokens = list(document)
    return replace(reading, deps=tuple(token.dep_ for token in tokens), heads=tuple(token.head.i for token in tokens))


@lru_cache(maxsize=1)
def _words(pipeline: Any) -> Words:
    return Words(pipeline)


class Words:
    """What is told of a word with its tag: lower case, lemma, tag; each pair is looked up once.

    Without a parse spaCy's rules for lemmas see nothing but the word and its tag, seven rows on spoken pairs ("gonna",
    "gotta", "let's", "ain't", "c'mon", "y'all") apart, whose halves are looked up here like other words. To match the
    rules at every token anew takes longer than to tag it.
    """

    def __init__(self, pipeline: Any):
        self.pipeline = pipeline
        self.told: dict[tuple[int, int], tuple[str, str, str]] = {}

    def learn(self, pairs: Set[tuple[int, int]]) -> dict[tuple[int, int], tuple[str, str, str]]:
        """What is told of the pairs (hash of the word, hash of the tag), and of others known before."""
        told = self.told if len(self.told) < MOST_KNOWN else {}
        self.told = told
        new = sorted(pairs - told.keys())
        if not new:
            return told
        from spacy.tokens import Doc

        strings = self.pipeline.vocab.strings
        words = [strings[word] for word, _ in new]
        tags = [strings[tag] for _, tag in new]
        # A full stop between two words, so that no rule sees them as neighbours.
        apart = Doc(
            self.pipeline.vocab,
            words=[text for word in words for text in (word, ".")],
            tags=[text for tag in tags for text in (tag, ".")],
        )
        for name in BY_WORD:
            apart = self.pipeline.get_pipe(name)(apart)
        for pair, word, tag, token in zip(new, words, tags, list(apart)[::2], strict=True):
            told[pair] = (_lower(word), _lower(token.lemma_, len_matters=False), tag)
        return told


def _lower(word: str, len_matters: bool = True) -> str:
    # A few capitals grow when lower-cased; offsets must stay those of the text.
    lower = word.translate(STRAIGHT).lower()
    return lower if not len_matters or len(lower) == len(word) else word
