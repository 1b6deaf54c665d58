"""What `ingest` writes: files, pages, their blocks and sources."""

from __future__ import annotations

from pipeline.schemas.columns import BLOCK_KINDS, DOCUMENT_ID, PAGE_SPAN, PAGE_STATUS, PATH, Table, flag, integer, text

TABLES = (
    Table(
        "files",
        "The files of RAW, spread over shards: what `ingest` is to read.",
        ("path", "first_record"),
        (
            text("path", "Path of the file relative to RAW, with forward slashes."),
            text("sha256", "SHA-256 of the file's bytes; blank where it was not read."),
            text("reader", "Name of the reader that fits the content."),
            integer("first_record", "First record of a dump to read here; 0 for other files."),
            integer("n_records", "Number of records to read here; 1 for other files."),
            text("problem", "Why the file is not read at all; blank where it is."),
        ),
        is_internal=True,
    ),
    Table(
        "pages",
        "One row for each page as scraped; every file in RAW has at least one row, readable or not.",
        ("document_id",),
        (
            DOCUMENT_ID,
            PATH,
            text(
                "sha256", "SHA-256 of the file's bytes (of the record's bytes in a dump); blank where it was not read."
            ),
            text("media_type", "Type of the content as sniffed from its bytes, such as text/html."),
            text("encoding", "Character encoding the page was decoded with.", blank=True),
            text("url", "Address of the page, where the page or the dump says it.", blank=True),
            text("site", "Host of the address without `www.`; otherwise blank.", blank=True),
            text("title", "Title of the page, where it has one.", blank=True),
            text("published", "Date of publication as YYYY-MM-DD, where one is found.", blank=True),
            text("language", "Language of the text (ISO 639-1), where it can be told.", blank=True),
            text(
                "text",
                "The page flattened: a text file decoded, with LF line ends and no BOM; of HTML every text block "
                "in document order, one a line, hidden ones included. All offsets into a page count in this text.",
            ),
            text("status", "Whether the page could be read.", *PAGE_STATUS),
            text("reason", "Why, where the status is not `read`.", blank=True),
        ),
    ),
    Table(
        "sources",
        "The decoded HTML of each HTML page, for the extractors that judge its blocks.",
        ("document_id",),
        (DOCUMENT_ID, text("html", "Decoded HTML.")),
        is_internal=True,
    ),
    Table(
        "page_blocks",
        "The blocks of each page before any judgement: a line of flat text or a text block of HTML.",
        ("document_id", "start"),
        (
            DOCUMENT_ID,
            *PAGE_SPAN,
            text("kind", "What the block is by its tags or its shape.", *BLOCK_KINDS),
            text("tag_path", "Tags from the body down to the block; blank for flat text."),
            text("attributes", "Class, id and role words of the block and its ancestors, lower case."),
            flag("is_hidden", "Whether the page hides the block (hidden, display:none, off-screen ...)."),
            integer("n_link_chars", "Number of its code points that stand inside links."),
        ),
        is_internal=True,
    ),
)
