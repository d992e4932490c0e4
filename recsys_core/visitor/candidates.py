"""Retrieval before ranking: of very many titles, those are chosen by a quick estimate that are then ranked exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys_core.data import ranking
from recsys_core.data.dataset import Dataset
from recsys_core.fitted import FittedModels
from recsys_core.models.additive import AdditiveScore
from recsys_core.models.many import many

RANKED = 10_000
"""So many titles are ranked exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """The titles that are ranked for one list, and their scores.

    Attributes
    ----------
    score : AdditiveScore
        Of these titles.
    titles : ndarray of int, or None
        Their positions, ascending; None for all.
    allowed : ndarray of bool, or None
        Which of all titles may be listed; None where all of :attr:`titles` may.
    """

    score: AdditiveScore
    titles: np.ndarray | None
    allowed: np.ndarray | None

    @classmethod
    def of(cls, fitted: FittedModels, score: AdditiveScore, allowed: np.ndarray) -> Self:
        """Choose the titles that are ranked: all, or in a catalogue of very many (:func:`many`) those with the best estimates.

        A title's score does not depend on which others are ranked, so the list is that of all titles as long as the best of them
        are among the chosen.

        Parameters
        ----------
        score : AdditiveScore
            Of all titles, with steering.
        allowed : ndarray of bool, shape (n_items,)

        References
        ----------
        Covington, Adams & Sargin (2016), "Deep neural networks for YouTube recommendations".
        """
        if not many(len(allowed)):
            return cls(score, None, allowed)
        if np.count_nonzero(allowed) > RANKED:
            estimates = fitted.estimator.total(score)
            np.putmask(estimates, ~allowed, np.nan)
            titles = best_estimates(estimates, RANKED)
        else:
            titles = np.flatnonzero(allowed)
        return cls(score.among(titles), titles, None)

    def best(self, values: np.ndarray, dataset: Dataset, n: int) -> np.ndarray:
        """Return the ``n`` best of the ranked titles (positions) by some values, as :func:`~recsys_core.data.ranking.top_n`."""
        if self.titles is None:
            return ranking.top_n(values, dataset.item_ids, n, self.allowed)
        return self.titles[ranking.top_n(values, dataset.item_ids[self.titles], n)]

    def at(self, titles: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return the values of some of the ranked titles (positions)."""
        return values[titles if self.titles is None else np.searchsorted(self.titles, titles)]


def best_estimates(estimates: np.ndarray, n: int) -> np.ndarray:
    """Return the positions of the ``n`` largest values, and of those that are equal to the last, ascending; NaN is never among them."""
    known = np.fmax(estimates, np.float32(-np.inf))
    least = np.partition(known, len(known) - n)[len(known) - n] if n < len(known) else -np.inf
    return np.flatnonzero(known >= least if least > -np.inf else known > -np.inf)
