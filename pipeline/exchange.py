"""ids, names and texts of the tables -> GUIDs, names and texts as REFI-QDA files carry them; the same way out and in.

A GUID is a uuid5 of what it stands for, so the same tables give the same file, and a file that comes back is matched
by its GUIDs. Names are unique over the project, because some tools drop what has a name twice.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.codebook import Codebook

NAMESPACE = uuid.UUID("6d0f6f0e-3b0c-5f0b-9a52-0f2f7a4d1c11")
NAME_LENGTH = 63  # some tools cut a longer name of a code, and then take two for one
SOURCE_LENGTH = 120
THEMES = "Themes"  # the branch of codes that stands for the themes
# What XML 1.0 forbids becomes one visible character, so that offsets stay: U+0001 is shown as U+2401, CR as U+240D.
_ILLEGAL = {number: 0x2400 + number for number in range(32) if number not in (9, 10)}
_ILLEGAL |= dict.fromkeys([0xFFFE, 0xFFFF, *range(0xD800, 0xE000)], 0xFFFD)


def guid(kind: str, name: str) -> str:
    """The GUID of a document, code, coder ...: lower case, without braces.

    >>> guid("code", "value.trust") == guid("code", "value.trust") != guid("theme", "value.trust")
    True
    """
    return str(uuid.uuid5(NAMESPACE, f"{kind}:{name}"))


def legal(text: str) -> str:
    """The text without what XML forbids: each such character becomes one other, so that offsets hold.

    >>> legal("a\\x00b\\r\\n")
    'a␀b␍\\n'
    """
    return text.translate(_ILLEGAL)


def one_line(text: str) -> str:
    """The text as a name: white space single, nothing XML forbids.

    >>> one_line("  Trust\\n and care ")
    'Trust and care'
    """
    return legal(" ".join(text.split()))


def unique_names(wanted: Iterable[tuple[str, str, str]], length: int = NAME_LENGTH) -> dict[str, str]:
    """{key: name} for rows of (key, label, what tells it from another of that label); unique whatever the case.

    >>> unique_names([("value.trust", "Trust", "value"), ("enabler.trust", "trust", "enabler")])
    {'value.trust': 'Trust', 'enabler.trust': 'trust (enabler)'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key, label, apart in wanted:
        label = one_line(label) or key
        endings = chain(["", f" ({one_line(apart)})"], (f" ({number})" for number in count(2)))
        name = next(n for e in endings if (n := label[: length - len(e)].rstrip() + e).casefold() not in taken)
        taken.add(name.casefold())
        names[key] = name
    return names


def code_names(codebook: Codebook, themes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """{key of a facet, code or theme: its name in the project}; themes have the key `theme:` and their id."""
    rows = [(facet, facet.replace("_", " ").capitalize(), "facet") for facet in codebook.facets]
    rows += [(code.key, code.label, code.facet) for code in codebook.codes.values()]
    rows += [(THEMES, THEMES, "branch")]
    rows += [(f"theme:{row['theme_id']}", row["label"], f"theme {row['theme_id']}") for row in themes]
    return unique_names(rows)


def source_names(documents: Iterable[tuple[str, str]]) -> dict[str, str]:
    """{document_id: name of its source} for rows of (document_id, path): unique, and fit for a file name.

    >>> source_names([("d1", "blogs/a.html"), ("d2", "Blogs/A.html")])
    {'d1': 'blogs - a.html', 'd2': 'Blogs - A.html (d2)'}
    """
    rows = ((key, re.sub(r'[\\:*?"<>|]', "_", path.replace("/", " - ")), key) for key, path in documents)
    return unique_names(sorted(rows, key=lambda row: (row[1].casefold(), row[0])), SOURCE_LENGTH)
