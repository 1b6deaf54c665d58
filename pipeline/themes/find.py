"""passages, themes of the last run -> themes of this run: fitted anew and matched with the earlier ones, or updated."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from pipeline.errors import UserError
from pipeline.store import Context
from pipeline.themes import history
from pipeline.themes.corpus import Corpus
from pipeline.themes.describe import Groups
from pipeline.themes.fit import Fitted, fit
from pipeline.themes.history import Themes
from pipeline.themes.place import centres_of
from pipeline.themes.update import highest_of, updated, with_earlier_ids


@dataclass(frozen=True)
class Found:
    """Themes without labels, the earlier ones whose ids they have, and what tells this run from others."""

    fitted: Fitted
    earlier: Themes | None
    made_from: str
    encoder: str
    highest: int
    notes: dict[str, str]
    is_update: bool

    def named(self, corpus: Corpus, themes: list[dict[str, Any]], groups: Groups) -> Themes:
        """The themes as later runs are to know them."""

        names = {row["theme_id"]: (row["label"], row["terms"]) for row in themes}
        fitted, texts = self.fitted, history.by_theme(corpus.keys, groups.members())
        return history.Themes(
            fitted.centroids, fitted.broader, fitted.stability, names, texts, self.made_from, self.encoder, self.highest
        )


def find_themes(corpus: Corpus, context: Context, saved: list[Themes]) -> Found:
    """A new fit with the ids of the earlier themes, or with `--update` the earlier themes themselves.

    Where the last run in OUT was the same as this one, the earlier themes are those it started from.
    """
    settings, encoder = context.settings.themes, context.settings.embed.encoder
    if saved and context.keeps_themes:
        made_from = history.fingerprint(
            "update", corpus.keys, hashlib.sha256(corpus.vectors.tobytes()).hexdigest(), encoder
        )
        earlier = _started_from(saved, made_from) or saved[0]
        if earlier.encoder != encoder:
            raise UserError(f"--update: the themes in {context.out} were made with another encoder; run without it")
        fitted, highest, notes = updated(corpus, earlier, settings.seed)
        return Found(fitted, earlier, made_from, encoder, highest, notes, True)
    fitted = fit(
        corpus, settings.method, settings.number or None, settings.refits, settings.fit_passages, settings.seed
    )
    made_from = history.fingerprint("fit", corpus.keys, fitted.centroids, fitted.broader, fitted.stability)
    before = _started_from(saved, made_from)
    if before and before.known.isdisjoint(corpus.keys):
        before = None  # another corpus: its themes are not those
    highest = highest_of(fitted.centroids)
    if before:
        members = Groups(corpus, centres_of(fitted.centroids), fitted.broader).members()
        fitted, highest = with_earlier_ids(fitted, history.by_theme(corpus.keys, members), before)
    return Found(fitted, before, made_from, encoder, highest, {}, False)


def _started_from(saved: list[Themes], made_from: str) -> Themes | None:
    """The earlier themes: the last ones, or those before them where the last ones are these very themes."""
    return next((themes for themes in saved if themes.made_from != made_from), None)
