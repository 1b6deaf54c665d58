"""The steps `cluster` and `members` on small invented corpora: never without a theme, counts that agree, same bytes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

import pipeline.themes as themes
from pipeline.errors import UserError
from pipeline.schemas import to_table
from pipeline.settings import Settings

SUBJECTS = {
    "garden": [
        "The community garden feeds the whole street.",
        "Neighbours share garden tools on Sundays.",
        "Old seeds go to the community garden.",
        "A community garden needs water and neighbours.",
    ],
    "lift": [
        "Tenants asked the landlord to mend the broken lift.",
        "The broken lift kept older tenants indoors.",
        "A tenants panel checks every lift repair.",
        "Lift repairs are now planned by the tenants panel.",
    ],
    "ward": [
        "Patients rewrote the letters of the ward.",
        "Nurses and patients plan the ward round together.",
        "The ward round starts with what patients ask.",
        "Former patients train the nurses of the ward.",
    ],
}


class Shards:
    """Tables in memory in place of a store, in as many shards as given."""

    def __init__(self, tables, n_shards=1, reverse=False):
        self.tables, self.n_shards, self.reverse = tables, n_shards, reverse

    def parts(self, name):
        table = self.tables[name]
        cuts = [range(i, len(table), self.n_shards) for i in range(self.n_shards)]
        parts = [(str(i), table.take(pa.array(list(cut), pa.int64()))) for i, cut in enumerate(cuts)]
        yield from reversed(parts) if self.reverse else parts

    def table(self, name):
        return self.tables[name]

    def rows(self, name):
        return self.tables[name].to_pylist()


def corpus(texts, vectors=None):
    """Tables of a corpus of one passage a document. Vectors default to directions by subject with a little noise."""
    documents = [f"d{number:03d}" for number in range(len(texts))]
    passages, sentences = [f"{d}:p0" for d in documents], [f"{d}:0" for d in documents]
    vectors = np.zeros((0, 384)) if not texts else vectors
    text, texts_type = pa.string(), pa.list_(pa.string())
    columns = {
        "passages": {
            "passage_id": (passages, text),
            "document_id": (documents, text),
            "text": (texts, text),
            "sentence_ids": ([[s] for s in sentences], texts_type),
        },
        "sentences": {
            "sentence_id": (sentences, text),
            "document_id": (documents, text),
            "text": (texts, text),
            "kind": (["prose"] * len(texts), text),
            "speaker": ([None] * len(texts), text),
        },
        "pages": {"document_id": (documents, text), "site": ([None] * len(texts), text), "path": (documents, text)},
        "embeddings": {
            "unit_id": (passages + sentences, text),
            "document_id": (documents * 2, text),
            "unit": (["passage"] * len(texts) + ["sentence"] * len(texts), text),
            "vector": ([list(map(float, v)) for v in vectors] * 2, pa.list_(pa.float32())),
        },
    }
    return {
        name: pa.table({key: pa.array(values, kind) for key, (values, kind) in some.items()})
        for name, some in columns.items()
    }


def directions(groups, noise=0.05):
    rng = np.random.default_rng(1)
    names = sorted(set(groups))
    centres = rng.normal(size=(len(names), 384))
    found = (
        np.stack([centres[names.index(g)] + noise * 20 * rng.normal(size=384) for g in groups])
        if groups
        else np.zeros((0, 384))
    )
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def three_subjects():
    texts = [
        f"{text[:-1]}, says house {chr(97 + n)}." for n in range(6) for texts in SUBJECTS.values() for text in texts
    ]
    return corpus(texts, directions([name for _ in range(6) for name, texts in SUBJECTS.items() for _ in texts]))


@pytest.fixture(autouse=True)
def _words_for_vectors(monkeypatch):
    """Phrases get the zero vector: labels then rest on counts, and no encoder is loaded."""
    import pipeline.models

    monkeypatch.setattr(
        pipeline.models,
        "encoder",
        lambda name: SimpleNamespace(encode=lambda texts, **_: np.full((len(texts), 384), 0.05)),
    )


def run(tables, folder: Path, n_shards=1, reverse=False, **changes):
    settings = Settings.model_validate({"themes": {"save_bertopic": False, "refits": 3, **changes}})
    context = SimpleNamespace(settings=settings, root=folder, artefacts=folder / "models")
    made = themes.cluster(Shards(tables, n_shards, reverse), context)
    found, centroids = (to_table(name, made[name]) for name in ("themes", "theme_centroids"))
    placed = themes.members(Shards({**tables, "theme_centroids": centroids}), context)["theme_members"]
    return found.to_pylist(), to_table("theme_members", placed).to_pylist(), centroids


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


def test_a_refit_is_matched_to_an_earlier_one():
    from pipeline.themes.update import matched

    old = {f"p{n}": "T01" if n < 10 else "T02" for n in range(20)}
    new = {f"p{n}": "T02" if n < 10 else "T01" if n < 18 else "T03" for n in range(24)}
    rows = {row["theme_id"]: row for row in matched(old, new)}
    assert (rows["T02"]["was"], rows["T01"]["was"], rows["T03"]["change"]) == ("T01", "T02", "new")


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
