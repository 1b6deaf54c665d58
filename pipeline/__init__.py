"""From scraped pages to theme tables.

data/raw - ingest - pages - clean - documents + removals - segment - sentences + passages
                                                                  |- embed - embeddings
                                                                  |- extract - codings
                                                                  `- cluster - themes + theme_members
codings + themes - tabulate - theme_table, code_table, theme_codes, document_table, role_shifts
                 - publish - CSV and data package, workbook, web report, REFI-QDA project
human codings in - review - agreement, decisions

`flow.py` alone knows the order of the stages; `schemas` declares every table; a stage sees the tables it declares
and nothing else.
"""

__version__ = "0.1.0"
