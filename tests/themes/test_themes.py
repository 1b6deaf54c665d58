"""The steps `cluster` and `members` on small invented corpora: never without a theme, counts that agree, same bytes."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.errors import UserError
from tests.themes.conftest import corpus, directions, run, run_all, three_subjects

TINY = {
    "nothing": [],
    "one text": ["Tenants mend the lift together."],
    "two texts": ["Tenants mend the lift.", "Nurses plan the ward."],
    "five texts": ["Tenants mend it.", "Nurses plan it.", "Pupils cook it.", "Carers share it.", "Drivers fix it."],
    "the same 200 times": ["Residents choose the paint."] * 200,
    "stop words": ["the and of", "to be or not", "we are you"],
    "two duplicate groups": ["Residents choose the paint."] * 100 + ["Nurses plan the rota."] * 100,
    "no words": ["12 34", "!!! ??", "££ 9"],
    "blank text": ["", "Tenants mend the lift."],
}


@pytest.mark.parametrize("texts", TINY.values(), ids=TINY)
def test_tiny_corpora_have_themes(texts, tmp_path):
    found, members, _ = run(corpus(texts, directions(texts)), tmp_path)
    assert len(members) == len(texts)
    assert all(row["label"].strip() for row in found) and bool(found) == bool(texts)
    assert len({row["label"].casefold() for row in found}) == len(found)


def test_subjects_become_themes_with_labels_of_the_field(tmp_path):
    found, _, _ = run(three_subjects(), tmp_path)
    labels = sorted(row["label"].lower() for row in found if row["level"] == 2)
    assert len(labels) == 3
    assert any("garden" in label for label in labels) and any("lift" in label or "tenant" in label for label in labels)
    assert all(row["description"].endswith(".") and len(row["exemplar_ids"]) == 3 for row in found)


def test_counts_are_those_of_members(tmp_path):
    found, members, _ = run(three_subjects(), tmp_path, n_shards=3)
    counts = Counter(row["theme_id"] for row in members)
    counts += Counter(row["subtheme_id"] for row in members if row["subtheme_id"] != row["theme_id"])
    assert {row["theme_id"]: row["n_passages"] for row in found} == counts


def test_shards_and_their_order_change_nothing(tmp_path):
    tables = three_subjects()
    assert run(tables, tmp_path) == run(tables, tmp_path, n_shards=5, reverse=True)


def test_decisions_are_replayed(tmp_path):
    tables = three_subjects()
    before, members, _ = run(tables, tmp_path)
    one, two, three = (row["label"] for row in before if row["level"] == 2)
    passage = next(row["passage_id"] for row in members if row["theme_id"] == "T03")
    plan = f"- merge: ['{one}', '{two}']\n  rename: Homes and gardens\n- theme: {passage}\n  ignore: true\n"
    (tmp_path / "theme_decisions.yaml").write_text(plan)
    after, members, _ = run(tables, tmp_path)
    top = {row["theme_id"]: row for row in after if row["level"] == 2}
    assert set(top) == {"T01", "T03"} == {row["theme_id"] for row in members}
    assert top["T01"]["label"] == "Homes and gardens" and "merged from" in top["T01"]["decision"]
    assert top["T03"]["decision"] == "ignored" and top["T03"]["label"] == three


def test_decisions_are_logged_with_their_effect(tmp_path):
    tables = three_subjects()
    label = next(row["label"] for row in run(tables, tmp_path)[0] if row["theme_id"] == "T02")
    rename = f"- theme: {label}\n  rename: Homes\n  by: Ama\n  why: plainer\n"
    (tmp_path / "theme_decisions.yaml").write_text(rename * 2 + "- theme: T01\n  ignore: true\n")
    log = run_all(tables, tmp_path)[0]["theme_decisions"].to_pylist()
    assert log[0] == {
        "item": f"T02 {label}", "decision": "rename to Homes (plainer)", "coder": "Ama",
        "effect": "T02 is Homes, 24 passages in 24 documents",
    }  # fmt: skip
    assert (len(log), log[1]["decision"], log[1]["coder"]) == (2, "ignore", "not named")
    assert log[1]["effect"].endswith("marked as ignored")


def test_a_theme_of_one_document_says_so(tmp_path):
    tables = three_subjects()
    one = tables["passages"]["document_id"].to_pylist()
    for name in ("passages", "embeddings"):
        column = tables[name]["document_id"].to_pylist()
        for start in range(0, len(column), len(one)):
            column[start : start + 16] = one[:1] * 16
        tables[name] = tables[name].set_column(
            tables[name].schema.get_field_index("document_id"), "document_id", [column]
        )
    found, _, _ = run(tables, tmp_path)
    assert all(bool(row["note"]) == (row["share_largest_document"] > 0.3) for row in found)
    assert any("come from one document" in row["note"] for row in found)


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ("- theme: No such theme\n  rename: X", "no theme `No such theme`"),
        ("- rename: X", "needs either"),
        ("- theme: T01\n  colour: red", "unknown key `colour`"),
        ("theme: T01", "a list of decisions"),
        ("- theme: [", "not valid YAML"),
        ("- theme: T01", "say what to do"),
        ("- merge: [T01]", "two or more"),
    ],
)
def test_wrong_decisions_are_told_in_one_line(plan, says, tmp_path):
    (tmp_path / "theme_decisions.yaml").write_text(plan)
    with pytest.raises(UserError, match=r"theme_decisions\.yaml") as problem:
        run(three_subjects(), tmp_path)
    assert says in str(problem.value) and "\n" not in str(problem.value)


def test_bertopic_saves_and_loads_the_same_themes(tmp_path):
    tables = three_subjects()
    found, members, _ = run(tables, tmp_path, save_bertopic=True)
    from bertopic import BERTopic

    folder = tmp_path / "models" / "themes"
    first = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    model = BERTopic.load(str(folder))
    assert sorted(model.custom_labels_) == sorted(row["label"] for row in found if row["level"] == 2)
    assert len(model.topics_) == len(members)
    run(tables, tmp_path, save_bertopic=True)
    assert first == {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
