"""invented phrases planted in real text -> spam.json: fits the judge of planted phrases."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipeline.clean.spam import _SHAPE, MODEL, SHAPES, Candidate, Page, _best, _edge_shape, pooled, score
from pipeline.clean.words import lexicon

SEED, HIDDEN, FOLDS, STRENGTH = 11, 24, 5, 0.03
SINGLE, REPEATED = 2.0, 1.0  # log odds from which a phrase is cut that stands once, or more than once
SYLLABLES = "cro ban zu fle mo tri vex lo nar pix qua ster dy bo ka lin ex tro wen za pho glo ri mu ten vi".split()  # noqa: SIM905


def invent(words: dict[str, list[str]], draw: random.Random) -> str:
    """One link phrase of three to six words, in one of several styles."""
    pick = lambda kind: draw.choice(words[kind])  # noqa: E731
    brand = "".join(draw.choices(SYLLABLES, k=draw.randrange(2, 4)))
    styles = (
        lambda: [pick("modifier"), pick("noun"), pick("noun"), pick("seller")],
        lambda: [pick("modifier"), pick("noun"), pick("seller")],
        lambda: [pick("noun"), pick("noun"), pick("seller")],
        lambda: [pick("modifier"), pick("modifier"), pick("noun"), pick("seller")],
        lambda: [pick("modifier"), pick("service"), pick("service"), pick("seller")],
        lambda: [pick("service"), pick("service"), pick("service")],
        lambda: [pick("service"), pick("modifier"), pick("service"), pick("seller")],
        lambda: [pick("noun"), pick("modifier"), pick("noun"), brand, pick("noun")],
        lambda: [brand, pick("modifier"), pick("noun"), pick("seller")],
        lambda: [pick("modifier"), brand, pick("noun"), pick("noun")],
        lambda: [pick("modifier"), pick("noun"), pick("noun"), pick("noun"), pick("seller")],
        lambda: [pick("noun"), pick("noun"), pick("noun"), pick("noun")],
        lambda: [pick("modifier"), pick("noun"), pick("modifier"), pick("noun"), pick("seller"), pick("seller")],
        lambda: [pick("modifier"), pick("modifier"), pick("noun")],
    )
    return " ".join(draw.choice(styles)())


def formal_run(words: dict[str, list[str]], draw: random.Random) -> str:
    """A run of content words as formal prose has it: what must not be taken for a planted phrase."""
    pick = lambda kind: draw.choice(words[f"formal_{kind}"])  # noqa: E731
    patterns: tuple[str, ...] = (
        "adjective adjective noun",
        "adjective noun noun",
        "adverb adjective noun",
        "adjective noun verb",
        "noun verb adjective noun",
    )
    patterns += (
        "adjective adjective noun verb",
        "noun noun noun",
        "adjective noun verb noun",
        "verb adjective noun",
        "noun noun verb",
    )
    patterns += (
        "adjective noun verb adjective noun",
        "verb noun noun",
        "adverb verb noun",
        "adjective noun noun noun",
        "verb adjective adjective noun",
    )
    return " ".join(pick(kind) for kind in draw.choice(patterns).split())


def formal_line(words: dict[str, list[str]], draw: random.Random) -> str:
    """A sentence of formal prose, wrong in sense and right in shape."""
    openings: tuple[str, ...] = (
        "The",
        "In the",
        "This involves",
        "Many",
        "A focus on",
        "There is",
        "We found that",
        "Such",
        "It may lead to",
        "Some see",
    )
    joints: tuple[str, ...] = (
        "of the",
        "and",
        "in",
        "that would",
        "with",
        "for the",
        "which",
        "by",
        "to",
        "or",
        "between",
        ", and",
        "through",
    )
    made = draw.choice(openings)
    for _ in range(draw.randrange(1, 4)):
        made += f" {formal_run(words, draw)} {draw.choice(joints)}".replace(" ,", ",")
    return f"{made} {formal_run(words, draw)}."


def split_words(products: dict[str, list[str]], part: int | None, draw: random.Random) -> dict[str, list[str]]:
    """The vocabulary without (part None) or with only one fifth held out; parts are fixed by the words' order."""
    if part is None:
        return products
    return {kind: [w for i, w in enumerate(sorted(set(ws))) if i % FOLDS == part] for kind, ws in products.items()}


def plant(lines: Sequence[str], words: dict[str, list[str]], draw: random.Random) -> tuple[list[str], set[str]]:
    """Lines with one or two phrases planted at one to four places each."""
    made, planted = list(lines), set()
    for _ in range(draw.choice([1, 1, 2])):
        phrase = invent(words, draw)
        planted.add(phrase)
        for _ in range(draw.choice([1, 1, 1, 2, 2, 3, 4])):
            i = draw.randrange(len(made))
            if draw.random() < 0.2:
                made.insert(i, phrase)
                continue
            parts = made[i].split(" ")
            ends = [k + 1 for k, w in enumerate(parts[:-1]) if w[-1:] in ".?!,"]
            at = draw.choice(ends) if ends and draw.random() < 0.4 else draw.randrange(len(parts) + 1)
            made[i] = " ".join([*parts[:at], phrase, *parts[at:]])
    return made, planted


def fit_of_shapes(documents: Sequence[Sequence[str]]) -> np.ndarray:
    """Log ratio of how often two shapes of words stand side by side to how often they would by chance."""
    counts = np.ones((len(SHAPES), len(SHAPES)))
    for lines in documents:
        for line in lines:
            from pipeline.clean.spam import tokens_of

            tokens = tokens_of(line)
            for i in range(len(tokens)):
                counts[_SHAPE[_edge_shape(line, tokens, i, -1)], _SHAPE[tokens[i].shape]] += 1
            if tokens:
                counts[_SHAPE[tokens[-1].shape], _SHAPE[_edge_shape(line, tokens, len(tokens) - 1, 1)]] += 1
    total = counts.sum()
    return np.log(counts * total / counts.sum(axis=1, keepdims=True) / counts.sum(axis=0, keepdims=True))


def rows(
    page: Page, planted: set[str], fit: np.ndarray, draw: random.Random, spare: float
) -> tuple[list[np.ndarray], list[int], list[Candidate]]:
    """Features and labels of a page's candidates; of the negatives that touch no planted phrase a share `spare`."""
    table, labels, which = [], [], []
    hot = {w for p in planted for w in p.split()}
    for c in page.candidates:
        if not page.is_maximal(c):
            continue
        is_planted = c.text in planted
        if not is_planted and not (set(c.text.split()) & hot) and draw.random() > spare:
            continue
        n_pages = draw.choice([1, 1, 1, 1, 2, 3]) if is_planted else draw.choice([1, 1, 1, 1, 1, 1, 1, 2, 3])
        table.append(page.features(c, n_pages, fit))
        labels.append(int(is_planted))
        which.append(c)
    return table, labels, which


def fit_model(table: np.ndarray, labels: np.ndarray, shape_fit: np.ndarray) -> dict[str, Any]:
    """A network with one hidden layer, as plain numbers."""
    from sklearn.neural_network import MLPClassifier

    mean, spread = table.mean(axis=0), table.std(axis=0) + 0.1
    ready = np.clip((table - mean) / spread, -6, 6)
    model = MLPClassifier(
        (HIDDEN,),
        activation="tanh",
        alpha=STRENGTH,
        max_iter=60,
        random_state=SEED,
        early_stopping=False,
        batch_size=256,
    )
    model.fit(ready, labels)
    (hidden, out), (hidden_bias, out_bias) = model.coefs_, model.intercepts_
    return {
        "fit": shape_fit,
        "mean": mean,
        "spread": spread,
        "hidden": hidden,
        "hidden_bias": hidden_bias,
        "out": out[:, 0],
        "out_bias": float(out_bias[0]),
    }


def training_set(
    documents: dict[str, list[str]],
    names: Sequence[str],
    words: dict[str, list[str]],
    formal: dict[str, list[str]],
    piles: list[str],
    shape_fit: np.ndarray,
    folder: Path,
    draw: random.Random,
    rounds: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Planted and untouched pages of some documents as a table of features and labels."""
    known = lexicon(folder)
    table: list[np.ndarray] = []
    labels: list[int] = []
    for name in names:
        whole = documents[name]
        t, own, _ = rows(Page(whole, known), set(), shape_fit, draw, 1.0)
        table += t
        labels += own
        for _ in range(rounds):
            at = draw.randrange(max(1, len(whole) - 10))
            lines, planted = plant(whole[at : at + 10], words, draw)
            if draw.random() < 0.5:
                k = draw.randrange(len(lines))
                pile = draw.choice(piles)
                lines[k] = (
                    f"{lines[k]} {draw.choice(['We spoke about the', 'There was a', 'They set up a', 'He works on the', 'It is part of the', 'Then came the'])} {pile} {draw.choice(['in the spring.', 'and it helped.', 'last year.', 'for a while.', 'which was new.'])}"
                )
            for _ in range(draw.randrange(0, 4)):
                lines.insert(draw.randrange(len(lines)), formal_line(formal, draw))
            t, own, _ = rows(Page(lines, known), planted, shape_fit, draw, 0.3)
            table += t
            labels += own
    return np.stack(table), np.array(labels)


def train_spam(folder: Path, documents: dict[str, list[str]], folds: int = 1, rounds: int = 14) -> dict[str, Any]:
    """Fit, write and measure; the figures are of documents and of words held out together."""
    products = yaml.safe_load((folder / "training/products.yaml").read_text("utf-8"))
    piles = products.pop("aside")
    formal = {kind: products.pop(kind) for kind in sorted(products) if kind.startswith("formal_")}
    names = sorted(documents)
    draw = random.Random(SEED)
    shape_fit = np.round(fit_of_shapes([documents[n] for n in names]), 3)
    known = lexicon(folder)
    real: list[tuple[float, bool, str]] = []
    hits: list[tuple[float, bool, bool]] = []
    for fold in range(folds):
        inside = [n for i, n in enumerate(names) if i % FOLDS != fold]
        outside = [n for i, n in enumerate(names) if i % FOLDS == fold]
        seen = {k: [w for i, w in enumerate(sorted(set(ws))) if i % FOLDS != fold] for k, ws in products.items()}
        unseen = split_words(products, fold, draw)
        model = fit_model(
            *training_set(documents, inside, seen, formal, piles, shape_fit, folder, draw, rounds), shape_fit
        )
        for name in outside:
            page = Page(documents[name], known)
            t, _, which = rows(page, set(), shape_fit, random.Random(1), 1.0)
            if t:
                for value, c in zip(pooled(which, score(np.stack(t), model).tolist()), which, strict=True):
                    real.append((float(value), page.n_phrase[c.text] > 1, f"{name[:20]}: {c.text}"))
            for _ in range(8):
                lines, planted = plant(documents[name][:10], unseen, draw)
                page = Page(lines, known)
                t, _, which = rows(page, planted, shape_fit, draw, 1.0)
                best = _best(list(zip(pooled(which, score(np.stack(t), model).tolist()), which, strict=True)))
                for value, c in best:
                    if c.text in planted:
                        hits.append((value, page.n_phrase[c.text] > 1, True))
                found = {(c.line, c.first, c.last) for _, c in best}
                missed = [c for c in page.candidates if c.text in planted and (c.line, c.first, c.last) not in found]
                hits += [(-9.0, page.n_phrase[c.text] > 1, True) for c in missed]
    figures: dict[str, Any] = {"n_real_candidates": len(real), "n_planted": len(hits)}
    for is_repeated, name in ((False, "single"), (True, "repeated")):
        noise = sorted((v for v, r, _ in real if r == is_repeated), reverse=True)
        reached = np.array([v for v, r, _ in hits if r == is_repeated] or [0.0])
        for level in (0, 1, 2, 3, 4, 5):
            figures[f"{name}_{level}"] = (round(float((reached >= level).mean()), 3), sum(v >= level for v in noise))
    figures["worst"] = sorted(real, reverse=True)[:40]
    model = fit_model(
        *training_set(documents, names, products, formal, piles, shape_fit, folder, draw, rounds), shape_fit
    )
    written = {k: np.round(v, 4).tolist() if isinstance(v, np.ndarray) else v for k, v in model.items()}
    written |= {"single": SINGLE, "repeated": REPEATED, "held_out": {k: v for k, v in figures.items() if k != "worst"}}
    (folder / MODEL).write_text(json.dumps(written) + "\n", "utf-8")
    return figures
