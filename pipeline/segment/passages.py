"""sentences -> passages: runs of the size of a paragraph, which themes are made of."""

from __future__ import annotations

from itertools import groupby, pairwise

from pipeline.segment.sentences import Piece

NOT_PROSE = ("heading", "caption", "table", "footnote")


def group(text: str, pieces: list[Piece], words_min: int, words_max: int) -> list[list[Piece]]:
    """Sentences as passages: a paragraph where it has words_min to words_max words; shorter ones are joined, longer
    ones split into even parts between sentences. A heading is in none, unless the document has nothing else.
    """
    size = {piece: len(text[piece.start : piece.end].split()) for piece in pieces}
    body = (
        [piece for piece in pieces if piece.kind not in NOT_PROSE]
        or [p for p in pieces if p.kind != "heading"]
        or pieces
    )
    runs: list[list[Piece]] = []
    for _, paragraph in groupby(body, key=lambda piece: piece.paragraph):
        for part in _split_evenly(list(paragraph), size, words_max):
            short = runs and sum(size[p] for p in runs[-1]) < words_min
            if short and sum(size[p] for p in runs[-1] + part) <= words_max:
                runs[-1].extend(part)
            else:
                runs.append(part)
    if len(runs) > 1 and sum(size[p] for p in runs[-1]) < words_min // 2:
        tail = runs.pop()
        runs[-1].extend(tail)
    return runs


def _split_evenly(paragraph: list[Piece], size: dict[Piece, int], words_max: int) -> list[list[Piece]]:
    total = sum(size[piece] for piece in paragraph)
    parts = -(-total // words_max)
    if parts <= 1:
        return [paragraph]
    cuts, seen = [0], 0
    for number, piece in enumerate(paragraph):
        if seen >= len(cuts) * total / parts and number:
            cuts.append(number)
        seen += size[piece]
    return [paragraph[a:b] for a, b in pairwise([*cuts, len(paragraph)])]
