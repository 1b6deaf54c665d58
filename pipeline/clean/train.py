"""invented material and, where present, pages with known truth -> models/clean: rebuilds the fitted judges of cleaning.

    python -m pipeline.clean.train [--truth FOLDER]

The folder of truth holds `iriss/source` and `iriss/pages` (transcripts, as text and as HTML) and `webpages` (pages with
phrases that must and must not be kept). Without it only the judge of lines is fitted, on invented lines alone.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.models import write_sums

ROOT = Path(__file__).resolve().parents[2]


def plain(markdown: str) -> list[str]:
    """Paragraphs of a transcript's markdown without front matter and marks."""
    text = re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.DOTALL)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|\{\{[<%].*?[>%]\}\}|</?[a-zA-Z][^>]*>", " ", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^\s{0,3}(#{1,6}\s+|>\s?|[*+-]\s+|\d+\.\s+)|\*\*|__|\*|`", "", text, flags=re.MULTILINE)
    return [p for p in (re.sub(r"\s+", " ", p).strip() for p in re.split(r"\n\s*\n", text)) if p]


def transcripts(truth: Path) -> dict[str, list[str]]:
    """Paragraphs of each transcript."""
    return {p.stem: plain(p.read_text("utf-8")) for p in sorted((truth / "iriss/source").glob("*.md"))}


def read_pages(raw: Path) -> list[tuple[dict[str, Any], list[dict[str, Any]], str]]:
    """(page, blocks, html) of each HTML page of a folder, as `ingest` reads it."""
    from pipeline.store import Store

    with tempfile.TemporaryDirectory() as out:
        subprocess.run(
            [sys.executable, "-m", "pipeline", "ingest", "--raw", str(raw), "--out", out], check=True, cwd=ROOT
        )
        store = Store(Path(out))
        blocks: dict[str, list[dict[str, Any]]] = {}
        for row in store.table("page_blocks").to_pylist():
            blocks.setdefault(row["document_id"], []).append(row)
        html = {row["document_id"]: row["html"] for row in store.table("sources").to_pylist()}
        pages = sorted(store.table("pages").to_pylist(), key=lambda page: page["path"])
    return [
        (p, blocks[p["document_id"]], html[p["document_id"]])
        for p in pages
        if p["document_id"] in html and p["document_id"] in blocks
    ]


def folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def phrase_labels(lines: list[str], wanted: list[str], unwanted: list[str]) -> np.ndarray:
    """1 for blocks that hold a phrase of the document, 0 for one of furniture, -1 for the others."""
    labels, flat = np.full(len(lines), -1), [folded(line) for line in lines]
    for phrases, label in ((unwanted, 0), (wanted, 1)):
        for phrase in map(folded, phrases):
            hit = [i for i, line in enumerate(flat) if phrase in line]
            labels[hit or [i for i, line in enumerate(flat) if len(line) > 20 and line in phrase]] = label
    return labels


def transcript_labels(lines: list[str], paragraphs: list[str]) -> np.ndarray:
    """1 for blocks whose words stand in the transcript, 0 for the others."""
    truth = " " + " ".join(re.findall(r"\w+", " ".join(paragraphs))) + " "
    words = [" ".join(re.findall(r"\w+", line)) for line in lines]
    return np.array([int(len(w) > 20 and f" {w} " in truth) if w else -1 for w in words])


def html_blocks(truth: Path) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Features, labels and weights of the blocks of each page whose text is known; a block of a web page weighs 1."""
    from pipeline.clean.html_features import features

    expected = {row["file"]: row for row in json.loads((truth / "webpages/expected.json").read_text("utf-8")).values()}
    spoken = transcripts(truth)
    tables, labels, weights = [], [], []
    for name in ("webpages", "iriss/pages"):
        for page, blocks, html in read_pages(truth / name):
            lines = [page["text"][b["start"] : b["end"]] for b in blocks]
            stem = Path(page["path"]).stem
            if page["path"] in expected:
                label, weight = (
                    phrase_labels(lines, expected[page["path"]]["with"], expected[page["path"]]["without"]),
                    1.0,
                )
            elif stem in spoken:
                label, weight = transcript_labels(lines, spoken[stem]), 1.8 / len(lines)
            else:
                continue
            tables.append(features(html, blocks, lines, page["title"] or ""))
            labels.append(label)
            weights.append(np.full(len(lines), weight))
    return tables, labels, weights


def train_html(folder: Path, truth: Path) -> dict[str, Any]:
    """Fit the judge of HTML blocks; figures over blocks of pages held out (5 folds by page)."""
    from pipeline.clean import html_judge, train_html

    tables, labels, weights = html_blocks(truth)
    figures = _held_out(tables, labels, weights)
    train_html.write(folder, train_html.fit(tables, labels, weights), html_judge.CUT_OFF, figures)
    return figures


def _held_out(tables: list[np.ndarray], labels: list[np.ndarray], weights: list[np.ndarray]) -> dict[str, Any]:
    from pipeline.clean import html_judge, train_html

    fold = np.random.RandomState(0).permutation(len(tables)) % 5
    right, total = np.zeros(2), np.zeros(2)
    for k in range(5):
        inside = [i for i in range(len(tables)) if fold[i] != k]
        model = html_judge.stacked(
            train_html.fit([tables[i] for i in inside], [labels[i] for i in inside], [weights[i] for i in inside])
        )
        for i in np.flatnonzero(fold == k):
            guess = html_judge.scores(tables[i], model) >= html_judge.CUT_OFF
            for label in (0, 1):
                right[label] += (guess[labels[i] == label] == label).sum()
                total[label] += (labels[i] == label).sum()
    return {
        "n_pages": len(tables),
        "furniture_removed": round(right[0] / total[0], 4),
        "document_kept": round(right[1] / total[1], 4),
    }


def main() -> None:
    """Rebuild every judge for which there is material, print the held-out figures, renew SHA256SUMS."""
    from pipeline.clean.train_lines import train_lines
    from pipeline.clean.train_spam import train_spam

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--truth", type=Path, default=ROOT.parent / "shared")
    parser.add_argument(
        "--folds", type=int, default=1, help="folds of documents and words for the figures of planted phrases"
    )
    given = parser.parse_args()
    folder = ROOT / "models/clean"
    documents = transcripts(given.truth)
    lines = train_lines(folder, documents)
    print("lines", {k: v for k, v in lines.items() if k != "worst"})
    if documents:
        phrases = train_spam(folder, documents, given.folds)
        print("planted phrases", {k: v for k, v in phrases.items() if k != "worst"})
        print("HTML blocks", train_html(folder, given.truth))
    write_sums(folder)


if __name__ == "__main__":
    main()
