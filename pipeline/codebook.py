"""codebook.yaml -> Codebook: facets and codes with definitions, cues and examples, checked on loading."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline.errors import UserError, nearest


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Example(Entry):
    """A sentence that carries the code (positive) or seems to (negative: `instead` says what fits)."""

    text: str = Field(min_length=1)
    register_: str = Field(default="", alias="register")
    status: str | None = None
    instead: str | None = None
    why: str = ""


class Rival(Entry):
    """A code often confused with this one, and the test that separates them."""

    code: str
    test: str


class Code(Entry):
    """One code. `key` is the facet, a full stop and the id."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    key: str = ""
    facet: str = ""
    label: str = Field(min_length=1)
    kind: str = ""
    level: str = ""
    rung: int | None = None
    definition: str = Field(min_length=1)
    include: str = ""
    exclude: str = ""
    cues: tuple[str, ...] = ()
    strong_cues: tuple[str, ...] = ()
    positive: tuple[Example, ...] = ()
    negative: tuple[Example, ...] = ()
    confused_with: tuple[Rival, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def is_residual(self) -> bool:
        """Whether it is for mentions that say nothing in particular, and so comes last in every list."""
        return self.id.endswith(("_unspecified", "_general"))

    @field_validator("definition", "label")
    @classmethod
    def _not_blank(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("is empty; say what the code means")
        return text


class Facet(Entry):
    """One facet: the question it answers, its statuses and its codes."""

    question: str = ""
    default_status: str
    status: dict[str, str]
    attributes: dict[str, Any] | list[Any] = {}
    test: str = ""
    codes: tuple[Code, ...]


class Sense(Entry):
    """Another trade's sense of co-production, with an example and its cues."""

    sense: str
    text: str = ""
    cues: tuple[str, ...] = ()
    note: str = ""


class DomainGate(Entry):
    rule: str = ""
    in_domain_cues: tuple[str, ...] = ()
    out_of_domain: tuple[Sense, ...] = ()


class Codebook(Entry):
    """All facets and codes. `codes` maps the key of each code to the code, in the order of the file."""

    meta: dict[str, Any] = {}
    facets: dict[str, Facet]
    domain_gate: DomainGate = DomainGate()
    near_miss_bank: dict[str, list[dict[str, Any]]] = {}
    mappings: dict[str, Any] = {}

    @property
    def codes(self) -> dict[str, Code]:
        return {code.key: code for facet in self.facets.values() for code in facet.codes}


@lru_cache(maxsize=2)
def load(path: Path) -> Codebook:
    """Read and check a codebook; UserError names the file, the place and the nearest valid name."""
    try:
        raw = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        raise UserError(f"{path}: no such codebook") from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: not valid YAML: {' '.join(str(problem).split())}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("facets"), dict):
        raise UserError(f"{path}: a codebook needs `facets:` with at least one facet in it")
    _check_codes(path, raw)
    try:
        return Codebook.model_validate(raw)
    except ValidationError as problem:
        raise UserError(f"{path}: {_in_words(problem.errors()[0], raw)}") from None


def _check_codes(path: Path, raw: dict[str, Any]) -> None:
    """Fill in `key` and `facet`, which follow from the place; refuse repeated ids and unknown rivals."""
    seen: dict[str, str] = {}
    for name, facet in raw["facets"].items():
        codes = facet.get("codes") if isinstance(facet, dict) else None
        for number, code in enumerate(codes or [], 1):
            if not isinstance(code, dict) or not code.get("id"):
                raise UserError(f"{path}: facets.{name}.codes: code number {number} has no `id`")
            key = f"{name}.{code['id']}"
            if key in seen:
                raise UserError(f"{path}: facets.{name}.codes: the code id `{code['id']}` occurs twice")
            if code.get("key", key) != key:
                raise UserError(f"{path}: {key}: its `key` is `{code['key']}`, but it should be `{key}` (or left out)")
            seen[key] = code["id"]
            code |= {"key": key, "facet": name}
    for facet in raw["facets"].values():
        for code in (facet.get("codes") if isinstance(facet, dict) else None) or []:
            for rival in code.get("confused_with") or []:
                if isinstance(rival, dict) and rival.get("code") not in seen:
                    wrong = str(rival.get("code"))
                    raise UserError(f"{path}: {code['key']}.confused_with: no code `{wrong}`{nearest(wrong, seen)}")


def _in_words(error: Any, raw: dict[str, Any]) -> str:
    where = list(error["loc"])
    names: list[str] = []
    at: Any = raw
    model: type[BaseModel] = Codebook
    for part in where:
        at = at[part] if isinstance(at, dict | list) and (isinstance(part, int) or part in at) else {}
        names.append(str(at["id"]) if isinstance(at, dict) and "id" in at else str(part))
    place = ".".join(names)
    if error["type"] == "extra_forbidden":
        for known in (Codebook, Facet, Code, Example, Rival, DomainGate, Sense):
            if where[-1] not in known.model_fields and _owner(where) == known.__name__:
                model = known
        return f"unknown key `{place}`{nearest(str(where[-1]), model.model_fields)}"
    if error["type"] == "missing":
        return f"`{place}` is missing"
    return f"`{place}`: {error['msg'].lower().removeprefix('value error, ')}"


def _owner(where: list[Any]) -> str:
    """Name of the model that holds the last key of a place in the file."""
    parts = [part for part in where[:-1] if not isinstance(part, int)]
    if not parts:
        return "Codebook"
    if parts[0] == "domain_gate":
        return "Sense" if "out_of_domain" in parts else "DomainGate"
    for name, model in (
        ("positive", "Example"),
        ("negative", "Example"),
        ("confused_with", "Rival"),
        ("codes", "Code"),
    ):
        if name in parts:
            return model
    return "Facet"
