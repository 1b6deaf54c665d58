"""a span of a text that another program kept -> the span of the document it came from."""

from __future__ import annotations

import re


def place(text: str, start: int, end: int, document: str) -> tuple[int, int] | None:
    """The span of `document` that holds text[start:end], or None. Line ends, a byte order mark and text put before or
    after may differ; where the text was changed, the nearest place with the same words counts.

    >>> place("One\\r\\ntwo", 5, 8, "One\\ntwo")
    (4, 7)
    >>> place("Preface. Trust matters.", 9, 14, "So: Trust matters.")
    (4, 9)
    """
    if not 0 <= start < end <= len(text):
        return None
    if text == document:
        return start, end
    before, words = _lines(text[:start]), _lines(text[start:end])
    if document[len(before) : len(before) + len(words)] == words:
        return len(before), len(before) + len(words)
    pattern = r"\s+".join(map(re.escape, words.split()))
    found = [match.span() for match in re.finditer(pattern, document)] if pattern else []
    return min(found, key=lambda span: (abs(span[0] - len(before)), span)) if found else None


def _lines(text: str) -> str:
    """The text with LF line ends. A CR whose LF stands beyond the end counts as a line end of its own."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
