"""one page, its blocks and what recurs -> its draft, its blocks judged, its ledger: the whole of cleaning for a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.clean import flat, gate, html_judge, language, paywall, repairs, spam
from pipeline.clean.flat import Verdict
from pipeline.clean.ledger import Cut, Repair, Settled, edit_rows, removal_rows, settle, with_line_break
from pipeline.clean.templates import can_be_template, key_of

WORDS = re.compile(r"\w+(?:['’-]\w+)*")
CAPTION = re.compile(
    r"^(?:photo(?:graph)?|image|picture|figure|fig\.?|chart|map)(?: ?\d+[\w.]*)? ?[:.–-] ?\S", re.IGNORECASE
)
FOOTNOTE = re.compile(
    r"^(?:\[\d{1,2}\]|\d{1,2}\s{1,2}|[*†‡]) ?(?:see|ibid|op\.? cit|the |this |for |[A-Z][\w'’-]+,? (?:\(|[A-Z]\.))",
    re.IGNORECASE,
)
TEMPLATE = Verdict("site_template", "line that recurs over the site's pages", 0.95)


@dataclass(frozen=True)
class Judges:
    """What the judges of a page need besides the page."""

    folder: Path
    repeated: frozenset[tuple[str, str]]  # (site, key) of template lines
    phrases: Mapping[str, float]  # key of a phrase -> on how many pages it stands (2, or 3 for more)
    language: str
    min_words: int
    gate: Any  # the codebook's domain gate, or None where it is switched off


@dataclass(frozen=True)
class Cleaned:
    """The rows that cleaning a page gives."""

    draft: dict[str, Any]
    blocks: list[dict[str, Any]]
    removals: list[dict[str, Any]]
    edits: list[dict[str, Any]]


def _verdicts(
    page: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]], html: str | None, judges: Judges
) -> dict[int, Verdict]:
    text = page["text"]
    lines = [text[b["start"] : b["end"]] for b in blocks]
    site = page["site"] or ""
    found: dict[int, Verdict] = {}
    for i, line in enumerate(lines):
        if site and can_be_template(line) and (site, key_of(line)) in judges.repeated:
            found[i] = TEMPLATE
    if html is not None:
        found |= {
            i: v
            for i, v in html_judge.verdicts(html, blocks, lines, page["title"] or "", judges.folder).items()
            if i not in found
        }
    ends = [0, *(b["end"] for b in blocks)]
    gaps = [text[ends[i] : blocks[i]["start"]].count("\n") > 1 for i in range(len(lines))]
    if html is not None:
        more = flat.verdicts(lines, gaps, judges.folder, page["title"] or "", found)
        return found if len(found) + len(more) == len(lines) else found | more
    rest = [i for i in range(len(lines)) if i not in found]
    more = flat.verdicts([lines[i] for i in rest], [gaps[i] for i in rest], judges.folder, page["title"] or "")
    return found | {rest[i]: verdict for i, verdict in more.items()}


def _ledger(
    page: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]], found: Mapping[int, Verdict], judges: Judges
) -> Settled:
    text = page["text"]
    cuts: list[Cut] = []
    mended: list[Repair] = []
    for i, verdict in found.items():
        start, end = with_line_break(text, blocks[i]["start"], blocks[i]["end"])
        cuts.append(Cut(start, end, verdict.rule, verdict.reason, verdict.score))
    kept = [(b["start"], b["end"]) for i, b in enumerate(blocks) if i not in found]
    for start, end in kept:
        mended += repairs.repairs(text, start, end)
    cuts += spam.cuts(text, kept, judges.phrases, judges.folder)
    return settle(text, cuts, mended)


def _kind(block: Mapping[str, Any], line: str) -> str:
    if block["kind"] in ("paragraph", "list_item", "other"):
        if CAPTION.match(line):
            return "caption"
        if FOOTNOTE.match(line) and not block["tag_path"]:
            return "footnote"
    return str(block["kind"])


def _block_rows(
    page: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]], found: Mapping[int, Verdict], settled: Settled
) -> list[dict[str, Any]]:
    whole = {(c.start, c.end): c.reason for c in settled.cuts}
    rows = []
    for i, block in enumerate(blocks):
        line = page["text"][block["start"] : block["end"]]
        gone = (
            found[i].reason
            if i in found
            else next((r for (s, e), r in whole.items() if s <= block["start"] and e >= block["end"]), None)
        )
        rows.append(
            {"document_id": page["document_id"], "start": block["start"], "end": block["end"], "kind": _kind(block, line),
             "tag_path": block["tag_path"], "is_kept": gone is None, "reason": gone}
        )  # fmt: skip
    return rows


def _status(page: Mapping[str, Any], text: str, n_words: int, judges: Judges) -> tuple[str, str | None]:
    if page["status"] != "read":
        return page["status"], page["reason"] or "the file could not be read"
    if not text.strip():
        return "empty", "nothing but white space" if not page["text"].strip() else "nothing but page furniture"
    found = language.language_of(text, judges.language)
    if found != judges.language:
        return "not_english", f"the text is in another language ({found})"
    reason = gate.off_topic(text, judges.gate) if judges.gate is not None else None
    return ("off_topic", reason) if reason else ("kept", None)


def clean_page(
    page: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]], html: str | None, judges: Judges
) -> Cleaned:
    """Clean one page: a row of `pages`, its rows of `page_blocks` in order, its HTML where it has any."""
    from pipeline.clean.near_duplicates import sketch

    found = _verdicts(page, blocks, html, judges) if page["status"] == "read" else {}
    settled = _ledger(page, blocks, found, judges)
    n_words = len(WORDS.findall(settled.text))
    status, reason = _status(page, settled.text, n_words, judges)
    lines = [page["text"][b["start"] : b["end"]] for b in blocks]
    walls = [(found[i].rule, lines[i]) for i in sorted(found)]
    kept = [i for i in range(len(blocks)) if i not in found]
    draft = {
        "document_id": page["document_id"], "path": page["path"], "title": page["title"] and repairs.mended(page["title"]),
        "text": settled.text,
        "n_words": n_words, "status": status, "reason": reason,
        "is_paywalled": paywall.seems_cut(walls, lines[kept[-1]] if kept else "", n_words),
        "signature": sketch(settled.text) if status == "kept" else [],
    }  # fmt: skip
    rows = _block_rows(page, blocks, found, settled)
    document_id, text = page["document_id"], page["text"]
    return Cleaned(draft, rows, removal_rows(document_id, text, settled), edit_rows(document_id, text, settled))
