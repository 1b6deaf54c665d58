"""What `cluster` writes: themes, their centres, members and history."""

from __future__ import annotations

from pipeline.schemas.columns import DOCUMENT_ID, VECTOR, Column, Table, flag, integer, number, text, texts

TABLES = (
    Table(
        "themes",
        "Themes and their sub-themes: cuts of one tree.",
        ("theme_id",),
        (
            text("theme_id", "Id of the theme."),
            text("parent_id", "The theme it belongs to; blank at the top.", blank=True),
            integer("level", "1 broad, 2 themes, 3 sub-themes."),
            text("label", "A label a person understands."),
            text("description", "One plain sentence, from the theme's most central sentence."),
            texts("terms", "Words and phrases that set it apart, best first."),
            integer("n_passages", "Number of its passages."),
            integer("n_documents", "Number of documents that speak of it."),
            integer("n_sites", "Number of sites those documents stand on."),
            number("stability", "Mean overlap (Jaccard) with its best match over refits on samples, 0-1.", blank=True),
            number("stability_low", "Lower end of the 95% interval of stability.", blank=True),
            number("stability_high", "Upper end of the 95% interval of stability.", blank=True),
            text(
                "grade",
                "A: stability of .75 and more; B: .5 and more; C: less; `-`: too few passages to tell.",
                "A",
                "B",
                "C",
                "-",
            ),
            number("share_largest_document", "Largest share of its passages that comes from one document."),
            texts("exemplar_ids", "Passages that show it best, of different documents where there are."),
            text("note", "What a reader should know of it, such as that one document makes up much of it; else empty."),
            text("decision", "What people decided on it (renamed, merged, split, ignored); empty where nothing."),
        ),
        is_sharded=False,
    ),
    Table(
        "theme_centroids",
        "The centres of themes and sub-themes: what every passage is placed by.",
        ("centroid",),
        (
            integer("centroid", "Number of the centre."),
            text(
                "theme_id", "The theme or sub-theme; empty in the row of level 0. A merged theme has several centres."
            ),
            text("parent_id", "Of a sub-theme, its theme; else empty."),
            integer("level", "2 themes, 3 sub-themes; 0: what all passages share, taken off every vector first."),
            Column("vector", VECTOR, "Mean of the theme's vectors less what all share, of length 1."),
            number(
                "loose_below",
                "Similarity under which a passage counts as loose: that of nine in ten other passages; -1: none.",
            ),
        ),
        is_sharded=False,
        is_internal=True,
    ),
    Table(
        "theme_members",
        "The theme of every passage.",
        ("passage_id",),
        (
            text("passage_id", "The passage."),
            DOCUMENT_ID,
            text("theme_id", "Its theme (level 2)."),
            text("subtheme_id", "Its sub-theme (level 3); the theme itself where it has no sub-themes."),
            number(
                "similarity", "Cosine of the passage to the centre of its theme, both less what all passages share."
            ),
            flag("is_loose", "Whether it is no closer to its theme than one in ten passages of other themes."),
        ),
    ),
    Table(
        "theme_changes",
        "What became of the themes of the earlier run in the same OUT; no rows where there was none. Themes as found, "
        "before people's decisions; passages are distinct texts of the sample that themes are found in.",
        ("theme_id",),
        (
            text("theme_id", "Id of the theme, the same in both runs."),
            text(
                "change",
                "Against the earlier run: same (overlap of .9 and more, size within a tenth), grew or shrank by more than "
                "a tenth, moved (of the same size, other passages), new, proposed (by --update), gone.",
                "same",
                "grew",
                "shrank",
                "moved",
                "new",
                "proposed",
                "gone",
            ),
            text("label", "Its label; of a theme that is gone, the earlier one."),
            text("label_before", "Its label in the earlier run.", blank=True),
            number("overlap", "Jaccard overlap of its passages, on passages that both runs know.", blank=True),
            integer("n_passages_before", "Its passages in the earlier run."),
            integer("n_passages", "Its passages now."),
            integer("n_passages_new", "Those of them that the earlier run did not know."),
            number("similarity_new", "Mean cosine of the new passages to its centre: how well they fit.", blank=True),
            number("similarity_known", "The same of the others.", blank=True),
            number("share_loose_new", "Share of loose ones (see theme_members) among the new passages.", blank=True),
            number("share_loose_known", "The same of the others.", blank=True),
        ),
        is_sharded=False,
    ),
    Table(
        "theme_history",
        "What later runs need to know of the themes of this run and of the run before it.",
        ("generation", "centroid"),
        (
            integer("generation", "0: this run; 1: the run whose ids it took over."),
            integer("centroid", "Number of the centre; below 0 for broad themes, which have none."),
            text("theme_id", "As in theme_centroids, before decisions."),
            text("parent_id", "As in theme_centroids."),
            integer("level", "As in theme_centroids; 1 for broad themes."),
            text("broad_id", "The broad theme it belongs to; else empty."),
            Column("vector", VECTOR, "As in theme_centroids."),
            number("loose_below", "As in theme_centroids."),
            text("label", "Its label before decisions."),
            texts("terms", "Its terms."),
            number("stability", "As in themes.", blank=True),
            number("stability_low", "As in themes.", blank=True),
            number("stability_high", "As in themes.", blank=True),
            text("grade", "As in themes; empty where it was not graded."),
            texts("texts", "Hashes of the texts of its distinct passages."),
            text("made_from", "What tells this run from others: a hash."),
            text("encoder", "The encoder its vectors are from."),
            integer("highest", "The largest number a theme's id has had."),
        ),
        is_sharded=False,
        is_internal=True,
    ),
    Table(
        "theme_decisions",
        "Decisions on themes that were replayed on this run, as review_log shows them.",
        ("item", "decision"),
        (
            text("item", "The theme, by id and label."),
            text("decision", "What was decided, and why."),
            text("coder", "Who decided."),
            text("effect", "What it changed on this run."),
        ),
        is_sharded=False,
        is_internal=True,
    ),
)
