"""Corpora of several times the size: as long and as marked up as the pages they are made from, and no copies."""

import re

from bench.scale import make_corpus, report, varied
from pipeline.clean.near_duplicates import sketch

PAGE = """<html><head><title>Panel {n}. Kept as it is, word for word.</title></head><body><nav>Home. About us.</nav>
<p class="a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v">{text}</p><script>if (a < b) {{ say("Nothing of this. Changes ever."); }}</script>
</body></html>"""
NOUNS = [
    "panel",
    "nurse",
    "council",
    "street",
    "budget",
    "garden",
    "library",
    "tenant",
    "kitchen",
    "meeting",
    "school",
    "carer",
    "bridge",
    "harbour",
]
VERBS = ["asked", "built", "shared", "weighed", "planned", "mended", "opened", "paid", "wrote", "chose"]


def pages():
    lines = [
        f"The {one} of number {n} {verb} what the {other} had hoped for, and wrote it down for everyone to read{n % 7}."
        for n, (one, verb, other) in enumerate((a, v, b) for a in NOUNS for v in VERBS for b in NOUNS)
    ]
    return [PAGE.format(n=n, text=" ".join(lines[40 * n : 40 * n + 40])) for n in range(8)]


def test_markup_and_lengths_stay_and_sentences_go():
    made = varied(pages(), seed=1)
    for before, after in zip(pages(), made, strict=True):
        assert re.findall(r"<[^>]*>", after) == re.findall(r"<[^>]*>", before)
        assert after.count(". The") == before.count(". The")
        for kept in ("Kept as it is, word for word.", "Home. About us.", "Nothing of this. Changes ever."):
            assert kept in after
        assert after != before
    assert varied(pages(), seed=1) == made != varied(pages(), seed=2)


def test_no_page_is_like_another_one():
    sketches = [set(sketch(page)) for seed in (1, 2, 3) for page in varied(pages(), seed)]
    sketches += [set(sketch(page)) for page in pages()]
    most = max(len(a & b) / min(len(a), len(b)) for i, a in enumerate(sketches) for b in sketches[:i])
    assert most < 0.6


def test_a_corpus_has_so_many_times_the_pages(tmp_path):
    source = tmp_path / "source"
    (source / "notes").mkdir(parents=True)
    for number, page in enumerate(pages()):
        (source / "notes" / f"{number}.html").write_text(page, "utf-8")
    (source / "scan.pdf").write_bytes(b"%PDF-1.7")
    assert make_corpus(source, tmp_path / "made", 3) == 24
    assert len(list((tmp_path / "made").rglob("*.html"))) == 24
    assert (tmp_path / "made/copy2/notes/3.html").read_text("utf-8") == varied(pages(), seed=2)[3]


def test_the_report_tells_what_one_more_page_costs():
    def cost(cpu, memory):
        return {"ingest": {"wall": cpu, "cpu": cpu, "memory": memory}} | {
            "nothing to do": {"wall": 1.0, "cpu": 1.0, "memory": 50.0},
            "kept": {"share": 1.0},
        }

    text = report({1: (100, cost(2.0, 200.0)), 4: (400, cost(5.0, 210.0))}, ["ingest"])
    assert "| ingest | 4x | 400 | 5.0 | 5.0 | 10.0 | 210 |" in text
    assert "| ingest | 10.0 | 360,000 | +5% |" in text
