"""The command line: one command for each stage, and status, verify, explain."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import UserError
from pipeline.flow import ALIASES, STAGES
from pipeline.run import Options

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="From a folder of scraped pages about co-production to tables of values, barriers, roles and themes.",
)  # fmt: skip

MEANING = {
    "ingest": "Read the pages of RAW.",
    "clean": "Remove spam, menus, paywalls and widgets, with a ledger; set duplicates and off-topic pages aside.",
    "segment": "Split documents into sentences and passages.",
    "embed": "Encode sentences and passages.",
    "extract": "Code sentences for values, barriers, roles, enablers and participation.",
    "cluster": "Find the themes of the passages (also `themes`).",
    "tabulate": "Make the tables for readers.",
    "publish": "Write CSV, data dictionary and report: the whole run.",
    "themes": "The same as cluster.",
}
RAW = Annotated[Path, typer.Option(help="Folder of scraped pages, with sub-folders.")]
OUT = Annotated[Path, typer.Option(help="Folder for the tables.")]
SETTINGS = Annotated[Path, typer.Option(help="Settings file.")]
CODEBOOK = Annotated[Path, typer.Option(help="Codebook.")]
DEFAULTS = Options(Path("data/raw"), Path("data/processed"))


def _stage_command(stage: str) -> Callable[..., None]:
    def command(
        raw: RAW = DEFAULTS.raw,
        out: OUT = DEFAULTS.out,
        settings: SETTINGS = DEFAULTS.settings,
        codebook: CODEBOOK = DEFAULTS.codebook,
        workers: Annotated[int, typer.Option(min=0, help="Worker processes; 0 = one a core.")] = 0,
        runner: Annotated[str, typer.Option(help="local or dask.")] = "local",
        scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
        force: Annotated[bool, typer.Option("--force", help="Recompute everything up to the stage.")] = False,
    ) -> None:
        from pipeline.run import run
        from pipeline.summary import summary

        done = run(stage, Options(raw, out, settings, codebook, workers, runner, scheduler, force))
        print(summary(out, stage, done))

    return command


for _stage in (*STAGES, *ALIASES):
    app.command(_stage, help=MEANING[_stage])(_stage_command(_stage))


@app.command()
def status(
    raw: RAW = DEFAULTS.raw, out: OUT = DEFAULTS.out, settings: SETTINGS = DEFAULTS.settings,
    codebook: CODEBOOK = DEFAULTS.codebook,
) -> None:  # fmt: skip
    """Say what is stale and why; change nothing."""
    from pipeline.run import status as stale

    for stage, step, count, total, why in stale(Options(raw, out, settings, codebook)):
        state = "fresh" if not count else f"{count} of {total} to do: {why}"
        print(f"{stage:<9} {step:<11} {state}")


@app.command()
def verify(out: Annotated[Path, typer.Argument(help="Folder of the tables.")] = DEFAULTS.out) -> None:
    """Prove the tables: pages rebuild, quotes are verbatim, ids resolve, counts agree."""
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
    """Say what was removed from a page and why, or what speaks for a coding."""
    from pipeline.explain import explain as in_words

    print(in_words(out, name))


@app.command()
def quotes(
    code: Annotated[str | None, typer.Option(help="Key or label of a code, such as barrier.risk_aversion.")] = None,
    theme: Annotated[str | None, typer.Option(help="Id or label of a theme; with --code, the code inside it.")] = None,
    format: Annotated[str, typer.Option(help="text, md, csv or docx.")] = "text",
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 = all.")] = 20,
    file: Annotated[Path | None, typer.Option(help="File to write to, instead of standard output.")] = None,
    out: OUT = DEFAULTS.out,
) -> None:
    """Print attributed quotes behind a code or a theme, with page and offsets, for pasting into a report."""
    from pipeline.publish.quotes import quotes as attributed
    from pipeline.store import write_atomically

    said = attributed(out, code, theme, format, limit or None)
    data = said.encode() if isinstance(said, str) else said
    if file:
        write_atomically(file, data)
    elif isinstance(said, bytes) and sys.stdout.isatty():
        raise UserError(f"a {format} file is not for a terminal; name a file with --file")
    else:
        sys.stdout.buffer.write(data)


@app.command()
def review(
    project: Annotated[Path, typer.Argument(metavar="FILE", help="A .qdpx or .qdc edited in another program.")],
    out: OUT = DEFAULTS.out,
    file: Annotated[Path | None, typer.Option(help="File for the human codings, one JSON object a line.")] = None,
    codebook: CODEBOOK = DEFAULTS.codebook,
) -> None:
    """Read in human codings from a REFI-QDA project, and say what has no place here."""
    from pipeline.codebook import load
    from pipeline.review.read_in import read_in

    print(read_in(project, out, load(codebook), file))


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
