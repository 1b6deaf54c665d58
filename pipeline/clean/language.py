"""cleaned text -> language: function words settle the clear cases, a trained detector the others."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

ENGLISH = frozenset(
    "the of and to in is that it was for on with as are this be have not they at by from or we you which but his her".split()  # noqa: SIM905
)
WORDS = re.compile(r"[^\W\d_]+")
SAMPLE, FEW_LETTERS, ENGLISH_SHARE = 1500, 60, 0.18


@lru_cache(maxsize=1)
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str, default: str = "en") -> str:
    """ISO 639-1 code of the language; `default` where there is too little text to tell.

    py3langid (Lui and Baldwin 2012, https://aclanthology.org/P12-3005) on the first 1,500 characters.
    """
    words = WORDS.findall(text[:SAMPLE].lower())
    if sum(map(len, words)) < FEW_LETTERS:
        return default
    if sum(word in ENGLISH for word in words) / len(words) >= ENGLISH_SHARE:
        return "en"
    code, probability = _detector().classify(text[:SAMPLE])
    return str(code) if probability > 0.9 or code == default else default
