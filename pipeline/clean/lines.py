"""a line of text -> features -> how likely it is page furniture: a small linear model over vectors and classes of words."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline.clean.words import FUNCTION, WORD, Lexicon, lexicon

MODEL = "lines.json"
# Classes of words; a class is a row. What a line asks of whom, about which things of a web site.
CLASSES = {
    "act": "sign log login signup register subscribe join follow share tweet download upload skip accept reject agree "
    "allow manage unlock unsubscribe upgrade submit cancel click tap scroll print bookmark save copy install open close "
    "search filter sort browse view toggle expand load loading enter rate advertise checkout buy donate chip enable jump",
    "site": "account password username login email e-mail inbox newsletter cookie cookies browser javascript app apps "
    "article articles page pages post posts comment comments reply replies review reviews rating ratings thread topic "
    "profile site website web link links rss feed menu navigation homepage sitemap content subscription subscriber "
    "subscribers trial paywall basket cart checkout wishlist advert advertisement ads notification notifications pdf "
    "podcast video network group member members membership story stories headlines titles publishers tags category",
    "web": "facebook twitter linkedin whatsapp instagram youtube google pinterest reddit wordpress tiktok patreon",
    "offer": "free premium unlimited exclusive offer deal deals save discount price plan plans cancel anytime month "
    "week day trial annual annually billed gift delivery",
    "legal": "copyright rights reserved privacy policy terms conditions disclaimer imprint legal accessibility charity "
    "registered company vat licence license licensed",
    "rank": "related recommended popular trending latest most top more next previous older newer similar featured picks "
    "read viewed shared also recent",
    "you": "you your yours",
    "we": "we us our ours",
    "they": "they them their he she his her him it its i me my",
    "past": "was were had did said told asked went came felt thought found made became agreed kept gave took met "
    "wrote led ran held spoke left brought",
    "must": "must need needs have required please be",
    "none": "no nobody none yet zero 0 first",
    "feedback": "helpful useful rate rating stars star thumbs feedback survey recommend improve score spotted fault",
    "credit": "powered built hosted hosting designed design theme template generated created maintained exported software "
    "website site made webmaster uncontrolled",
    "counter": "views visits visitors visitor hits citations mentions downloads likes shares followers plays reads guests "
    "online retweets",
    "scholar": "citation citations cite cited doi export reprints permissions manuscript metrics bibtex ris alert alerts "
    "references supplementary pdf",
    "show": "episode podcast listen subscribe rate review stars player patron supporter tip coin brew quid mate show sponsor "
    "sponsored",
    "thing": "page article note guide answer entry item book title post document site website",
}
IRREGULAR = re.compile(r"\w{3,}ed$")
MARKS = (
    r"[.!?…][\"'”’)]*$", r":$", r"\?$", r" [|·•] ", r" ?[>»›→«‹] ?", r"^\W*[-–•*]\s|^\s*\(?\w{1,2}[.)]\s", r"^[A-Z]{1,4}[a-z]? \W?[A-Z]",
    r"^\w[\w .]{0,18}:\s", r"[“\"].+[”\"]|^['‘].+['’]", r"©|\(c\)", r"\d", r"https?:|www\.|\w@\w", r"\(\d+\)|\b\d+ (?:comments|shares|views)",
    r"(?i:\b(?:powered|built|hosted|designed|website|site|theme|made|created|generated|brought)\b[^.]{0,20} (?:by|with|on|using|from|in)) [A-Z]",
    r"(?i:\?.{0,20}\byes\b.{0,4}\bno\b)", r"(?i:(?:[\d,.]+ (?:views|citations|mentions|downloads|shares|likes|comments|reads|plays|followers)\W*){2})",
    r"^(?:[^|·•/\d]{2,24}[|·•/]){2,}", r"^(?i:was|is|did|has|how) (?:this|you|we)\b.*\?", r"^[A-Z][\w ]{2,16}: [A-Z]", r"^(?i:page) \d+|^\W*\d+\W*$",
    r"[£$€]\s?\d", r"^[^a-z]*$", r"\*", r"\.\.\.|…", r"^\[.*\]$", r"\+", r"\d%", r";|,", r"^(?:[A-Z][\w'’]* ?){2,}$",
)  # fmt: skip
_MARKS = tuple(re.compile(mark) for mark in MARKS)
_CLASS_OF: dict[str, tuple[int, ...]] = {}
for _number, _words in enumerate(CLASSES.values()):
    for _word in _words.split():
        _CLASS_OF[_word] = (*_CLASS_OF.get(_word, ()), _number)


def features(line: str, words: Lexicon) -> np.ndarray:
    """The features of one line: its mean vector, shares and counts of word classes, its shape."""
    tokens = WORD.findall(line)
    low = [t.lower().replace("’", "'") for t in tokens]
    n = max(1, len(low))
    counts = np.zeros(len(CLASSES))
    for word in low:
        for number in _CLASS_OF.get(word, ()):
            counts[number] += 1
    past = sum(bool(IRREGULAR.search(w)) for w in low[1:])
    first = np.zeros(len(CLASSES))
    for number in _CLASS_OF.get(low[0] if low else "", ()):
        first[number] = 1
    shape = [
        np.log(n), min(n, 40) / 40, n <= 2, n <= 4, n > 12, n > 25, past / n, min(past, 3),
        sum(w in FUNCTION for w in low) / n, sum(t[:1].isupper() for t in tokens) / n,
        sum(t.isdigit() for t in tokens) / n, len(line) / (n * 8), not tokens,
        (counts[0] > 0) * (counts[1] > 0), (counts[0] > 0) * (counts[6] > 0), (counts[1] > 0) * (counts[11] > 0),
        (counts[8] > 0) * (counts[9] + past > 0), (counts[:6].sum() >= n * 0.5), (counts[:6].sum() >= n * 0.3),
    ]  # fmt: skip
    marks = [bool(mark.search(line)) for mark in _MARKS]
    return np.concatenate([words.mean(low) * 3, counts / n, np.minimum(counts, 3), first, shape, marks]).astype(
        np.float64
    )


@lru_cache(maxsize=1)
def _model(folder: Path) -> tuple[np.ndarray, float]:
    fitted = json.loads((folder / MODEL).read_text("utf-8"))
    return np.array(fitted["weights"]), float(fitted["bias"])


def judge(lines: list[str], folder: Path) -> list[float]:
    """For each line, how likely it is furniture (0-1, rounded so that no platform's last digit decides)."""
    if not lines:
        return []
    weights, bias = _model(folder)
    known = lexicon(folder)
    raw = [float((features(line[:600], known) * weights).sum()) + bias for line in lines]
    return [round(1 / (1 + float(np.exp(-max(-30.0, min(30.0, value))))), 4) for value in raw]
