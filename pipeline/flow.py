"""STAGES: name, inputs, outputs, function of every step, in the order in which they run.

A stage is one or more steps. A map step turns one shard of its inputs into one shard of its outputs; a reduce step
sees the whole corpus, streamed shard by shard. `freshness.py` says which are stale, `execution.py` runs one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STAGES = ("ingest", "clean", "segment", "embed", "extract", "cluster", "tabulate", "publish")
ALIASES = {"themes": "cluster"}
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Step:
    """One step: `function` is `module:name`, called as f(inputs, context) -> {table: rows}.

    A function that writes files in OUT besides its tables names them, relative to OUT, under `store.WRITTEN`.
    """

    name: str
    stage: str
    kind: str  # map | reduce
    doing: str
    function: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    uses_codebook: bool = False
    is_risky: bool = False  # its libraries meet whatever people scraped, and may take their process down
    files: tuple[tuple[str, str], ...] = ()  # (section, key) of settings that name a file the step reads


STEPS = (
    Step("read", "ingest", "map", "reading pages", "pipeline.ingest:run",
         ("files",), ("pages", "page_blocks", "sources"), ("ingest",), is_risky=True),
    Step("profile", "clean", "map", "counting lines", "pipeline.clean:profile",
         ("pages", "page_blocks"), ("line_profile",), ("clean",)),
    Step("repeats", "clean", "reduce", "finding templates", "pipeline.clean:repeats",
         ("line_profile",), ("repeated_lines",), ("clean",)),
    Step("clean", "clean", "map", "cleaning", "pipeline.clean:clean",
         ("pages", "page_blocks", "sources", "repeated_lines"), ("drafts", "blocks", "removals", "edits"),
         ("clean",), ("clean",), uses_codebook=True),
    Step("duplicates", "clean", "reduce", "finding duplicates", "pipeline.clean:duplicates",
         ("drafts",), ("duplicates",), ("clean",)),
    Step("documents", "clean", "map", "writing documents", "pipeline.clean:documents",
         ("drafts", "duplicates"), ("documents",), ("clean",)),
    Step("segment", "segment", "map", "splitting sentences", "pipeline.segment:run",
         ("documents", "blocks", "removals", "edits"), ("sentences", "passages"), ("segment",)),
    Step("embed", "embed", "map", "encoding", "pipeline.embed:run",
         ("sentences", "passages"), ("embeddings", "readings", "embedded"), ("embed",), ("encoder", "graph", "extract")),
    Step("extract", "extract", "map", "coding", "pipeline.extract:run",
         ("sentences", "removals", "edits", "embeddings", "readings", "embedded"), ("codings", "coded"),
         ("extract", "embed"), ("spacy", "extract", "encoder", "graph"), uses_codebook=True),
    Step("cluster", "cluster", "reduce", "finding themes", "pipeline.themes:cluster",
         ("pages", "sentences", "passages", "embeddings"), ("themes", "theme_centroids", "theme_changes", "theme_decisions", "theme_history"),
         ("themes",), ("spacy", "encoder"), files=(("themes", "decisions"),)),
    Step("members", "cluster", "map", "placing passages", "pipeline.themes:members",
         ("passages", "embeddings", "theme_centroids"), ("theme_members",), ("themes",)),
    Step("tabulate", "tabulate", "reduce", "making tables", "pipeline.tabulate:run",
         ("pages", "documents", "removals", "sentences", "passages", "codings", "themes", "theme_members",
          "theme_decisions"),
         ("theme_table", "code_table", "theme_codes", "document_table", "role_shifts", "coders", "runs", "agreement",
          "review_log"),
         ("tabulate",), ("extract",), uses_codebook=True),
    Step("publish", "publish", "reduce", "publishing", "pipeline.publish:run",
         ("pages", "documents", "removals", "edits", "sentences", "passages", "codings", "themes", "theme_centroids",
          "theme_members", "theme_table", "code_table", "theme_codes", "document_table", "role_shifts", "coders", "runs",
          "agreement", "review_log"),
         (), ("publish", "tabulate"), uses_codebook=True),
)  # fmt: skip


def steps_for(stage: str) -> list[Step]:
    """The steps that a stage needs, its own included, in the order in which they run."""
    wanted = [step for step in STEPS if step.stage == stage]
    needed = {step.name for step in wanted}
    tables = {table for step in wanted for table in step.inputs}
    for step in reversed(STEPS):
        if tables & set(step.outputs):
            needed.add(step.name)
            tables |= set(step.inputs)
    return [step for step in STEPS if step.name in needed]
