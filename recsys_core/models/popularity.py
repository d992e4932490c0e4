"""Popularity: the baseline that every model must beat, and the list for a visitor without ratings."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model
from recsys_core.models.baseline import Baseline
from recsys_core.models.many import at


class Popularity(Model):
    """Ranks titles by the number of users who gave four stars or more; predicts ratings from the biases.

    The score is ``log(1 + likes)``; the logarithm keeps the order and gives waterfall charts a readable scale. Rated
    titles contribute nothing to it.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = Popularity().fit(dataset)
    >>> score = model.score(Profile.from_ratings({}, dataset.item_index))
    >>> np.expm1(score).round().astype(int).tolist()  # users who like each title
    [2, 2, 2, 1]
    """

    name: ClassVar[str] = "popularity"
    needs_ratings: ClassVar[bool] = False

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        """Learn nothing: the baseline is the model."""

    def _list_baseline(self) -> np.ndarray:
        return self.baseline_.likes

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (Term(np.zeros((len(profile), 1)), np.zeros((len(self.baseline_.likes), 1))),)

    def additive_stars(self, profile: Profile, items: np.ndarray | None = None) -> AdditiveScore:
        """Return the biases; NaN for unrated titles."""
        self._check_fitted()
        return self.baseline_.fold_in(profile, items=items)[0].plus(np.where(at(self.baseline_.rated, items), 0.0, np.nan))

    def _similarities(self, item: int) -> np.ndarray:
        return -np.abs(self.baseline_.likes - self.baseline_.likes[item])
