"""pdf: lines of type put together into paragraphs, and files that hold no text or cannot be read."""

from __future__ import annotations

import pytest

from pipeline.ingest.page import Page, ReadError
from pipeline.ingest.paragraphs import Line, paragraphs
from pipeline.ingest.readers import pdf

FULL = "Co-production means that people who use services and those who run"


def made_pdf(sheets: list[list[tuple[int, int, int, str]]], info: str = "", extra: str = "") -> bytes:
    """The smallest PDF with these sheets: (x, y, size, words) of each line."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for sheet in sheets:
        lines = "\n".join(f"BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET" for x, y, size, words in sheet)
        objects.append(f"<< /Length {len(lines)} >>\nstream\n{lines}\nendstream")
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {len(objects)} 0 R >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append(f"<< {info} >>")
    body, places = "%PDF-1.4\n", []
    for number, written in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{written}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer << /Size {size} /Root 1 0 R /Info {size - 1} 0 R {extra} >>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + f"xref\n0 {size}\n0000000000 65535 f \n{table}" + end).encode("latin-1")


def blocks_of(page: Page) -> list[tuple[str, str]]:
    return [(block.kind, page.text[block.start : block.end]) for block in page.blocks or ()]


SHEET = [
    (70, 780, 20, "Working together"),
    (70, 740, 11, "Staff told us that time was the largest barrier, and nobody had been given"),
    (70, 727, 11, "hours in their week to build relationships. The part-"),
    (70, 714, 11, "nership began with a walk that took a whole morning and ended in the old"),
    (70, 701, 11, "library."),
    (70, 680, 11, "- trust and time for everyone who comes along to the meetings in the town"),
    (76, 667, 11, "hall"),
    (70, 654, 11, "- power"),
]


def test_lines_make_paragraphs() -> None:
    page = pdf.read(made_pdf([SHEET], "/Title (Microsoft Word - x.doc) /CreationDate (D:20190312090000Z)"), "a.pdf")
    assert blocks_of(page) == [
        ("heading", "Working together"),
        (
            "paragraph",
            "Staff told us that time was the largest barrier, and nobody had been given hours in their week to build "
            "relationships. The part-nership began with a walk that took a whole morning and ended in the old library.",
        ),
        ("list_item", "- trust and time for everyone who comes along to the meetings in the town hall"),
        ("list_item", "- power"),
    ]
    assert (page.title, page.published, page.media_type) == ("Working together", None, "application/pdf")


def test_title_of_the_file_properties() -> None:
    assert pdf.read(made_pdf([SHEET], "/Title (Keys to the green)"), "a.pdf").title == "Keys to the green"


def test_a_sentence_that_runs_over_two_sheets_is_one_block() -> None:
    sheets = [
        [(70, 100, 11, FULL + " them in every town"),
         (70, 87, 11, "are partners, and they share the power to say how"),
         (300, 30, 8, "1")],
        [(70, 800, 8, "The Trust"), (70, 760, 11, "support is planned.")],
    ]  # fmt: skip
    page = pdf.read(made_pdf(sheets), "a.pdf")
    assert [words for _, words in blocks_of(page)] == [
        FULL + " them in every town are partners, and they share the power to say how support is planned.",
        "1",
        "The Trust",
    ]


def test_without_text_layer() -> None:
    page = pdf.read(made_pdf([[]]), "a.pdf")
    assert (page.status, page.reason) == ("empty", "no text layer (scanned images?)")


LOCK = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O ({'x' * 32}) /U ({'y' * 32}) /P -4 >> /ID [(a) (a)]"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (made_pdf([SHEET], extra=LOCK), "needs a password"),
        (made_pdf([SHEET])[:-120], "cut short or damaged"),
        (b"%PDF-1.4\nnothing more", "damaged"),
        (b"%PDF-", "damaged"),
    ],
)
def test_cannot_be_read(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        pdf.read(data, "a.pdf")


def line(text: str, bottom: float, left: float = 70, right: float = 500, size: float = 11, sheet: int = 0) -> Line:
    return Line(text, left, right, bottom, size, False, sheet)


ROWS = [
    ("a mark that stands apart", [line("•", 700, 70, 75), line("trust", 700, 90, 120)], ["• trust"]),
    ("a mark read after its words", [line("trust", 700, 90, 120), line("(cid:127)", 700, 70, 75)], ["• trust"]),
    ("an indented line begins", [line("One.", 700), line("Two", 687, 90)], ["One.", "Two"]),
    ("a short line ends", [line(FULL, 713), line("them.", 700, right=100), line(FULL, 687)], [f"{FULL} them.", FULL]),
    ("a wide gap", [line("a", 700), line("b", 687), line("c", 650)], ["a b", "c"]),
    ("columns", [line("left", 700, right=250), line("right", 700, left=300)], ["left", "right"]),
    (
        "contents",
        [line("One . . . . 3", 700), line("Two . . . . 8", 687)],
        ["One . . . . 3", "Two . . . . 8"],
    ),
    ("nothing", [], []),
]


@pytest.mark.parametrize(("lines", "texts"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_paragraphs(lines: list[Line], texts: list[str]) -> None:
    assert [text for text, _ in paragraphs(lines)] == texts
