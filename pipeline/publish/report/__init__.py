"""public tables -> the static web report: what its pages are made of, and their templates.

`tables` reads, `evidence` walks numbers back to sentences, `reader` marks up a document, `layout` draws the map,
`search` writes the data files of the search page, `render` fills templates, `pages` and `documents` put it together.
"""
