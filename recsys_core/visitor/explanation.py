"""Why a title is recommended: exact sums by rated title, and "because you watched" rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.ranking import top_n
from recsys_core.data.turns import on_turn
from recsys_core.models.additive import AdditiveScore

MAX_ROWS = 4
ROW_LENGTH = 6
SHORTEST_ROW = 3
GOOD_SHARE, FEWEST_GOOD = 0.2, 100
WORTH_SHARE = 0.3
"""A title for which its seed speaks less than this share of what it does for the row's first one has other reasons to be liked."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One title's score as the sum that it is: ``baseline + Σ contributions == score``.

    Attributes
    ----------
    baseline : float
        What no rated title explains: how many people like the title, and steering.
    contributions : dict of rated item id to amount
        In the order in which the titles were rated.
    steering : dict of name to amount
        The part of ``baseline`` that comes from each of the visitor's pulls; see :mod:`recsys_core.visitor.steering`.
    """

    item_id: str
    model: str
    baseline: float
    contributions: dict[str, float]
    score: float
    steering: dict[str, float] = field(default_factory=dict)

    @property
    def because(self) -> str | None:
        """The rated title that speaks most for this one; None if no rated title speaks for it."""
        best = max(self.contributions, key=lambda item_id: self.contributions[item_id], default=None)
        return best if best is not None and self.contributions[best] > 0 else None


@dataclass(frozen=True, slots=True)
class BecauseRow:
    """One row, headed "because you watched" its seed: titles that the seed speaks for, strongest first."""

    seed: str
    item_ids: tuple[str, ...]


def explain(
    sum_of: AdditiveScore,
    profile: Profile,
    dataset: Dataset,
    positions: Sequence[int] | np.ndarray,
    model: str,
    pulls: Mapping[str, np.ndarray] | None = None,
) -> list[Explanation]:
    """Explanations of some titles, from the very sum that scored them.

    Parameters
    ----------
    pulls : mapping of name to ndarray of shape (n_items,), optional
        What steering added to the baseline.
    """
    chosen = np.asarray(positions, dtype=np.int64)
    amounts = sum_of.contributions(chosen)
    rated = dataset.item_ids[profile.items].tolist()
    return [
        Explanation(
            item_id=str(dataset.item_ids[position]),
            model=model,
            baseline=float(sum_of.baseline[position]),
            contributions=dict(zip(rated, amounts[:, column].tolist(), strict=True)),
            score=float(sum_of.baseline[position] + amounts[:, column].sum()),
            steering={name: float(added[position]) for name, added in (pulls or {}).items()},
        )
        for column, position in enumerate(chosen)
    ]


def because_rows(sum_of: AdditiveScore, profile: Profile, dataset: Dataset, allowed: np.ndarray) -> list[BecauseRow]:
    """At most four rows, each grown from one of the visitor's favourites, the row with the largest contributions first.

    Favourites take turns (:mod:`recsys_core.data.turns`), shows and movies apart, so that both have rows where both are
    liked; one for which there is no row gives its turn to the next. A title stands only in the row of the seed that
    speaks most for it, and only if the title's whole score is in the best fifth of those allowed (of few, in the upper
    half): a row never offers what the visitor would not like.

    Parameters
    ----------
    allowed : ndarray of bool, shape (n_items,)
        Neither rated nor hidden.
    """
    liked = np.flatnonzero(profile.stars >= max(3.0, float(profile.stars.mean()))) if len(profile) else np.empty(0, int)
    total = sum_of.total()
    usable = allowed & ~np.isnan(total)
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
