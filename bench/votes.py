"""python bench/votes.py [FOLDER]: what the votes of the two extractors are worth to the judge of HTML blocks.

The judge is fitted anew with and without each vote, on pages whose phrases are known, and scored on blocks of web pages
held out (five folds by page, three ways of folding). FOLDER holds `webpages` and `iriss`, as `pipeline.clean.train` has it.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
WAYS = {"both": (), "without trafilatura": ("_trafilatura",), "without resiliparse": ("_resiliparse",)}


def held_out_f1(tables: list[Any], labels: list[Any], weights: list[Any], is_web: list[bool], seed: int) -> float:
    """F1 over the labelled blocks of web pages, each judged by a model that saw nothing of its page."""
    from pipeline.clean import html_judge, train_html

    fold = np.random.RandomState(seed).permutation(len(tables)) % 5
    right = kept = wanted = 0
    for part in range(5):
        inside = [i for i in range(len(tables)) if fold[i] != part]
        model = html_judge.stacked(
            train_html.fit(*([column[i] for i in inside] for column in (tables, labels, weights)))
        )
        for i in np.flatnonzero(fold == part):
            if is_web[i]:
                guess = html_judge.scores(tables[i], model) >= html_judge.CUT_OFF
                right += int((guess & (labels[i] == 1)).sum())
                kept += int((guess & (labels[i] >= 0)).sum())
                wanted += int((labels[i] == 1).sum())
    return 2 * right / (kept + wanted)


def main(truth: Path) -> None:
    from pipeline.clean import html_features, train

    for name, missing in WAYS.items():
        with ExitStack() as without:
            for extractor in missing:
                without.enter_context(mock.patch.object(html_features, extractor, lambda html: ""))
            tables, labels, weights = train.html_blocks(truth)
        is_web = [float(weight[0]) == 1.0 for weight in weights]
        found = [held_out_f1(tables, labels, weights, is_web, seed) for seed in range(3)]
        print(f"{name}: F1 {np.mean(found):.3f} ({min(found):.3f} to {max(found):.3f})", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "shared")
