"""codings of a sentence -> who holds a role, paid or unpaid, its phase, and shifts from one role to another.

Rules are rows of the tables below. An attribute is filled in only where the words say so; a pronoun is taken back to
its actor only where the sentence before names exactly one that can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.extract.reading import STRAIGHT, Reading

PAID: tuple[tuple[str, str], ...] = (
    (
        "unpaid",
        r"\b(?:unpaid|volunteer\w*|voluntary basis|without pay|not paid|n't paid|for free|for nothing|no pay|unwaged)\b",
    ),
    (
        "paid",
        r"\b(?:paid|salar\w+|wages?|employed|on the payroll|contract of employment|sessional (?:fee|rate)|day rate|an hour|hourly)\b",
    ),
)
PHASES: tuple[tuple[str, str], ...] = (
    (
        "recruitment",
        r"\b(?:recruit\w*|interview panel|shortlist\w*|appoint\w*|hiring|hire[sd]?|choosing staff|job interviews?)\b",
    ),
    ("training", r"\b(?:train(?:s|ed|ing|ers?)?|teach\w*|taught|induction|curriculum|students?|lectur\w+|course)\b"),
    ("research", r"\b(?:research\w*|fieldwork|analys\w+|peer review|evidence review|interviewers?)\b"),
    (
        "co_commission",
        r"\b(?:commission(?!er)\w*|procure\w*|tender\w*|needs assessment|budget\w*|prioriti[sz]\w+|allocat\w+)\b",
    ),
    ("co_govern", r"\b(?:board|govern\w*|trustees?|committee|steering group|chairs?|co-chair\w*|panel)\b"),
    ("co_assess", r"\b(?:evaluat\w*|assess\w*|monitor\w*|inspect\w*|mystery shop\w*|review\w*|feedback|audit\w*)\b"),
    (
        "co_design",
        r"\b(?:design\w*|plan(?:s|ned|ning)?|draw\w* up|drafted|drafting|prototyp\w*|redesign\w*|shap(?:e|ed|ing))\b",
    ),
    (
        "co_deliver",
        r"\b(?:deliver\w*|runs?|running|provid\w+|lead(?:s|ing)? the (?:group|session)s?|facilitat\w*|befriend\w*|staff(?:ed|ing))\b",
    ),
)
COMPILED_PAID = tuple((value, re.compile(pattern)) for value, pattern in PAID)
COMPILED_PHASES = tuple((value, re.compile(pattern)) for value, pattern in PHASES)
PHASED_ROLES = frozenset({"role.co_producer", "role.expert_by_experience", "role.peer_supporter", "role.facilitator"})

# Ways to say that one part gives way to another; the groups `old` and `new` hold the two parts.
SHIFTS: tuple[tuple[str, str], ...] = (
    (
        "from X to Y",
        r"\bfrom (?P<old>(?:being |just |simply |passive |a |an |the )*[^,;:.?!]{3,60}?),? (?:in)?to (?P<new>[^,;:.?!]{3,70})",
    ),
    (
        "X become Y",
        r"(?P<old>[^,;:.?!]{3,50}?) (?:have |has |had )?(?:become|becoming|became|becomes|turned into|turn into) (?P<new>[^,;:.?!]{3,60})",
    ),
    (
        "used to be X, now Y",
        r"\b(?:used to|once) (?:be |was )?(?P<old>[^;:.?!]{3,60}?)[,;]? (?:and |but )*now (?P<new>[^,;:.?!]{3,70})",
    ),
    (
        "less X, more Y",
        r"\bless (?:of )?(?:an? |the )?(?P<old>[^;:.?!]{3,50}?),? (?:and )?more (?:of )?(?:an? |the )?(?P<new>[^,;:.?!]{3,60})",
    ),
    (
        "Y instead of X",
        r"(?P<new>[^,;:.?!]{3,60}?),? (?:instead of|rather than|and no longer|no longer) (?P<old>[^,;:.?!]{3,60})",
    ),
    (
        "no longer X but Y",
        r"\b(?:no longer|not just|stop(?:ped)? being) (?P<old>[^;:.?!]{3,50}?),? but (?:also )?(?P<new>[^,;:.?!]{3,60})",
    ),
)
COMPILED_SHIFTS = tuple((name, re.compile(pattern, re.I)) for name, pattern in SHIFTS)
PLURAL_PRONOUNS = frozenset({"they", "them", "their", "themselves"})
SUBJECTS = frozenset({"nsubj", "nsubjpass"})


@dataclass(frozen=True)
class Shift:
    """A move from one role to another: characters of the sentence, role codes and how it is said."""

    start: int
    end: int
    old: str
    new: str
    old_span: tuple[int, int]
    new_span: tuple[int, int]
    wording: str


def paid(text: str, key: str) -> str | None:
    """paid, unpaid, or None where the words do not say."""
    if key == "role.volunteer":
        return "unpaid"
    lower = text.translate(STRAIGHT).lower()
    return next((value for value, pattern in COMPILED_PAID if pattern.search(lower)), None)


def phase(text: str, key: str) -> str | None:
    """The phase of the work that the words speak of; only for the parts people play in it."""
    if key not in PHASED_ROLES and not key.startswith("participation."):
        return None
    lower = text.translate(STRAIGHT).lower()
    return next((value for value, pattern in COMPILED_PHASES if pattern.search(lower)), None)


def find_shift(text: str, role_of: Callable[[int, int], str | None]) -> Shift | None:
    """The first shift whose two parts are different roles; `role_of` names the role in characters start..end."""
    plain = text.translate(STRAIGHT)
    for name, pattern in COMPILED_SHIFTS:
        for found in pattern.finditer(plain):
            old, new = role_of(*found.span("old")), role_of(*found.span("new"))
            if old and new and old != new:
                start, end = found.span() if name == "from X to Y" else (found.start(), found.end())
                width = len(text[start:end].rstrip())
                return Shift(start, start + width, old, new, found.span("old"), found.span("new"), name)
    return None


def holder(
    reading: Reading, span: tuple[int, int], actors: Sequence[tuple[int, int]], before: Sequence[str]
) -> str | None:
    """Who plays the role in tokens `span`: an actor named in the sentence, else the subject.

    `actors` are token spans of actor codings here, `before` the quotes of actor codings of the sentence before.
    """
    apart = [actor for actor in actors if actor[1] < span[0] or actor[0] > span[1] or actor[0] == span[0] != actor[1]]
    ahead = [actor for actor in apart if actor[1] < span[0]]
    if ahead:
        return _words(reading, *ahead[-1])
    subject = _subject(reading, span)
    if subject is None:
        return _words(reading, *apart[0]) if apart else None
    words = _words(reading, *subject)
    if words.lower() in PLURAL_PRONOUNS:
        return before[0] if len(before) == 1 else None
    return None if len(words) < 3 or words.lower() in ("who", "that", "which", "this", "it", "there") else words


def _subject(reading: Reading, span: tuple[int, int]) -> tuple[int, int] | None:
    """The noun phrase that is subject of the verb at or above the span."""
    token, seen = span[0], 0
    while seen < 40:
        found = [i for i, head in enumerate(reading.heads) if head == token and reading.deps[i] in SUBJECTS]
        if found and not span[0] <= found[0] <= span[1]:
            inside = [i for i in range(len(reading.words)) if _is_under(reading, i, found[0])]
            return min(inside), max(i for i in inside if i <= found[0])
        if reading.heads[token] == token:
            return None
        token, seen = reading.heads[token], seen + 1
    return None


def _is_under(reading: Reading, token: int, top: int) -> bool:
    for _ in range(40):
        if token == top:
            return True
        if reading.heads[token] == token:
            return False
        token = reading.heads[token]
    return False


def _words(reading: Reading, first: int, last: int) -> str:
    return reading.text[reading.starts[first] : reading.end(last)]


def is_function(codes: Mapping[str, Any], key: str) -> bool:
    """Whether a role code tells a function (facilitator ...) and not who somebody is."""
    return key in codes and codes[key].facet == "role" and codes[key].kind in ("function", "any")
