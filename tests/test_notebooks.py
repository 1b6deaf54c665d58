"""notebooks/*.ipynb: stripped, explained, and run without errors on the demonstration corpus and on empty tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from pipeline.flow import ROOT
from pipeline.schemas import PUBLIC, TABLES
from pipeline.store import Rows, Store

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def execute(notebook: nbformat.NotebookNode, out: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """The notebook with its outputs; CellExecutionError, with the cell and its traceback, where one fails."""
    monkeypatch.setenv("OUT", str(out))
    where = {"metadata": {"path": str(ROOT / "notebooks")}}
    return NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where).execute()


def charts(cell: Any) -> int:
    """How many Altair charts a cell shows."""
    html = [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", [])]
    return sum("vega-lite" in text and "vega-embed" in text and cell.id != "look" for text in html)


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 3


@each_notebook
def test_is_stripped(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None and not cell.metadata, cell.id
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@each_notebook
def test_says_what_it_answers_and_how_to_read_each_chart(path: Path) -> None:
    cells = read(path).cells
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith("# ")
    assert "This notebook answers" in cells[0].source
    for before, cell, after in zip(cells, cells[1:], cells[2:], strict=False):
        if cell.cell_type == "code" and "alt.Chart(" in cell.source:
            assert before.cell_type == "markdown", f"{cell.id}: no question before the chart"
            assert after.source.startswith("**How to read it.**"), f"{cell.id}: nothing says how to read the chart"


@each_notebook
def test_runs_on_the_demonstration_corpus(path: Path, demonstration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {file: file.stat().st_mtime_ns for file in demonstration.rglob("*")}
    notebook = execute(read(path), demonstration, monkeypatch)
    assert sum(map(charts, notebook.cells)), "no chart was drawn"
    assert {file: file.stat().st_mtime_ns for file in demonstration.rglob("*")} == before, "a notebook wrote to OUT"


def all_in_one() -> nbformat.NotebookNode:
    """The code of all notebooks in one: one kernel to start, and the cells that all share run once."""
    cells = {
        (cell.id, cell.source): cell for path in NOTEBOOKS for cell in read(path).cells if cell.cell_type == "code"
    }
    together = read(NOTEBOOKS[0])
    together.cells = list(cells.values())
    for number, cell in enumerate(together.cells):
        cell.id = cell.id if cell.id == "look" else f"{cell.id}-{number}"
    return together


def write(out: Path, name: str, rows: Rows) -> None:
    Store(out).write(name, rows, *(["0000"] if TABLES[name].is_sharded else []))


def test_run_on_tables_without_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pages at all: a sentence in place of each chart."""
    for name in PUBLIC:
        write(tmp_path, name, [])
    assert not sum(map(charts, execute(all_in_one(), tmp_path, monkeypatch).cells))


def test_run_without_codings_dates_sites_and_themes(
    demonstration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few pages of which nothing is known and in which nothing was found."""
    emptied = {"codings", "role_shifts", "themes", "theme_members", "theme_table", "theme_codes", "agreement", "edits"}
    found = {name: Store(demonstration).table(name).to_pylist() for name in PUBLIC if name not in emptied}
    for row in found["document_table"]:
        row |= {"published": None, "site": None, "title": None}
    for row in found["code_table"]:
        row |= {"n_documents": 0, "n_codings": 0}
    for name in PUBLIC:
        write(tmp_path, name, found.get(name, [])[: 5 if name == "document_table" else None])
    assert sum(map(charts, execute(all_in_one(), tmp_path, monkeypatch).cells))


@each_notebook
def test_says_what_to_do_where_there_are_no_tables(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUT", str(tmp_path))
    setup = next(cell for cell in read(path).cells if cell.cell_type == "code")
    with pytest.raises(SystemExit, match="make analyse"):
        exec(setup.source, {})
