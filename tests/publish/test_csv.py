"""The CSV files: valid by frictionless's own checker, formulas harmless and taken back, nothing withheld gets out."""

import csv
import json
import re

import frictionless
import pytest

from pipeline.publish.formats import csv as csv_format
from pipeline.publish.formats.csv import safe, unsafe
from pipeline.schemas import TABLES
from pipeline.store import Store

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")  # a kappa may be below 0


@pytest.mark.parametrize("quotes", ["full", "short", "none"])
def test_the_data_package_is_valid(tables, published, quotes):
    (folder,) = published(csv_format, tables, quotes=quotes)
    report = frictionless.validate(str(folder / "datapackage.json"), type="package")
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:5]


def test_the_data_package_is_valid_when_nothing_was_kept(no_tables, published):
    (folder,) = published(csv_format, no_tables)
    assert frictionless.validate(str(folder / "datapackage.json"), type="package").valid


def test_an_altered_table_and_a_false_key_are_found(tables, published):
    (folder,) = published(csv_format, tables)
    text = (folder / "codings.csv").read_text("utf-8-sig")
    (folder / "codings.csv").write_text(text.replace(",value.trust,", ",value.trsut,", 1), "utf-8-sig")
    assert found(folder) == {"hash-count", "foreign-key"}


def found(folder):
    """The kinds of errors that frictionless finds."""
    report = frictionless.validate(str(folder / "datapackage.json"), type="package")
    return {error.type for task in report.tasks for error in task.errors}


def test_every_row_comes_back_as_it_was(tables, published):
    (folder,) = published(csv_format, tables)
    for name in csv_format.TABLES_AS_CSV:
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as source:
            found = list(csv.DictReader(source))
        want = Store(tables).table(name).to_pylist()
        for row, original in zip(found, want, strict=True):
            for column in TABLES[name].columns:
                if str(column.type) == "string":
                    assert unsafe(row[column.name]) == (original[column.name] or ""), (name, column.name)
                elif str(column.type) == "list<item: string>":
                    assert json.loads(row[column.name]) == original[column.name]


def test_no_cell_starts_a_formula(tables, published):
    (folder,) = published(csv_format, tables)
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as source:
            for row in csv.reader(source):
                for cell in row:
                    is_plain = cell == "-" or NUMBER.fullmatch(cell)
                    assert is_plain or not cell.strip().startswith(("=", "+", "-", "@", "\t")), (path.name, cell)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+44", "-1", "@x", "\tx", " =1", "\n=1", "＝1", "'=1", "''=1", "'tis", "-", "=", "", "x=1", "'", "− x"],
)
def test_making_text_safe_can_be_undone(text):
    assert unsafe(safe(text)) == text
    assert not safe(text).strip().startswith(("=1", "+4", "-1", "@x", "＝"))


def test_no_page_text_leaves_without_quotes(tables, published):
    (folder,) = published(csv_format, tables, quotes="none")
    text = "".join(path.read_text("utf-8") for path in sorted(folder.iterdir()))
    for words in ("families lead", "is trust", "Nobody trusts", "<script>", "Subscribe", "=nurses"):
        assert words not in text


def test_short_quotes_are_short(tables, published):
    (folder,) = published(csv_format, tables, quotes="short")
    with (folder / "role_shifts.csv").open(encoding="utf-8-sig", newline="") as source:
        assert all(len(row["sentence"]) <= 121 for row in csv.DictReader(source))


def test_the_bytes_repeat(tables, published):
    first = {path.name: path.read_bytes() for path in published(csv_format, tables)[0].iterdir()}
    assert {path.name: path.read_bytes() for path in published(csv_format, tables)[0].iterdir()} == first
