"""python -m bench.duplicates DIR [--number 60]: how many repeated pages `clean` finds; prints precision and recall.

Of the documents that `clean` keeps in DIR the first half of each is a page of its own. From a part of them are made, on
other sites with other furniture: the same article (masthead), a version with up to a fifth of its words in sentences
that were reworded or are gone (update), and a run of about a third of it (excerpt). The second halves stand in pages of
the same site, with the same furniture and the shortest paragraph of the first half: none of these is a repeat.
"""

from __future__ import annotations

import argparse
import html
import random
import re
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.run import Options, run

SENTENCE = re.compile(r"(?<=[.!?])\s+")
FURNITURE = (
    "Home News Topics Events About us Contact", "Sign up to our newsletter and never miss an issue.",
    "You can republish our articles for free, online or in print, under Creative Commons licence.",
    "We are a charity registered in Scotland. Our funders support our work with services and communities.",
)  # fmt: skip
KINDS = ("masthead", "update", "excerpt")


def cleaned(raw: Path, out: Path) -> list[dict[str, str]]:
    """Path, text and duplicate_of of every document kept or set aside as a duplicate."""
    run("clean", Options(raw, out))
    columns = ["document_id", "path", "text", "status", "duplicate_of"]
    return pq.read_table(out / "documents.parquet", columns=columns).to_pylist()


def page(title: str, paragraphs: list[str], site: str, furniture: bool) -> str:
    """A page of a site."""
    menu = "".join(f"<p>{line}</p>" for line in FURNITURE) if furniture else f"<nav>{site} front page</nav>"
    body = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
    address = f'<link rel="canonical" href="https://{site}/{title}"><title>{title} | {site}</title>'
    return f"<html><head>{address}</head><body><article><h1>{title}</h1>{body}</article>{menu}</body></html>"


def reworded(paragraphs: list[str], dice: random.Random) -> list[str]:
    """Words of one sentence in ten dealt anew, one in ten gone, up to a fifth of all words."""
    made, left = [], sum(len(text.split()) for text in paragraphs) // 5
    for text in paragraphs:
        kept = []
        for sentence in SENTENCE.split(text):
            words, chance = sentence.split(), dice.random()
            if chance < 0.2 and len(words) <= left:
                left -= len(words)
                if chance < 0.1:
                    continue
                dice.shuffle(words)
            kept.append(" ".join(words))
        made.append(" ".join(kept))
    return [text for text in made if text]


def variants(paragraphs: list[str], dice: random.Random) -> dict[str, list[str]]:
    """The same words, an updated version, an excerpt."""
    size = max(1, len(paragraphs) // 3)
    start = dice.randrange(len(paragraphs) - size + 1)
    return dict(zip(KINDS, (paragraphs, reworded(paragraphs, dice), paragraphs[start : start + size]), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--number", type=int, default=60, help="articles that are repeated")
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as folder:
        texts = [row["text"] for row in cleaned(chosen.raw, Path(folder) / "first") if row["status"] == "kept"]
        made = Path(folder) / "pages"
        made.mkdir()
        origin = write_pages(made, texts, chosen.number, dice)
        report(cleaned(made, Path(folder) / "second"), origin)


def write_pages(folder: Path, texts: list[str], number: int, dice: random.Random) -> dict[str, tuple[int, str]]:
    """Write the pages; the article and the kind of each, by name of file."""
    origin = {}
    for article, text in enumerate(texts):
        parts = [line for line in text.split("\n") if len(line.split()) >= 8]
        if len(parts) < 8:
            continue
        first, second = parts[: len(parts) // 2], parts[len(parts) // 2 :]
        pages = {"first": first, "second": [*second, min(first, key=len)]}
        if article < number:
            pages |= variants(first, dice)
        for kind, paragraphs in pages.items():
            is_repeat = kind in KINDS
            name, site = f"{kind}-{article}.html", f"{kind}.example" if is_repeat else "review.example"
            (folder / name).write_text(page(f"Article {article} {kind}", paragraphs, site, not is_repeat), "utf-8")
            origin[name] = (article, kind)
    return origin


def report(documents: list[dict[str, str]], origin: dict[str, tuple[int, str]]) -> None:
    """Print how many repeats were found, by kind, and how many of those found are repeats."""
    name = {row["document_id"]: Path(row["path"]).name for row in documents}
    planted, found = Counter(), Counter()
    right = wrong = 0
    stands_for = {name[row["document_id"]]: name.get(row["duplicate_of"] or "", "") for row in documents}
    for own, (number, kind) in origin.items():
        if other := stands_for.get(own):
            is_right = origin[other][0] == number and "second" not in (kind, origin[other][1])
            right, wrong = right + is_right, wrong + (not is_right)
        if kind in KINDS:
            first = f"first-{number}.html"
            group = {stands_for.get(own) or own} & {stands_for.get(first) or first}
            planted[kind] += 1
            found[kind] += bool(group)
    print(f"{len(documents)} documents; found by kind:", ", ".join(f"{k} {found[k]}/{planted[k]}" for k in KINDS))
    print(f"recall {sum(found.values()) / sum(planted.values()):.3f}, precision {right / max(1, right + wrong):.3f}")


if __name__ == "__main__":
    main()
