"""Docs that cannot rot: the data dictionary is that of the schemas, every Make target and command is told of."""

import re

from pipeline.flow import ROOT, STAGES, STEPS
from pipeline.publish.dictionary import dictionary
from pipeline.schemas import PUBLIC, TABLES


def test_the_data_dictionary_is_fresh():
    assert (ROOT / "docs/data_dictionary.md").read_text("utf-8") == dictionary(PUBLIC), "run `make docs`"


def test_every_make_target_has_help():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.search(r"\.PHONY: (.+)", makefile)[1].split()
    for target in targets:
        assert re.search(rf"^{target}:.*## \w", makefile, re.M), target


def test_every_table_is_made_by_one_step_and_every_input_is_made_before():
    made = ["files"]
    for step in STEPS:
        assert set(step.inputs) <= set(made), step.name
        made += step.outputs
    assert sorted(made) == sorted(TABLES)
    assert [step.stage for step in STEPS] == sorted((step.stage for step in STEPS), key=STAGES.index)
