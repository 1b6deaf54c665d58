"""The command line: help at once, every stage a command, quotes in every format, bad input told in one line."""

import subprocess
import sys

import pytest

from pipeline.cli import MEANING, app
from pipeline.flow import ALIASES, ROOT, STAGES
from tests.conftest import pipeline

HEAVY = {"numpy", "pandas", "pyarrow", "pydantic", "duckdb", "sklearn", "scipy", "torch", "spacy", "docx", "tqdm"}


def test_help_needs_no_heavy_library():
    code = "import sys, pipeline.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_every_stage_is_a_command_in_the_order_of_the_flow():
    assert tuple(MEANING) == (*STAGES, *ALIASES)


def test_every_command_is_listed_with_a_whole_sentence():
    listed = pipeline("--help", COLUMNS="80").stdout
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        (line,) = [line for line in listed.splitlines() if line.split()[:1] == [name]]
        assert line.endswith("."), line
        assert not line.endswith("..."), line


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    from tests.publish.conftest import make

    out = tmp_path_factory.mktemp("tables")
    make(out)
    return out


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (["--code", "value.trust"], "Trust (value.trust): 6 quotes"),
        (["--code", "value.trust", "--n", "2", "--format", "md"], "## Trust (value.trust)\n\n2 of 6 quotes."),
        (["--theme", "t1", "-n", "0", "--format", "csv"], "quote,words,code,status,theme,"),
    ],
)
def test_quotes_are_printed(tables, arguments, beginning):
    assert pipeline("quotes", *arguments, "--out", tables).stdout.startswith(beginning)


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("q.txt", b"Trust"), ("q.md", b"## Trust"), ("q.csv", b"\xef\xbb\xbfquote,"), ("q.docx", b"PK"), ("q", b"Trust")],
)
def test_the_format_follows_the_name_of_the_file(tables, tmp_path, name, beginning):
    done = pipeline("quotes", "--code", "value.trust", "--file", tmp_path / name, "--out", tables)
    assert (tmp_path / name).read_bytes().startswith(beginning)
    assert done.stdout == f"Quotes written to {tmp_path / name}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--code", "value.trst"], "no code `value.trst`; did you mean `value.trust`?"),
        (["--code", "xx"], "in all)"),
        (["--theme", "Trst"], "no theme `Trst`; did you mean `Trust`?"),
        (["--code", "value.trust", "--format", "docx"], "name one with --file quotes.docx"),
        (["--code", "value.trust", "--format", "pdf"], "no format `pdf`; it may be one of csv, docx, md, txt"),
        ([], "name a code (--code barrier.risk_aversion) or a theme"),
    ],
)
def test_bad_requests_for_quotes_are_told_in_one_line(tables, arguments, message):
    failed = pipeline("quotes", *arguments, "--out", tables, check=False)
    assert failed.returncode == 2 and failed.stdout == ""
    assert failed.stderr.startswith("error: ") and failed.stderr.count("\n") == 1
    assert message in failed.stderr and len(failed.stderr) < 500


def test_a_file_that_cannot_be_written_is_told(tables, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    failed = pipeline(
        "quotes", "--code", "value.trust", "--file", tmp_path / "taken/q.txt", "--out", tables, check=False
    )  # fmt: skip
    assert failed.returncode == 2 and "cannot be written" in failed.stderr and failed.stderr.count("\n") == 1
