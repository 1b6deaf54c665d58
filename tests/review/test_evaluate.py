"""Agreement with human coders: figures worked out by hand on ten sentences, units that moved, and bad input told."""

import csv
import json

import pytest

from pipeline.codebook import load
from pipeline.errors import UserError
from pipeline.flow import ROOT
from pipeline.review.agreement import (
    best_half,
    calibration,
    calibration_error,
    figure,
    kappa,
    mean_of_known,
    nominal_alpha,
    quote_overlap,
    resamples,
)
from pipeline.review.evaluate import POOLED, agreement_rows, alpha, evaluate, lines, write_csv
from pipeline.review.evaluation_text import report
from pipeline.review.gold import read_gold
from pipeline.review.machine_codes import machine_codes
from pipeline.schemas import TABLES
from pipeline.store import Store
from tests.conftest import pipeline

CODEBOOK = load(ROOT / "codebook.yaml")
TRUST, POWER, RISK, CARER = "value.trust", "value.power_sharing", "barrier.risk_aversion", "role.carer_family"
# Two documents of five sentences. (uid, sentence, what people gave, what the machine gave with its score)
SENTENCES = {
    "one": [
        ("a0", "Trust grew slowly.", [(TRUST, "endorsed", "Trust grew")], [(TRUST, "endorsed", "Trust", 0.95)]),
        ("a1", "Nobody trusts them.", [(TRUST, "rejected", "Nobody trusts")], [(TRUST, "endorsed", "trusts", 0.85)]),
        ("a2", "Power was shared.", [(POWER, "endorsed", "Power was shared")], [(TRUST, "endorsed", "Power", 0.35)]),
        ("a3", "They feared the press.", [(RISK, "present", "feared the press")], []),
        ("a4", "It rained.", [], []),
    ],
    "two": [
        ("b0", "Carers came.", [(CARER, "actual", "Carers")], [(CARER, "actual", "Carers", 0.75)]),
        ("b1", "We trust each other.", [(TRUST, "endorsed", "trust")], [(TRUST, "endorsed", "trust", 0.9)]),
        ("b2", "They met.", [], [(CARER, "actual", "They", 0.3)]),
        ("b3", "It was late.", [], []),
        ("b4", "It was fun.", [], []),
    ],
}
PAGE = {
    "sha256": "", "media_type": "text/plain", "encoding": "utf-8", "url": None, "site": None, "title": None,
    "published": None, "language": "en", "status": "read", "reason": None,
}  # fmt: skip
CODING = {
    "evidence": "cue", "coder": "machine", "needs_review": False, "holder": None, "shift_from": None,
    "shift_to": None, "paid": None, "phase": None, "explanation": "",
}  # fmt: skip


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture
def gold(tmp_path):
    """The human side: a folder with the pair `talks`."""
    folder = tmp_path / "gold"
    folder.mkdir()
    units, codes = [], []
    for document, sentences in SENTENCES.items():
        at = 0
        for uid, text, people, _ in sentences:
            units.append({"uid": uid, "doc": document, "start": at, "end": at + len(text), "text": text})
            given = [dict(zip(("key", "status", "quote"), code, strict=True)) for code in people]
            codes.append({"uid": uid, "codes": given})
            at += len(text) + 1
    write_lines(folder / "talks_units.jsonl", units)
    write_lines(folder / "talks_gold.jsonl", codes)
    return folder


def make_tables(out, between=" ", evidence="cue"):
    """The machine's side: tables of both pages, with the sentences of a page joined by `between`."""
    store = Store(out)
    for document, sentences in SENTENCES.items():
        text, codings = "", []
        for uid, words, _, machine in sentences:
            for key, status, quote, score in machine:
                start = len(text) + words.index(quote)
                end = start + len(quote)
                codings.append(
                    CODING
                    | {"coding_id": f"{uid}{key}", "document_id": document, "sentence_id": uid, "code": key}
                    | {"facet": key.split(".")[0], "status": status, "start": start, "end": end, "page_start": start}
                    | {"page_end": end, "quote": quote, "score": score, "evidence": evidence}
                )
            text += words + between
        store.write("pages", [PAGE | {"document_id": document, "path": f"in/{document}.txt", "text": text}], document)
        store.write("codings", codings, document)
    return out


@pytest.fixture
def out(tmp_path):
    return make_tables(tmp_path / "out")


def scored(gold, out, times=0):
    golds = read_gold(gold, CODEBOOK)
    return evaluate(golds, {one.name: out for one in golds}, times)


# Pairs: people 6, machine 6, both 4 (a0, a1, b0, b1); the machine alone a2 trust and b2; people alone a2 power and a3.
@pytest.mark.parametrize(
    ("code", "counts", "precision", "recall", "f1"),
    [
        ("all", (6, 6, 4), 4 / 6, 4 / 6, 4 / 6),
        ("value", (4, 4, 3), 3 / 4, 3 / 4, 3 / 4),
        ("barrier", (1, 0, 0), None, 0.0, 0.0),
        ("role", (1, 2, 1), 1 / 2, 1.0, 2 / 3),
        (TRUST, (3, 4, 3), 3 / 4, 1.0, 6 / 7),
        (POWER, (1, 0, 0), None, 0.0, 0.0),
        (RISK, (1, 0, 0), None, 0.0, 0.0),
        (CARER, (1, 2, 1), 1 / 2, 1.0, 2 / 3),
    ],
)
def test_counts_and_shares(gold, out, code, counts, precision, recall, f1):
    (evaluation,) = scored(gold, out)
    line = next(line for line in lines(evaluation) if line.code == code)
    assert (line.n_human, line.n_machine, line.n_both) == counts
    for found, expected in zip((line.precision, line.recall, line.f1), (precision, recall, f1), strict=True):
        assert found.value == (None if expected is None else pytest.approx(expected))
        assert found.low is None


def test_kappa_of_a_code_and_of_all(gold, out):
    """Trust: 9 of 10 the same; by chance .3 x .4 + .7 x .6 = .54. All: 36 of 40; by chance .15^2 + .85^2 = .745."""
    (evaluation,) = scored(gold, out)
    found = {line.code: line.kappa for line in lines(evaluation)}
    assert found[TRUST] == pytest.approx((0.9 - 0.54) / 0.46)
    assert found["all"] == pytest.approx((0.9 - 0.745) / 0.255)


def test_alpha_of_all(gold, out):
    """80 values, 12 of them yes; 4 of 40 decisions differ: 1 - 79 x 4 / (12 x 68)."""
    (evaluation,) = scored(gold, out)
    assert alpha(evaluation) == pytest.approx(1 - 79 * 4 / (12 * 68))
    assert alpha(evaluation, "role") == pytest.approx(1 - 19 * 1 / (3 * 17))


def test_any_code_of_the_facet_statuses_and_quotes(gold, out):
    """a2 has a value on both sides. Of the four shared pairs, one has another status; quotes overlap 1/2, 1/2, 1, 1."""
    (evaluation,) = scored(gold, out)
    said = report([evaluation])
    assert evaluation.counted.any_code.sum((1, 2)).tolist() == [5, 1, 1]
    assert evaluation.counted.agreed.sum((1, 2)).tolist() == [3, 4, 3, 4]
    assert evaluation.counted.statuses == {
        ("value", "endorsed", "endorsed"): 2,
        ("value", "rejected", "endorsed"): 1,
        ("role", "actual", "actual"): 1,
    }
    assert "same status 0.750" in said and "overlap of quotes 0.750" in said


def test_scores(gold, out):
    """Median .8: three with more, all right. Bins: .3 (0 of 2 right), .7, .8 and .9 (2) right."""
    (evaluation,) = scored(gold, out)
    assert best_half(evaluation.counted.scored) == (3, pytest.approx(0.8), 1.0)
    bins = calibration(evaluation.counted.scored)
    assert [(low, number, right) for low, _, number, _, right in bins] == [
        (0.3, 2, 0.0), (0.7, 1, 1.0), (0.8, 1, 1.0), (0.9, 2, 1.0)
    ]  # fmt: skip
    assert calibration_error(bins) == pytest.approx((2 * 0.325 + 0.25 + 0.15 + 2 * 0.075) / 6)


def test_intervals_come_from_documents_and_repeat(gold, out):
    """The document `one` by itself has F1 4/7, `two` 4/5: every sample lies between."""
    (evaluation,) = scored(gold, out, 200)
    line = lines(evaluation)[0]
    assert (line.f1.low, line.f1.high) == (pytest.approx(4 / 7), pytest.approx(4 / 5))
    assert lines(scored(gold, out, 200)[0])[0] == line
    assert f"{line.f1.value:.3f} (0.571-0.800)" in report([evaluation])


def test_rare_codes_are_marked_and_left_out_of_macro_f1(gold, out):
    said = report(scored(gold, out))
    assert "* value.trust" in said and "Macro F1" not in said
    more = [{"uid": "b3", "codes": [{"key": TRUST}]}, {"uid": "b4", "codes": [{"key": TRUST}]}]
    with (gold / "talks_gold.jsonl").open("a") as sink:
        sink.writelines(json.dumps(row) + "\n" for row in more)
    said = report(scored(gold, out))
    # Trust now has 5 uses: 3 shared, 1 of the machine alone, 2 missed: 6 / 9.
    assert "* value.trust" not in said and "Macro F1 over codes with 5 uses or more (1 of them): 0.667" in said


def test_csv_has_the_columns_of_agreement(gold, out, tmp_path):
    evaluations = scored(gold, out, 50)
    write_csv(tmp_path / "agreement.csv", evaluations)
    with (tmp_path / "agreement.csv").open(newline="") as source:
        rows = list(csv.DictReader(source))
    assert list(rows[0]) == TABLES["agreement"].schema.names
    assert [row["code"] for row in rows] == ["all", "barrier", "role", "value", RISK, CARER, TRUST, POWER]
    assert rows[0] | {"f1_low": "", "f1_high": ""} == {
        "scope": "talks", "facet": "all", "code": "all", "n_human": "6", "n_machine": "6", "n_both": "4",
        "precision": "0.6667", "recall": "0.6667", "f1": "0.6667", "f1_low": "", "f1_high": "", "kappa": "0.6078",
    }  # fmt: skip
    assert rows[1]["precision"] == ""


@pytest.mark.parametrize("between", ["\n\n", " \u200b ", "\n* "])
def test_units_that_moved_are_found_by_their_words(gold, tmp_path, between):
    (evaluation,) = scored(gold, make_tables(tmp_path / "moved", between))
    assert lines(evaluation)[0].n_both == 4
    assert evaluation.notes == ["units found elsewhere on their page, by their words: 8"]


def test_the_nearest_place_with_the_words_counts(tmp_path):
    """`Yes.` stands four times; quotes and dashes of another kind are the same words."""
    folder, tables = tmp_path / "gold", tmp_path / "out"
    folder.mkdir()
    unit = {"uid": "u", "doc": "page.txt", "start": 30, "end": 45, "text": "“Yes” – he said"}
    write_lines(folder / "units.jsonl", [unit])
    write_lines(folder / "gold.jsonl", [])
    said = '"Yes" - he said. '
    page = PAGE | {"document_id": "d", "path": "page.txt", "text": said * 4}
    coding = CODING | {"document_id": "d", "sentence_id": "s", "facet": "value", "code": TRUST, "status": "endorsed"}
    coding |= {"quote": "Yes", "score": 0.5}
    spans = [(len(said) * place + 1, len(said) * place + 4) for place in range(4)]
    keys = ("start", "end", "page_start", "page_end")
    codings = [
        coding | {"coding_id": str(start)} | dict(zip(keys, (start, end) * 2, strict=True)) for start, end in spans
    ]
    Store(tables).write("pages", [page], "0")
    Store(tables).write("codings", codings, "0")
    (one,) = read_gold(folder, CODEBOOK)
    placed = machine_codes(tables, one.units)
    assert one.name == "gold" and list(placed.codes) == ["u"]
    assert len(placed.codes["u"][TRUST].quotes) == 1 and placed.counts == {"moved": 1, "outside": 3}


def test_words_that_are_gone_count_as_missed(gold, out):
    lines_ = (gold / "talks_units.jsonl").read_text().replace("Carers came.", "Friends came.")
    (gold / "talks_units.jsonl").write_text(lines_)
    (evaluation,) = scored(gold, out)
    assert (lines(evaluation)[0].n_human, lines(evaluation)[0].n_both) == (6, 3)
    assert any("do not stand on their page" in note for note in evaluation.notes)


def test_human_codings_in_the_tables_are_not_the_machines(gold, tmp_path):
    (evaluation,) = scored(gold, make_tables(tmp_path / "human", evidence="human"))
    assert lines(evaluation)[0].n_machine == 0
    assert "Scores" not in report([evaluation])


def test_several_human_codings_are_scored_apart_and_together(gold, out):
    for kind in ("units", "gold"):
        (gold / f"{kind}.jsonl").write_text((gold / f"talks_{kind}.jsonl").read_text())
    evaluations = scored(gold, out)
    assert [evaluation.scope for evaluation in evaluations] == ["talks", "gold", POOLED]
    assert [lines(evaluation)[0].n_both for evaluation in evaluations] == [4, 4, 8]
    assert evaluations[-1].n_documents == 2
    assert len(agreement_rows(evaluations)) == 3 * 8


def test_a_human_coding_of_other_documents_is_told(gold, out):
    write_lines(gold / "more_units.jsonl", [{"uid": "x", "doc": "elsewhere", "start": 0, "end": 5}])
    write_lines(gold / "more_gold.jsonl", [])
    (evaluation,) = scored(gold, out)
    assert evaluation.notes == ["human coding left out, for none of its documents is among the pages: more"]


def test_nothing_coded_on_either_side(tmp_path, out):
    folder = tmp_path / "none"
    folder.mkdir()
    write_lines(folder / "units.jsonl", [{"uid": "a4", "doc": "one", "start": 79, "end": 89, "text": "It rained."}])
    write_lines(folder / "gold.jsonl", [])
    evaluations = scored(folder, out, 10)
    assert "Neither people nor the machine gave a code." in report(evaluations)
    assert agreement_rows(evaluations)[0]["f1"] is None


UNIT = '{"uid": "u", "doc": "one", "start": 0, "end": 18}'


@pytest.mark.parametrize(
    ("units", "codes", "message"),
    [
        (UNIT + "\n{", "", r"x_units\.jsonl, line 2: not valid JSON"),
        ("[]", "", r"x_units\.jsonl, line 1: not a JSON object"),
        ('{"uid": "u"}', "", r"x_units\.jsonl, line 1: `doc` is missing"),
        (UNIT.replace("18", '"18"'), "", r"line 1: `end` should be of type int"),
        (UNIT.replace("18", "0"), "", r"line 1: `start` and `end` do not make a span"),
        (UNIT + "\n" + UNIT, "", r"line 2: the unit `u` occurs twice"),
        (UNIT, '\n{"uid": "v", "codes": []}', r"x_gold\.jsonl, line 2: x_units\.jsonl has no unit `v`"),
        (UNIT, '{"uid": "u", "codes": ["value.trust"]}', r"line 1: a code needs `key`"),
        (UNIT, '{"uid": "u", "codes": [{"key": "value.trst"}]}', r"no code `value\.trst`; did you mean `value\.trust`"),
        (
            UNIT,
            '{"uid": "u", "codes": [{"key": "value.trust", "status": "endorse"}]}',
            r"no status `endorse` of value\.trust; did you mean `endorsed`",
        ),
    ],
)
def test_a_wrong_line_is_told(tmp_path, units, codes, message):
    (tmp_path / "x_units.jsonl").write_text(units)
    (tmp_path / "x_gold.jsonl").write_text(codes)
    with pytest.raises(UserError, match=message):
        read_gold(tmp_path, CODEBOOK)


def test_text_that_is_not_utf8_is_told(gold):
    (gold / "talks_gold.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="cannot be read as UTF-8"):
        read_gold(gold, CODEBOOK)


def test_folders_that_do_not_fit_are_told(gold, out, tmp_path):
    with pytest.raises(UserError, match="no such folder of human codings"):
        read_gold(tmp_path / "nowhere", CODEBOOK)
    with pytest.raises(UserError, match=r"holds no pair of NAME_units\.jsonl"):
        read_gold(out, CODEBOOK)
    with pytest.raises(UserError, match="no table pages there; run"):
        scored(gold, tmp_path / "nowhere")
    units = (gold / "talks_units.jsonl").read_text().replace('"one"', '"eins"').replace('"two"', '"zwei"')
    (gold / "talks_units.jsonl").write_text(units)
    with pytest.raises(UserError, match=r"holds no document of the human codings .* `eins`"):
        scored(gold, out)


def test_a_document_that_could_be_two_pages_is_told(gold, out):
    Store(out).write("pages", [PAGE | {"document_id": "x", "path": "old/one.html", "text": "x"}], "x")
    with pytest.raises(UserError, match=r"`one` of the gold may be any of in/one\.txt, old/one\.html"):
        scored(gold, out)


def test_documents_that_are_not_there_are_left_out(gold, out):
    units = (gold / "talks_units.jsonl").read_text().replace('"two"', '"zwei"')
    (gold / "talks_units.jsonl").write_text(units)
    (evaluation,) = scored(gold, out)
    assert lines(evaluation)[0].n_human == 4
    assert evaluation.notes == ["documents of the human coding that are not among the pages; left out: 1"]


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        # Krippendorff 2011, section A: two observers, ten units, yes or no: alpha .095.
        ({(0, 0): 5, (0, 1): 3, (1, 0): 1, (1, 1): 1}, 0.0952),
        # Section B: two observers, twelve units, five nominal values: alpha .692.
        (
            {("a", "a"): 1, ("b", "b"): 2, ("c", "c"): 3, ("d", "d"): 2, ("e", "e"): 1}
            | {("a", "b"): 1, ("d", "b"): 1, ("a", "d"): 1},
            0.6923,
        ),
        ({(1, 1): 4}, None),
    ],
)
def test_alpha_of_the_published_examples(decisions, expected):
    assert nominal_alpha(decisions) == (None if expected is None else pytest.approx(expected, abs=5e-4))


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        (["a b", "c"], ["a b"], 0.5),
        (["a b c d"], ["c d e"], 0.4),
        (["A, b"], ["a b"], 1.0),
        (["a"], [], 0.0),
    ],
)
def test_quote_overlap(theirs, ours, expected):
    assert quote_overlap(theirs, ours) == pytest.approx(expected)


def test_figures_that_cannot_be_had():
    import numpy as np

    assert kappa(0, 0, 0, 10) is None and kappa(0, 0, 0, 0) is None
    assert figure(np.array([np.nan, 1.0, 1.0])).value is None
    assert mean_of_known(np.array([[1.0, np.nan], [np.nan, np.nan]]))[0] == 1.0
    assert resamples(3, 0).tolist() == [[1.0, 1.0, 1.0]]
    assert best_half([]) is None and calibration_error([]) is None


def test_the_command_prints_a_report_and_tells_bad_input_in_one_line(gold, out, tmp_path):
    told = tmp_path / "figures.csv"
    done = pipeline("evaluate", "--gold", gold, "--out", out, "--boot", 20, "--csv", told)
    assert done.stdout.startswith("talks: 10 units of 2 documents\n") and told.is_file()
    for arguments, message in (
        (["--gold", tmp_path / "nowhere"], "no such folder of human codings"),
        (["--gold", gold], "talks: no folder of texts beside the human codings; name tables with --out"),
    ):
        failed = pipeline("evaluate", *arguments, check=False)
        assert failed.returncode == 2 and failed.stdout == ""
        assert failed.stderr.startswith("error: ") and failed.stderr.count("\n") == 1 and message in failed.stderr
