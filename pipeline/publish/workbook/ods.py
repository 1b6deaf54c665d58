"""a book -> the bytes of an .ods file: the sheets of the workbook as OpenDocument, the same bytes every time.

Written here with the standard library alone: the four XML files take less code than a library takes to learn, and the
libraries for ODS put the time of day into the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pipeline.exchange import legal
from pipeline.publish.workbook.sheet import COUNT, DECIMAL, LINK, SHARE, Book, Column, Laid, lay
from pipeline.publish.workbook.sheet import NUMBERS as FIGURES
from pipeline.publish.zipped import zipped

MIME = "application/vnd.oasis.opendocument.spreadsheet"
CREATED = "2000-01-01T00:00:00Z"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SPACES = " ".join(
    f'xmlns:{name}="{address}"'
    for name, address in (
        ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
        ("table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
        ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
        ("style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
        ("number", "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"),
        ("fo", "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"),
        ("meta", "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
        ("xlink", "http://www.w3.org/1999/xlink"),
    )
)
MANIFEST = f"""{HEAD}<manifest:manifest
 xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIME}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
PAGE = 'fo:page-width="29.7cm" fo:page-height="21cm" style:print-orientation="landscape" fo:margin="1.5cm"'
STYLES = f"""{HEAD}<office:document-styles {SPACES} office:version="1.3"><office:styles>
<style:default-style style:family="table-cell"><style:text-properties
 style:font-name="Arial" fo:font-family="Arial" fo:font-size="12pt" fo:language="en"
 fo:country="GB"/></style:default-style>
</office:styles><office:automatic-styles>
<style:page-layout style:name="pl_narrow"><style:page-layout-properties {PAGE}
 style:scale-to-X="1" style:scale-to-Y="0"/></style:page-layout>
<style:page-layout style:name="pl_wide"><style:page-layout-properties {PAGE}
 style:scale-to="60%" style:print-page-order="ltr"/></style:page-layout>
</office:automatic-styles><office:master-styles>
<style:master-page style:name="narrow" style:page-layout-name="pl_narrow"/>
<style:master-page style:name="wide" style:page-layout-name="pl_wide"/>
</office:master-styles></office:document-styles>
"""
# name of the style, number format, properties of the paragraph, of the text
CELL_STYLES = (
    ("title", "", "", 'fo:font-size="16pt" fo:font-weight="bold"'),
    ("part", "", "", 'fo:font-size="14pt" fo:font-weight="bold"'),
    ("line", "", "", ""),
    ("cover", "", "", ""),
    ("heading", "", "", 'fo:font-weight="bold"'),
    ("number_heading", "", 'fo:text-align="end"', 'fo:font-weight="bold"'),
    ("first", "", 'fo:text-align="start"', ""),
    ("text", "", 'fo:text-align="start" fo:margin-left="0.2cm"', ""),
    ("link", "", "", 'fo:color="#0000ff" style:text-underline-style="solid"'),
    ("back", "", "", 'fo:color="#0000ff" style:text-underline-style="solid"'),
    ("shorthand", "", 'fo:text-align="end"', ""),
    (COUNT, "n_count", 'fo:text-align="end"', ""),
    (SHARE, "n_share", 'fo:text-align="end"', ""),
    (DECIMAL, "n_decimal", 'fo:text-align="end"', ""),
)
NUMBERS = (
    '<number:number-style style:name="n_count">'
    '<number:number number:decimal-places="0" number:min-integer-digits="1" number:grouping="true"/>'
    '</number:number-style><number:percentage-style style:name="n_share">'
    '<number:number number:decimal-places="0" number:min-integer-digits="1"/><number:text>%</number:text>'
    '</number:percentage-style><number:number-style style:name="n_decimal">'
    '<number:number number:decimal-places="2" number:min-integer-digits="1"/></number:number-style>'
)
NOT_WRAPPED = ("title", "part", "line", "back")
WIDE = 130  # characters; a sheet wider than this is not squeezed onto one page when printed
CHARACTER = 0.24  # centimetres that a character of 12 points takes
BACK = "Back to the contents"


def write_ods(book: Book) -> bytes:
    """The workbook as a file."""
    laid = list(lay(book))
    widths = sorted({column.width for each in laid for column in each.columns} | {100})
    tables = [_cover(book), *map(_sheet, laid)]
    ranges = "".join(map(_range, laid))
    content = (
        f'{HEAD}<office:document-content {SPACES} office:version="1.3"><office:automatic-styles>{_styles(widths)}'
        f"</office:automatic-styles><office:body><office:spreadsheet>{''.join(tables)}"
        f"<table:database-ranges>{ranges}</table:database-ranges>"
        "</office:spreadsheet></office:body></office:document-content>\n"
    )
    meta = (
        f'{HEAD}<office:document-meta {SPACES} office:version="1.3"><office:meta>'
        f"<dc:title>{_escaped(book.title)}</dc:title>"
        f"<dc:language>en-GB</dc:language><meta:creation-date>{CREATED}</meta:creation-date><dc:date>{CREATED}</dc:date>"
        "</office:meta></office:document-meta>\n"
    )
    files = (
        ("mimetype", MIME),
        ("content.xml", content),
        ("styles.xml", STYLES),
        ("meta.xml", meta),
        ("META-INF/manifest.xml", MANIFEST),
    )
    return zipped(((name, text.encode()) for name, text in files), stored=["mimetype"])


def _styles(widths: Sequence[int]) -> str:
    columns = "".join(
        f'<style:style style:name="w{width}" style:family="table-column"><style:table-column-properties '
        f'style:column-width="{width * CHARACTER:.2f}cm"/></style:style>'
        for width in widths
    )
    rows = (
        '<style:style style:name="r" style:family="table-row">'
        '<style:table-row-properties style:use-optimal-row-height="true"/></style:style>'
    )
    cells = ""
    for name, number, paragraph, text in CELL_STYLES:
        wrap = "" if name in NOT_WRAPPED else ' fo:wrap-option="wrap"'
        data = f' style:data-style-name="{number}"' if number else ""
        border = ' fo:border-bottom="0.06pt solid #000000"' if name.endswith("heading") else ""
        cells += (
            f'<style:style style:name="{name}" style:family="table-cell"{data}><style:table-cell-properties '
            f'style:vertical-align="top"{wrap}{border}/><style:paragraph-properties {paragraph}/>'
            f"<style:text-properties {text}/></style:style>"
        )
    tables = "".join(
        f'<style:style style:name="{name}" style:family="table" style:master-page-name="{name}">'
        '<style:table-properties table:display="true"/></style:style>'
        for name in ("narrow", "wide")
    )
    return NUMBERS + tables + columns + rows + cells


def _cover(book: Book) -> str:
    names = {"intro": "Introductory information", "about": "About these data", "contact": "Contact"}
    rows = [_row([_text(book.title, "title")])]
    for part, lines in book.cover:
        if lines:
            rows += [_row([_text(names[part], "part")]), *(_row([_text(line, "cover")]) for line in lines)]
    column = '<table:table-column table:style-name="w100"/>'
    return f'<table:table table:name="Cover" table:style-name="narrow">{column}{"".join(rows)}</table:table>'


def _sheet(laid: Laid) -> str:
    columns = "".join(f'<table:table-column table:style-name="w{column.width}"/>' for column in laid.columns)
    lines = [_row([_text(laid.sheet.title, "title")]), *(_row([_text(line, "line")]) for line in laid.lines)]
    if laid.sheet.name != "Contents":
        lines.append(_row([_link(BACK, "Contents", "back")]))
    headings = _row(
        _text(heading, "number_heading" if column.kind in FIGURES else "heading")
        for heading, column in zip(laid.headings, laid.columns, strict=True)
    )
    rows = (
        _row(_cell(value, column, place) for place, (value, column) in enumerate(zip(row, laid.columns, strict=True)))
        for row in laid.cells
    )
    body = f"{''.join(lines)}<table:table-header-rows>{headings}</table:table-header-rows>{''.join(rows)}"
    style = "narrow" if sum(column.width for column in laid.columns) <= WIDE else "wide"
    return (
        f'<table:table table:name={quoteattr(laid.sheet.name)} table:style-name="{style}">{columns}{body}</table:table>'
    )


def _range(laid: Laid) -> str:
    """The marked-up table: a named range with a header row."""
    first = 2 + len(laid.lines) + (laid.sheet.name != "Contents")
    last = first + len(laid.cells)
    sheet = f"$'{laid.sheet.name}'"
    address = f"{sheet}.$A${first}:{sheet}.${_letter(len(laid.columns))}${last}"
    return (
        f'<table:database-range table:name="{laid.sheet.table_name}" table:target-range-address={quoteattr(address)} '
        'table:contains-header="true" table:display-filter-buttons="false"/>'
    )


def _letter(number: int) -> str:
    """The letters of a column.

    >>> _letter(1), _letter(28)
    ('A', 'AB')
    """
    before, place = divmod(number - 1, 26)
    return (_letter(before) if before else "") + chr(65 + place)


def _row(cells: Iterable[str]) -> str:
    return f'<table:table-row table:style-name="r">{"".join(cells)}</table:table-row>\n'


def _cell(value: Any, column: Column, place: int) -> str:
    if column.kind == LINK:
        return _link(value, value)
    if isinstance(value, str):
        return _text(value, "shorthand" if column.kind in FIGURES else "text" if place else "first")
    kind = "percentage" if column.kind == SHARE else "float"
    shown = f"{value:.0%}" if column.kind == SHARE else f"{value:.2f}" if column.kind == DECIMAL else f"{value:,}"
    attributes = f'table:style-name="{column.kind}" office:value-type="{kind}" office:value="{value}"'
    return f"<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>"


def _text(text: str, style: str) -> str:
    attributes = f'table:style-name="{style}" office:value-type="string"'
    return f"<table:table-cell {attributes}>{_paragraphs(text)}</table:table-cell>"


def _link(text: str, sheet: str, style: str = "link") -> str:
    link = (
        f'<text:p><text:a xlink:type="simple" xlink:href={quoteattr(f"#{sheet}.A1")}>{_escaped(text)}</text:a></text:p>'
    )
    return f'<table:table-cell table:style-name="{style}" office:value-type="string">{link}</table:table-cell>'


def _paragraphs(text: str) -> str:
    return "".join(f"<text:p>{_spaced(line)}</text:p>" for line in text.split("\n"))


def _spaced(text: str) -> str:
    """Escaped text; runs of spaces and tabs, which OpenDocument would join, as its own elements."""
    escaped = _escaped(text).replace("\t", "<text:tab/>")
    return re.sub(r"^ | (?= )|(?<= ) | $", "<text:s/>", escaped)


def _escaped(text: str) -> str:
    return escape(legal(text))
