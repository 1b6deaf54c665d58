"""passages -> noun phrases of the field: which ones there are, how they are written, in which passages they stand.

Phrases are found by parts of speech in the central passages of each theme and then counted in all passages by their
words. A phrase is known by its key: lower-case words, plain plurals made singular.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

WORD = re.compile(r"[^\W\d_][\w’'\-]*[^\W_]|[^\W\d_]")
# Adjectives and participles, nouns, perhaps a preposition and a second noun phrase.
SHAPE = re.compile(r"(?=((?:[AV]{0,2}[NP]{1,3})(?:D[AV]?[NP]{1,2})?))")
LINKS = frozenset(["of", "between", "for", "with", "in", "on", "into", "through"])
# A word inside a sentence: after a small letter or a comma, and one space.
INSIDE = re.compile(r"(?<=[a-z,] )[^\W\d_][\w’'\-]*[^\W_]")
NOT_NEEDED = ["parser", "attribute_ruler", "lemmatizer"]
ADJECTIVES = frozenset(["JJ", "JJR", "JJS"])
NOUNS = {"NN": "N", "NNS": "N", "NNP": "P", "NNPS": "P"}
OPENS_NOUN = frozenset(["DT", "PDT", "PRP$", "POS", "JJ", "JJR", "JJS", "CD", "CC"])
NAME_SHARE = 0.7  # a word written with a capital more often than this is a name
LONGEST = 5
Key = tuple[str, ...]

# Nouns that name nothing by themselves, and words that open a phrase without adding to it.
_VAGUE = """
    ability addition amount answer anybody anyone anything area aspect back basis bit bunch case chance chap
    circumstance client colleague comment conversation couple course day deal degree detail difference difficulty
    direction discussion end event everybody everyone everything evidence example experience extent fact feel
    feeling few folk form future gentleman get guy half hand head hour idea impact individual instance interest
    interview issue item job kind lady last least level life line link look lot main majority man mind minute moment
    month morning name need nobody none nothing number one opportunity order other part past people percent
    percentage person piece place point position possibility problem process programme project purpose question
    range reason regard respect result return role sense set side situation somebody someone something sort stage
    start story stuff subject sure talk term terms thing think thought time today tomorrow tonight topic tune turn
    type use value variety version view way week woman word work world year yesterday yes yeah okay ok hi hello
    thanks thank please mr mrs ms dr etc sir madam page website site email web article http https www com uk org amp
    nbsp quot music podcast episode listener speaker ups showing thinking appear appears change changes needs cause
    check wait try step help hope trying asking public member heart account reader readers author editor title
    emphasis words phrase
"""
VAGUE = frozenset(_VAGUE.split())
_EMPTY_OPENERS = """
    able actual additional another available average bad best better big bigger biggest certain clear common
    complete current different difficult due early easy entire equal exact extra few final first following former
    fourth full general given good great greater greatest half happy hard high huge important increased individual
    interesting key kind large larger last late latest least less likely little long longer lot lots low lower main
    major many maximum minimum more most much multiple necessary new next nice normal numerous obvious odd old older
    only other overall own particular past perfect possible present previous proper quick ready real recent related
    relevant right same second separate serious several short significant similar simple single small smaller
    so-called special specific such sure third total true twenty two typical used useful usual various very whole
    wide wider worst wrong going being having getting doing making saying coming looking using based made done one
    three four five six seven eight nine ten lovely afraid actually really sorry fine non ex i'm
"""
EMPTY_OPENERS = frozenset(_EMPTY_OPENERS.split())


_MARKUP = """
    http https www com href html aspx quot amp nbsp lt gt fullquote quickinfo
"""
MARKUP = frozenset(_MARKUP.split())

# Heads that hardly any other word makes a subject of ("odd bits"), and openers that add nothing before a link ("part of
# the service"): words that also head terms of the field ("end of life care", "terms of reference") are not among them.
EMPTY_HEADS = frozenset(["amount", "bit", "bunch", "couple", "few", "kind", "one", "sort", "stuff"])
_EMPTY_BEFORE_LINK = """
    aspect basis form kind level number part piece range result set side sort type
"""
EMPTY_BEFORE_LINK = frozenset(_EMPTY_BEFORE_LINK.split())
NOUN_SHARE = (
    0.7,
    0.4,
)  # how often the last word must be a noun wherever it stands: of a single word, of a longer phrase
PLURAL_WEIGHT = 2  # a label in the plural speaks of the kind, in the singular often of one case
FRAGMENT = 0.7  # a phrase found in a longer one this often is a piece of it


@dataclass
class Phrases:
    """Phrases by key: how each is written; `names` are words that are names; `passages[key]` is where it stands."""

    written: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    names: frozenset[str] = frozenset()
    passages: dict[Key, list[int]] = field(default_factory=dict)

    def shown(self, key: Key) -> str:
        """The phrase as most often written, in the plural where that is not much rarer; ties by the alphabet."""
        ways = self.written[key]
        plural = {text: n * PLURAL_WEIGHT if text.lower().split()[-1] != key[-1] else n for text, n in ways.items()}
        return min(plural.items(), key=lambda item: (-item[1], item[0]))[0]


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Function words, contractions and their halves."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    halves = "ll ve re don didn doesn isn wasn weren won couldn wouldn shouldn hasn "
    halves += "haven hadn aren ain im ive id youre thats theres whats lets gonna wanna"
    return frozenset(ENGLISH_STOP_WORDS) | frozenset(halves.split())


@lru_cache(maxsize=100_000)
def singular(word: str) -> str:
    """A lower-case word without its plain plural ending: 'services', 'bodies' -> 'service', 'body'."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "’s", "'s")):
        return word[:-1]
    return word


def words_of(text: str) -> list[str]:
    """The words of a text as keys hold them."""
    return [singular(word) for word in WORD.findall(text.lower().replace("’", "'"))]


def found(
    texts: Iterable[str], tagger: Any, speakers: frozenset[str] = frozenset(), names: frozenset[str] = frozenset()
) -> Phrases:
    """Candidate phrases of the texts. `tagger` is a spaCy pipeline that sets `tag_`; `names` as from `names_in`."""
    phrases = Phrases(names=names)
    used: Counter[str] = Counter()
    as_noun: Counter[str] = Counter()
    for parsed in tagger.pipe(texts, batch_size=64, disable=NOT_NEEDED):
        tokens = [token for token in parsed if not token.is_space]
        kinds = "".join(map(_kind, tokens, [None, *tokens]))
        used.update(singular(token.lower_) for token in tokens)
        as_noun.update(singular(token.lower_) for token, kind in zip(tokens, kinds, strict=True) if kind in "NP")
        seen: set[tuple[int, int]] = set()
        for match in SHAPE.finditer(kinds):
            start, end = match.start(1), match.end(1)
            for stop in _stops(kinds, start, end):
                if (start, stop) not in seen:
                    seen.add((start, stop))
                    _note(phrases, tokens[start:stop], speakers)
    for key in list(phrases.written):
        is_verb = as_noun[key[-1]] < NOUN_SHARE[len(key) > 1] * used[key[-1]]
        if is_verb:
            del phrases.written[key]
    return phrases


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Words that are names: inside sentences they are mostly written with one capital. Acronyms are none."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for word, times in Counter(word for text in texts for word in INSIDE.findall(text)).items():
        if not word.isupper():
            (large if word[0].isupper() else small)[singular(word.lower().replace("’", "'"))] += times
    return frozenset(word for word, times in large.items() if times > NAME_SHARE * (times + small[word]))


def is_name(key: Key, names: frozenset[str]) -> bool:
    """Whether a phrase is the name of a person, place or body: it ends in one, or there is little else in it."""
    return key[-1] in names or all(word in names or word in LINKS for word in key)


def _kind(token: Any, before: Any) -> str:
    if not WORD.fullmatch(token.text):
        return "."
    if token.lower_ in LINKS:
        return "D"
    if token.lower_ in stop_words():
        return "."
    if token.tag_ in ADJECTIVES:
        return "A"
    if token.tag_ in ("VBN", "VBG"):
        # "our shared budget", but not "she shared budgets": a participle that stands before nouns and after no verb.
        return "V" if before is not None and before.tag_ in OPENS_NOUN else "."
    return NOUNS.get(token.tag_, ".")


def _stops(kinds: str, start: int, end: int) -> list[int]:
    """Ends of the phrases that open at `start`: after each noun."""
    return [stop for stop in range(start + 1, min(end, start + LONGEST) + 1) if kinds[stop - 1] in "NP"]


def _note(phrases: Phrases, tokens: Sequence[Any], speakers: frozenset[str]) -> None:
    key = tuple(singular(token.lower_.replace("’", "'")) for token in tokens)
    spoken = any(word in speakers and not token.is_lower for word, token in zip(key, tokens, strict=True))
    if spoken or not is_phrase(key):
        return
    phrases.written[key][" ".join(_written(token, phrases.names) for token in tokens)] += 1


def _written(token: Any, names: frozenset[str]) -> str:
    """Lower case, but acronyms and names as they are."""
    text = str(token.text)
    as_it_is = (text.isupper() and 1 < len(text) <= 6) or singular(text.lower()) in names
    return text if as_it_is else text.lower()


def is_phrase(key: Key) -> bool:
    """Whether the words may stand as a label: no stop words but a link inside, nothing vague alone, no empty opener."""
    content = [word for word in key if word not in LINKS]
    if key[0] in LINKS or key[-1] in LINKS or key[0] in EMPTY_OPENERS or len(set(content)) < len(content):
        return False
    if (
        MARKUP & set(content)
        or key[-1] in EMPTY_HEADS
        or (key[0] in EMPTY_BEFORE_LINK and key[1:2] and key[1] in LINKS)
    ):
        return False
    if any(word in stop_words() or len(word) < 3 or "'" in word for word in content if not word.isupper()):
        return False
    return key[-1] not in VAGUE if len(content) == 1 else not all(word in VAGUE for word in content)


def counted(phrases: Phrases, texts: Sequence[str]) -> None:
    """Fill `phrases.passages`: the numbers of the texts in which each key stands, by words alone."""
    keys = phrases.written.keys()
    begin = beginnings(keys)
    places: dict[Key, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        for key in sorted(set(runs(words_of(text), begin)) & keys):
            places[key].append(number)
    pieces = _pieces(places)
    phrases.passages = {key: numbers for key, numbers in places.items() if key not in pieces}


def beginnings(keys: Iterable[Key]) -> dict[str, tuple[int, ...]]:
    """How long the keys are that begin with a word, by that word."""
    found_: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        found_[key[0]].add(len(key))
    return {word: tuple(sorted(sizes)) for word, sizes in found_.items()}


def runs(words: Sequence[str], begin: Mapping[str, tuple[int, ...]]) -> Iterator[Key]:
    """Every run of words that begins with a word of `begin` and is as long as one of its keys.

    >>> list(runs(["a", "care", "plan"], {"care": (1, 2, 3)}))
    [('care',), ('care', 'plan')]
    """
    for place, word in enumerate(words):
        for size in begin.get(word, ()):
            if place + size <= len(words):
                yield tuple(words[place : place + size])


def _pieces(places: dict[Key, list[int]]) -> set[Key]:
    """Keys of several words that nearly always stand in a longer key: 'work education' in 'social work education'."""
    pieces: set[Key] = set()
    for key, numbers in places.items():
        for part in (key[1:], key[:-1]):
            if (
                len(part) > 1
                and len(numbers) >= FRAGMENT * len(places.get(part, ()))
                and part in places
                and len(numbers) > 1
            ):
                pieces.add(part)
    return pieces


def akin(one: str, other: str) -> bool:
    """Whether two words share their stem, roughly: equal for five letters, or for the four that one has."""
    short = min(len(one), len(other))
    return one == other or (one[:5] == other[:5] and short >= 5) or (short == 4 and one[:4] == other[:4])
