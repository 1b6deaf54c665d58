"""blocks of an HTML page -> a table of features: shape, links, tags, and what two extractors and the neighbours say.

The extractors are trafilatura (Barbaresi 2021, https://aclanthology.org/2021.acl-demo.15) and resiliparse (Bevendorff
et al. 2018, https://doi.org/10.1007/978-3-319-76941-7_83). Their answers are votes; which to trust is learnt.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

GOOD_WORDS = re.compile(
    r"article|content|body|post|entry|text|story|main|copy|prose|paragraph|transcript|speech|kapitel|artikel|inhalt"
)
BAD_WORDS = re.compile(
    r"nav|menu|foot|sidebar|side-|share|shar|social|related|comment|promo|cookie|consent|gdpr|newsletter|subscri|banner|breadcrumb|"
    r"teaser|widget|meta|tag|recommend|popup|modal|overlay|login|signup|sign-up|toolbar|pagination|pager|sponsor|advert|-ad|ad-|"
    r"most-|popular|trending|more-|dropdown|rating|review|donat|paywall|offer|shop|cart|skip|search|lang|print|byline|author|date|"
    r"disclaimer|copyright|legal|partner|feed|carousel|slider|card|latest|empfehl|weiter|mehr|header|masthead|topbar|utility"
)
BAD = (
    r"nav|menu|breadcrumb|pager|pagination|toolbar|topbar|dropdown|skip", r"foot|copyright|legal|disclaimer", r"sidebar|side-|aside|widget|complementary",
    r"share|shar|social|print", r"related|recommend|more-|most-|popular|trending|latest|teaser|card|carousel|slider|weiter|mehr|empfehl|next|prev",
    r"comment|respond|reply|disqus|forum", r"cookie|consent|gdpr|privacy|popup|modal|overlay|dialog|banner", r"newsletter|subscri|signup|sign-up|login|paywall|register",
    r"promo|sponsor|advert|(?:^|[ _-])ads?(?:$|[ _-])|shop|cart|offer|donat|partner", r"byline|author|date|meta|tags?(?:$|[ _-])|categor|time|topic",
    r"caption|credit|figure|image|photo|gallery|media|video|player", r"header|masthead|logo|brand", r"search|form|filter|select|lang",
)  # fmt: skip
_BAD = tuple(re.compile(pattern) for pattern in BAD)
TAGS = (
    "nav",
    "footer",
    "header",
    "aside",
    "form",
    "article",
    "main",
    "figure",
    "table",
    "ul",
    "blockquote",
    "a",
    "p",
    "h1",
    "section",
    "button",
    "dl",
    "details",
    "pre",
    "label",
    "li",
)
KINDS = ("paragraph", "heading", "list_item", "table", "quote", "caption", "footnote", "definition", "other")
SQUASH = re.compile(r"[\W_]+")
UPPER, DIGIT = re.compile(r"[A-ZÄÖÜÉÀÁÍÓÚÑÇŁŚŻ]"), re.compile(r"\d")
ENDS = re.compile(r"[.!?…。！？:;”»\"]\W*$")
LABEL = re.compile(
    r"\d{1,2}[./:]\d{1,2}|©|\b(?:read more|mehr|weiterlesen|lesen sie|lire|aussi|leer|share|facebook|twitter|cookies?|newsletter|copyright|"
    r"foto|photo|image|quelle|source|kommentar\w*|comments?|abonn\w*|anmelden|login|log in|suche|search|datenschutz|impressum|kontakt|contact|tags?|autor|author|von|by)\b",
    re.IGNORECASE,
)


def squash(text: str) -> str:
    """Letters and digits alone, lower case: what texts of different extractors are compared by."""
    return SQUASH.sub("", text).lower()


def _trafilatura(html: str) -> str:
    import logging

    from trafilatura import extract

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        return (
            extract(
                html, fast=True, favor_precision=True, include_comments=False, include_tables=True, deduplicate=False
            )
            or ""
        )
    except Exception:  # an extractor that fails on a page has no vote there
        return ""


def _resiliparse(html: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    try:
        return str(extract_plain_text(html, main_content=True, alt_texts=False, preserve_formatting=True) or "")
    except Exception:  # as above
        return ""


def votes(html: str, squashed: Sequence[str]) -> np.ndarray:
    """One column for each extractor: 1 where its text holds the block."""
    made = np.zeros((len(squashed), 2))
    for k, extract in enumerate((_trafilatura, _resiliparse)):
        answer = extract(html)
        lines = {squash(line) for line in answer.split("\n")}
        whole = squash(answer)
        for i, block in enumerate(squashed):
            if block:
                made[i, k] = float(block in lines or (len(block) >= 25 and (block in whole or block[:60] in whole)))
    return made


@lru_cache(maxsize=8192)
def _levels(tag_path: str, attributes: str) -> tuple[str, ...]:
    """Keys of the containers of a block, one to four levels up."""
    tags, words = tag_path.split("/"), attributes.split(" / ")
    words = ([""] * (len(tags) - len(words)) + words)[-len(tags) :]
    names = [f"{tag}.{word}" for tag, word in zip(tags, words, strict=True)]
    return tuple("/".join(names[: max(1, len(tags) - up)]) for up in range(1, 5))


def _containers(blocks: Sequence[Mapping[str, Any]], weights: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """For each block, the share of its container's text that has each mark, one to four levels up, and its share."""
    keys, table = [], np.zeros((len(blocks), 4 * (marks.shape[1] + 1)))
    total: dict[str, float] = defaultdict(float)
    marked: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(marks.shape[1]))
    for i, block in enumerate(blocks):
        own = _levels(block["tag_path"], block["attributes"])
        for key in dict.fromkeys(own):
            total[key] += weights[i]
            marked[key] = marked[key] + weights[i] * marks[i]
        keys.append(own)
    whole = max(1.0, float(weights.sum()))
    for i, own in enumerate(keys):
        table[i] = np.concatenate([[*(marked[k] / max(1.0, total[k])), total[k] / whole] for k in own])
    return table


@lru_cache(maxsize=32768)
def _of_level(words: str) -> tuple[bool, bool, int, tuple[bool, ...]]:
    """What the class words of one element say; no pattern reaches over the mark between two elements."""
    n_bad = len(BAD_WORDS.findall(words))
    return bool(GOOD_WORDS.search(words)), n_bad > 0, n_bad, tuple(bool(p.search(words)) for p in _BAD)


@lru_cache(maxsize=8192)
def _by_attributes(words: str) -> tuple[bool | int, ...]:
    levels = [_of_level(level) for level in words.split(" / ")]
    near = levels[-3:]
    return (
        any(level[0] for level in levels), any(level[0] for level in near), any(level[1] for level in near),
        sum(level[2] for level in levels),
        *(any(flags) for flags in zip(*(level[3] for level in near), strict=True)),
        *(any(flags) for flags in zip(*(level[3] for level in levels), strict=True)),
    )  # fmt: skip


@lru_cache(maxsize=8192)
def _by_tags(tag_path: str) -> tuple[bool | int, ...]:
    tags = tag_path.split("/")
    return (len(tags), *(tag in tags for tag in TAGS))


def _own(block: Mapping[str, Any], line: str, n_same: int) -> list[float]:
    n, n_words, sample = len(line), line.count(" ") + 1, line[:200]
    return [
        float(np.log1p(n)), n_words, n < 25, n > 120, block["n_link_chars"] / max(1, n), block["n_link_chars"] > 0, bool(ENDS.search(line)),
        sum(map(line.count, ".,;!?")) / max(1, n_words), len(UPPER.findall(sample)) / max(1, len(sample)), len(DIGIT.findall(sample)) / max(1, len(sample)),
        line.count("|") + line.count("»") + line.count(">"), bool(LABEL.search(line[:60])), line.endswith(":"), block["is_hidden"], min(n_same, 5),
        *_by_tags(block["tag_path"]), *(block["kind"] == kind for kind in KINDS), *_by_attributes(block["attributes"]),
    ]  # fmt: skip


def _shifted(column: np.ndarray, by: int) -> np.ndarray:
    padded = np.zeros_like(column)
    if abs(by) < len(column):
        if by > 0:
            padded[by:] = column[:-by]
        else:
            padded[:by] = column[-by:]
    return padded


def _around(columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    made: list[np.ndarray] = []
    for column in columns:
        before, after = [_shifted(column, k) for k in (1, 2, 3)], [_shifted(column, -k) for k in (1, 2, 3)]
        made += [before[0], after[0], np.mean(before, axis=0), np.mean(after, axis=0)]
        total = np.cumsum(column)
        wide = 8
        made.append(
            (
                total[np.minimum(np.arange(len(column)) + wide, len(column) - 1)]
                - np.concatenate([[0], total])[np.maximum(np.arange(len(column)) - wide, 0)]
            )
            / (2 * wide + 1)
        )
    return made


def features(html: str, blocks: Sequence[Mapping[str, Any]], lines: Sequence[str], title: str) -> np.ndarray:
    """A row for each block of a page."""
    n = len(blocks)
    squashed = [squash(line) for line in lines]
    counts: dict[str, int] = defaultdict(int)
    for s in squashed:
        counts[s] += 1
    vote = votes(html, squashed)
    weights = np.array([min(len(line), 600) for line in lines], float)
    link = np.array([b["n_link_chars"] / max(1, len(line)) for b, line in zip(blocks, lines, strict=True)])
    prose = np.array([float(len(line) > 80 and bool(ENDS.search(line))) for line in lines]) * (link < 0.5)
    own = np.array([_own(b, line, counts[s]) for b, line, s in zip(blocks, lines, squashed, strict=True)], float)
    marks = np.column_stack([vote, link, prose])
    both = vote[:, 0] * vote[:, 1]
    where = np.arange(n)
    strong = (
        np.flatnonzero((vote.sum(axis=1) > 0) & (prose > 0)) if prose.any() else np.flatnonzero(vote.sum(axis=1) > 0)
    )
    first, last = (int(strong[0]), int(strong[-1])) if len(strong) else (0, n - 1)
    named = squash(title)
    total = max(1.0, float(weights.sum()))
    shares = [float((weights * column).sum()) / total for column in (vote[:, 0], vote[:, 1], both)]
    agree = shares[2] / max(1e-6, shares[0] + shares[1] - shares[2])
    page = [*shares, agree, np.log1p(n), np.log1p(total), shares[0] - shares[1]]
    place = np.column_stack([
        where / n, where < first, where > last, np.clip((where - first) / n, -1, 1), np.clip((last - where) / n, -1, 1),
        np.minimum(np.abs(where - first), 20), np.minimum(np.abs(last - where), 20),
        [float(bool(s) and (s == named or (len(s) > 12 and s in named))) for s in squashed],
    ])  # fmt: skip
    return np.column_stack(
        [
            vote,
            vote.sum(axis=1),
            own,
            place,
            _containers(blocks, weights, marks),
            *_around([*vote.T, link, prose, weights / 100]),
            np.tile(page, (n, 1)),
        ]
    )
