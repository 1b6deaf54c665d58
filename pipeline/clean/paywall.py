"""removed lines + the last kept one -> whether the article itself seems cut by a paywall."""

from __future__ import annotations

import re
from collections.abc import Iterable

WALLS = frozenset({"paywall", "metering"})
STRONG = re.compile(
    r"\b(?:continue|keep|carry on|go on|read (?:the |this )?(?:full|rest|whole)|to read|unlock|only for|for (?:subscribers|members)|"
    r"limit|free (?:articles?|stor(?:y|ies)|reads?)|subscribers? (?:only|can)|rest of)\b",
    re.IGNORECASE,
)
FINISHED = re.compile(r"[.!?:][\"'”’)\]]*\s*$")
CUT_OFF = re.compile(r"(?:\.\.\.|…|\[…\])\s*$")
SHORT = 120


def seems_cut(walls: Iterable[tuple[str, str]], last_kept: str, n_words: int) -> bool:
    """`walls` are (rule, text) of removed lines; `last_kept` is the last line kept before the wall."""
    strong = [text for rule, text in walls if rule in WALLS and STRONG.search(text)]
    if not strong or not n_words:
        return False
    return bool(CUT_OFF.search(last_kept)) or not FINISHED.search(last_kept) or n_words < SHORT
