"""reader tables, codings, themes -> files that people open: every format in `formats`, from the tables alone.

A format is a module in `formats` with `write(inputs, context) -> list of paths written, relative to OUT`. Adding one
is adding that module.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from pipeline.publish import formats
from pipeline.store import WRITTEN, Context, Inputs


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """Write every format, in the order of their names."""
    written: list[str] = []
    for name in sorted(module.name for module in pkgutil.iter_modules(formats.__path__)):
        written += importlib.import_module(f"{formats.__name__}.{name}").write(inputs, context)
    return {WRITTEN: written}
