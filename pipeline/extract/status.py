"""sentence + span of a code -> signs of negation, modality, tense and attribution: what the status is read off.

Each sign is a row of SIGNS: a name, the facets it speaks to, and a pattern over the lower-cased words of the sentence.
The signs, the words around the span and the facet's default go into a small fitted model (`classifier`), one a facet;
SURE lists the patterns that decide alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.extract.reading import STRAIGHT, Reading

WORDS_AROUND = 6

# name, pattern: searched in the clause of the span with a few words before it
SIGNS: tuple[tuple[str, str], ...] = (
    ("negated", r"\b(?:no|not|never|n't|neither|nor|nobody|no-?one|none|nothing|without|hardly|cannot)\b|n't\b"),
    ("may", r"\b(?:may|might|could|possibly|perhaps|maybe|potential(?:ly)?|likely|liable|tend(?:s|ed)? to)\b"),
    ("risk", r"\b(?:risks?|danger|threat|fear|afraid|worr(?:y|ied|ies)|beware|pitfalls?|in case|otherwise)\b"),
    ("if", r"\b(?:if|unless|whether|when(?:ever)?|should (?:the|a|any)|suppose|provided)\b"),
    ("would", r"\b(?:would|'d)\b"),
    (
        "should",
        r"\b(?:should|must|ought|need(?:s|ed)? to|needs?|ha(?:s|ve) to|required?|requires|necessary|essential)\b",
    ),
    (
        "will",
        r"\b(?:will|'ll|going to|plans?|planned|intend|aims?|aiming|hope|hoping|want(?:s|ed)?|like to|try(?:ing)? to)\b",
    ),
    ("asked", r"\?"),
    (
        "advice",
        r"^(?:\W*)(?:make|ask|use|think|consider|ensure|offer|involve|give|let|keep|start|pay|agree|be|find|build|do|don't|never|always)\b",
    ),
    ("past", r"\b(?:was|were|had|did|used to|became|been)\b"),
    (
        "once",
        r"\b(?:used to|formerly|former|no longer|any ?more|at first|in the past|back then|previously|traditionally)\b",
    ),
    (
        "gone",
        r"\b(?:overc[ao]me|overcoming|remov(?:ed|ing)|broke(?:n)? down|resolved|solved|got (?:over|round|past|rid)|eased|fad(?:ed|ing)|"
        r"gone|disappeared|went away|settled|melted|lifted|dropped|scrapped|fewer|less|reduced|fixed|sorted|now)\b",
    ),
    ("once_done", r"\b(?:once|after|since|until|till|by the time|eventually|in the end|turned out|got easier)\b"),
    (
        "no_barrier",
        r"\b(?:no|not|never|n't)\b(?:\W+\w+){0,3}\W+(?:barriers?|problems?|obstacles?|issues?|difficult(?:y|ies)?|hard|complicated|shortage|trouble)\b",
    ),
    (
        "instead",
        r"\b(?:instead of|rather than|not just|not only|more than|as opposed to|away from|from being|no longer)\b",
    ),
    (
        "become",
        r"\b(?:become|becoming|became|turn(?:ed|ing)? into|mov(?:e|ed|ing)|shift(?:ed|ing)?|chang(?:e|ed|ing))\b",
    ),
    (
        "said",
        r"\b(?:sa(?:y|ys|id)|claim(?:s|ed)?|argu(?:e|es|ed)|talk(?:s|ed)?|rhetoric|so-called|suppos(?:ed|edly)|according|described|"
        r"call(?:s|ed)?|report(?:s|ed)?|believ(?:e|es|ed)|think|felt|feel)\b",
    ),
    ("scare_quotes", r"[\"“”]|(?<!\w)['‘]\w"),
    (
        "enough",
        r"\b(?:enough|alone|by itself|on its own|only goes so far|not a panacea|no substitute|no guarantee|limited)\b",
    ),
    (
        "helped",
        r"\b(?:help(?:s|ed|ing)?|work(?:s|ed)|made (?:it|a|the)|meant|led to|enabled?|allow(?:s|ed)|because|thanks to|key|success)\b",
    ),
    ("only_if", r"\b(?:unless|only if|without|as long as|depends? on|relies on)\b"),
    ("merely", r"\b(?:just|only|merely|simply|nothing more|lip|token|pretend(?:ed)?|already|afterwards|finished)\b"),
    ("means", r"\b(?:means?|defined|definition|is when|refers|describes?|ladder|involves|kind of|sort of|about)\b"),
    (
        "proposed_who",
        r"\b(?:should|will|would|could|invit\w+|recruit\w*|looking for|encourag\w+|expected|train(?:ed)? to)\b",
    ),
    ("refused", r"\b(?:not|n't|never|rather than|instead of|refus\w+|object\w*|tired of|sick of)\b"),
)
COMPILED = tuple((name, re.compile(pattern)) for name, pattern in SIGNS)

# facet, status, pattern over the sentence: rows that decide alone, checked in order; {} is the span.
SURE: tuple[tuple[str, str, str], ...] = (
    (
        "barrier",
        "overcome",
        r"\b(?:removed|overcame|overcomes|broke down|got rid of|dismantled|swept away|got (?:over|round|past))\b(?:\W+\w+){0,4}\W+(?:barriers?|obstacles?|hurdles?|problems?)\b",
    ),
    (
        "barrier",
        "overcome",
        r"\b(?:barriers?|obstacles?|hurdles?|problems?)\b(?:\W+\w+){0,6}\W+(?:were|was|have been|has been|had been)\W+(?:removed|overcome|resolved|solved|lifted|broken down|taken away)\b",
    ),
    (
        "barrier",
        "denied",
        r"\b(?:no|never (?:a|any)|not (?:a|any|been a)|n't (?:a|any|been a)|neither)\b(?:\W+\w+){0,2}\W+(?:barriers?|obstacles?|hurdles?)\b",
    ),
    (
        "barrier",
        "hypothetical",
        r"\b(?:may|might|could)(?: well)? (?:be|become|feel|prove|lead|find|get|still)?\b.{0,30}\{",
    ),
)
COMPILED_SURE = tuple((facet, status, re.compile(pattern)) for facet, status, pattern in SURE)


def signs(reading: Reading, first: int, last: int, key: str, kind: str, heading: str) -> list[str]:
    """Features of a span (tokens first..last, inclusive) for the status model, as names."""
    facet = key.split(".")[0]
    begin, end = clause(reading, first, last)
    near = _text(reading, max(0, begin - 4), end)
    inside = _text(reading, first, last)
    before = _text(reading, max(0, first - 8), first - 1) if first else ""
    found = [f"code={key}", f"kind={kind}", f"first={reading.lemmas[first]}", f"tag={reading.tags[first]}"]
    for name, pattern in COMPILED:
        if pattern.search(near):
            found.append(f"near:{name}")
        if pattern.search(inside):
            found.append(f"in:{name}")
        if pattern.search(before):
            found.append(f"before:{name}")
        if heading and pattern.search(heading.lower()):
            found.append(f"heading:{name}")
    if "?" in reading.text:
        found.append("sentence:asked")
    found += [f"verb:{tag}" for tag in sorted({t for t in reading.tags[begin : end + 1] if t[0] in "VM"})]
    low, high = max(0, first - WORDS_AROUND), min(len(reading.words), last + WORDS_AROUND + 1)
    found += [f"<{word}" for word in sorted(set(reading.lemmas[low:first]))]
    found += [f">{word}" for word in sorted(set(reading.lemmas[last + 1 : high]))]
    inner = reading.lemmas[first : last + 1]
    found += [f"={word}" for word in sorted(set(inner))]
    found += [f"{facet}={a} {b}" for a, b in sorted(set(itertools.pairwise(inner)))]
    return found


def sure(reading: Reading, first: int, last: int, facet: str) -> str | None:
    """The status that a row of SURE settles, or None."""
    text = _text(reading, 0, first - 1) + " {" + _text(reading, first, len(reading.words) - 1)
    plain = text.replace("{", "")
    for row_facet, status, pattern in COMPILED_SURE:
        if row_facet == facet and pattern.search(text if "{" in pattern.pattern else plain):
            return status
    return None


def clause(reading: Reading, first: int, last: int) -> tuple[int, int]:
    """The tokens around a span up to the next semicolon, colon or end, inclusive."""
    begin, end = first, last
    while begin and reading.words[begin - 1] not in (";", ":", ".", "?", "!"):
        begin -= 1
    while end + 1 < len(reading.words) and reading.words[end] not in (";", ":", "."):
        end += 1
    return max(begin, first - 20), min(end, last + 20)


def _text(reading: Reading, first: int, last: int) -> str:
    if last < first:
        return ""
    return reading.text[reading.starts[first] : reading.end(last)].translate(STRAIGHT).lower()


def tokens_of(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """First and last token of the characters start..end of the sentence."""
    inside = [i for i, at in enumerate(reading.starts) if at < end and reading.end(i) > start]
    return (inside[0], inside[-1]) if inside else (0, max(0, len(reading.words) - 1))


def names(values: Sequence[str]) -> str:
    return ", ".join(values)


def decide(
    reading: Reading,
    first: int,
    last: int,
    key: str,
    kind: str,
    heading: str,
    model: Mapping[str, Any] | None,
    facet: Any,
) -> str:
    """How the text holds what a code's words say. `model` holds the fitted weights, `facet` the codebook's entry.

    A row of SURE decides, else the model, else the default: what the codebook does not know is never given.
    """
    settled = sure(reading, first, last, key.split(".")[0])
    if settled in facet.status:
        return str(settled)
    if model is None:
        return str(facet.default_status)
    sums = list(model["bias"])
    for name in signs(reading, first, last, key, kind, heading):
        for place, weight in enumerate(model["weights"].get(name, ())):
            sums[place] += weight
    best = str(model["statuses"][int(np.argmax(np.round(sums, 6)))])
    return best if best in facet.status else str(facet.default_status)
