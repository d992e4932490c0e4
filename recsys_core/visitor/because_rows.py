"""Rows headed "Because you watched …": recommendations that are due to one of the visitor's favourites."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from recsys_core.data.filters import EVERYTHING, Filters
from recsys_core.data.ranking import top_n, within_franchise_limit
from recsys_core.data.scale import NEUTRAL_STARS, WEAK_STARS
from recsys_core.data.turns import on_turn
from recsys_core.visitor.traits import clearly_similar, shared_traits
from recsys_core.visitor.visitor import Visitor

MAX_ROWS = 4
ROW_LENGTH = 6
SHORTEST_ROW = 4
GOOD_SHARE, FEWEST_GOOD = 0.2, 100
WORTH_SHARE = 0.3
"""Smallest amount that is specific to the seed for a title of its row, as a share of that for the row's first title. Titles below
it are recommended for other reasons."""


@dataclass(frozen=True, slots=True)
class BecauseRow:
    """One row: a rated title (the seed), and the titles that are most specific to it, most specific first."""

    seed: str
    item_ids: tuple[str, ...]


def because_rows(visitor: Visitor, model: str = "hybrid", filters: Filters = EVERYTHING) -> list[BecauseRow]:
    """Return at most four rows, each for one of the visitor's favourites, the row with the largest amounts first.

    A title is *specific* to the favourite that adds most to it beyond what it adds to titles in general. It stands in that
    favourite's row if it is clearly like it in content, shares a trait with it, and has a total score in the best fifth of the
    candidates (in the upper half if there are few), so that a row never offers titles that the visitor would not like;
    nor is it one to which the visitor would give few stars (:data:`~recsys_core.data.scale.WEAK_STARS`). At most two titles of a
    row are of one franchise, and a row of fewer than four is not shown.

    Favourites take turns (:mod:`recsys_core.data.turns`), shows and movies separately, so that both have rows if both are
    liked; a favourite without enough titles passes its turn on.
    """
    profile, dataset = visitor.profile, visitor.fitted.dataset
    additive = visitor.additive_score(model)
    if not len(profile) or not additive.terms:
        return []
    liked = np.flatnonzero(profile.stars >= max(3.0, float(profile.stars.mean())))
    total = additive.total()
    usable = visitor.candidates(filters) & ~np.isnan(total)
    if not len(liked) or not usable.any():
        return []
    n = int(usable.sum())
    good = top_n(total, dataset.item_ids, max(round(GOOD_SHARE * n), min(FEWEST_GOOD, (n + 1) // 2)), usable)
    good = good[~(visitor.predict_at(good, model) < WEAK_STARS)]  # what cannot be predicted stays
    specific = additive.contributions(good) - visitor.usual(model)[:, None]
    speaking = np.flatnonzero(profile.stars > NEUTRAL_STARS)  # as for the reason on a card
    strongest = speaking[np.argmax(specific[speaking], axis=0)]
    kinds = dataset.items["kind"].to_numpy()[profile.items]
    seeds, waiting = on_turn(liked.tolist(), kinds.tolist(), MAX_ROWS)
    rows: dict[int, np.ndarray] = {}
    while seeds:
        seed = seeds.pop(0)
        row = _row(visitor, specific[seed], strongest == seed, good, seed)
        if len(row) >= SHORTEST_ROW:
            rows[seed] = row
        elif waiting:  # its turn goes to the next, one of the same kind if there is one
            successor = next((other for other in waiting if kinds[other] == kinds[seed]), waiting[0])
            waiting.remove(successor)
            seeds.append(successor)
    ordered = sorted(rows, key=lambda seed: (-specific[seed][rows[seed]].sum(), seed))
    return [BecauseRow(str(dataset.item_ids[profile.items[seed]]), tuple(dataset.item_ids[good[rows[seed]]].tolist())) for seed in ordered]


def _row(visitor: Visitor, specific: np.ndarray, mine: np.ndarray, good: np.ndarray, seed: int) -> np.ndarray:
    """Return the titles of one seed's row, as indices into ``good``."""
    fitted, title = visitor.fitted, int(visitor.profile.items[seed])
    candidates = np.flatnonzero(mine & (specific > 0))
    described = fitted.features[[title]].nnz > 0  # of a title that nothing is known about, only people can say what is like it
    if described:
        candidates = candidates[clearly_similar(fitted, title, good[candidates])]
    least = WORTH_SHARE * float(specific[candidates].max(initial=0.0))
    candidates = candidates[specific[candidates] >= least]
    ordered = candidates[np.lexsort((fitted.item_ids[good[candidates]], -specific[candidates]))]
    ordered = ordered[within_franchise_limit(good[ordered], fitted.dataset)]
    akin = (place for place in ordered.tolist() if not described or shared_traits(fitted, int(good[place]), title))
    return np.array(list(islice(akin, ROW_LENGTH)), dtype=np.int64)
