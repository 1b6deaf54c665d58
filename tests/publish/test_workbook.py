"""The theme workbook: every rule of accessible spreadsheets on the real file; the ODS says the same."""

import datetime
import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from pipeline.codebook import load
from pipeline.flow import ROOT
from pipeline.publish.formats import workbook
from pipeline.publish.lint_workbook import RULES, lint
from pipeline.store import Store

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
SHEETS = [
    "Cover",
    "Contents",
    "Notes",
    "Themes",
    "Sub-themes",
    "Values",
    "Barriers",
    "Roles",
    "Enablers",
    "Participation",
    "Role shifts",
    "Role shift quotes",
    "Themes by code",
    "Documents",
    "Set aside",
    "Removed text",
    "Method and limits",
    "Quality",
    "How it was made",
]


@pytest.fixture(scope="module")
def xlsx(tables, published):
    return published(workbook, tables)[0]


@pytest.fixture(scope="module")
def book(xlsx):
    return openpyxl.load_workbook(xlsx)


def cells(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def column(sheet, heading):
    """The values under a heading that starts with the words given."""
    rows = cells(sheet)
    first = next(number for number, row in enumerate(rows) if row[0] and len(row) > 1 and row[1])
    place = next(n for n, name in enumerate(rows[first]) if name.startswith(heading))
    return [row[place] for row in rows[first + 1 :]]


def test_the_workbook_keeps_every_rule(xlsx):
    assert lint(xlsx) == []


def test_the_workbook_keeps_every_rule_when_nothing_was_kept(no_tables, published):
    path = published(workbook, no_tables)[0]
    assert lint(path) == []
    said = openpyxl.load_workbook(path)
    assert said.sheetnames == SHEETS
    assert cells(said["Themes"])[-1] == ["No themes were found: there are too few passages."]
    assert cells(said["Documents"])[-1] == ["No page was kept."]


@pytest.mark.parametrize("quotes", ["short", "none"])
def test_the_workbook_keeps_every_rule_with_fewer_quotes(tables, published, quotes):
    assert lint(published(workbook, tables, quotes=quotes)[0]) == []


def test_the_sheets_stand_in_the_order_in_which_they_are_read(book):
    assert book.sheetnames == SHEETS


def test_shares_are_percents_with_their_denominator(book):
    sheet = book["Values"]
    assert column(sheet, "Documents")[0] == 3
    assert column(sheet, "All documents")[0] == 3
    assert column(sheet, "Share of documents")[0] == 1
    formats = {cell.number_format for row in sheet.iter_rows() for cell in row if isinstance(cell.value, float)}
    assert formats == {"0%"}


def test_statuses_are_counted_by_documents(book):
    barriers = book["Barriers"]
    place = column(barriers, "Barrier").index("Risk aversion and blame")
    assert column(barriers, "Documents: denied")[place] == 1
    assert column(barriers, "Documents: present")[place] == 0


@pytest.mark.parametrize("sheet", ["Values", "Barriers", "Roles"])
def test_codes_for_what_says_nothing_in_particular_come_last(book, sheet):
    codebook = load(ROOT / "codebook.yaml")
    residual = {code.label for code in codebook.codes.values() if code.is_residual}
    labels = column(book[sheet], sheet.rstrip("s"))
    places = [number for number, label in enumerate(labels) if label in residual]
    assert places == list(range(len(labels) - len(places), len(labels))) and places


def test_a_theme_shows_a_dissenting_quote_with_its_source(book):
    assert "trust" in column(book["Themes"], "Dissenting quote")[0]
    assert column(book["Themes"], "What it dissents from")[0] == "Trust (rejected)"
    assert column(book["Themes"], "Source of dissenting")[0].endswith(")")


def test_role_shifts_are_counted_and_told(book):
    assert column(book["Role shifts"], "From the role") == ["Expert fixer, provider or gatekeeper"]
    assert column(book["Role shift quotes"], "Who moves") == ["=nurses"]


def test_page_text_is_text(xlsx, book):
    """Formulas, links and the markup of the library that writes the file stay characters."""
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert "=1+1 <script>alert(1)</script> [a](http://a.example) [b](c)" in column(book["Documents"], "Title")
    links = {cell.hyperlink.target for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert links == {None}, "links lead to sheets only"
    with zipfile.ZipFile(xlsx) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
    assert not any("<f>" in text for text in sheets)


def test_long_tables_say_where_the_rest_is(tables, published):
    book = openpyxl.load_workbook(published(workbook, tables, workbook_rows=2)[0])
    lines = [row[0] for row in cells(book["Documents"])]
    assert "Only the first 2 of 3 rows are shown here. The file csv/document_table.csv holds all of them." in lines
    assert len(column(book["Documents"], "Title")) == 2
    assert "Documents kept: 3." in book["Cover"]["A8"].value


def test_no_page_text_leaves_without_quotes(tables, published):
    for path in published(workbook, tables, quotes="none"):
        with zipfile.ZipFile(path) as archive:
            text = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
        for words in ("families lead", "is trust", "Nobody trusts", "script&gt;", "Subscribe", "=nurses"):
            assert words not in text, f"{path.name}: {words}"
        assert "[c] means withheld" in text


def test_the_bytes_repeat(tables, published):
    first = [path.read_bytes() for path in published(workbook, tables)]
    assert [path.read_bytes() for path in published(workbook, tables)] == first


def test_the_files_hold_no_time_of_day(xlsx):
    for path in (xlsx, xlsx.with_suffix(".ods")):
        with zipfile.ZipFile(path) as archive:
            assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            years = re.findall(
                r"20\d\d-\d\d-\d\dT",
                "".join(archive.read(n).decode() for n in archive.namelist() if "core" in n or "meta.xml" in n),
            )
    assert set(years) <= {"2000-01-01T"}
    assert openpyxl.load_workbook(xlsx).properties.created == datetime.datetime(2000, 1, 1)


def ods_sheets(path):
    """{sheet: rows of text} of an .ods file."""
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist()[0] == "mimetype" and archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        root = ET.fromstring(archive.read("content.xml"))  # noqa: S314 - our own file
    return {
        table.get(f"{TABLE}name"): [[_said(cell) for cell in row] for row in table.iter(f"{TABLE}table-row")]
        for table in root.iter(f"{TABLE}table")
    }


def _said(cell):
    value = cell.get(f"{OFFICE}value")
    return float(value) if value is not None else "\n".join(map(_spoken, cell.iter(f"{TEXT}p")))


def _spoken(paragraph):
    parts = [paragraph.text or ""]
    for child in paragraph:
        parts += [{f"{TEXT}s": " ", f"{TEXT}tab": "\t"}.get(child.tag, child.text or ""), child.tail or ""]
    return "".join(parts)


def test_the_ods_says_the_same(xlsx, book):
    sheets = ods_sheets(xlsx.with_suffix(".ods"))
    assert list(sheets) == book.sheetnames
    for name, rows in sheets.items():
        want = [[value for value in row if value is not None] for row in cells(book[name])]
        assert [[_plain(value) for value in row] for row in rows] == [
            [_plain(value) for value in row] for row in want
        ], name


def _plain(value):
    # openpyxl leaves as they are the signs by which .xlsx marks characters; they stand for one underscore
    return value.replace("_x005F_", "_") if isinstance(value, str) else float(value)


def test_the_ods_marks_headings_and_tables(xlsx):
    with zipfile.ZipFile(xlsx.with_suffix(".ods")) as archive:
        content, meta = archive.read("content.xml").decode(), archive.read("meta.xml").decode()
    assert content.count("<table:table-header-rows>") == content.count("<table:database-range ") == len(SHEETS) - 1
    assert "<dc:language>en-GB</dc:language>" in meta and "<dc:title>" in meta


@pytest.mark.parametrize(
    "breach",
    [
        ("no merged cells", lambda b: b["Themes"].merge_cells("A6:B6")),
        ("no frozen panes, no filters", lambda b: setattr(b["Themes"], "freeze_panes", "B2")),
        ("title and language are set", lambda b: setattr(b.properties, "language", None)),
        ("no empty cells", lambda b: setattr(b["Roles"].cell(b["Roles"].max_row, 2), "value", None)),
        ("nothing hidden", lambda b: setattr(b["Roles"].column_dimensions["B"], "hidden", True)),
        ("cursor at A1, first sheet open", lambda b: setattr(b, "active", 3)),
        ("values only", lambda b: setattr(b["Roles"]["C9"], "value", "=1+1")),
        ("notes resolve", lambda b: setattr(b["Roles"]["A1"], "value", "Roles [note 99]")),
        ("from the title in A1 down, without gaps", lambda b: setattr(b["Roles"]["A1"], "value", None)),
        ("one marked-up table a sheet", lambda b: b["Roles"].tables.clear()),
        ("sheet names are unique and say something", lambda b: setattr(b["Roles"], "title", "Sheet1")),
    ],
)
def test_the_linter_finds_what_is_wrong(xlsx, tmp_path, breach):
    rule, spoil = breach
    spoilt = openpyxl.load_workbook(xlsx)
    spoil(spoilt)
    spoilt.save(tmp_path / "spoilt.xlsx")
    assert any(f": {rule}: " in line for line in lint(tmp_path / "spoilt.xlsx"))
    assert rule in [name for name, _ in RULES]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("ending", [".xlsx", ".ods"])
def test_libreoffice_opens_it(xlsx, book, tmp_path, ending):
    copy = tmp_path / f"copy{ending}"
    copy.write_bytes(xlsx.with_suffix(ending).read_bytes())
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(copy)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    opened = openpyxl.load_workbook(tmp_path / "out" / "copy.xlsx")
    assert opened.sheetnames == SHEETS
    for name in SHEETS:
        assert opened[name]["A1"].value == book[name]["A1"].value
    assert column(opened["Values"], "Share of documents") == column(book["Values"], "Share of documents")
    assert "=1+1 <script>alert(1)</script> [a](http://a.example) [b](c)" in column(opened["Documents"], "Title")


def test_the_cover_counts_the_pages_that_the_sheets_list(book):
    said = next(row[0] for row in cells(book["Cover"]) if row[0].startswith("Pages scraped"))
    pages, kept, _, aside = (int(number.replace(",", "")) for number in re.findall(r"[\d,]+(?=\.)", said))
    assert kept == len(column(book["Documents"], "Title"))
    assert aside == len(column(book["Set aside"], "File"))
    assert pages == kept + aside


def test_what_was_not_measured_is_told_in_whole_sentences(tables, tmp_path, published):
    bare = tmp_path / "bare"
    shutil.copytree(tables, bare)
    Store(bare).write("agreement", [])
    said = cells(openpyxl.load_workbook(published(workbook, bare)[0])["Quality"])[-1][0]
    assert said.endswith("Until it is, treat every figure on codes as provisional.")


def test_what_was_measured_stands_with_its_interval(tables, published):
    rows = cells(openpyxl.load_workbook(published(workbook, tables)[0])["Quality"])
    measured = next(row for row in rows if "All codes" in row)
    assert sum(isinstance(value, int | float) for value in measured) >= 6
