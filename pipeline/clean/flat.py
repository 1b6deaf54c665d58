"""lines of a page + how likely each is furniture -> which lines go: the judge of flat text.

A line in the page's head or tail, among others of its kind, needs less evidence than one in mid-page. Lines are never
judged by their length alone: list items, headings and turns stay unless something speaks against them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.clean import chrome
from pipeline.clean.lines import judge
from pipeline.clean.templates import key_of
from pipeline.clean.words import WORD

OUTSIDE = 0.8  # in HTML, before the first and after the last paragraph that was kept
LONGEST_RUNNING = 20  # words
EDGE, AMONG, MID, SAFE_MID = 0.5, 0.25, 0.965, 0.995
PROMPT_LEVEL = 0.4
PROMPT = re.compile(
    r"^(?:get|join|become|find|follow|sign|subscri\w+|welcome|hear|ask|send|see|support|share|report|apply|pay)\b"
    r"|\b(?:you|your|us)\b",
    re.IGNORECASE,
)
EMPTY_ITEM = re.compile(r"^[\s\-–—•·*|:»«>_=~#+]{1,12}$")
CREDIT = re.compile(
    r"[.!?…\w)\"”]\W{0,3}(?:photograph|photo|picture|image)(?: credit)?s?(?: by|:) ?[A-Z][\w.’'-]*(?:[ /][A-Z&][\w.’'-]*){0,4}\W*$",
    re.IGNORECASE,
)
RELATED = re.compile(r"^(?:related|most (?:read|popular|viewed|shared)|recommended|more (?:from|on|like|stories|articles)|you (?:may|might) |popular|trending|top stories|latest|read next|recent posts|our picks|editor|don['’]t miss|up next|similar|featured|previous|next|older|newer)\b", re.IGNORECASE)  # fmt: skip
SITE_WORDS = re.compile(
    r"\b(?:sign|log|login|account|subscri\w+|register|join|newsletter|inbox|cookies?|comments?|reply|reviews?|share|"
    r"tweet|facebook|twitter|linkedin|whatsapp|app|download|menu|search|skip|read(?:ing)? (?:more|next|on)|articles?|stories|"
    r"basket|cart|checkout|password|privacy|terms|copyright|rights reserved|related|popular|trending|sponsored|advert\w*|donat\w+|"
    r"free|trial|unlimited|premium|browser|javascript|page|site|post(?:s|ed)?|view|print|email|e-mail|follow|click|edit|member(?:s|ship)?|"
    r"photos?|gallery|helpful|useful|feedback|stars|thumbs|rate|views|visits?|visitors?|hits|citations?|powered|hosted|theme|export|"
    r"episode|podcast|upcoming|survey|beta|alerts?|translate|sitemap|printed)\b|[>»›©]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Verdict:
    """A line that goes: why, and how sure."""

    rule: str
    reason: str
    score: float


def _named(line: str, score: float) -> Verdict:
    rule = chrome.name(line)
    return Verdict(rule.id, rule.reason, score)


def _plain(line: str) -> Verdict | None:
    """Lines that a plain rule removes wherever they stand."""
    if EMPTY_ITEM.match(line):
        return Verdict("empty_item", "list mark with nothing after it", 1.0)
    rule = chrome.sure(line)
    return Verdict(rule.id, rule.reason, 0.99) if rule else None


def _is_body(line: str, score: float) -> bool:
    n = len(WORD.findall(line))
    return (n >= 12 and score < 0.3) or (n >= 25 and score < 0.8)


def _is_slogan(line: str) -> bool:
    return bool(re.search(r"[.!]$", line)) and len(line.split()) <= 12 and not re.search(r"[:“\"]", line)


def _mid(line: str, score: float, neighbours: float) -> bool:
    """Mid-page: the model is certain and the line speaks of a site; a little less certain beside another one."""
    needed = MID if neighbours >= MID else SAFE_MID
    return score >= needed and bool(SITE_WORDS.search(line)) and len(line.split()) <= 40


def _head(lines: Sequence[str], scores: Sequence[float], found: dict[int, Verdict], end: int, title: str) -> None:
    """Lines before the first paragraph."""
    for i in range(end):
        is_title = bool(title) and (lines[i].strip().lower() in title.lower())
        follows = i > 0 and (i - 1) in found
        if i in found or (is_title and scores[i] < MID):
            continue
        named = bool(SITE_WORDS.search(lines[i])) or chrome.name(lines[i]).pattern != "^"
        before = i + 1 < end and (i + 1 in found or scores[i + 1] >= 0.9) and bool(SITE_WORDS.search(lines[i + 1]))
        if (scores[i] >= EDGE and (named or follows or before)) or (
            follows and scores[i] >= AMONG + 0.1 and len(lines[i].split()) <= 3
        ):
            found[i] = _named(lines[i], scores[i])
    reach = next((i for i in range(end) if i not in found and not _is_slogan(lines[i])), end)
    for i in reversed(range(min(reach, end - 1))):  # slogans at the very top that lead up to a prompt
        if i not in found and i + 1 in found and (scores[i + 1] >= 0.6 or _is_slogan(lines[i + 1])):
            found[i] = Verdict("sign_up", "slogan that leads up to a prompt", 0.6)
    for i in range(end - 1):  # the site's name, printed twice
        if lines[i] == lines[i + 1] and len(lines[i].split()) <= 6:
            found[i] = found[i + 1] = Verdict("menu", "name repeated in the page's head", 0.8)
            if i + 2 < end and len(lines[i + 2].split()) <= 2 and scores[i + 2] >= 0.3:
                found[i + 2] = Verdict("menu", "section label in the page's head", 0.6)


def _tail(lines: Sequence[str], scores: Sequence[float], found: dict[int, Verdict], start: int) -> None:
    """Lines after the last paragraph: once furniture has begun, what follows needs little to belong to it."""
    begun = related = False
    for i in range(start, len(lines)):
        n = len(lines[i].split())
        sandwiched = begun and any(scores[j] >= 0.8 for j in range(i + 1, min(len(lines), i + 3)))
        leads_up = i + 1 < len(lines) and n <= 14 and scores[i + 1] >= 0.9
        needed = AMONG if begun or leads_up else EDGE
        if i in found or scores[i] >= needed:
            found.setdefault(i, _named(lines[i], scores[i]))
            begun = begun or scores[i] >= 0.8 or found[i].score >= 0.9
            related = bool(RELATED.match(lines[i])) or (related and n <= 3)
        elif related and n <= 16:
            found[i] = Verdict("related_links", "title under a heading of related links", 0.7)
        elif (sandwiched and n <= 12 and (i - 1) in found) or (
            begun and i == len(lines) - 1 and n <= 6 and (i - 1) in found and _is_slogan(lines[i])
        ):
            found[i] = _named(lines[i], 0.5)


def _prompts(lines: Sequence[str], scores: Sequence[float], found: dict[int, Verdict], edges: Sequence[int]) -> None:
    """Lines of an HTML page that speak to its reader, next to furniture before or after the paragraphs."""
    for i in edges:
        beside = any(i + step in found for step in (-2, -1, 1, 2))
        if i not in found and beside and scores[i] >= PROMPT_LEVEL and PROMPT.search(lines[i]):
            found[i] = _named(lines[i], scores[i])


def _captions(lines: Sequence[str], gaps: Sequence[bool], found: dict[int, Verdict]) -> None:
    """Photo captions with a credit, and the line of alternative text that a flattener leaves before one."""
    for i, line in enumerate(lines):
        if CREDIT.search(line) and len(line.split()) <= 60:
            found[i] = Verdict("photo_caption", "photo caption with its credit", 0.8)
            if i and gaps[i - 1] and not gaps[i] and len(lines[i - 1].split()) <= 10 and lines[i - 1][-1] not in ".?!:":
                found[i - 1] = Verdict("photo_caption", "alternative text of a photo", 0.7)


def _running(lines: Sequence[str], found: dict[int, Verdict]) -> None:
    """Heads and feet of printed sheets: lines that recur, and wherever they stand a page number or the top is near."""
    numbers = [i for i, verdict in found.items() if verdict.rule == "page_number"]
    near = {0, 1} | {i + step for i in numbers for step in (-2, -1, 1, 2)}
    places: dict[str, list[int]] = {}
    for i, line in enumerate(lines):
        if len(line.split()) <= LONGEST_RUNNING:
            places.setdefault(key_of(line), []).append(i)
    for same in places.values():
        if numbers and len(same) > 1 and near.issuperset(same):
            found |= {i: Verdict("running_line", "running head or foot of printed sheets", 0.95) for i in same}


def _few_scores(lines: Sequence[str], is_gone: Collection[int], folder: Path) -> list[float]:
    """Scores of the lines that may still go once an HTML judge has spoken, 0 for the others.

    Those are lines that speak of a site, and all that stand before or after the paragraphs.
    """
    from pipeline.clean.spam import is_english_prose

    long = [i for i, line in enumerate(lines) if i not in is_gone and len(WORD.findall(line)) >= 12]
    is_edge = long and is_english_prose(lines[i] for i in long)
    asked = [
        i
        for i, line in enumerate(lines)
        if i not in is_gone
        and len(line) < 300
        and (SITE_WORDS.search(line) or (is_edge and not long[0] <= i <= long[-1]))
    ]
    scores = dict(zip(asked, judge([lines[i] for i in asked], folder), strict=True))
    return [scores.get(i, 0.0) for i in range(len(lines))]


def verdicts(
    lines: Sequence[str],
    gaps: Sequence[bool],
    folder: Path,
    title: str = "",
    gone: Mapping[int, Verdict] | None = None,
) -> dict[int, Verdict]:
    """Which of the lines are furniture; `gaps[i]` says whether a blank line stands before line i.

    `gone` are the lines of an HTML page that its judge has taken out already (None for flat text): then more goes only
    where it is certain, or stands among them before or after the paragraphs.
    """
    is_flat = gone is None
    known = dict(gone or {})
    scores = judge(list(lines), folder) if is_flat else _few_scores(lines, known, folder)
    found = known | {
        i: verdict for i, line in enumerate(lines) if i not in known and (verdict := _plain(line)) is not None
    }
    if is_flat:
        _running(lines, found)
    body = [
        i for i, (line, score) in enumerate(zip(lines, scores, strict=True)) if i not in found and _is_body(line, score)
    ]
    if is_flat and body:
        _head(lines, scores, found, body[0], title)
        _tail(lines, scores, found, body[-1] + 1)
        _captions(lines, gaps, found)
    for i, line in enumerate(lines):
        beside = max([scores[j] for j in (i - 1, i + 1) if 0 <= j < len(lines) and j not in body], default=0.0)
        is_outside = not is_flat and body and not body[0] <= i <= body[-1] and SITE_WORDS.search(line)
        if i not in found and (
            _mid(line, scores[i], beside) or (is_outside and scores[i] >= OUTSIDE and len(line.split()) <= 25)
        ):
            found[i] = _named(line, scores[i])
    if not is_flat and body:
        _prompts(lines, scores, found, [*reversed(range(body[0])), *range(body[-1] + 1, len(lines))])
    if len(found) == len(lines) and not body and not any(_plain(line) for line in lines):
        return known  # a page of nothing but short lines is a list, not furniture
    return {i: verdict for i, verdict in found.items() if i not in known}
