"""template + values -> a page of the report: escaped, linked by relative paths, the same bytes every time."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.publish.report.tables import facet_words

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
ASSETS = ("style.css", "report.js")
# Control characters mean nothing on a page and some confuse parsers; line ends and tabs stay.
CONTROLS = {code: "�" for code in (*range(32), *range(127, 160)) if code not in (9, 10, 13)}
GRADES = {
    "A": "stable: found again almost unchanged when part of the text is left out",
    "B": "fairly stable: its core is found again, its edges move",
    "C": "unstable: read it as a hint, not as a finding",
    "-": "too few passages to tell how stable it is",
}


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The template engine: autoescape on, a missing value is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=lambda value: clean(value) if type(value) is str else value,
    )  # fmt: skip
    made.filters |= {"number": number, "percent": percent, "count": count, "headed": headed}
    made.globals |= {"facet_words": facet_words, "GRADES": GRADES}
    return made


def write_page(folder: Path, name: str, template: str, **values: Any) -> None:
    """Fill a template and write it as `name`, a path relative to the report; `root` leads back to its folder."""
    values |= {"root": "../" * name.count("/"), "here": name}
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(environment().get_template(template).render(values), "utf-8", newline="\n")


def write_data(folder: Path, name: str, call: str, value: Any) -> None:
    """Write a script that hands data to the page by a call; fetch() is not allowed for pages opened from a file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{call}({script_json(value)});\n", "utf-8", newline="\n")


def script_json(value: Any) -> str:
    """JSON that is inert in a script whatever its text: no tag can open or close, no line end breaks a string.

    >>> print(script_json({"a": "</script>"}))
    {"a":"\\u003c/script\\u003e"}
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    escapes: dict[str, str | int | None] = {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
    return text.translate(str.maketrans(escapes))


def clean(text: str) -> str:
    return text if text.isprintable() else text.translate(CONTROLS)


def number(value: float) -> str:
    """A count with thousands set apart.

    >>> number(1234567)
    '1,234,567'
    """
    return f"{value:,}"


def percent(share: float) -> str:
    """A share in words of a hundred; what is not nothing is never shown as 0%.

    >>> percent(0.234), percent(0.001), percent(0), percent(0.999)
    ('23%', 'under 1%', '0%', 'over 99%')
    """
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 <= share < 1:
        return "over 99%"
    return f"{share * 100:.0f}%"


def headed(text: str) -> str:
    """Text with a capital at its start, the rest as it is.

    >>> headed("page from the UK")
    'Page from the UK'
    """
    return text[:1].upper() + text[1:]


def count(value: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> count(1, "document"), count(2, "document"), count(0, "body", "bodies")
    ('1 document', '2 documents', '0 bodies')
    """
    return f"{number(value)} {one if value == 1 else many or one + 's'}"
