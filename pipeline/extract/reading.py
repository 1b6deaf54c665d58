"""sentences -> words with lemma, tag and dependency: what cues, spans and status rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

UNUSED = ("ner", "senter")
PARSER, AT_ONCE = "parser", 256


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
    yield from map(as_reading, documents)


def tagged(pipeline: Any, texts: Iterable[str]) -> list[Any]:
    """The texts as spaCy documents without dependencies, which take long to find and only coded sentences need."""
    return list(pipeline.pipe(texts, batch_size=AT_ONCE, disable=[PARSER]))


def parse(pipeline: Any, documents: Iterable[Any]) -> None:
    """Add the dependencies to documents of `tagged`; their tags and lemmas stay."""
    for _ in pipeline.get_pipe(PARSER).pipe(documents, batch_size=AT_ONCE):
        pass


def as_reading(document: Any) -> Reading:
    """A spaCy document as plain tuples; without dependencies every token is its own head."""
    tokens = list(document)
    return Reading(
        document.text,
        tuple(_lower(token.text) for token in tokens),
        tuple(_lower(token.lemma_, len_matters=False) for token in tokens),
        tuple(token.tag_ for token in tokens),
        tuple(token.dep_ for token in tokens),
        tuple(token.head.i for token in tokens),
        tuple(token.idx for token in tokens),
    )


def _lower(word: str, len_matters: bool = True) -> str:
    # A few capitals grow when lower-cased; offsets must stay those of the text.
    lower = word.translate(STRAIGHT).lower()
    return lower if not len_matters or len(lower) == len(word) else word
