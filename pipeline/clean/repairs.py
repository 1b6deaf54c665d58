"""kept text -> repairs: glued headings and sentences split, mojibake mended; every one is logged as an edit.

A row of GLUED says where two things were run together: `pattern` matches around the joint, which is the empty group
`joint`; `after` is put there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.clean.ledger import Repair


@dataclass(frozen=True)
class Glue:
    """One way in which text runs together."""

    id: str
    pattern: str
    after: str


_STEP = r"(?:Rule|Step|Part|Principle|Stage|Phase|Tip|Chapter|Section|Lesson|Question|Point|Idea|Case study|Figure|Table|Week|Day)"
GLUED = (
    Glue("glued_heading", rf"(?<=[a-z…)]{{2}})(?P<joint>)(?={_STEP} ?(?:\d{{1,2}}|[Oo]ne)\b ?[:.–-])", "\n"),
    Glue(
        "glued_sentence",
        r"(?<=\.\.\.)(?P<joint>)(?=(?:These|This|The|It|They|We|In|But|And|That|There|You|I|He|She) [a-z])",
        "\n",
    ),
    Glue(
        "missing_space",
        r"(?<=[a-z]{3}[.?!])(?P<joint>)(?=(?:[A-Z][a-z]+ [a-z]|(?:I|A|In|It|We|He|As|At|On|If|To|So|My|By) [a-zA-Z]))",
        " ",
    ),
    Glue("missing_space", r"(?<=[a-z]{3}[.?!][”’\")])(?P<joint>)(?=[A-Z][a-z]+ [a-z])", " "),
    Glue("missing_space", r"(?<=[a-z]{4}[,;])(?P<joint>)(?=[a-z]{4,} )", " "),
)
ADDRESS = re.compile(
    r"\S*(?:://|www\.|@)\S*|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|co|uk|gov|edu|ac|io|html?|pdf)\b\S*", re.IGNORECASE
)
MOJIBAKE = re.compile(r"(?:[ÃÂâÅÄ][\u0080-\u00ff€œžŸ™šŠ‚ƒ„…†‡ˆ‰‹Œ‘’“”•–—˜›¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿]{1,3})+")


def _glued(text: str, start: int, end: int) -> list[Repair]:
    piece = text[start:end]
    barred = [m.span() for m in ADDRESS.finditer(piece)]
    found: dict[int, Repair] = {}
    for glue in GLUED:
        for match in re.finditer(glue.pattern, piece):
            at = match.start("joint")
            if not any(s < at < e for s, e in barred):
                found.setdefault(at, Repair(start + at, start + at, glue.after, glue.id))
    return list(found.values())


def _mojibake(text: str, start: int, end: int) -> list[Repair]:
    """Runs that are UTF-8 read as Windows-1252, mended by ftfy (Speer 2019, https://doi.org/10.5281/zenodo.2591652)."""
    made = []
    for match in MOJIBAKE.finditer(text, start, end):
        meant = _as_meant(match.group())
        if meant != match.group():
            made.append(Repair(match.start(), match.end(), meant, "mojibake"))
    return made


def _as_meant(run: str) -> str:
    import ftfy

    return str(ftfy.fix_encoding(run))


def mended(line: str) -> str:
    """A line that is no part of the text (a title) without mojibake.

    >>> mended("Working together â€“ a guide")
    'Working together – a guide'
    """
    return MOJIBAKE.sub(lambda match: _as_meant(match.group()), line)


def repairs(text: str, start: int, end: int) -> list[Repair]:
    """The repairs of text[start:end], in no order."""
    return [*_mojibake(text, start, end), *_glued(text, start, end)]
