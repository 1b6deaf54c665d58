"""The one exception family: a problem the user can mend, told in one clear line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LISTED = 12  # names at most, so that the message stays a line


class UserError(Exception):
    """Bad input, setting or codebook. The message names the file or the key and what to do (exit code 2)."""


def nearest(name: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)` with the nearest valid name, or the list of the valid names where none is near.

    >>> nearest("metod", ["method", "levels"])
    '; did you mean `method`?'
    """
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean `{close[0]}`?"
    more = f" ... ({len(names)} in all)" if len(names) > LISTED else ""
    return f"; it may be one of {', '.join(names[:LISTED])}{more}"
