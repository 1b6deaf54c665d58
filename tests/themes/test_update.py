"""Later runs in one OUT: ids stay with what they stood for, new passages are placed, new subjects are proposed."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.errors import UserError
from pipeline.themes.update import matched
from tests.themes.conftest import SUBJECTS, corpus, directions, run, run_all

BINS = [
    "The bins of the square are emptied on Friday.",
    "Nobody empties the bins behind the market.",
    "Foxes open the bins at night.",
    "The council sold the lorry that emptied the bins.",
]


def of_subjects(subjects, houses=6):
    """A corpus of those subjects; a subject keeps its direction whatever others there are."""
    everything = {**SUBJECTS, "bins": BINS}
    named = [(name, f"{text[:-1]}, says house {chr(97 + n)}.") for name in subjects for n in range(houses)
             for text in everything[name]]  # fmt: skip
    sides = dict(zip(everything, directions(everything, 0), strict=True))
    rng = np.random.default_rng(3)
    vectors = np.stack([sides[name] + 0.04 * rng.normal(size=384) for name, _ in named])
    return corpus([text for _, text in named], vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def subject_of(text):
    return next(name for name, texts in {**SUBJECTS, "bins": BINS}.items() if any(t[:-1] in text for t in texts))


def themes_by_subject(tables, members):
    """{subject: ids of the themes its passages are in}"""
    texts = dict(zip(tables["passages"]["passage_id"].to_pylist(), tables["passages"]["text"].to_pylist(), strict=True))
    found: dict[str, set[str]] = {}
    for row in members:
        found.setdefault(subject_of(texts[row["passage_id"]]), set()).add(row["theme_id"])
    return found


def test_the_pairing_has_the_largest_overlap():
    old = {"T01": frozenset("abcdefghij"), "T02": frozenset("klmnopqrst")}
    new = {"T02": frozenset("abcdefghij"), "T01": frozenset("klmnopqr"), "T03": frozenset("stuvwx")}
    assert matched(old, new) == {"T02": ("T01", 1.0), "T01": ("T02", 0.8)}


def test_a_first_run_has_no_changes_and_a_forced_one_the_same_tables(tmp_path):
    tables = of_subjects(SUBJECTS)
    first, again = run_all(tables, tmp_path)[0], run_all(tables, tmp_path)[0]
    assert first == again and not len(first["theme_changes"])


def test_a_refit_keeps_ids(tmp_path):
    few, many = of_subjects(["garden", "lift", "ward"]), of_subjects(["bins", "ward", "lift", "garden"], 7)
    before = themes_by_subject(few, run(few, tmp_path)[1])
    made = run_all(many, tmp_path)[0]
    after = themes_by_subject(many, run(many, tmp_path)[1])
    assert {name: after[name] for name in before} == before
    assert after["bins"] == {"T04"}
    changes = {row["theme_id"]: row for row in made["theme_changes"].to_pylist()}
    assert {name: row["change"] for name, row in changes.items()} == {
        "T01": "grew", "T02": "grew", "T03": "grew", "T04": "new"
    }  # fmt: skip
    assert changes["T01"]["n_passages_new"] == 4 and changes["T01"]["overlap"] == 1


def test_forcing_a_refit_gives_the_same_tables(tmp_path):
    run_all(of_subjects(["garden", "lift", "ward"]), tmp_path)
    tables = of_subjects(["bins", "ward", "lift"])
    first = run_all(tables, tmp_path)[0]
    assert first == run_all(tables, tmp_path)[0] == run_all(tables, tmp_path)[0]
    assert [r["theme_id"] for r in first["theme_changes"].to_pylist() if r["change"] == "gone"] != []


def test_ids_of_themes_that_are_gone_are_not_given_again(tmp_path):
    run_all(of_subjects(["garden", "lift", "ward"]), tmp_path)
    run_all(of_subjects(["garden", "lift"]), tmp_path)
    found, _, _ = run(of_subjects(["garden", "lift", "bins"]), tmp_path)
    assert "T04" in {row["theme_id"] for row in found}


def test_another_corpus_starts_anew(tmp_path):
    run_all(of_subjects(["garden", "lift"]), tmp_path / "one")
    (tmp_path / "one").rename(tmp_path / "both")
    made = run_all(of_subjects(["bins", "ward"]), tmp_path / "both")[0]
    assert made == run_all(of_subjects(["bins", "ward"]), tmp_path / "fresh")[0]


def test_an_update_keeps_themes_and_proposes_new_ones(tmp_path):
    few, many = of_subjects(["garden", "lift", "ward"], 5), of_subjects(["garden", "lift", "ward", "bins"])
    found, members, centroids = run(few, tmp_path)
    made = run_all(many, tmp_path, update=True)[0]
    later, now, _ = run(many, tmp_path, update=True)
    assert later == made["themes"].to_pylist()
    before = {row["theme_id"]: row for row in found}
    kept = {row["theme_id"]: row for row in later if row["theme_id"] in before}
    assert {n: (r["label"], r["terms"], r["stability"]) for n, r in before.items()} == {
        n: (r["label"], r["terms"], r["stability"]) for n, r in kept.items()
    }
    assert made["theme_centroids"]["vector"].to_pylist()[: len(centroids)] == centroids["vector"].to_pylist()
    where = themes_by_subject(many, now)
    assert {name: where[name] for name in ("garden", "lift", "ward")} == themes_by_subject(few, members)
    assert where["bins"] == {"T04"}
    proposed = next(row for row in later if row["theme_id"] == "T04")
    assert proposed["note"].startswith("proposed") and proposed["grade"] == "-" and "bins" in proposed["label"].lower()
    changes = {row["theme_id"]: row for row in made["theme_changes"].to_pylist()}
    assert (changes["T04"]["change"], changes["T04"]["n_passages_new"]) == ("proposed", 24)
    assert changes["T01"]["n_passages_new"] == 4 and changes["T01"]["similarity_new"] > 0.5


def test_an_update_without_earlier_themes_is_a_fit(tmp_path):
    tables = of_subjects(SUBJECTS)
    assert run_all(tables, tmp_path / "one", update=True)[0] == run_all(tables, tmp_path / "other")[0]


def test_a_few_new_passages_make_no_theme(tmp_path):
    run_all(of_subjects(["garden", "lift", "ward"]), tmp_path)
    tables = of_subjects(["garden", "lift", "ward"])
    more = of_subjects(["garden", "lift", "ward", "bins"])
    wanted = len(tables["passages"]) + 3
    some = {
        "passages": more["passages"].slice(0, wanted),
        "sentences": more["sentences"].slice(0, wanted),
        "pages": more["pages"].slice(0, wanted),
        "embeddings": more["embeddings"].filter(
            np.array([int(name[1:4]) < wanted for name in more["embeddings"]["unit_id"].to_pylist()])
        ),
    }
    found, members, _ = run(some, tmp_path, update=True)
    assert {row["theme_id"] for row in found if row["level"] == 2} == {"T01", "T02", "T03"}
    assert len(members) == wanted and all(row["similarity"] < 0.2 for row in members[-3:])


def test_an_update_with_another_encoder_is_refused(tmp_path):
    tables = of_subjects(["garden", "lift"])
    run_all(tables, tmp_path)
    with pytest.raises(UserError, match="another encoder"):
        run_all(tables, tmp_path, update=True, encoder="other")


def test_a_decision_finds_a_theme_by_its_earlier_label(tmp_path):
    few, many = of_subjects(["garden", "lift", "ward"]), of_subjects(["garden", "lift", "ward", "bins"], 9)
    label = next(row["label"] for row in run(few, tmp_path)[0] if row["theme_id"] == "T01")
    (tmp_path / "theme_decisions.yaml").write_text(f"- theme: {label}\n  rename: Ours\n")
    found, _, _ = run(many, tmp_path)
    assert next(row["label"] for row in found if row["theme_id"] == "T01") == "Ours"
