"""a file in RAW -> its bytes, or a stream of them: opened safely, unpacked from gzip, within limits."""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from pipeline.ingest.page import ReadError

MAX_PAGE_BYTES = 200_000_000  # a page, PDF or DOCX, unpacked; `ingest.max_megabytes` sets another limit
MAX_RECORD_BYTES = 50_000_000  # one record of a dump
MAX_RATIO = 250  # unpacked to packed size: pages of HTML reach 10 to 30, a decompression bomb 1,000
BOMB_BYTES = 20_000_000  # the ratio is looked at above this many unpacked bytes
HEAD_BYTES = 16_384
GZIP = b"\x1f\x8b\x08"


class _Watched(io.RawIOBase):
    """A gzip stream that ends where it is damaged or cannot be honest, and keeps why in `fault`.

    It ends rather than raises, because a buffer above it would lose what was read just before.
    """

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._unpacked = gzip.GzipFile(fileobj=packed)
        self._count = 0
        self.fault = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self.fault:
            return 0
        try:
            chunk = self._unpacked.read1(len(buffer))
        except (EOFError, OSError, ValueError, zlib.error):
            self.fault = "gzip file cut short or damaged"
            return 0
        self._count += len(chunk)
        if self._count > BOMB_BYTES and self._count > MAX_RATIO * max(1, self._packed.tell()):
            self.fault = f"decompression bomb: unpacks to more than {MAX_RATIO} times its size"
            return 0
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._unpacked.close()
        self._packed.close()
        super().close()


def system_path(raw: Path, path: str) -> bytes:
    """A path of the tables as the file system's; `\\xNN` stands for a byte that is no valid UTF-8."""
    whole = os.fsencode(raw / path)
    if "\\x" in path and not os.path.lexists(whole):
        return re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes([int(found.group(1), 16)]), whole)
    return whole


def open_packed(raw: Path, path: str) -> io.BufferedReader:
    """The file at `path` of RAW as it stands. ReadError where it is no regular file, leads out of RAW or is shut."""
    place = system_path(raw, path)
    if not Path(os.fsdecode(os.path.realpath(place))).is_relative_to(os.path.realpath(raw)):
        raise ReadError("a link that leads out of RAW: not followed")
    try:
        # Not blocking: a pipe that took the file's place since the scan must not hold the run up.
        handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as problem:
        raise ReadError(f"cannot be opened: {problem.strerror}") from problem
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ReadError("not a regular file")
    return os.fdopen(handle, "rb")


def unpacked(packed: BinaryIO) -> BinaryIO:
    """The content of a file, taken out of gzip where it is gzipped; closing it closes the file."""
    is_gzip = packed.read(3) == GZIP
    packed.seek(0)
    return io.BufferedReader(_Watched(packed), 1 << 16) if is_gzip else packed


def fault_of(source: BinaryIO) -> str:
    """Why a stream ended before its time; blank where it did not."""
    return str(getattr(getattr(source, "raw", None), "fault", ""))


def read_all(source: BinaryIO, max_bytes: int = MAX_PAGE_BYTES) -> bytes:
    """Everything in `source`; ReadError above `max_bytes`."""
    chunks, size = [], 0
    while chunk := source.read(1 << 20):
        size += len(chunk)
        if size > max_bytes:
            raise ReadError(f"larger than {max_bytes // 1_000_000} MB (see ingest.max_megabytes in settings.toml)")
        chunks.append(chunk)
    if fault := fault_of(source):
        raise ReadError(fault)
    return b"".join(chunks)


def open_zip(source: BinaryIO) -> zipfile.ZipFile:
    """A zip archive that is whole, needs no password and unpacks to a sane size; ReadError says what is wrong."""
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as problem:
        raise ReadError("zip archive cut short or damaged") from problem
    entries = archive.infolist()
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > MAX_PAGE_BYTES or (unpacked > BOMB_BYTES and unpacked > MAX_RATIO * max(1, packed)):
        raise ReadError(f"decompression bomb: unpacks from {packed:,} to {unpacked:,} bytes")
    if any(entry.flag_bits & 1 for entry in entries):
        raise ReadError("zip archive that needs a password")
    return archive
