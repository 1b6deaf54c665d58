"""sentences, embeddings -> codings: codes with status, quote, score and what speaks for them.

Cues and vectors propose, the fitted pair scorer disposes (`classifier`); `spans` finds the words that carry the code,
`status` how the text holds it, `roles` who plays a part and what changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.store import Context, Inputs


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """The codings of one shard, in the order of its sentences."""
    from pipeline.extract.code import code_documents

    return code_documents(inputs, context)
