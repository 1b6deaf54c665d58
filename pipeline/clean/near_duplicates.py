"""drafts -> duplicates: which documents repeat another one, wholly or as an excerpt; one stands for all.

Each text is sketched by the hashes of its word 4-grams that fall into a fixed quarter of the hash range (FracMinHash:
Hera, Pierce-Ward and Koslicki 2023, https://doi.org/10.1101/gr.277651.123), so that similarity and containment can be
estimated from sketches alone, whatever the lengths.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SHINGLE, KEEP_ONE_IN, FEW = 4, 4, 12
COMMON = 200  # a shingle in more documents than this is a phrase of the field, and tells nothing
LEAST_SHARED = 6
WORDS = re.compile(r"\w+")


def sketch(text: str) -> list[int]:
    """The sketch of a text, sorted; short texts keep all of their shingles."""
    words = WORDS.findall(text.lower())
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(max(0, len(words) - SHINGLE + 1))}
    hashes = [int.from_bytes(hashlib.blake2b(s.encode(), digest_size=8).digest(), "big") for s in shingles]
    sampled = [h for h in hashes if h % KEEP_ONE_IN == 0]
    return sorted(sampled if len(sampled) >= FEW else hashes)


def _overlap(small: frozenset[int], large: frozenset[int]) -> tuple[int, float]:
    """Shared shingles, and their share of the smaller text's, counted in the range that both kept."""
    if len(small) > len(large):
        small, large = large, small
    sampled = frozenset(h for h in small if h % KEEP_ONE_IN == 0)
    is_whole = any(h % KEEP_ONE_IN for h in large) or not large
    used = small if is_whole else sampled
    shared = len(used & large)
    return shared, shared / max(1, len(used))


def _order(draft: Mapping[str, Any]) -> tuple[bool, int, str]:
    return draft["is_paywalled"], -draft["n_words"], draft["document_id"]


def find(drafts: Iterable[Mapping[str, Any]], similarity: float, containment: float) -> list[dict[str, str]]:
    """Rows of `duplicates`. The representative is not cut by a paywall where another is not, then the longest, then
    the one with the smallest id; a duplicate points at a representative, never at another duplicate.

    `similarity` is the share of the smaller text's shingles that must recur in a text of about its length,
    `containment` the share for an excerpt of a longer text.
    """
    ordered = sorted((d for d in drafts if d["signature"]), key=_order)
    sketches = {d["document_id"]: frozenset(d["signature"]) for d in ordered}
    n_documents = Counter(h for s in sketches.values() for h in s)
    holders: dict[int, list[str]] = defaultdict(list)
    found: list[dict[str, str]] = []
    for draft in ordered:
        name = draft["document_id"]
        match = _best(name, sketches, holders, similarity, containment)
        if match is None:
            for h in sketches[name]:
                if 1 < n_documents[h] <= COMMON:
                    holders[h].append(name)
        else:
            found.append({"document_id": name, "duplicate_of": match[0], "reason": match[1]})
    return found


def _best(
    name: str,
    sketches: Mapping[str, frozenset[int]],
    holders: Mapping[int, Sequence[str]],
    similarity: float,
    containment: float,
) -> tuple[str, str] | None:
    own = sketches[name]
    votes = Counter(other for h in own for other in holders.get(h, ()))
    best: tuple[float, str, str] | None = None
    for other, n in votes.items():
        if n < min(LEAST_SHARED, max(2, len(own) - 1)):
            continue
        shared, share = _overlap(own, sketches[other])
        is_like = min(len(own), len(sketches[other])) >= 0.6 * max(len(own), len(sketches[other]))
        if shared >= min(LEAST_SHARED, len(own)) and share >= (similarity if is_like else containment):
            words = "repeats" if is_like else "is an excerpt of"
            reason = f"{words} {other}: about {round(share, 1):.0%} of its word sequences stand there"
            if best is None or (-share, other) < (-best[0], best[1]):
                best = (share, other, reason)
    return best[1:] if best else None
