"""tables -> OUT/report: a static web report that opens from a file and links every number to its sentences."""

from __future__ import annotations

import shutil

from pipeline.publish.report.documents import write_documents, write_list
from pipeline.publish.report.pages import write_codes, write_overview, write_removed, write_rest, write_themes
from pipeline.publish.report.render import ASSETS, TEMPLATES
from pipeline.publish.report.tables import read
from pipeline.store import Context, Inputs, replace_folder


def write(inputs: Inputs, context: Context) -> list[str]:
    """Write the folder anew; returns its path relative to OUT."""
    made = context.out / ".report.tmp"
    shutil.rmtree(made, ignore_errors=True)
    (made / "assets").mkdir(parents=True)
    for name in ASSETS:
        shutil.copyfile(TEMPLATES / name, made / "assets" / name)
    material = read(inputs, context)
    write_overview(made, material)
    write_themes(made, material)
    write_codes(made, material)
    write_documents(made, inputs, material)
    write_list(made, material)
    write_removed(made, material)
    write_rest(made, material)
    material.base.close()
    replace_folder(context.out / "report", made)
    return ["report"]
