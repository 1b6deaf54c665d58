"""vectors and texts -> quality, seconds and memory of the clusterer beside BERTopic's defaults and k-means.

    python bench/themes_rivals.py vectors.npy texts.jsonl [--number K]

`texts.jsonl` holds one {"text": ..., "label": ...} a line, in the order of the rows of `vectors.npy` (of length 1).
Each way runs in a process of its own, so that peak memory is its own; it is warmed
on 300 texts, then timed (seconds of wall and of processor).
Agreement is the adjusted Rand index between fits on two 80% samples, on the texts they share; mean over the pairs (`--pairs`).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
Fit = Callable[[Any, list[str]], Any]


def ours(number: int | None) -> Fit:
    from pipeline.themes.clusterer import GraphClusters

    return lambda vectors, texts: GraphClusters(number).fit(vectors).labels_


def ours_in_bertopic(number: int | None) -> Fit:
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction

    from pipeline.themes.clusterer import GraphClusters

    def fit(vectors: Any, texts: list[str]) -> Any:
        model = BERTopic(
            language="multilingual", umap_model=BaseDimensionalityReduction(), hdbscan_model=GraphClusters(number)
        )
        return model.fit_transform(texts, embeddings=vectors)[0]

    return fit


def bertopic_default(number: int | None) -> Fit:
    from bertopic import BERTopic

    return lambda vectors, texts: BERTopic(nr_topics=number).fit_transform(texts, embeddings=vectors)[0]


def k_means(number: int | None) -> Fit:
    from sklearn.cluster import KMeans

    return lambda vectors, texts: KMeans(number or 20, n_init=1, random_state=0).fit_predict(vectors)


WAYS = {"graph": ours, "graph in BERTopic": ours_in_bertopic, "BERTopic default": bertopic_default, "k-means": k_means}


def measure(
    way: str,
    number: int | None,
    vectors: Any,
    texts: list[str],
    labels: list[str],
    pairs: int,
    changed: dict[str, float],
    pipe: Any,
) -> None:
    """Fit, time, compare; send one row of figures. `changed` are constants of the clusterer to try."""
    from sklearn.metrics import adjusted_rand_score as agree

    from pipeline.themes import clusterer

    for name, value in changed.items():
        setattr(clusterer, name, type(getattr(clusterer, name))(value))
    fit = WAYS[way](number)
    fit(vectors[:300], texts[:300])
    started, worked = time.perf_counter(), time.process_time()
    found = np.asarray(fit(vectors, texts))
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    kept = [agreement(fit, vectors, texts, 2 * pair + 1) for pair in range(pairs)]
    pipe.send(
        {
            "way": way,
            "seconds": round(seconds, 2),
            "processor_seconds": round(processor, 2),
            "peak_mb": memory,
            "themes": len(set(found[found >= 0])),
            "outliers": round(float((found < 0).mean()), 3),
            "ari": round(agree(labels, found), 3),
            "agreement": round(float(np.mean(kept)), 3) if kept else None,
        }
    )


def agreement(fit: Fit, vectors: Any, texts: list[str], seed: int) -> float:
    """Adjusted Rand index between fits on the samples drawn with `seed` and the next seed."""
    from sklearn.metrics import adjusted_rand_score as agree

    samples = [sorted(random.Random(s).sample(range(len(texts)), int(0.8 * len(texts)))) for s in (seed, seed + 1)]
    fits = [dict(zip(s, np.asarray(fit(vectors[s], [texts[i] for i in s])), strict=True)) for s in samples]
    both = sorted(set(fits[0]) & set(fits[1]))
    return float(agree([fits[0][i] for i in both], [fits[1][i] for i in both]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--number", type=int, help="number of themes; chosen by each way where left out")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--pairs", type=int, default=1, help="pairs of samples for the agreement")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="constants of the clusterer to try")
    chosen = parser.parse_args()
    changed = {name: float(value) for name, value in (pair.split("=") for pair in chosen.set)}
    rows = [json.loads(line) for line in chosen.texts.read_text("utf-8").splitlines() if line.strip()]
    texts, labels = [row["text"] for row in rows], [str(row.get("label", "")) for row in rows]
    vectors = np.load(chosen.vectors)
    for way in chosen.ways.split(","):
        end, pipe = multiprocessing.get_context("spawn").Pipe(duplex=False)
        arguments = (way, chosen.number, vectors, texts, labels, chosen.pairs, changed, pipe)
        process = multiprocessing.get_context("spawn").Process(target=measure, args=arguments)
        process.start()
        pipe.close()
        print(json.dumps(end.recv()), flush=True)
        process.join()


if __name__ == "__main__":
    main()
