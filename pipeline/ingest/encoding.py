"""bytes -> text: finds the character encoding and decodes, without ever failing or leaving a lone surrogate."""

from __future__ import annotations

import codecs
import re

WIDE_BOMS = (  # UTF-32 before UTF-16: its little-endian mark begins like the other's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# As the WHATWG encoding standard has it: pages that declare these are written in Windows-1252.
CP1252_LABELS = frozenset(
    [
        "iso-8859-1",
        "iso8859-1",
        "iso_8859-1",
        "latin-1",
        "latin1",
        "l1",
        "ascii",
        "us-ascii",
        "windows-1252",
        "cp1252",
        "x-cp1252",
    ]
)
DECLARED = re.compile(rb"""(?:charset|<\?xml[^>]{0,80}?encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""", re.I)
CONTROLS = bytes(sorted(set(range(32)) - {8, 9, 10, 11, 12, 13, 27}))
MAX_SHARE_CONTROLS = 0.02  # text has next to none, compressed data about one byte in ten
# Of the bytes over 127, those in runs: they stand alone in Western text, in runs in Greek, Cyrillic or Chinese.
RUN = re.compile(rb"[\x80-\xff]{3,}")
MIN_SHARE_IN_RUNS = 0.6
MIN_IN_RUNS = 12
DETECT_BYTES = 100_000


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """`data` as text without byte order mark, and the name of its encoding.

    The order of trust: byte order mark, NUL pattern of UTF-16, valid UTF-8 (hardly ever so by chance), UTF-8 with some
    stray Windows-1252 bytes, `declared` (a header's or a page's own word), detection for scripts other than Latin,
    Windows-1252. Line ends are left alone.
    """
    for bom, name in WIDE_BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(name, "replace"), name
    if wide := _wide(data):
        return data.decode(wide, "replace"), wide
    has_bom = data.startswith(codecs.BOM_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    text = _utf8(data, is_sure=has_bom)
    if text is not None:
        return text
    return _declared(data, declared) or _foreign(data) or (_western(data.decode("latin-1")), "cp1252")


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page of markup gives itself in `<meta charset>` or `<?xml encoding>`, if any."""
    found = DECLARED.search(data[:4096])
    return found.group(1).decode("ascii") if found else None


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file look like text in some encoding."""
    if any(head.startswith(bom) for bom, _ in WIDE_BOMS) or _wide(head):
        return True
    return len(head) - len(head.translate(None, CONTROLS)) <= MAX_SHARE_CONTROLS * len(head)


def valid_text(text: str) -> str:
    """`text` with each lone surrogate (left by faulty JSON escapes) replaced, so that it can be stored as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def with_line_feeds(text: str) -> str:
    """`text` with CRLF and CR as LF, as pages.text has it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte NUL, and what stands between them text."""
    head = data[: 4096 - 4096 % 2]
    lanes = {"utf-16-be": (head[::2], head[1::2]), "utf-16-le": (head[1::2], head[::2])}
    for name, (high, low) in lanes.items():
        is_empty = high.count(0) >= max(4, 0.4 * len(high)) and low.count(0) <= 0.05 * len(low)
        if is_empty and len(low) - len(low.translate(None, CONTROLS)) <= MAX_SHARE_CONTROLS * len(low):
            return name
    return None


def _utf8(data: bytes, is_sure: bool) -> tuple[str, str] | None:
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError as problem:
        is_cut = problem.reason == "unexpected end of data"
    text = data.decode(errors="surrogateescape")
    stray = sum("\udc80" <= c <= "\udcff" for c in text)
    wide = sum(c > "\x7f" for c in text) - stray
    if not is_sure and wide < 2 * stray:
        return None
    if is_cut:  # inside its last character
        return data.decode(errors="replace"), "utf-8"
    strays = {0xDC00 + byte: _western(chr(byte)) for byte in range(0x80, 0x100)}
    return text.translate(strays), "utf-8 with cp1252"


def _western(text: str) -> str:
    """Text decoded as Latin-1 -> as Windows-1252; the five bytes it leaves open stay control characters."""
    return text.translate({code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)})


def _declared(data: bytes, declared: str | None) -> tuple[str, str] | None:
    label = (declared or declared_encoding(data) or "").strip().lower()
    if label in CP1252_LABELS:
        return _western(data.decode("latin-1")), "cp1252"
    try:
        codec = codecs.lookup(label)
        text = codec.decode(data)[0]
    except (LookupError, UnicodeError, ValueError):
        return None
    return (valid_text(text), codec.name) if isinstance(text, str) else None


def _foreign(data: bytes) -> tuple[str, str] | None:
    sample = data[:DETECT_BYTES]
    in_runs = sum(len(run) for run in RUN.findall(sample))
    if in_runs < max(MIN_IN_RUNS, MIN_SHARE_IN_RUNS * sum(byte > 127 for byte in sample)):
        return None
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return (valid_text(data.decode(best.encoding, "replace")), best.encoding) if best else None
