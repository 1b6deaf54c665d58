"""HTML blocks -> which are furniture: a small fitted model (boosted trees) over their features and the extractors' votes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.clean import chrome
from pipeline.clean.flat import SITE_WORDS, Verdict
from pipeline.clean.html_features import features

MODEL = "html.json"
MOSTLY_HIDDEN = 0.6
# Where a removed block stands names its reason: tags and class words, the first row that fits.
PLACES = (
    ("navigation", "navigation of the site", r"\bnav\b|/nav/|menu|breadcrumb|pager|pagination"),
    ("cookie_bar", "cookie bar", r"cookie|consent|gdpr"),
    ("newsletter", "newsletter box", r"newsletter|subscri|signup"),
    ("comment_box", "comments of readers", r"comment|disqus|respond"),
    ("share_links", "share links", r"share|social"),
    ("related_links", "links to other pages", r"related|recommend|teaser|popular|trending|more-|most-|latest"),
    ("advert", "advertising", r"advert|sponsor|promo"),
    ("footer", "page footer", r"foot|copyright"),
    ("sidebar", "side column", r"sidebar|aside|widget"),
    ("header", "page header", r"header|masthead|banner"),
)
_PLACES = tuple((rule, reason, re.compile(pattern)) for rule, reason, pattern in PLACES)


@lru_cache(maxsize=1)
def _model(folder: Path) -> dict[str, Any]:
    fitted = json.loads((folder / MODEL).read_text("utf-8"))
    trees = [{name: np.array(values) for name, values in tree.items()} for tree in fitted["trees"]]
    return {"trees": trees, "bias": fitted["bias"], "threshold": fitted["threshold"]}


def scores(table: np.ndarray, model: Mapping[str, Any]) -> np.ndarray:
    """How likely each block is to be part of the document, 0-1."""
    total = np.full(len(table), float(model["bias"]))
    rows = np.arange(len(table))
    for tree in model["trees"]:
        node = np.zeros(len(table), int)
        for _ in range(12):
            inner = tree["left"][node] > 0
            if not inner.any():
                break
            goes_left = table[rows, tree["feature"][node]] <= tree["threshold"][node]
            node = np.where(inner, np.where(goes_left, tree["left"][node], tree["right"][node]), node)
        total += tree["value"][node]
    return np.round(1 / (1 + np.exp(-np.clip(total, -30, 30))), 4)


@lru_cache(maxsize=8192)
def _place(where: str) -> tuple[str, str] | None:
    return next(((rule, reason) for rule, reason, pattern in _PLACES if pattern.search(where)), None)


def _reason(block: Mapping[str, Any], line: str, score: float) -> Verdict:
    sure = chrome.sure(line)
    if sure:
        return Verdict(sure.id, sure.reason, 1 - score)
    named = _place(f"{block['tag_path']} {block['attributes']}")
    if named:
        return Verdict(*named, 1 - score)
    if len(line) < 200 and SITE_WORDS.search(line):
        rule = chrome.name(line)
        return Verdict(rule.id, rule.reason, 1 - score)
    return Verdict("not_main_text", "outside the main text by links, shape, place and extractors", 1 - score)


def verdicts(html: str, blocks: Sequence[Mapping[str, Any]], lines: Sequence[str], title: str, folder: Path) -> dict[int, Verdict]:
    """Which blocks of a page are furniture. What the page hides goes, unless it hides most of its text until a script
    shows it. A page of which nothing would be left keeps its visible blocks."""
    if not blocks:
        return {}
    model = _model(folder)
    kept = scores(features(html, blocks, lines, title), model)
    sizes = np.array([len(line) for line in lines], float)
    hidden = np.array([bool(b["is_hidden"]) for b in blocks])
    heeds_hidden = float(sizes[hidden].sum()) < MOSTLY_HIDDEN * float(sizes.sum())
    found: dict[int, Verdict] = {}
    for i, block in enumerate(blocks):
        if heeds_hidden and block["is_hidden"]:
            found[i] = Verdict("hidden", "the page hides it (hidden, display:none or off-screen)", 0.95)
        elif kept[i] < model["threshold"]:
            found[i] = _reason(block, lines[i], float(kept[i]))
    if len(found) == len(blocks):
        found = {i: v for i, v in found.items() if v.rule == "hidden" or chrome.sure(lines[i])}
    return found
