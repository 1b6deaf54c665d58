"""a REFI-QDA file (.qdpx, .qdc) -> what it says: users, codes, text sources and coded spans, nothing yet matched."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import UserError

MAX_MEMBER = 500_000_000  # bytes a member may unpack to: more is not a project but a bomb


@dataclass(frozen=True)
class CodeSaid:
    guid: str
    name: str
    parent: str | None
    description: str
    is_codable: bool


@dataclass(frozen=True)
class Source:
    guid: str
    name: str
    text: str


@dataclass(frozen=True)
class Coding:
    """One code on one span. Offsets are code points in the source's text, end exclusive."""

    guid: str
    source: str
    code: str
    user: str
    start: int
    end: int
    memo: str


@dataclass
class Project:
    """`users`: {GUID: name}; `sources`: {GUID: source}; `others`: codings of what is not a span of text, as
    (source, GUID of the code, why it cannot be read in)."""

    users: dict[str, str] = field(default_factory=dict)
    codes: list[CodeSaid] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    codings: list[Coding] = field(default_factory=list)
    others: list[tuple[str, str, str]] = field(default_factory=list)

    def name_of(self, code: str) -> str:
        """The name of a code by its GUID, or the GUID where the file does not say."""
        return next((known.name for known in self.codes if known.guid == code), code)


def read_file(path: Path) -> Project:
    """A REFI-QDA project. UserError says what is wrong with the file."""
    with _open(path) as archive:
        root = _parse(path, archive.read(_qde(path, archive)))
        project = Project(codes=_codes(root))
        for user in _all(root, "User"):
            project.users[_guid(user.get("guid"))] = user.get("name") or user.get("id") or "unnamed"
        for element in _all(root, "TextSource"):
            source = Source(_guid(element.get("guid")), element.get("name") or "", _source_text(path, archive, element))
            project.sources[source.guid] = source
            for selection in _children(element, "PlainTextSelection"):
                project.codings += _codings(path, source, selection)
        project.others = list(_others(root))
    return project


def read_codes(path: Path) -> list[CodeSaid]:
    """The codes of a codebook (.qdc) or of a project (.qdpx), in their order."""
    if zipfile.is_zipfile(path):
        return read_file(path).codes
    try:
        return _codes(_parse(path, path.read_bytes()))
    except OSError as problem:
        raise UserError(f"{path}: cannot be read ({problem.strerror})") from None


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; name a REFI-QDA project (.qdpx)") from None
    except (zipfile.BadZipFile, OSError):
        raise UserError(f"{path}: not a REFI-QDA project; export one (.qdpx) from your program") from None


def _qde(path: Path, archive: zipfile.ZipFile) -> str:
    """The member with the project: project.qde, or whatever a program calls it."""
    names = [info.filename for info in archive.infolist() if info.filename.lower().endswith(".qde")]
    if not names:
        raise UserError(f"{path}: holds no .qde file, so it is not a REFI-QDA project")
    _check_size(path, archive, names[0])
    return names[0]


def _check_size(path: Path, archive: zipfile.ZipFile, name: str) -> None:
    if archive.getinfo(name).file_size > MAX_MEMBER:
        raise UserError(f"{path}: {name} is larger than {MAX_MEMBER // 1_000_000} MB")


def _parse(path: Path, data: bytes) -> Any:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise UserError(f"{path}: not valid XML ({' '.join(str(problem).split())})") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UserError(f"{path}: has a document type declaration, which REFI-QDA files do not have")
    if etree.QName(root).localname not in ("Project", "CodeBook"):
        raise UserError(f"{path}: starts with <{etree.QName(root).localname}>, not with a REFI-QDA project or codebook")
    return root


def _all(root: Any, name: str) -> Any:
    return root.iter(f"{{*}}{name}")


def _children(element: Any, name: str) -> list[Any]:
    return element.findall(f"{{*}}{name}")


def _guid(text: str | None) -> str:
    return (text or "").strip("{} ").lower()


def _text_of(element: Any, name: str) -> str:
    found = element.find(f"{{*}}{name}")
    return (found.text or "") if found is not None else ""


def _codes(root: Any) -> list[CodeSaid]:
    found = []
    for element in _all(root, "Code"):
        above = element.getparent().get("name")
        codable = element.get("isCodable", "true").lower() in ("true", "1")
        found.append(
            CodeSaid(
                _guid(element.get("guid")), element.get("name") or "", above, _text_of(element, "Description"), codable
            )
        )
    return found


def _source_text(path: Path, archive: zipfile.ZipFile, element: Any) -> str:
    inline = element.find("{*}PlainTextContent")
    if inline is not None:
        return inline.text or ""
    wanted = (element.get("plainTextPath") or "").rsplit("/", 1)[-1].lower()
    names = [name for name in archive.namelist() if wanted and name.rsplit("/", 1)[-1].lower() == wanted]
    if not names:
        return ""
    _check_size(path, archive, names[0])
    try:
        return archive.read(names[0]).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path}: {names[0]} is not UTF-8 text") from None


def _others(root: Any) -> Iterator[tuple[str, str, str]]:
    """Codings of whole sources, of pictures, sound and PDF pages: named, since they cannot be read in."""
    from lxml import etree

    for coding in _all(root, "Coding"):
        above = coding.getparent()
        kind = etree.QName(above).localname
        if kind != "PlainTextSelection" or etree.QName(above.getparent()).localname != "TextSource":
            ref = coding.find("{*}CodeRef")
            code = _guid(ref.get("targetGUID")) if ref is not None else ""
            named = next((e.get("name") for e in (above, above.getparent()) if e.get("name")), "")
            what = "a whole source" if kind.endswith("Source") else f"a {kind}"
            yield named, code, f"it codes {what}; spans of text alone are read in"


def _codings(path: Path, source: Source, selection: Any) -> list[Coding]:
    try:
        start, end = int(selection.get("startPosition")), int(selection.get("endPosition"))
    except (TypeError, ValueError):
        raise UserError(f"{path}: a selection in {source.name} has no start or end") from None
    found = []
    for coding in _children(selection, "Coding"):
        ref = coding.find("{*}CodeRef")
        user = _guid(selection.get("creatingUser") or coding.get("creatingUser") or selection.get("modifyingUser"))
        code = _guid(ref.get("targetGUID")) if ref is not None else ""
        found.append(
            Coding(_guid(coding.get("guid")), source.guid, code, user, start, end, _text_of(selection, "Description"))
        )
    return found
