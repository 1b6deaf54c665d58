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
MOSTLY_HIDDEN, DEEPEST, CUT_OFF = 0.6, 12, 0.5
# From which score a block of a kind is kept inside the container of the main text.
SAVED = {
    "heading": 0.08,
    "caption": 0.02,
    "footnote": 0.05,
    "table": 0.1,
    "definition": 0.1,
    "quote": 0.1,
    "list_item": 0.15,
}
BARRED = re.compile(
    r"nav|menu|share|social|relat|comment|promo|cookie|newsletter|subscri|teaser|widget|recommend|sponsor|advert|(?:^|[ _-])ads?(?:$|[ _-])|"
    r"byline|author|tags?(?:$|[ _-])|categor|more-|read-?more|breadcrumb|pag(?:er|ination)|login|donat|rating|review|meta|date|time|credit"
)
CREDIT = re.compile(
    r"©|\b(?:getty|reuters|dpa|afp|ap photo|imago|shutterstock|(?:foto|photo|image|bild)s?(?: credit)?(?::| by| von)|quelle:|credit:|courtesy)",
    re.IGNORECASE,
)
BARRED_TAGS = re.compile(r"\b(?:nav|footer|aside|form|button|select|label)\b")
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
    return stacked(fitted) | {"cut_off": fitted["threshold"]}


def stacked(fitted: Mapping[str, Any]) -> dict[str, Any]:
    """The trees side by side in one array a field, nodes numbered through; a leaf leads to itself."""
    model: dict[str, list[float]] = {name: [] for name in ("feature", "threshold", "left", "right", "value")}
    roots = []
    for tree in fitted["trees"]:
        at = len(model["feature"])
        roots.append(at)
        for i, (left, right) in enumerate(zip(tree["left"], tree["right"], strict=True)):
            model["left"].append(at + (left or i))
            model["right"].append(at + (right or i))
        for name in ("feature", "threshold", "value"):
            model[name] += tree[name]
    return {name: np.array(values) for name, values in model.items()} | {
        "roots": np.array(roots),
        "bias": fitted["bias"],
    }


def scores(table: np.ndarray, model: Mapping[str, Any]) -> np.ndarray:
    """How likely each block is to be part of the document, 0-1."""
    node = np.tile(model["roots"], (len(table), 1))
    rows = np.arange(len(table))[:, None]
    for _ in range(DEEPEST):
        goes_left = table[rows, model["feature"][node]] <= model["threshold"][node]
        following = np.where(goes_left, model["left"][node], model["right"][node])
        if (following == node).all():
            break
        node = following
    total = model["value"][node].sum(axis=1) + float(model["bias"])
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


def _below(block: Mapping[str, Any], depth: int) -> tuple[str, str]:
    """The tags and the class words of a block under level `depth` of its path."""
    tags, words = block["tag_path"].split("/"), block["attributes"].split(" / ")
    words = ([""] * (len(tags) - len(words)) + words)[-len(tags) :]
    return "/".join(tags[depth:]), " ".join(words[depth:])


def rescued(blocks: Sequence[Mapping[str, Any]], lines: Sequence[str], kept: np.ndarray, cut_off: float) -> list[int]:
    """Blocks to keep after all: headings, lists, tables, captions and footnotes inside the container of the main text.

    The labels that the trees learnt from are of prose, so that they doubt such blocks more than they should. Needed are
    a place between kept blocks (a heading may open them) and no class word of furniture below the container.
    """
    inside = [i for i, line in enumerate(lines) if kept[i] >= cut_off and len(line) > 60]
    if not inside:
        return []
    sizes: dict[tuple[str, ...], int] = {}
    for i in inside:
        above = tuple(blocks[i]["tag_path"].split("/")[:-1])
        sizes[above] = sizes.get(above, 0) + len(lines[i])
    container = max(sorted(sizes), key=lambda key: sizes[key])
    depth, saved = len(container), []
    for i in range(max(0, inside[0] - 2), inside[-1] + 1):
        block = blocks[i]
        if kept[i] >= cut_off or block["is_hidden"] or tuple(block["tag_path"].split("/")[:depth]) != container:
            continue
        tags, words = _below(block, depth)
        level = SAVED.get(block["kind"], 1.0)
        if block["kind"] == "list_item" and not block["n_link_chars"]:
            level = 0.03
        if block["kind"] == "caption" and "caption" not in tags:
            continue  # a caption by its class words alone is as often a credit
        is_linked = block["n_link_chars"] > 0.7 * len(lines[i]) and block["kind"] in ("heading", "caption")
        is_credit = block["kind"] == "caption" and (len(lines[i].split()) < 6 or CREDIT.search(lines[i]))
        if is_linked or is_credit:
            continue
        if kept[i] >= level and not BARRED.search(words) and not BARRED_TAGS.search(tags) and not chrome.sure(lines[i]):
            saved.append(i)
    return saved


def verdicts(
    html: str, blocks: Sequence[Mapping[str, Any]], lines: Sequence[str], title: str, folder: Path
) -> dict[int, Verdict]:
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
    kept[rescued(blocks, lines, kept, model["cut_off"])] = model["cut_off"]
    for i, block in enumerate(blocks):
        if heeds_hidden and block["is_hidden"]:
            found[i] = Verdict("hidden", "the page hides it (hidden, display:none or off-screen)", 0.95)
        elif kept[i] < model["cut_off"]:
            found[i] = _reason(block, lines[i], float(kept[i]))
    if len(found) == len(blocks):
        found = {i: v for i, v in found.items() if v.rule == "hidden" or chrome.sure(lines[i])}
    return found
