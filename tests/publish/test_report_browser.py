"""The report in Chromium with axe-core: no violations, no network, no sideways scrolling at 320 px, quick to load.

Needs Chromium, node and the npm packages axe-core and playwright-core; NODE_PATH names the folder they are in.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.publish.formats import report
from pipeline.store import Store

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGES = (
    "index.html", "themes.html", "themes/t1.html", "codes.html", "codes/value.trust.html", "quotes.html",
    "quotes.html#code=value.trust&status=rejected", "map.html", "documents.html", "documents/d1.html", "removed.html",
    "removed/spam.html", "shifts.html", "quality.html", "method.html",
)  # fmt: skip


def missing() -> str:
    """What the test lacks here; nothing where it can run."""
    if not CHROMIUM:
        return "Chromium is not installed"
    node = shutil.which("node")
    if not node:
        return "node is not installed"
    found = subprocess.run([node, "-e", "require('playwright-core'); require.resolve('axe-core')"], capture_output=True)
    return "" if found.returncode == 0 else "axe-core and playwright-core are not in NODE_PATH"


@pytest.mark.parametrize("quotes", ["full", "none"])
def test_pages_are_accessible_quiet_and_quick(tables, published, quotes):
    if why := missing():
        pytest.skip(why)
    centre = {"centroid": 0, "theme_id": "t1", "parent_id": "", "level": 2, "vector": [1.0, 0.0], "loose_below": -1.0}
    Store(tables).write("theme_centroids", [centre])
    made = published(report, tables, quotes=quotes)[0]
    script = Path(__file__).with_name("report_in_browser.js")
    done = subprocess.run(["node", script, CHROMIUM, made, *PAGES], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr
    for page in json.loads(done.stdout):
        where = f"{page['name']} at {page['width']} px"
        assert not page["violations"], where
        assert not page["problems"] and not page["asked"], (where, page["problems"], page["asked"])
        assert page["beyond"] <= 0, where
        assert page["loaded"] < 2000, where
        if page["name"].startswith("quotes.html"):
            assert page["shown"] == (2 if "#" in page["name"] else 9), where
