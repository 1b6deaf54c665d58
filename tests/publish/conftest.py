"""Small tables as the pipeline writes them, with formulas, markup, control characters and emoji in the pages."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pipeline import tabulate
from pipeline.flow import ROOT, STEPS
from pipeline.run import Options, make_context
from pipeline.store import Inputs, Store

SHARDS = ("0000", "0001")
STEP = next(step for step in STEPS if step.name == "publish")
# (path, title, lines of the page); a line that starts with `-:` is cut by cleaning
PAGES = (
    (
        "blogs/fixer.html",
        "From fixer to facilitator",
        [
            "Nurses moved from fixer to facilitator and let families lead 👩‍👩‍👧.",
            "-:Subscribe now! =cmd|' /C calc'!A0",
            "Trust grows when people share power 🤝 with us.",
        ],
    ),
    (
        "=HYPERLINK(1)/@evil, [x](http://e.example).txt",
        "=1+1 <script>alert(1)</script> [a](http://a.example) [b](c)",
        [
            "=SUM(A1:A9) is trust, $$note$$ said, and [a link](http://a.example) [another](http://b.example).",
            "-:\t@import 'x'",
            '+44 trust <b>bold</b> & "quoted" _x0041_ \x00\x0b\x1f\ufffe end.',
            "@trust - \U0001f469\u200d\U0001f4bb e\u0301 ]]> done.",
        ],
    ),
    (
        "talk.txt",
        None,
        ["???", "Nobody trusts the council, they said.", "Risk aversion is said to be no barrier here."],
    ),
    ("aside.txt", "Set aside", ["Film co-production treaty."]),
)
# (words, code, status, coder, from, to)
CODED = (
    ("fixer to facilitator", "role.facilitator", "actual", "machine", "role.expert_fixer", "role.facilitator"),
    ("Trust", "value.trust", "endorsed", "machine", None, None),
    ("Trust", "value.trust", "endorsed", "Ada Ng", None, None),
    ("share power 🤝", "value.power_sharing", "endorsed", "machine", None, None),
    ("=SUM(A1:A9) is trust", "value.trust", "reported", "machine", None, None),
    (
        '+44 trust <b>bold</b> & "quoted" _x0041_ \x00\x0b\x1f\ufffe end',
        "value.trust",
        "rejected",
        "machine",
        None,
        None,
    ),
    ("@trust - \U0001f469\u200d\U0001f4bb", "value.trust", "endorsed", "machine", None, None),
    ("Nobody trusts", "value.trust", "rejected", "machine", None, None),
    ("Risk aversion", "barrier.risk_aversion", "denied", "machine", None, None),
)


def make(out: Path, pages=PAGES, coded=CODED) -> None:
    """Every table of a corpus, from ingest to tabulate."""
    store = Store(out)
    tables: dict[str, dict[str, list]] = {shard: {name: [] for name in SHARDED} for shard in SHARDS}
    for number, (path, title, lines) in enumerate(pages):
        _page(tables[SHARDS[number % 2]], f"d{number}", path, title, lines, coded)
    for shard, made in tables.items():
        for name, rows in made.items():
            store.write(name, rows, shard)
    members = [row for made in tables.values() for row in made["theme_members"]]
    store.write("themes", _themes(members))
    store.write("theme_decisions", [])
    names = ("pages", "documents", "removals", "sentences", "passages", "codings", "themes", "theme_members")
    names += ("theme_decisions",)
    for name, rows in tabulate.run(Inputs(store, names, SHARDS), context(out)).items():
        store.write(name, rows)


SHARDED = ("pages", "documents", "removals", "edits", "sentences", "passages", "codings", "theme_members")


def _page(made, key, path, title, lines, coded):
    scraped = "\n".join(line.removeprefix("-:") for line in lines) + "\n"
    text, at, places = "", 0, []
    for line in lines:
        words = line.removeprefix("-:") + "\n"
        if line.startswith("-:"):
            made["removals"].append(
                {
                    "document_id": key,
                    "start": at,
                    "end": at + len(words),
                    "text": words,
                    "rule": "spam",
                    "reason": "planted spam",
                    "score": 0.9,
                }
            )
        else:
            places.append((len(text), len(text) + len(words) - 1, at - len(text)))
            text += words
        at += len(words)
    status = "off_topic" if path == "aside.txt" else "kept"
    made["pages"].append(
        {
            "document_id": key,
            "path": path,
            "sha256": key,
            "media_type": "text/plain",
            "encoding": "utf-8",
            "url": "https://example.org/" + key,
            "site": "example.org",
            "title": title,
            "published": "2020-01-02",
            "language": "en",
            "text": scraped,
            "status": "read",
            "reason": None,
        }
    )
    made["documents"].append(
        {
            "document_id": key,
            "path": path,
            "title": title,
            "text": text,
            "n_words": len(text.split()),
            "status": status,
            "reason": None if status == "kept" else "about film",
            "duplicate_of": None,
            "is_paywalled": False,
        }
    )
    if status != "kept":
        return
    ids = []
    for number, (start, end, shift) in enumerate(places):
        span = {"start": start, "end": end, "page_start": start + shift, "page_end": end + shift}
        ids.append(f"{key}:{start}")
        made["sentences"].append(
            {
                "sentence_id": ids[-1],
                "document_id": key,
                **span,
                "text": text[start:end],
                "kind": "prose",
                "heading": None,
                "speaker": None,
                "paragraph": number,
            }
        )
        for words, code, said, coder, old, new in coded:
            at = text.find(words, start, end)
            if at >= 0:
                made["codings"].append(
                    {
                        "coding_id": f"{ids[-1]}:{code}:{at}" + ("" if coder == "machine" else f":{coder}"),
                        "document_id": key,
                        "sentence_id": ids[-1],
                        "facet": code.split(".")[0],
                        "code": code,
                        "status": said,
                        "start": at,
                        "end": at + len(words),
                        "page_start": at + shift,
                        "page_end": at + len(words) + shift,
                        "quote": words,
                        "score": 0.9,
                        "evidence": "cue" if coder == "machine" else "human",
                        "coder": coder,
                        "needs_review": False,
                        "holder": "=nurses" if old else None,
                        "shift_from": old,
                        "shift_to": new,
                        "paid": None,
                        "phase": None,
                        "explanation": f"cue: {words}",
                    }
                )
    made["passages"].append(
        {
            "passage_id": f"{key}:p0",
            "document_id": key,
            "start": 0,
            "end": len(text) - 1,
            "page_start": 0,
            "page_end": len(scraped) - 1,
            "text": text[:-1],
            "n_words": len(text.split()),
            "sentence_ids": ids,
        }
    )
    made["theme_members"].append(
        {
            "passage_id": f"{key}:p0",
            "document_id": key,
            "theme_id": "t1",
            "subtheme_id": "t1.1",
            "similarity": 0.8,
            "is_loose": False,
        }
    )


def _themes(members):
    base = {
        "terms": ["trust", "=power"],
        "n_passages": len(members),
        "n_documents": len(members),
        "n_sites": 1,
        "stability": 0.8,
        "stability_low": 0.7,
        "stability_high": 0.9,
        "grade": "A",
        "share_largest_document": 0.5,
        "exemplar_ids": sorted(row["passage_id"] for row in members)[:3],
        "note": "",
        "decision": "",
    }
    labels = (("t0", None, 1, "Trust"), ("t1", "t0", 2, "=Trust & power <i>"), ("t1.1", "t1", 3, "Trust"))
    return (
        [
            base | {"theme_id": key, "parent_id": parent, "level": level, "label": label, "description": f"Of {label}."}
            for key, parent, level, label in labels
        ]
        if members
        else []
    )


def context(out: Path, **publish):
    """The context of a run with settings of `publish` changed."""
    made = make_context(Options(ROOT / "data/raw", out))
    section = made.settings.publish.model_copy(update=publish)
    return dataclasses.replace(made, settings=made.settings.model_copy(update={"publish": section}))


def inputs(out: Path) -> Inputs:
    """What the publish step is given."""
    return Inputs(Store(out), STEP.inputs, SHARDS)


@pytest.fixture(scope="session")
def tables(tmp_path_factory) -> Path:
    """OUT with the tables of the pages above; tests only read them and write published files beside them."""
    out = tmp_path_factory.mktemp("tables").resolve()
    make(out)
    return out


@pytest.fixture(scope="session")
def no_tables(tmp_path_factory) -> Path:
    """OUT of a corpus of which nothing was kept."""
    out = tmp_path_factory.mktemp("no_tables").resolve()
    make(out, pages=PAGES[3:])
    return out


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """published(module, tables, **settings): the paths that a format writes, in a folder of their own."""

    def write(module, tables, **settings):
        out = tmp_path_factory.mktemp("published").resolve()
        return [out / place for place in module.write(inputs(tables), context(out, **settings))]

    return write
