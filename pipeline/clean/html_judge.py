"""HTML blocks -> which are furniture."""

from __future__ import annotations

from pipeline.clean.flat import Verdict


def verdicts(html, blocks, lines, title, folder):
    return {i: Verdict("hidden", "the page hides it", 0.9) for i, b in enumerate(blocks) if b["is_hidden"]}
