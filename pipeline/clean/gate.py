"""cleaned text, codebook -> whether a document speaks of another trade's co-production (film, energy, farming ...)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any


def _hits(cues: Iterable[str], text: str) -> dict[str, int]:
    counts = {cue: len(re.findall(rf"(?<!\w){re.escape(cue.lower())}(?:e?s)?(?!\w)", text)) for cue in cues}
    return {cue: count for cue, count in counts.items() if count}


def off_topic(text: str, gate: Any) -> str | None:
    """The reason a text is set aside, or None.

    Two things are needed: cues of one other sense (two different ones at least) and hardly a cue of our own.
    """
    lower = text.lower()
    own = _hits(gate.in_domain_cues, lower)
    for sense in gate.out_of_domain:
        foreign = _hits(sense.cues, lower)
        n_own, n_foreign = sum(own.values()), sum(foreign.values())
        if len(foreign) >= 2 and (not own or (len(own) == 1 and len(foreign) >= 3 and n_foreign >= 4 * n_own)):
            return f"co-production in another sense: {sense.sense} ({', '.join(sorted(foreign)[:4])})"
    return None
