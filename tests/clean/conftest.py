"""What the tests of cleaning share: the judges with the models that ship, and a page made from text or from HTML."""

from __future__ import annotations

import pytest

from pipeline.clean.page import Judges, clean_page
from pipeline.flow import ROOT
from pipeline.ingest.html import flatten
from pipeline.ingest.lines import line_blocks


def judges(**changes):
    kinds = {
        "folder": ROOT / "models/clean",
        "repeated": frozenset(),
        "phrases": {},
        "language": "en",
        "min_words": 5,
        "gate": None,
    }
    return Judges(**(kinds | changes))


def blocks_of(text):
    return [
        {
            "document_id": "d",
            "start": b.start,
            "end": b.end,
            "kind": b.kind,
            "tag_path": "",
            "attributes": "",
            "is_hidden": False,
            "n_link_chars": 0,
        }
        for b in line_blocks(text)
    ]


def page_of(text, **changes):
    return {
        "document_id": "d",
        "path": "d",
        "title": None,
        "site": None,
        "text": text,
        "status": "read",
        "reason": None,
    } | changes


@pytest.fixture
def clean_text():
    def run(text, **changes):
        return clean_page(page_of(text), blocks_of(text), None, judges(**changes))

    return run


@pytest.fixture
def clean_html():
    def run(html, **changes):
        flat = flatten(html)
        blocks = [{"document_id": "d", **vars(b)} for b in flat.blocks]
        return clean_page(page_of(flat.text), blocks, html, judges(**changes))

    return run
