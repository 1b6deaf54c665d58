"""passages, embeddings -> themes, theme_centroids, theme_members: themes that hold still and read well.

`cluster` fits and describes the themes of the corpus; `members` places every passage by one rule (themes/place.py).
"""

from __future__ import annotations

from typing import Any

from pipeline.store import Context, Inputs

LONGEST_COUNTED = 3  # words of the phrases in the BERTopic model; longer ones are many and seldom recur


def cluster(inputs: Inputs, context: Context) -> dict[str, Any]:
    """Rows of themes and of the tables about them; a BERTopic model of the same themes in OUT/models/themes."""
    from pipeline.models import spacy_pipeline
    from pipeline.store import Store
    from pipeline.themes import corpus as corpora
    from pipeline.themes import decisions as decided
    from pipeline.themes import history
    from pipeline.themes.describe import described
    from pipeline.themes.find import find_themes
    from pipeline.themes.update import changes

    settings = context.settings.themes
    corpus = corpora.read(inputs, settings.fit_passages)
    if not corpus.ids or not corpus.vectors.shape[1]:
        return {"themes": [], "theme_centroids": [], "theme_changes": [], "theme_decisions": [], "theme_history": []}
    path = context.root / settings.decisions
    plan = decided.load(path)
    found = find_themes(corpus, context, history.read(Store(context.out)))
    fitted, earlier = found.fitted, found.earlier
    tagger = spacy_pipeline(context.settings.extract.spacy_model)
    kept = earlier.names if found.is_update and earlier else None

    def describe(centroids: Any, broader: Any, known: Any) -> Any:
        return described(
            inputs, corpus, centroids, broader, known, tagger, _encoder(context), kept=kept, notes=found.notes
        )

    centroids = fitted.centroids
    themes, groups, phrases = describe(centroids, fitted.broader, fitted.stability)
    now = found.named(corpus, themes, groups)
    log: list[dict[str, Any]] = []
    if plan:
        of_passage = dict(zip(corpus.ids, groups.theme, strict=True))
        first = list(themes)

        def find(name: Any) -> str:
            return decided.resolved(name, first, of_passage, path, earlier.names if earlier else {})

        if any("merge" in decision or decision.get("split") for decision in plan):
            centroids, broader = decided.restructured(centroids, fitted.broader, plan, find)
            merged = {find(d["merge"][0]) for d in plan if "merge" in d}
            known = {name: value for name, value in fitted.stability.items() if name not in merged}
            themes, groups, phrases = describe(centroids, broader, known)
        themes = decided.marked(themes, plan, find)
        log = decided.replayed(first, themes, plan, find)
    if settings.save_bertopic:
        _save_model(corpus, themes, groups, phrases, context)
    return {
        "themes": themes,
        "theme_centroids": centroids,
        "theme_changes": changes(corpus, now, earlier, found.notes),
        "theme_decisions": log,
        "theme_history": history.rows([now, *([earlier] if earlier else [])]),
    }


def _encoder(context: Context) -> Any:
    def encode(texts: Any) -> Any:
        from pipeline.encoder import vectors_by

        settings = context.settings.embed
        return vectors_by(settings.encoder, list(texts), context.models, settings.batch_size)

    return encode


def _save_model(corpus: Any, themes: list[dict[str, Any]], groups: Any, phrases: Any, context: Context) -> None:
    from pipeline.themes.topic_model import save

    ids = sorted(set(groups.theme))
    names = {ids.index(row["theme_id"]): row["label"] for row in themes if row["theme_id"] in ids}
    vocabulary = [phrases.shown(key) for key in phrases.passages if len(key) <= LONGEST_COUNTED]
    labels = [ids.index(name) for name in groups.theme]
    save(corpus.texts, corpus.vectors, labels, names, vocabulary, context.artefacts / "themes")


def members(inputs: Inputs, context: Context) -> dict[str, Any]:
    """Rows of theme_members of one shard, in the order of its embeddings."""
    import pyarrow.compute as pc

    from pipeline.encoder import vectors_of
    from pipeline.themes.place import centres_of, placed

    centres = centres_of(inputs.rows("theme_centroids"))
    embeddings = inputs.table("embeddings")
    mine = embeddings.filter(pc.equal(embeddings["unit"], "passage"))
    rows = placed(vectors_of(mine), centres)
    units = zip(mine["unit_id"].to_pylist(), mine["document_id"].to_pylist(), strict=True)
    return {
        "theme_members": [{"passage_id": p, "document_id": d, **row} for (p, d), row in zip(units, rows, strict=True)]
    }
