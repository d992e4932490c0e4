"""Which method makes the better lists for this class? NDCG of what was hidden, with intervals that are honest about a small class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys_core.classroom.guessing import RESAMPLES
from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.methods import METHODS
from recsys_core.common.metrics import ndcg_at_k
from recsys_core.data.scale import LIKED_STARS
from recsys_core.evaluation.bootstrap import Interval, bootstrap

TOP = 5
FEWEST_STARS = 6
"""Stars that a person needs to be asked; a third of them is hidden."""
POPULARITY, BY_LOT = "Popularity", "By lot"


@dataclass(frozen=True)
class ListQuality:
    """How well each method finds what was hidden.

    Attributes
    ----------
    n_people : int
        How many could be asked: with stars enough, and a like among those hidden.
    ndcg : dict of Interval
        By method, NDCG of the first five, with the 95 % interval over people.
    over_popularity : dict of Interval
        By method, how much more than popularity, for the same people.
    """

    n_people: int
    ndcg: Mapping[str, Interval]
    over_popularity: Mapping[str, Interval]

    def verdict(self, method: str) -> str:
        """What the interval allows to say: better, worse or cannot tell."""
        found = self.over_popularity[method]
        if not np.isfinite(found.value) or found.low <= 0 <= found.high:
            return "cannot tell"
        return "better" if found.low > 0 else "worse"


def list_quality(matrix: ClassMatrix) -> ListQuality:
    """Hide a third of each person's stars, by lot, let each method order what is left, and look where the liked ones stand."""
    R, lots = matrix.R, matrix.lots()
    given, asked = R.copy(), list[int]()
    for person in np.flatnonzero((R > 0).sum(axis=1) >= FEWEST_STARS):
        rated = np.flatnonzero(R[person] > 0)
        hidden = rated[np.argsort(lots[person, rated])[: len(rated) // 3]]
        if (R[person, hidden] >= LIKED_STARS).any():
            given[person, hidden] = 0.0
            asked.append(int(person))
    scores = {name: method(given) for name, method in METHODS.items()}
    scores[POPULARITY] = np.tile((given >= LIKED_STARS).sum(axis=0).astype(float), (len(R), 1))
    scores[BY_LOT] = lots[:, ::-1]
    found = {name: _ndcg(R, given, score, lots, asked) for name, score in scores.items()}
    over = {name: _mean(each - found[POPULARITY]) for name, each in found.items()}
    return ListQuality(len(asked), {name: _mean(each) for name, each in found.items()}, over)


def _ndcg(R: np.ndarray, given: np.ndarray, score: np.ndarray, lots: np.ndarray, asked: list[int]) -> np.ndarray:
    """NDCG of each person that is asked; titles with equal scores stand by lot."""
    values, worth = [], np.nan_to_num(score, nan=-1.0)
    for person in asked:
        open_to = np.flatnonzero(given[person] == 0)
        order = open_to[np.lexsort((lots[person, open_to], -worth[person, open_to]))]
        hits = (R[person, order] >= LIKED_STARS) & (given[person, order] == 0)
        values.append(ndcg_at_k(hits, TOP, int(hits.sum())))
    return np.array(values)


def _mean(values: np.ndarray) -> Interval:
    return bootstrap(np.column_stack([values, np.ones_like(values)]), lambda sums: sums[:, 0] / sums[:, 1], n_resamples=RESAMPLES)
