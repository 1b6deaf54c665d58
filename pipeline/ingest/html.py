"""HTML -> FlatPage: every text block of a page in document order, one a line, hidden ones included.

The tree is lexbor's (the HTML5 algorithm), walked without recursion, so depth and malformed markup do no harm.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

LEFT_OUT = frozenset(
    [
        "script",
        "style",
        "template",
        "head",
        "svg",
        "iframe",
        "object",
        "embed",
        "applet",
        "canvas",
        "audio",
        "video",
        "map",
        "datalist",
        "param",
        "meta",
        "link",
    ]
)
INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "mark",
        "meter",
        "nobr",
        "output",
        "progress",
        "q",
        "ruby",
        "rb",
        "rt",
        "rp",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "picture",
        "source",
    ]
)
KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("td", "th", "tr"), "table"),
    **dict.fromkeys(("figcaption", "caption"), "caption"),
    **dict.fromkeys(("dt", "dd"), "definition"),
    **dict.fromkeys(("button", "select", "option", "label", "legend", "nav", "menu", "textarea"), "other"),
    "li": "list_item",
    "blockquote": "quote",
}
CAPTION_WORDS = re.compile(r"(?:^|[ _-])(?:fig(?:ure)?-?)?caption", re.IGNORECASE)
FOOTNOTE_WORDS = re.compile(r"(?:^|[ _-])(?:footnotes?|endnotes?|doc-footnote|fn\d+)(?:$|[ _:-])", re.IGNORECASE)
HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:left|top|text-indent|margin-left)\s*:\s*-\d{3,}|"
    r"(?:clip|clip-path)\s*:\s*(?:rect\(\s*[01]|inset\(\s*(?:50|100)%)|font-size\s*:\s*0(?:px)?\s*(?:;|$)",
    re.IGNORECASE,
)
HIDDEN_CLASS = re.compile(
    r"(?:^|\s)(?:sr-only|visually-?hidden|screen-reader-(?:text|only)|element-invisible|off-?screen|is-hidden|"
    r"d-none|display-none)(?:\s|$)",
    re.IGNORECASE,
)
SPACE = re.compile(r"[ \t\r\n\f\v\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
WORDY = ("id", "class", "role", "itemprop")
MAX_LEVELS, MAX_WORDS, MAX_DEPTH = 14, 90, 4000
NESTING = re.compile(
    r"<(/?)(?:div|span|font|b|i|u|em|strong|section|blockquote|ul|ol|table|center|a)\b[^<>]{0,2000}>", re.IGNORECASE
)


@dataclass(frozen=True)
class Block:
    """One text block: its span in the page's text, what it is, where it stands in the tree.

    `attributes` holds class, id, role and itemprop words, lower case, one group for each level of `tag_path`,
    the groups divided by " / ".
    """

    start: int
    end: int
    kind: str
    tag_path: str
    attributes: str
    is_hidden: bool
    n_link_chars: int


@dataclass(frozen=True)
class FlatPage:
    """The text of a page and its blocks, in order; the text is the blocks' texts joined by line breaks."""

    text: str
    blocks: list[Block] = field(default_factory=list)


@dataclass
class _Walk:
    """What the walk through the tree remembers."""

    parts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    n_link: int = 0
    n_hidden: int = 0
    length: int = 0
    tags: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    concealed: list[bool] = field(default_factory=list)
    hidden: int = 0
    links: int = 0
    pre: int = 0
    row: int = 0
    select: int = 0

    def drop_level(self) -> None:
        """Leave the innermost element."""
        self.tags.pop()
        self.words.pop()
        self.hidden -= self.concealed.pop()

    def flush(self) -> None:
        """Close the block that is being gathered."""
        if not self.line:
            return
        raw = "".join(self.line)
        self.line.clear()
        n_link, self.n_link = self.n_link, 0
        is_hidden, self.n_hidden = self.n_hidden >= 0.9 * len(SPACE.sub(" ", raw).strip()) > 0, 0
        lines = raw.split("\n") if self.pre else [SPACE.sub(" ", raw).strip()]
        for text in lines:
            text = text.rstrip() if self.pre else text.strip(" |") if self.row or self.select else text
            if text.strip():
                self._add(text, n_link, is_hidden)

    def _add(self, text: str, n_link: int, is_hidden: bool) -> None:
        start = self.length + 1 if self.parts else 0
        end = start + len(text)
        tags = self.tags[-MAX_LEVELS:]
        block = Block(
            start, end, _kind(tuple(self.tags[-6:]), tuple(self.words[-4:])), "/".join(tags),
            " / ".join(self.words[-MAX_LEVELS:]).strip(" /"), is_hidden, min(n_link, len(text)),
        )  # fmt: skip
        self.parts.append(text)
        self.blocks.append(block)
        self.length = end


@lru_cache(maxsize=4096)
def _kind(near: tuple[str, ...], words: tuple[str, ...]) -> str:
    if any(FOOTNOTE_WORDS.search(word) for word in words):
        return "footnote"
    if any(CAPTION_WORDS.search(word) for word in words):
        return "caption"
    for tag in reversed(near):
        if tag in KINDS:
            return KINDS[tag]
        if tag in ("article", "section", "main", "body", "aside", "table"):
            break
    return "paragraph"


@lru_cache(maxsize=4096)
def _attribute_words(values: tuple[str | None, ...]) -> str:
    return SPACE.sub(" ", " ".join(v for v in values if v)).replace("/", " ").strip().lower()[:MAX_WORDS]


@lru_cache(maxsize=4096)
def _is_concealed(style: str | None, classes: str | None) -> bool:
    return bool(style and HIDDEN_STYLE.search(style)) or bool(classes and HIDDEN_CLASS.search(classes))


def _is_hidden(tag: str, attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes and (attributes["hidden"] or "").lower() != "until-found":
        return True
    if tag == "dialog" and "open" not in attributes:
        return True
    return _is_concealed(attributes.get("style"), attributes.get("class"))


def _is_plain_row(row: Any) -> bool:
    """Whether the cells of a table row hold running text only, so that the row makes one line."""
    node, end = row.child, row
    while node is not None:
        tag = node.tag
        if tag not in INLINE and tag not in ("td", "th", "p", "br") and tag[0] not in "-_":
            return False
        following = node.child
        while following is None and node is not None and node != end:
            following = node.next
            if following is None:
                node = node.parent
                if node is None or node == end:
                    return True
        node = following
    return True


def _enter(walk: _Walk, node: Any, tag: str) -> bool:
    """Take up an element; False if its content is to be left out."""
    if tag in LEFT_OUT:
        return False
    if tag in ("noscript", "noframes", "xmp", "plaintext", "noembed"):
        inner = node.text(deep=True) or ""
        if not inner.strip() or re.fullmatch(r"\s*(?:<[^>]*>\s*)+", inner):
            return False
    inline = tag in INLINE
    if not inline and not (walk.row or walk.select):
        walk.flush()
    attributes = node.attributes
    walk.tags.append(tag)
    is_hidden = bool(attributes) and _is_hidden(tag, attributes)
    walk.words.append(_attribute_words(tuple(map(attributes.get, WORDY))) if attributes else "")
    walk.concealed.append(is_hidden)
    walk.hidden += is_hidden
    walk.links += tag == "a"
    walk.pre += tag in ("pre", "textarea")
    if tag == "br":
        walk.line.append(" " if walk.row else "\n" if walk.pre else " ")
    elif tag in ("td", "th", "option") and (walk.row or walk.select) and walk.line:
        walk.line.append(" | ")
    elif walk.row and not inline and walk.line:
        walk.line.append(" ")
    if tag == "tr" and not walk.row and _is_plain_row(node):
        walk.row = len(walk.tags)
    if tag == "select" and not walk.select:
        walk.select = len(walk.tags)
    return True


def _leave(walk: _Walk, tag: str) -> None:
    depth = len(walk.tags)
    if tag == "br" and not (walk.row or walk.select or walk.pre):
        walk.drop_level()
        walk.flush()
        return
    ends_line = walk.row == depth or walk.select == depth
    if ends_line or (tag not in INLINE and not (walk.row or walk.select)):
        walk.flush()
    if ends_line:
        walk.row, walk.select = (0 if walk.row == depth else walk.row), (0 if walk.select == depth else walk.select)
    walk.pre -= tag in ("pre", "textarea")
    walk.links -= tag == "a"
    walk.drop_level()


def _text(walk: _Walk, node: Any) -> None:
    text = node.text_content or ""
    raw_tag = walk.tags[-1] if walk.tags else ""
    if raw_tag in ("noscript", "noframes", "noembed", "xmp") and "<" in text:
        text = "\n".join(flatten(text).text.split("\n"))
    if walk.hidden:
        walk.n_hidden += len(SPACE.sub(" ", text).strip())
    if walk.links:
        walk.n_link += len(SPACE.sub(" ", text).strip()) if not walk.pre else len(text)
    walk.line.append(text)


def _tamed(html: str) -> str:
    """The page without null bytes, and without nesting so deep that the parser's time grows with its square."""
    html = html.replace("\x00", "\ufffd") if "\x00" in html else html
    if html.count("<") < MAX_DEPTH:
        return html
    depth = deepest = 0
    for match in NESTING.finditer(html):
        depth += -1 if match.group(1) else 1
        deepest = max(deepest, depth)
    return NESTING.sub("\n", html) if deepest > MAX_DEPTH else html


def flatten(html: str) -> FlatPage:
    """The text blocks of a page, one a line.

    White space folds inside a block; `<br>` breaks a line; `<pre>` keeps its lines; a table row whose cells hold
    running text makes one line with ` | ` between its cells. Scripts, styles and templates are left out; what the
    page hides is there and marked.
    """
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(_tamed(html)).root
    walk, node = _Walk(), root
    path: list[tuple[Any, str]] = []
    while node is not None:
        tag = node.tag or ""
        child = None
        if tag == "-text":
            _text(walk, node)
        elif tag and tag[0] not in "-_!" and _enter(walk, node, tag):
            child = node.child
            if child is None:
                _leave(walk, tag)
            else:
                path.append((node, tag))
        if child is not None:
            node = child
            continue
        following = node.next
        while following is None and path:
            parent, its_tag = path.pop()
            _leave(walk, its_tag)
            following = parent.next
        node = following
    walk.flush()
    return FlatPage("\n".join(walk.parts), walk.blocks)


DATE = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)")
DATE_PATHS = (
    ("meta[property='article:published_time']", "content"),
    ("meta[name='date']", "content"),
    ("meta[itemprop='datePublished']", "content"),
    ("meta[name='dc.date' i], meta[name='dcterms.date' i], meta[name='dcterms.created' i]", "content"),
    ("meta[name='publish-date' i], meta[name='pubdate' i], meta[name='parsely-pub-date']", "content"),
)
TIME_PATHS = (
    ("[itemprop='datePublished']", "datetime"),
    ("article time[datetime], time[pubdate], time.entry-date", "datetime"),
)
URL_PATHS = (("link[rel='canonical']", "href"), ("meta[property='og:url']", "content"))
TITLE_PATHS = (("meta[property='og:title']", "content"), ("meta[name='twitter:title']", "content"))


def _first(tree: Any, paths: tuple[tuple[str, str], ...]) -> str | None:
    for css, attribute in paths:
        for node in tree.css(css)[:3]:
            value = (node.attributes.get(attribute) or "").strip()
            if value:
                return value
    return None


def _json_dates(tree: Any) -> str | None:
    for node in tree.css("script[type='application/ld+json']")[:8]:
        text = node.text() or ""
        match = re.search(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.)*")', text[:200_000])
        if match:
            try:
                return str(json.loads(match.group(1)))
            except ValueError:
                continue
    return None


def _day(value: str | None) -> str | None:
    match = DATE.search(value or "")
    if not match:
        return None
    year, month, day = match.groups()
    return f"{year}-{month}-{day}" if 1 <= int(month) <= 12 and 1 <= int(day) <= 31 else None


def site_of(url: str | None) -> str | None:
    """Host of an address without `www.`, or None."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return re.sub(r"^www\d?\.", "", host.lower()) if host else None


def metadata(html: str, url: str | None = None) -> dict[str, str | None]:
    """What a page says of itself: url, site, title, published (YYYY-MM-DD), language (ISO 639-1); None where unsaid."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_tamed(html))
    stated = _first(tree, URL_PATHS)
    try:
        address = url or (stated if stated and urlsplit(stated).scheme in ("http", "https") else None)
        if stated and url and not urlsplit(stated).scheme:
            address = urljoin(url, stated)
    except ValueError:
        address = url
    title_node = tree.css_first("title") or tree.css_first("h1")
    title = _first(tree, TITLE_PATHS) or (title_node.text(deep=True) if title_node else "")
    published = next(
        (d for d in (_day(_first(tree, DATE_PATHS)), _day(_json_dates(tree)), _day(_first(tree, TIME_PATHS))) if d),
        None,
    )
    root = tree.css_first("html")
    language = ((root.attributes.get("lang") or root.attributes.get("xml:lang") or "") if root else "").strip().lower()
    known = re.match(r"[a-z]{2}(?=$|[-_])", language)
    return {
        "url": address,
        "site": site_of(address),
        "title": SPACE.sub(" ", title or "").strip() or None,
        "published": published,
        "language": known.group(0) if known else None,
    }
