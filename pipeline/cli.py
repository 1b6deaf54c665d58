"""The command line: one command for each stage, and status, verify, explain, evaluate, quotes.

What a command needs is imported when it runs, so that help appears at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import UserError, nearest

if TYPE_CHECKING:
    from pipeline.review.gold import Gold
    from pipeline.run import Options

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="From a folder of scraped pages about co-production to tables of values, barriers, roles and themes.",
)  # fmt: skip

MEANING = {  # of every stage and alias of flow.py, in its order
    "ingest": "Read the pages of RAW.",
    "clean": "Remove spam, menus, paywalls and widgets, with a ledger. Set duplicates and off-topic pages aside.",
    "segment": "Split documents into sentences and passages.",
    "embed": "Encode sentences and passages.",
    "extract": "Code values, barriers, roles, enablers and participation.",
    "cluster": "Find the themes of the passages (also `themes`).",
    "tabulate": "Make the tables for readers.",
    "publish": "Write CSV, data dictionary and report: the whole run.",
    "themes": "The same as cluster.",
}
RAW = Annotated[Path, typer.Option(help="Folder of scraped pages, with sub-folders.")]
OUT = Annotated[Path, typer.Option(help="Folder for the tables.")]
SETTINGS = Annotated[Path, typer.Option(help="Settings file.")]
CODEBOOK = Annotated[Path, typer.Option(help="Codebook.")]
WORKERS = Annotated[int, typer.Option(min=0, help="Worker processes; 0 = one a core.")]
ROOT = Path(__file__).resolve().parent.parent
DEFAULTS = SimpleNamespace(
    raw=Path("data/raw"), out=Path("data/processed"), evaluation=Path("data/processed/evaluation"),
    settings=ROOT / "settings.toml", codebook=ROOT / "codebook.yaml",
)  # fmt: skip


def _stage_command(stage: str) -> Callable[..., None]:
    def command(
        raw: RAW = DEFAULTS.raw,
        out: OUT = DEFAULTS.out,
        settings: SETTINGS = DEFAULTS.settings,
        codebook: CODEBOOK = DEFAULTS.codebook,
        workers: WORKERS = 0,
        runner: Annotated[str, typer.Option(help="local or dask.")] = "local",
        scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
        force: Annotated[bool, typer.Option("--force", help="Recompute everything up to the stage.")] = False,
    ) -> None:
        from pipeline.run import Options, run
        from pipeline.summary import summary

        done = run(stage, Options(raw, out, settings, codebook, workers, runner, scheduler, force))
        print(summary(out, stage, done))

    return command


for _stage in MEANING:
    app.command(_stage, help=MEANING[_stage])(_stage_command(_stage))


@app.command()
def status(
    raw: RAW = DEFAULTS.raw, out: OUT = DEFAULTS.out, settings: SETTINGS = DEFAULTS.settings,
    codebook: CODEBOOK = DEFAULTS.codebook,
) -> None:  # fmt: skip
    """Say what is stale and why; change nothing."""
    from pipeline.run import Options
    from pipeline.run import status as stale

    for stage, step, count, total, why in stale(Options(raw, out, settings, codebook)):
        state = "fresh" if not count else f"{count} of {total} to do: {why}"
        print(f"{stage:<9} {step:<11} {state}")


@app.command()
def verify(out: Annotated[Path, typer.Argument(help="Folder of the tables.")] = DEFAULTS.out) -> None:
    """Prove the tables. Pages rebuild, quotes are verbatim, ids resolve, counts agree."""
    from pipeline.verify import verify as prove

    checks = prove(out)
    for check in checks:
        print(f"{'ok  ' if not check.problems else 'FAIL'}  {check.n_checked:>7}  {check.name}")
        for problem in check.problems[:5]:
            print(f"               {problem}")
    failed = sum(bool(check.problems) for check in checks)
    print(f"{len(checks) - failed} checks passed, {failed} failed")
    raise typer.Exit(1 if failed else 0)


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="Path or document_id of a page, or a coding_id.")],
    out: OUT = DEFAULTS.out,
) -> None:
    """Say what a page lost and why, or what speaks for a coding."""
    from pipeline.explain import explain as in_words

    print(in_words(out, name))


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Option(help="Folder of human codings: NAME_units.jsonl with NAME_gold.jsonl.")],
    out: Annotated[
        Path | None, typer.Option(help="Tables to score. Without it the texts in GOLD/NAME_texts are analysed first.")
    ] = None,
    boot: Annotated[int, typer.Option(min=0, help="Bootstrap samples for the 95% intervals; 0 = none.")] = 1000,
    csv: Annotated[Path | None, typer.Option(help="Also write the figures as a CSV file.")] = None,
    settings: SETTINGS = DEFAULTS.settings,
    codebook: CODEBOOK = DEFAULTS.codebook,
    workers: WORKERS = 0,
) -> None:
    """Score the codings against human ones. Precision, recall, F1, statuses, quotes, kappa, alpha and calibration.

    Each line of NAME_units.jsonl is a sentence of a text: {"uid": "u1", "doc": "page", "start": 0, "end": 24, "text":
    "Trust came from honesty."}. Each line of NAME_gold.jsonl is what a person gave it: {"uid": "u1", "codes": [{"key":
    "value.trust", "status": "endorsed", "quote": "Trust"}]}. Sentences without a line there have no codes.
    """
    from pipeline.codebook import load
    from pipeline.review.evaluate import evaluate as score
    from pipeline.review.evaluate import write_csv
    from pipeline.review.evaluation_text import report
    from pipeline.review.gold import read_gold
    from pipeline.run import Options

    golds = read_gold(gold, load(codebook))
    if out:
        outs = {one.name: out for one in golds}
    else:
        outs = _analysed(golds, Options(DEFAULTS.raw, DEFAULTS.evaluation, settings, codebook, workers))
    evaluations = score(golds, outs, boot)
    print(report(evaluations))
    if csv:
        write_csv(csv, evaluations)
        print(f"\nThe figures as a table: {csv}")


def _analysed(golds: list[Gold], options: Options) -> dict[str, Path]:
    """Analyse the texts of each human coding: {its name: its tables}."""
    from dataclasses import replace

    from pipeline.run import run

    texts: dict[str, Path] = {}
    for one in golds:
        if one.texts is None:
            raise UserError(f"{one.name}: no folder of texts beside the human codings; name tables with --out")
        texts[one.name] = one.texts
    outs = {name: options.out / name for name in texts}
    for name, folder in texts.items():
        run("extract", replace(options, raw=folder, out=outs[name]))
    return outs


@app.command()
def quotes(
    code: Annotated[str | None, typer.Option(help="A code: barrier.risk_aversion, or its label.")] = None,
    theme: Annotated[
        str | None, typer.Option(help="A theme: its id or label. With --code: the code inside it.")
    ] = None,
    n: Annotated[int, typer.Option("--n", "-n", min=0, help="How many at most; 0 = all.")] = 20,
    format: Annotated[
        str | None, typer.Option(help="txt, md, csv or docx. Without it, what the name of FILE ends in, else txt.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Write to this file and not to the screen.")] = None,
    out: OUT = DEFAULTS.out,
) -> None:
    """Print the quotes behind a code or a theme. Each comes with its page and place.

    The first quotes are of different documents where there are. Needs the tables of `make analyse`.

    For example: quotes --code barrier.risk_aversion; quotes --theme "Trust and power" --n 0 --file trust.docx
    """
    from pipeline.publish.quotes import FORMATS, quotes, write

    if format is None:
        format = file.suffix.removeprefix(".").lower() if file and file.suffix else "txt"
    if format == "docx" and file is None:
        raise UserError("a Word document needs a file to stand in; name one with --file quotes.docx")
    if format not in FORMATS:
        raise UserError(f"no format `{format}`{nearest(format, FORMATS)}")
    made = quotes(out, code, theme, format, n or None)
    if file is None:
        print(made, end="")
    else:
        write(file, made)
        print(f"Quotes written to {file}")


def main() -> None:
    """Run the command line: exit code 2 and one line for what the user can mend."""
    try:
        app()
    except UserError as problem:
        sys.exit(_fail(str(problem), 2))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception:
        traceback.print_exc()
        sys.exit(_fail("a fault in the program; please report the lines above", 1))


def _fail(message: str, code: int) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return code
