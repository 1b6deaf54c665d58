"""The words of the workbook: notes, cover, method and limits. `{...}` are figures that `sheets` puts in."""

from __future__ import annotations

NOTES = {
    "documents": "A document is a page that was kept after cleaning. It counts once, however often it speaks of a "
    "theme or a code.",
    "all": "The denominator: all documents that were kept. Pages that were set aside are on the sheet Set aside.",
    "interval": "95% interval by Wilson's method. It says how far the share could lie from that of a larger "
    "collection of which "
    "these documents are a random sample. Pages gathered by hand or by a search engine are not one, so read it as a "
    "lower bound of the uncertainty.",
    "sites": "A site is the publisher's address on the web. A page without an address counts as a site of its own.",
    "passages": "A passage is a run of sentences of the size of a paragraph. Every passage of every kept document "
    "has one theme.",
    "stability": "The themes were found again on random samples of the passages. A: the theme came back with at "
    "least three quarters "
    "of its passages; B: at least half; C: less, so treat it with care. Too few to tell: too few passages.",
    "quotes": "Words of the page, exactly as they stand there after cleaning, line breaks shown as spaces. The "
    "source names the page's title and file.",
    "dissent": "The sentence of this theme by which a text most surely rejects a value or a role, denies a barrier, "
    "doubts what helps, "
    "or criticises the degree of participation. It may be ironic or taken out of a dispute; read the page.",
    "top": "The codes that most documents of the theme carry, with the number of those documents in brackets.",
    "mentions": "A mention is one code given to one sentence.",
    "status": "How the text holds the code. A document counts under every status it has, so these columns can add "
    "up to more than the documents.",
    "review": "Mentions of which the program is unsure, and which a person should look at before the figure is used.",
    "rare": "Codes with fewer than {min_uses} mentions are too rare to compare with others.",
    "codes": "Codes are given by a program, by the cues and definitions of the codebook. It makes mistakes; the "
    "sheet Quality says how many, where that has been measured.",
    "lift": "How many times more often the code stands in the theme's passages than in all passages. 1 is no "
    "difference.",
    "removed": "What was taken out of the pages before analysis: menus, adverts, planted spam and the like. Every "
    "removed span, with its "
    "place on the page, is in the file csv/removals.csv.",
    "main": "The theme with most of the document's passages.",
    "agreement": "Share of sentences. Precision: of those the program coded, how many the person coded too. Recall: "
    "of those the person "
    "coded, how many the program found. F1: their harmonic mean. Kappa: agreement beyond chance, from 0 to 1.",
}

STATUS_WORDS = {
    "kept": "Kept",
    "empty": "Empty",
    "duplicate": "Repeats another page",
    "off_topic": "Not about co-production of public services",
    "not_english": "Not in English",
    "unreadable": "Could not be read",
    "ignored": "Not a page",
}
PLURALS = {
    "value": "values",
    "barrier": "barriers",
    "role": "roles",
    "enabler": "enablers",
    "participation": "degrees of participation",
}

INTRO = (
    "This workbook shows which values, barriers and roles {n_kept:,} documents about co-production speak of, what "
    "helps, how far "
    "participation goes, and which themes run through them.",
    "Co-production means that citizens and professionals make public services together.",
    "It is for policy teams. Start with the sheet Themes. The sheet Contents has a link to every sheet.",
    "Each figure counts documents and sites before mentions, so that one long page cannot outweigh many short ones.",
)
ABOUT = (
    "Pages scraped: {n_pages:,}. Documents kept: {n_kept:,}. Sites they stand on: {n_sites:,}. Pages set aside, each with "
    "its reason: {n_aside:,}.",
    "Themes: {n_themes:,}, made of passages: {n_passages:,}. Codes of the codebook: {n_codes:,}, of which found: "
    "{n_found:,}, in mentions: {n_codings:,}.",
    "Themes and codes were found by a program and not by people. Read the sheets Method and limits and Quality "
    "before you use a figure.",
    "Shares are rounded to whole percents, with the number they are a share of beside them. No cell is empty: "
    "shorthand in square brackets says why there is no value, and is explained on the sheet.",
    "The tables are also in theme_tables.ods (OpenDocument) and, in full, in the folder csv with a description of "
    "every column.",
)
QUOTES = {
    "full": "Quotes are given in full.",
    "short": "Quotes are cut to 120 characters at most, by a setting.",
    "none": "Quotes and titles of pages are withheld, by a setting; [c] stands in their place.",
}

# (aspect, what was done, what to keep in mind)
METHOD = (
    (
        "Collection",
        "{n_pages:,} files and records were read as they were scraped. Each has a row on the sheet Documents or Set "
        "aside.",
        "The pages are not a sample of all that is written. Shares describe this collection, not public services at "
        "large.",
    ),
    (
        "Cleaning",
        "Menus, adverts, sign-up text and planted spam were removed, each with a rule and a reason. Pages that "
        "repeat others, are off "
        "topic, or are not in English were set aside.",
        "Some unwanted text stays and some wanted text goes. Kept and removed text together rebuild each page "
        "exactly, so both can be checked.",
    ),
    (
        "Documents and sites",
        "Figures count documents and sites first. A page that repeats another one counts once.",
        "Several pages of one site often share an author or a view. Where documents are many and sites are few, the "
        "theme is one voice.",
    ),
    (
        "Codes",
        "A codebook defines {n_codes:,} values, barriers, roles, enablers and degrees of participation. A program "
        "gave codes to sentences by "
        "cues and by likeness to examples, each with the words that carry it and how the text holds it.",
        "The program misses what is said in unusual words and mistakes some words for others. It does not "
        "understand irony. "
        "{n_review:,} mentions are marked for a person to look at.",
    ),
    (
        "Status",
        "Each mention says how the text holds the code: a barrier may be present, overcome, hypothetical or denied.",
        "Status is harder to read off a sentence than the code itself. Check quotes before you build on a single "
        "status.",
    ),
    (
        "Themes",
        "Passages that speak alike were grouped; every passage has one theme. Labels are made of words that set a "
        "theme apart.",
        "Themes describe what texts talk of, not what they hold. A passage that fits no theme well is still placed "
        "in the nearest.",
    ),
    (
        "Stability",
        "The themes were found again on samples; the grade on the sheet Themes says how well each came back.",
        "A theme of grade C may be an accident of this collection.",
    ),
    (
        "Intervals",
        "Shares of documents have a 95% interval by Wilson's method.",
        "It covers chance alone: not how the pages were gathered, nor the program's mistakes.",
    ),
    (
        "Quotes",
        "Quotes are the exact words of the page. Offsets for every quote are in the file csv/codings.csv. {quotes}",
        "Quotes were chosen by the program as typical and from different documents, not as a balanced account.",
    ),
    (
        "Characters",
        "Characters that a spreadsheet cannot hold are shown as visible signs, one for one. Text longer than 32,000 "
        "characters ends with [cut].",
        "The files in the folder csv hold the exact text.",
    ),
)
NO_AGREEMENT = (
    "No agreement with human coders has been measured for this collection yet. Until it is, treat every figure on "
    "codes as provisional."
)
