"""The layers of the design: what the stages share imports no stage; stages import no other stage."""

import ast

import pytest

from pipeline.flow import ROOT

SHARED = {
    "store",
    "schemas",
    "settings",
    "codebook",
    "errors",
    "coordinates",
    "models",
    "exchange",
    "encoder",
    "reader",
}
STAGES = {"ingest", "clean", "segment", "embed", "extract", "themes", "tabulate", "publish", "review"}
FILES = sorted((ROOT / "pipeline").rglob("*.py"))


def imports(path):
    """Names of the modules under `pipeline` that a file imports, heavy function-level imports included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "pipeline":
            names = [f"pipeline.{alias.name}" for alias in node.names]
        else:
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        yield from (name.split(".")[1] for name in names if name.startswith("pipeline."))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_keep_the_layers(path):
    own = path.relative_to(ROOT / "pipeline").parts[0].removesuffix(".py")
    used = set(imports(path)) - {own}
    if own in SHARED:
        assert used <= SHARED, f"{own} is shared by the stages and may import none of them"
    if own in STAGES:
        assert used <= SHARED, f"the stage {own} may import what is shared, but no other stage"


HEAVY = {
    "torch",
    "spacy",
    "sklearn",
    "trafilatura",
    "bertopic",
    "sentence_transformers",
    "pandas",
    "duckdb",
    "scipy",
    "umap",
    "altair",
}


# Classes that inherit from scikit-learn's; the module is imported when themes are fitted, not before.
INHERITS = {"pipeline/themes/clusterer.py": {"sklearn"}}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_heavy_libraries_are_imported_where_they_are_used(path):
    tree = ast.parse(path.read_text("utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.name for node in top if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in top if isinstance(node, ast.ImportFrom) and node.module]
    allowed = INHERITS.get(path.relative_to(ROOT).as_posix(), set())
    assert not {name.split(".")[0] for name in names} & HEAVY - allowed


def test_every_module_says_what_it_does():
    for path in FILES:
        docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
        assert docstring, path
