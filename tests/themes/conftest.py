"""Small invented corpora for the steps `cluster` and `members`, and runs of them without a store or an encoder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

import pipeline.themes as themes
from pipeline.schemas import to_table
from pipeline.settings import Settings
from pipeline.store import Store

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
        self.store = SimpleNamespace(out=Path(tempfile.gettempdir()))  # where a database may spill

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
    import pipeline.encoder

    monkeypatch.setattr(pipeline.encoder, "vectors_by", lambda name, texts, *_: np.full((len(texts), 384), 0.05))


def run_all(tables, folder: Path, n_shards=1, reverse=False, update=False, encoder="one", **changes):
    """All tables of a run in the folder, those of an earlier run in it being there."""
    settings = Settings.model_validate(
        {"themes": {"save_bertopic": False, "refits": 3, **changes}, "embed": {"encoder": encoder}}
    )
    context = SimpleNamespace(
        settings=settings, root=folder, out=folder, models=folder, artefacts=folder / "models", keeps_themes=update
    )
    made = {
        name: to_table(name, rows) for name, rows in themes.cluster(Shards(tables, n_shards, reverse), context).items()
    }
    Store(folder).write("theme_history", made["theme_history"])
    return made, context


def run(tables, folder: Path, n_shards=1, reverse=False, update=False, **changes):
    made, context = run_all(tables, folder, n_shards, reverse, update, **changes)
    found, centroids = made["themes"], made["theme_centroids"]
    placed = themes.members(Shards({**tables, "theme_centroids": centroids}), context)["theme_members"]
    return found.to_pylist(), to_table("theme_members", placed).to_pylist(), centroids
