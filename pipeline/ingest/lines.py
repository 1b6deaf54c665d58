"""flat text -> blocks: one for each line that is not blank, of the kind its shape shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.ingest.page import Block

KINDS = (  # the first that fits; all else is a paragraph, since a short line need not be a heading
    ("quote", re.compile(r">\s*\S")),
    ("list_item", re.compile(r"(?:[-*+•◦▪‣●○■□·–]|\(?\d{1,2}[.)]|\(?[a-z][)]|\(?[ivx]{1,4}[.)])(?:\s+|\s*[-•])\S")),
    ("table", re.compile(r"[^\t]+\t+[^\t]+\t+[^\t]")),
)


def kind_of_line(line: str) -> str:
    """What a line is by its shape alone."""
    return next((kind for kind, pattern in KINDS if pattern.match(line)), "paragraph")


def line_blocks(text: str) -> Iterator[Block]:
    """A block for each line of `text` that is not blank, without its line break and the white space around it."""
    start = 0
    for line in text.split("\n"):
        if bare := line.strip():
            first = start + len(line) - len(line.lstrip())
            yield Block(first, first + len(bare), kind_of_line(bare))
        start += len(line) + 1


def joined(pieces: list[tuple[str, str]]) -> tuple[str, tuple[Block, ...]]:
    """(text, kind) of each block -> the text with one block a line, and the blocks; blank ones are left out."""
    lines, blocks, start = [], [], 0
    for piece, kind in pieces:
        for line in piece.split("\n"):
            if bare := line.strip():
                lines.append(bare)
                blocks.append(Block(start, start + len(bare), kind))
                start += len(bare) + 1
    return "\n".join(lines), tuple(blocks)
