"""page text + removals + edits -> document text, and offsets between the two.

A document is its page with spans taken out (removals) and a few logged repairs (edits). Everything downstream counts
offsets in the document; this module takes them back to the page.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class Change:
    """page[start:end] is replaced by `after` (the empty text for a removal)."""

    start: int
    end: int
    before: str
    after: str


def changes_of(removals: Iterable[Mapping[str, Any]], edits: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Rows of `removals` and `edits` of one document as changes in the order of the page."""
    cuts = [Change(row["start"], row["end"], row["text"], "") for row in removals]
    repairs = [Change(row["start"], row["end"], row["before"], row["after"]) for row in edits]
    return sorted(cuts + repairs, key=lambda change: (change.start, change.end))


class SpanMap:
    """Offsets of one document and of its page, each way. All are code points, end exclusive."""

    def __init__(self, changes: Sequence[Change]) -> None:
        """`changes` in page order and not overlapping; ValueError where they overlap."""
        for left, right in pairwise(changes):
            if right.start < left.end:
                raise ValueError(f"changes overlap at {right.start}")
        self.changes = list(changes)
        # Anchors: before the first change both offsets agree; after each change a new stretch begins.
        self._document, self._page = [0], [0]
        document = page = 0
        for change in self.changes:
            document += change.start - page + len(change.after)
            page = change.end
            self._document.append(document)
            self._page.append(page)

    def apply(self, page_text: str) -> str:
        """The document's text."""
        kept, at = [], 0
        for change in self.changes:
            kept += [page_text[at : change.start], change.after]
            at = change.end
        return "".join([*kept, page_text[at:]])

    def rebuild(self, document_text: str) -> str:
        """The page's text, made from the document's and from what was taken out: the inverse of `apply`."""
        parts, document, page = [], 0, 0
        for change in self.changes:
            width = change.start - page
            parts += [document_text[document : document + width], change.before]
            document += width + len(change.after)
            page = change.end
        return "".join([*parts, document_text[document:]])

    def to_page(self, start: int, end: int) -> tuple[int, int]:
        """A span of the document as a span of the page, the tightest that holds all of its characters."""
        first = self._start_on_page(start)
        return first, self._end_on_page(end) if end > start else first

    def given_by(self, page_text: str, span: tuple[int, int], page_span: tuple[int, int]) -> str:
        """The words that a span of the page gives at a span of the document: the page's, with the changes inside both."""
        (start, end), (page_start, page_end) = span, page_span
        parts, at = [], page_start
        for change, after in zip(self.changes, self._document[1:], strict=True):
            # What is put in at the very edge of a span of the page belongs to the span of the document that holds it.
            inside = not change.after or (start <= after - len(change.after) and after <= end)
            if page_start <= change.start and change.end <= page_end and inside:
                parts += [page_text[at : change.start], change.after]
                at = change.end
        return "".join([*parts, page_text[at:page_end]])

    def _start_on_page(self, offset: int) -> int:
        stretch = bisect_right(self._document, offset) - 1
        inserted = stretch + 1 < len(self._document) and self._inside_insert(offset, stretch)
        return self.changes[stretch].start if inserted else self._page[stretch] + offset - self._document[stretch]

    def _end_on_page(self, offset: int) -> int:
        last = self._start_on_page(offset - 1)
        stretch = bisect_right(self._document, offset - 1) - 1
        inserted = stretch + 1 < len(self._document) and self._inside_insert(offset - 1, stretch)
        return self.changes[stretch].end if inserted else last + 1

    def _inside_insert(self, offset: int, stretch: int) -> bool:
        """Whether document[offset] was put there by the change that follows the stretch."""
        following = self.changes[stretch]
        return offset >= self._document[stretch + 1] - len(following.after)
