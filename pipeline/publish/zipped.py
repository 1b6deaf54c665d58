"""(name, bytes) -> a ZIP file whose bytes are the same every time: fixed dates, order and attributes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP file can hold


def entry(name: str, compression: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    """The description of a member, the same on every system and at every time."""
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = compression
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return info


def zipped(members: Iterable[tuple[str, bytes]], stored: Iterable[str] = ()) -> bytes:
    """The ZIP file of the members, in their order; those named in `stored` uncompressed."""
    sink, plain = io.BytesIO(), set(stored)
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in members:
            archive.writestr(entry(name, zipfile.ZIP_STORED if name in plain else zipfile.ZIP_DEFLATED), data)
    return sink.getvalue()


def members(data: bytes) -> list[tuple[str, bytes]]:
    """The members of a ZIP file, in their order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]
