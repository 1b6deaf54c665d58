"""The columns of every sheet: heading, where the value stands in the row, kind, width, notes."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.publish.workbook.sheet import COUNT, DECIMAL, QUOTE, SHARE, TEXT, Column

# facet: (sheet, heading of its codes, title)
FACETS = {
    "value": ("Values", "Value", "Values: what the documents hold to be good or right"),
    "barrier": (
        "Barriers",
        "Barrier",
        "Barriers: what is in the way, and whether it is present, overcome, hypothetical or denied",
    ),
    "role": ("Roles", "Role", "Roles: who takes part, and as what"),
    "enabler": ("Enablers", "Enabler", "Enablers: what helps"),
    "participation": ("Participation", "Degree of participation", "Participation: how far it goes"),
}
KINDS = {
    "barrier": Column("Where it lies", "kind", TEXT, 16),
    "role": Column("Kind of role", "kind", TEXT, 12),
    "participation": Column("Step of the ladder", "rung", COUNT, 10),
}
SHARES = (
    Column("Documents", "n_documents", COUNT, 13, ("documents",)),
    Column("All documents", "n_documents_all", COUNT, 13, ("all",)),
    Column("Share of documents", "share_documents", SHARE, 13),
    Column("Lowest likely share", "share_documents_low", SHARE, 14, ("interval",)),
    Column("Highest likely share", "share_documents_high", SHARE, 14, ("interval",)),
    Column("Sites", "n_sites", COUNT, 9, ("sites",)),
)
QUOTES_3 = tuple(
    column
    for number in (1, 2, 3)
    for column in (
        Column(f"Quote {number}", f"quote_{number}", QUOTE, 80, ("quotes",)),
        Column(f"Source of quote {number}", f"quote_{number}_source", TEXT, 30),
    )
)
DISSENT = (
    Column("Dissenting quote", "dissent", QUOTE, 70, ("dissent",)),
    Column("What it dissents from", "dissent_from", TEXT, 24),
    Column("Source of dissenting quote", "dissent_source", TEXT, 30),
)
TOP = (
    Column("Main values", "top_values", TEXT, 32, ("top", "codes"), "None found"),
    Column("Main barriers", "top_barriers", TEXT, 32, ("top", "codes"), "None found"),
    Column("Main roles", "top_roles", TEXT, 32, ("top", "codes"), "None found"),
    Column("Main enablers", "top_enablers", TEXT, 32, ("top", "codes"), "None found"),
    Column("Main degrees of participation", "top_participation", TEXT, 32, ("top", "codes"), "None found"),
)
STABILITY = (
    Column("Stability grade", "grade", TEXT, 11, ("stability",)),
    Column("Stability", "stability", DECIMAL, 10, ("stability",)),
)
NOTE = Column("What to know of it", "note", TEXT, 30, blank="Nothing in particular")
PASSAGES = (
    Column("Passages", "n_passages", COUNT, 11, ("passages",)),
    Column("Share of all passages", "share_passages", SHARE, 12),
)
THEMES = (
    Column("Theme", "theme", TEXT, 28),
    Column("Part of", "part_of", TEXT, 22),
    Column("In one sentence", "description", TEXT, 45),
    *SHARES, *PASSAGES, *STABILITY, NOTE, *TOP,
)  # fmt: skip
SUBTHEMES = (
    Column("Sub-theme", "theme", TEXT, 28),
    Column("Part of the theme", "part_of", TEXT, 28),
    Column("In one sentence", "description", TEXT, 45),
    *SHARES, *PASSAGES, *STABILITY, NOTE, *TOP,
)  # fmt: skip
MOVES = (
    Column("From the role", "from", TEXT, 36, blank="[x]"),
    Column("To the role", "to", TEXT, 36, blank="[x]"),
    Column("Documents", "n_documents", COUNT, 13, ("documents",)),
    Column("Mentions", "n_mentions", COUNT, 12, ("mentions",)),
)
SHIFTS = (
    Column("From the role", "shift_from_label", TEXT, 30, blank="[x]"),
    Column("To the role", "shift_to_label", TEXT, 30, blank="[x]"),
    Column("Who moves", "holder", TEXT, 24, blank="[x]"),
    Column("Status", "status", TEXT, 12, ("status",)),
    Column("Sentence", "sentence", QUOTE, 70, ("quotes",)),
    Column("Words that tell of it", "quote", QUOTE, 30),
    Column("File of the page", "path", TEXT, 36),
)
THEME_CODES = (
    Column("Theme", "theme", TEXT, 30),
    Column("Kind of code", "facet", TEXT, 15),
    Column("Code", "label", TEXT, 36, ("codes",)),
    Column("Documents", "n_documents", COUNT, 13, ("documents",)),
    Column("Documents of the theme", "n_documents_theme", COUNT, 13),
    Column("Share of the theme's documents", "share_documents", SHARE, 13),
    Column("Sites", "n_sites", COUNT, 9, ("sites",)),
    Column("Passages", "n_passages", COUNT, 11, ("passages",)),
    Column("Share of the theme's passages", "share_passages", SHARE, 13),
    Column("Mentions", "n_codings", COUNT, 12, ("mentions",)),
    Column("Times more often than elsewhere", "lift", DECIMAL, 13, ("lift",)),
)
DOCUMENTS = (
    Column("Title", "title", TEXT, 45, blank="[x]"),
    Column("File of the page", "path", TEXT, 36),
    Column("Site", "site", TEXT, 26, blank="[x]"),
    Column("Address", "url", TEXT, 40, blank="[x]"),
    Column("Published", "published", TEXT, 13, blank="[x]"),
    Column("Words kept", "n_words", COUNT, 10),
    Column("Words on the page", "n_words_page", COUNT, 10),
    Column("Share kept", "share_kept", SHARE, 9),
    Column("Cut by a paywall", "cut", TEXT, 11),
    Column("Passages", "n_passages", COUNT, 11, ("passages",)),
    Column("Mentions of values", "n_value", COUNT, 13, ("mentions",)),
    Column("Mentions of barriers", "n_barrier", COUNT, 13, ("mentions",)),
    Column("Mentions of roles", "n_role", COUNT, 13, ("mentions",)),
    Column("Mentions of enablers", "n_enabler", COUNT, 13, ("mentions",)),
    Column("Mentions of participation", "n_participation", COUNT, 14, ("mentions",)),
    Column("Main theme", "main_theme", TEXT, 28, ("main",)),
)
ASIDE = (
    Column("File of the page", "path", TEXT, 40),
    Column("Title", "title", TEXT, 45, blank="[x]"),
    Column("Why it was set aside", "status_words", TEXT, 28),
    Column("Reason in detail", "reason", TEXT, 45),
    Column("Page it repeats", "repeats", TEXT, 40),
    Column("Words on the page", "n_words_page", COUNT, 12),
)
REMOVED = (
    Column("What was removed", "reason", TEXT, 45, ("removed",)),
    Column("Rule", "rule", TEXT, 24),
    Column("Pages", "n_documents", COUNT, 10),
    Column("All pages", "n_pages", COUNT, 10),
    Column("Share of pages", "share", SHARE, 10),
    Column("Spans", "n_spans", COUNT, 10),
    Column("Characters", "n_characters", COUNT, 13),
    Column("Example", "example", QUOTE, 60),
)
METHOD_COLUMNS = (
    Column("Step", "step", TEXT, 20),
    Column("What was done", "done", TEXT, 65),
    Column("What to keep in mind", "limits", TEXT, 65),
)
AGREEMENT = (
    Column("Code", "label", TEXT, 36),
    Column("Kind of code", "facet", TEXT, 15),
    Column("Texts", "scope", TEXT, 32),
    Column("Sentences coded by people", "n_human", COUNT, 13),
    Column("Sentences coded by the program", "n_machine", COUNT, 13),
    Column("Sentences coded by both", "n_both", COUNT, 13),
    Column("Precision", "precision", SHARE, 11, ("agreement",)),
    Column("Recall", "recall", SHARE, 11, ("agreement",)),
    Column("F1", "f1", SHARE, 11, ("agreement",)),
    Column("Lowest likely F1", "f1_low", SHARE, 11),
    Column("Highest likely F1", "f1_high", SHARE, 11),
    Column("Kappa", "kappa", DECIMAL, 11, ("agreement",)),
)
RUNS = (Column("Item", "item", TEXT, 40), Column("Version, value or hash", "value", TEXT, 80))


def code_columns(facet: str, heading: str, statuses: Iterable[str]) -> tuple[Column, ...]:
    """The columns of a facet's sheet, with one for each of its statuses."""
    kind = (KINDS[facet],) if facet in KINDS else ()
    by_status = (
        Column(f"Documents: {status.replace('_', ' ')}", f"status_{status}", COUNT, 14, ("status",))
        for status in statuses
    )
    return (
        Column(heading, "label", TEXT, 30, ("codes",)),
        Column("Definition", "definition", TEXT, 55),
        *kind,
        *SHARES,
        Column("Mentions", "n_codings", COUNT, 12, ("mentions",)),
        *by_status,
        Column("Mentions to look at", "n_needs_review", COUNT, 12, ("review",)),
        Column("Enough to compare", "enough", TEXT, 11, ("rare",)),
    )
