"""Bad settings and codebooks: one line that names the file, the place and the nearest valid name."""

import tomllib

import pytest
import yaml

from pipeline import codebook, settings
from pipeline.errors import UserError
from pipeline.flow import ROOT

BAD_SETTINGS = [
    ("[theme]\nmethod = 'graph'", "unknown key `theme`; did you mean `themes`?"),
    ("[clean]\nmin_wrods = 3", "unknown key `clean.min_wrods`; did you mean `min_words`?"),
    ("[clean]\nmin_words = 'many'", "`clean.min_words` = 'many'"),
    ("[clean]\nsite_share = 3", "`clean.site_share` = 3: input should be less than or equal to 1"),
    ("[themes]\nmethod = 'lda'", "`themes.method` = 'lda': input should be 'graph' or 'hdbscan'"),
    ("[clean", "not valid TOML"),
]


@pytest.mark.parametrize(("text", "message"), BAD_SETTINGS)
def test_bad_settings_are_told_in_one_line(tmp_path, text, message):
    path = tmp_path / "settings.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError) as told:
        settings.load(path)
    assert str(told.value).startswith(f"{path}: ")
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_every_setting_stands_in_the_file_with_its_default_and_a_comment():
    text = (ROOT / "settings.toml").read_text("utf-8")
    assert tomllib.loads(text) == settings.Settings().model_dump()
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            assert "#" in line, f"no comment: {line}"


SMALL = """
facets:
  value:
    default_status: endorsed
    status: {endorsed: held}
    codes:
    - id: trust
      label: Trust
      definition: Trust between people.
"""
BAD_CODEBOOKS = [
    (SMALL + "    - {id: trust, label: T, definition: d}\n", "facets.value.codes: the code id `trust` occurs twice"),
    (SMALL.replace("Trust between people.", "''"), "`facets.value.codes.trust.definition`"),
    (SMALL.replace("definition:", "defintion:"), "`facets.value.codes.trust.definition` is missing"),
    (SMALL + "      cue: [trust]\n", "unknown key `facets.value.codes.trust.cue`; did you mean `cues`?"),
    (
        SMALL + "      confused_with: [{code: value.trsut, test: t}]\n",
        "no code `value.trsut`; did you mean `value.trust`?",
    ),
    (SMALL.replace("id: trust", "id: Big Trust"), "`facets.value.codes.Big Trust.id`"),
    ("facets: [", "not valid YAML"),
    ("themes: {}", "a codebook needs `facets:`"),
]


@pytest.mark.parametrize(("text", "message"), BAD_CODEBOOKS)
def test_bad_codebooks_are_told_in_one_line(tmp_path, text, message):
    path = tmp_path / "codebook.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(UserError) as told:
        codebook.load(path)
    assert str(told.value).startswith(f"{path}: ")
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_the_shipped_codebook_loads_and_its_entries_are_complete():
    book = codebook.load(ROOT / "codebook.yaml")
    raw = yaml.load((ROOT / "codebook.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    assert len(book.codes) == sum(len(facet["codes"]) for facet in raw["facets"].values())
    for code in book.codes.values():
        assert code.cues and len(code.positive) >= 3, code.key
        statuses = book.facets[code.facet].status
        assert {example.status for example in code.positive if example.status} <= set(statuses), code.key
