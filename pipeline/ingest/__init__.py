"""files -> pages, page_blocks, sources: reads every page of RAW, whatever it is written in, into one flat form.

`scan` lists the files and tells their kinds; each kind has a module in `readers/`. A file or record that cannot be
read, or takes too long or too much memory, becomes a page with the status `unreadable` and the reason, and never
stops a run: `guard` sets the limits, `careful` reads again what crashed or hung a parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.store import Context, Inputs, Rows


def run(inputs: Inputs, context: Context) -> dict[str, Rows]:
    """One shard of `files` -> its pages, their blocks and, for pages of HTML, the decoded HTML."""
    from pipeline.ingest.careful import read_carefully
    from pipeline.ingest.read import Limits, read_files

    settings = context.settings.ingest
    limits = Limits(
        settings.max_megabytes * 1_000_000, settings.seconds_per_page, settings.megabytes_per_page * 1_000_000
    )
    read = read_carefully if context.is_careful else read_files
    return {**read(context.raw, inputs.rows("files"), limits)}
