"""encoding: bytes of every origin -> the text that was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ingest.encoding import declared_encoding, decode, is_text, valid_text, with_line_feeds

ODD = "Zoë’s “co-production” – £5 👩‍👩‍👧 שלום مرحبا e\u0301 Ŵy"
RUSSIAN = "Совместное производство услуг означает равное партнёрство граждан и специалистов. " * 4

CASES = [
    ("plain", b"plain words", "plain words", "utf-8"),
    ("utf-8", ODD.encode(), ODD, "utf-8"),
    ("utf-8 with mark", b"\xef\xbb\xbf" + ODD.encode(), ODD, "utf-8"),
    ("utf-16 little with mark", b"\xff\xfe" + ODD.encode("utf-16-le"), ODD, "utf-16-le"),
    ("utf-16 big with mark", b"\xfe\xff" + ODD.encode("utf-16-be"), ODD, "utf-16-be"),
    ("utf-16 without mark", "Minutes of the meeting".encode("utf-16-le"), "Minutes of the meeting", "utf-16-le"),
    ("utf-32", b"\xff\xfe\x00\x00" + ODD.encode("utf-32-le"), ODD, "utf-32-le"),
    ("cp1252 undeclared", "“Zoë’s” £5 – café".encode("cp1252"), "“Zoë’s” £5 – café", "cp1252"),
    ("bytes cp1252 leaves open", b"caf\xe9 \x81", "café \x81", "cp1252"),
    ("utf-8 cut in a character", "“é” caf\u00e9".encode()[:-1], "“é” caf\ufffd", "utf-8"),
    ("one stray byte", ODD.encode() + b" it\x92s", ODD + " it’s", "utf-8 with cp1252"),
    ("cyrillic undeclared", RUSSIAN.encode("cp1251"), RUSSIAN, "cp1251"),
    ("empty", b"", "", "utf-8"),
]


@pytest.mark.parametrize(("data", "text", "encoding"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_decodes(data: bytes, text: str, encoding: str) -> None:
    assert decode(data) == (text, encoding)


@pytest.mark.parametrize(
    ("declared", "written", "text"),
    [
        ("iso-8859-1", "cp1252", "“quoted” – £5"),
        ("ISO-8859-7", "iso-8859-7", "συμπαραγωγή υπηρεσιών"),
        ("shift_jis", "shift_jis", "共同生産"),
        ("no-such-code", "cp1252", "café"),
        ("base64", "cp1252", "café"),
    ],
)
def test_declared_encoding_is_heard_unless_it_is_nonsense(declared: str, written: str, text: str) -> None:
    assert decode(text.encode(written), declared)[0] == text


def test_valid_utf8_is_trusted_more_than_a_wrong_declaration() -> None:
    html = '<meta charset="iso-8859-1"><p>naïve</p>'
    assert decode(html.encode(), declared_encoding(html.encode())) == (html, "utf-8")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'<html><head><meta charset="windows-1252">', "windows-1252"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-15">', "ISO-8859-15"),
        (b'<?xml version="1.0" encoding="utf-8"?><html>', "utf-8"),
        (b"<p>no word of it</p>", None),
    ],
)
def test_declared(data: bytes, name: str | None) -> None:
    assert declared_encoding(data) == name


def test_binary_is_not_text() -> None:
    assert is_text(b"\ttab, line\r\n and form feed \x0c")
    assert is_text("wide".encode("utf-16"))
    assert not is_text(bytes(range(256)))


def test_lone_surrogates_are_replaced_and_pairs_joined() -> None:
    assert valid_text("a\ud83d b \ud83d\ude00") == "a\ufffd b 😀"


def test_line_ends() -> None:
    assert with_line_feeds("a\r\nb\rc\nd\u2028e\x0bf") == "a\nb\nc\nd\u2028e\x0bf"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_utf8_comes_back(text: str) -> None:
    text = text.lstrip("\ufeff")
    assert decode(text.encode())[0] == text
    assert decode(b"\xef\xbb\xbf" + text.encode())[0] == text
    assert decode(b"\xff\xfe" + text.encode("utf-16-le"))[0] == text


@given(st.binary())
def test_any_bytes_become_storable_text(data: bytes) -> None:
    decode(data)[0].encode()
