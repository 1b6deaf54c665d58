"""sentences -> words with lemma, tag and dependency: what cues, spans and status rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

UNUSED = ("ner", "senter")


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


def read(pipeline: Any, texts: Iterable[str], batch_size: int = 256) -> Iterator[Reading]:
    """Read texts (a sentence each) with a spaCy pipeline that has a tagger, a parser and a lemmatizer."""
    for document in pipeline.pipe(texts, batch_size=batch_size):
        yield Reading(
            document.text,
            tuple(_lower(token.text) for token in document),
            tuple(_lower(token.lemma_, len_matters=False) for token in document),
            tuple(token.tag_ for token in document),
            tuple(token.dep_ for token in document),
            tuple(token.head.i for token in document),
            tuple(token.idx for token in document),
        )


def _lower(word: str, len_matters: bool = True) -> str:
    # A few capitals grow when lower-cased; offsets must stay those of the text.
    lower = word.translate(STRAIGHT).lower()
    return lower if not len_matters or len(lower) == len(word) else word
