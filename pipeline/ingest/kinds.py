"""the first bytes of a file -> why it is no page: rows of signatures and shapes that no reader takes."""

from __future__ import annotations

import re

from pipeline.ingest.page import Sample

# Signature, place of its first byte, what to tell the user.
SIGNATURES = (
    (b"PK\x03\x04", 0, "a zip archive that is no DOCX: unpack it, or save its document as DOCX or PDF"),
    (b"PK\x05\x06", 0, "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", 0, "an Office file of before 2007 or with a password: save it as DOCX without one"),
    (b"{\\rtf", 0, "an RTF document: save it as DOCX"),
    (b"\xff\xd8\xff", 0, "a JPEG image"),
    (b"\x89PNG", 0, "a PNG image"),
    (b"GIF8", 0, "a GIF image"),
    (b"RIFF", 0, "a RIFF image, sound or video"),
    (b"II*\x00", 0, "a TIFF image"),
    (b"MM\x00*", 0, "a TIFF image"),
    (b"\x00\x00\x01\x00", 0, "an icon"),
    (b"ftyp", 4, "an MP4 or HEIC sound, image or video"),
    (b"ID3", 0, "an MP3 sound"),
    (b"OggS", 0, "an Ogg sound or video"),
    (b"wOFF", 0, "a font"),
    (b"wOF2", 0, "a font"),
    (b"BZh", 0, "a bzip2 archive: unpack it, or pack it with gzip"),
    (b"\xfd7zXZ", 0, "an xz archive: unpack it, or pack it with gzip"),
    (b"(\xb5/\xfd", 0, "a zstd archive: unpack it, or pack it with gzip"),
    (b"7z\xbc\xaf", 0, "a 7z archive: unpack it"),
    (b"Rar!", 0, "a rar archive: unpack it"),
    (b"ustar", 257, "a tar archive: unpack it"),
    (b"SQLite format 3", 0, "an SQLite database"),
    (b"PAR1", 0, "a Parquet table"),
    (b"\x7fELF", 0, "a program"),
)
# Only files that the `text` reader would take: they are text, but no text of a page.
SHAPES = (
    (re.compile(r"\s*\{\\rtf"), "an RTF document: save it as DOCX"),
    (re.compile(r"(?:[A-Z][\w-]+: .*\n(?:[ \t].*\n)*)*?MIME-Version: ", re.I), "a saved MHTML page: save it as HTML"),
    (re.compile(r"\s*(?:<!--.*?-->\s*)*(?:<\?xml\b|<svg\b|<rss\b|<urlset\b)", re.S), "XML that is no page"),
    (re.compile(r'\s*(?:\{\s*"|\[\s*[\[{"])'), "JSON that is not one page a line with url and text, html or content"),
)
SUFFIXES = (
    ((".css", ".js", ".mjs", ".map", ".woff", ".woff2", ".ttf", ".ico", ".svg"), "ignored: a part of a saved page"),
    ((".csv", ".tsv"), "a table without the columns url and text, html or content"),
    ((".jsonl", ".ndjson"), "JSON lines without url and text, html or content"),
)


def problem_of(sample: Sample) -> str:
    """Why a file that no reader (or only the one for text) takes is no page; blank where it may well be one."""
    text = sample.text
    for signature, place, what in SIGNATURES:
        # A text may begin with the letters of a signature; bytes that no text has are proof enough.
        if sample.head[place : place + len(signature)] == signature and (text is None or not signature.isalnum()):
            return f"not a page: {what}"
    for suffixes, what in SUFFIXES:
        if sample.has_suffix(*suffixes) and sample.head:
            return what if what.startswith("ignored") else f"not a page: {what}"
    if text is None:
        return "not a page: a binary file of unknown kind"
    return next((f"not a page: {what}" for shape, what in SHAPES if shape.match(text)), "")
