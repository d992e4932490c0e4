"""Rows headed "Because you watched …": recommendations that are due to one of the visitor's favourites."""

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
"""Smallest contribution of the seed to a title of its row, as a share of that to the row's first title. Titles below it are
recommended for other reasons."""


@dataclass(frozen=True, slots=True)
class BecauseRow:
    """One row: a rated title (the seed), and the titles to which it contributes most, largest contribution first."""

    seed: str
    item_ids: tuple[str, ...]


def because_rows(visitor: Visitor, model: str = "hybrid", filters: Filters = EVERYTHING) -> list[BecauseRow]:
    """Return at most four rows, each for one of the visitor's favourites, the row with the largest contributions first.

    Favourites take turns (:mod:`recsys_core.data.turns`), shows and movies separately, so that both have rows if both are
    liked; a favourite without enough titles passes its turn on. A title appears only in the row of the seed that
    contributes most to it, and only if its total score is in the best fifth of the candidates (in the upper half if there
    are few), so that a row never offers titles that the visitor would not like.
    """
    profile, dataset = visitor.profile, visitor.fitted.dataset
    additive = visitor.additive_score(model)
    if not len(profile):
        return []
    liked = np.flatnonzero(profile.stars >= max(3.0, float(profile.stars.mean())))
    total = additive.total()
    usable = visitor.candidates(filters) & ~np.isnan(total)
    if not len(liked) or not usable.any():
        return []
    n = int(usable.sum())
    good = top_n(total, dataset.item_ids, max(round(GOOD_SHARE * n), min(FEWEST_GOOD, (n + 1) // 2)), usable)
    amounts, ids = additive.contributions(good), dataset.item_ids[good]
    kinds = dataset.items["kind"].to_numpy()[profile.items]
    seeds, waiting = on_turn(liked.tolist(), kinds.tolist(), MAX_ROWS)
    while seeds:
        strongest = np.asarray(seeds)[np.argmax(amounts[seeds], axis=0)]
        rows = {seed: _best(amounts[seed], strongest == seed, ids) for seed in seeds}
        shortest = min(reversed(seeds), key=lambda seed: len(rows[seed]))
        if len(rows[shortest]) >= SHORTEST_ROW:
            break
        seeds.remove(shortest)  # a row of one or two titles is not shown; its titles go to the remaining seeds
        if waiting:
            same_kind = [seed for seed in waiting if kinds[seed] == kinds[shortest]]
            successor = (same_kind or waiting)[0]
            waiting.remove(successor)
            seeds.append(successor)
    ordered = sorted(seeds, key=lambda seed: (-amounts[seed][rows[seed]].sum(), seed))
    return [BecauseRow(str(dataset.item_ids[profile.items[seed]]), tuple(ids[rows[seed]].tolist())) for seed in ordered]


def _best(amounts: np.ndarray, mine: np.ndarray, ids: np.ndarray) -> np.ndarray:
    least = WORTH_SHARE * float(amounts[mine].max(initial=0.0))
    positions = np.flatnonzero(mine & (amounts > 0) & (amounts >= least))
    return positions[np.lexsort((ids[positions], -amounts[positions]))][:ROW_LENGTH]
