"""A document that is the same again is neither encoded nor coded again, and the tables are those of a run from the start."""

import pytest

from pipeline import encoder
from pipeline.extract import code
from pipeline.flow import ROOT
from pipeline.run import Options, run
from tests.conftest import PARAGRAPHS, table_bytes

MORE = "\nNeighbours said that they now trust the housing officers who listened to them.\n"


@pytest.fixture
def work(monkeypatch):
    """Texts given to the encoder and documents coded, since it was last emptied."""
    done = {"texts": [], "documents": []}
    states, code_sentences = encoder.states, code.code_sentences

    def counted_states(texts, models):
        done["texts"] += texts
        return states(texts, models)

    def counted_code(document, context):
        done["documents"].append(document.rows[0]["document_id"])
        return code_sentences(document, context)

    monkeypatch.setattr(encoder, "states", counted_states)
    monkeypatch.setattr(code, "code_sentences", counted_code)
    return done


def extract(raw, out, **options):
    run("extract", Options(raw, out, workers=1, **options))
    return table_bytes(out)


def test_one_changed_page_is_one_document_encoded_and_coded(corpus, tmp_path, work):
    extract(corpus, tmp_path / "out")
    assert len(work["documents"]) == len(list(corpus.rglob("*.txt")))
    page = corpus / "notes" / "page1.txt"
    page.write_text(page.read_text("utf-8") + MORE, "utf-8")
    work["texts"].clear()
    work["documents"].clear()
    again = extract(corpus, tmp_path / "out")
    assert len(work["documents"]) == 1
    assert MORE.strip() in work["texts"]
    assert set(work["texts"]) <= {line for line in page.read_text("utf-8").splitlines() if line} | _sentences(page)
    assert again == extract(corpus, tmp_path / "fresh")


def _sentences(page):
    return {f"{part.strip()}." for part in page.read_text("utf-8").replace("\n", " ").split(".")}


def test_force_takes_nothing_from_the_run_before(corpus, tmp_path, work):
    before = extract(corpus, tmp_path / "out")
    work["documents"].clear()
    assert extract(corpus, tmp_path / "out", force=True) == before
    assert len(work["documents"]) == len(list(corpus.rglob("*.txt")))


def test_another_codebook_codes_all_again_and_encodes_nothing(corpus, tmp_path, work):
    extract(corpus, tmp_path / "out")
    book = tmp_path / "codebook.yaml"
    book.write_text((ROOT / "codebook.yaml").read_text("utf-8") + "\n# a remark\n", "utf-8")
    work["texts"].clear()
    work["documents"].clear()
    extract(corpus, tmp_path / "out", codebook=book)
    assert len(work["documents"]) == len(list(corpus.rglob("*.txt")))
    assert not work["texts"]


def test_a_vector_is_the_same_to_the_last_bit_whatever_is_encoded_beside_it():
    texts = sorted({"No.", "We trust them.", *PARAGRAPHS, *(part for text in PARAGRAPHS for part in text.split(", "))})
    together = dict(encoder.states(texts, ROOT / "models"))
    for number, text in enumerate(texts):
        alone = dict(encoder.states([text], ROOT / "models"))[0]
        assert (alone.vector == together[number].vector).all()
        assert (alone.pieces == together[number].pieces).all()
