"""Rows headed "because you watched": titles that one of the visitor's favourites speaks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.data.filters import EVERYTHING, Filters
from recsys_core.data.ranking import top_n
from recsys_core.data.turns import on_turn
from recsys_core.visitor.visitor import Visitor

MAX_ROWS = 4
ROW_LENGTH = 6
SHORTEST_ROW = 3
GOOD_SHARE, FEWEST_GOOD = 0.2, 100
WORTH_SHARE = 0.3
"""A title for which its seed speaks less than this share of what it does for the row's first one has other reasons to be liked."""


@dataclass(frozen=True, slots=True)
class BecauseRow:
    """One row, headed "because you watched" its seed: titles that the seed speaks for, strongest first."""

    seed: str
    item_ids: tuple[str, ...]


def because_rows(visitor: Visitor, model: str = "hybrid", filters: Filters = EVERYTHING) -> list[BecauseRow]:
    """At most four rows, each grown from one of the visitor's favourites, the row with the largest contributions first.

    Favourites take turns (:mod:`recsys_core.data.turns`), shows and movies apart, so that both have rows where both are
    liked; one for which there is no row gives its turn to the next. A title stands only in the row of the seed that
    speaks most for it, and only if the title's whole score is in the best fifth of the candidates (of few, in the upper
    half): a row never offers what the visitor would not like.

    """
    profile, dataset, sum_of = visitor.profile, visitor.fitted.dataset, visitor.additive_score(model)
    liked = np.flatnonzero(profile.stars >= max(3.0, float(profile.stars.mean()))) if len(profile) else np.empty(0, int)
    total = sum_of.total()
    usable = visitor.candidates(filters) & ~np.isnan(total)
    if not len(liked) or not usable.any():
        return []
    n = int(usable.sum())
    good = top_n(total, dataset.item_ids, max(round(GOOD_SHARE * n), min(FEWEST_GOOD, (n + 1) // 2)), usable)
    amounts, ids = sum_of.contributions(good), dataset.item_ids[good]
    kinds = dataset.items["kind"].to_numpy()[profile.items]
    seeds, waiting = on_turn(liked.tolist(), kinds.tolist(), MAX_ROWS)
    while seeds:
        strongest = np.asarray(seeds)[np.argmax(amounts[seeds], axis=0)]
        rows = {seed: _best(amounts[seed], strongest == seed, ids) for seed in seeds}
        shortest = min(reversed(seeds), key=lambda seed: len(rows[seed]))
        if len(rows[shortest]) >= SHORTEST_ROW:
            break
        seeds.remove(shortest)  # a row of one or two is no row; its titles go to the seeds that remain
        if waiting:
            seeds.append(waiting.pop(next((place for place, seed in enumerate(waiting) if kinds[seed] == kinds[shortest]), 0)))
    ordered = sorted(seeds, key=lambda seed: (-amounts[seed][rows[seed]].sum(), seed))
    return [BecauseRow(str(dataset.item_ids[profile.items[seed]]), tuple(ids[rows[seed]].tolist())) for seed in ordered]


def _best(amounts: np.ndarray, mine: np.ndarray, ids: np.ndarray) -> np.ndarray:
    least = WORTH_SHARE * float(amounts[mine].max(initial=0.0))
    positions = np.flatnonzero(mine & (amounts > 0) & (amounts >= least))
    return positions[np.lexsort((ids[positions], -amounts[positions]))][:ROW_LENGTH]
