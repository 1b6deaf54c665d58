"""cleaned text, codebook -> whether a document speaks of another trade's co-production (film, energy, farming ...)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

CO_PRODUCTION = re.compile(r"\bco[- ]?produc|\bjoint(?:ly)?[- ]produc|\bjoint product", re.IGNORECASE)
LEAST_FOREIGN = 2  # different cues of another sense
PER_OWN = 3  # as many different ones for each cue of our own


def _found(cues: Iterable[str], text: str) -> list[str]:
    # Most cues stand nowhere, which a plain search tells a hundred times faster than the pattern.
    return [
        cue
        for cue in cues
        if cue.lower() in text and re.search(rf"(?<!\w){re.escape(cue.lower())}(?:e?s)?(?!\w)", text)
    ]


def off_topic(text: str, gate: Any) -> str | None:
    """The reason a text is set aside, or None.

    The text must speak of co-production, with different cues of one other sense and hardly a cue of our own: a page
    about residents who run a theatre or a solar farm is about residents.
    """
    if not CO_PRODUCTION.search(text):
        return None
    lower = text.lower()
    own = len(_found(gate.in_domain_cues, lower))
    for sense in gate.out_of_domain:
        foreign = _found(sense.cues, lower)
        if len(foreign) >= max(LEAST_FOREIGN, PER_OWN * own):
            return f"co-production in another sense: {sense.sense} ({', '.join(sorted(foreign)[:4])})"
    return None
