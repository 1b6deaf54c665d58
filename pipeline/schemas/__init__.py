"""Every table: its columns, types, checks and a sentence of meaning each; the data dictionary is made from them.

Tables are Arrow schemas with a little more: a key, the values a column may take and what it means. They are checked
whenever a table is written and whenever one is read (`check`). Offsets (`start`, `end`) are Unicode code points, end
exclusive. Names: `_id` points at a table, `n_` counts, `share_` is 0-1, `is_`/`has_` are booleans.

`columns.py` says what a table is; the tables stand in a file for each stage or few; `checks.py` holds rows to them.
"""

from pipeline.schemas.checks import PUBLIC, TABLES, SchemaError, check, to_table
from pipeline.schemas.columns import FACETS, Column

__all__ = ["FACETS", "PUBLIC", "TABLES", "Column", "SchemaError", "check", "to_table"]
