"""What most people like: the baseline that everything must beat, and the answer to a visitor without ratings."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model
from recsys_core.models.baseline import Baseline


class Popularity(Model):
    """Order by the number of people who gave four stars or more; predict the title's and the visitor's mean.

    The score is ``log(1 + likes)`` (the logarithm keeps the order and gives waterfalls a readable scale);
    rated titles contribute nothing to it.
    """

    name: ClassVar[str] = "popularity"
    needs_ratings: ClassVar[bool] = False

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        """The baseline is all there is to learn."""

    def _list_baseline(self) -> np.ndarray:
        return self.baseline_.likes

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (Term(np.zeros((len(profile), 1)), np.zeros((len(self.baseline_.likes), 1))),)

    def additive_stars(self, profile: Profile) -> AdditiveScore:
        """The biases; NaN for a title that nobody has rated."""
        self._check_fitted()
        return self.baseline_.fold_in(profile)[0].plus(np.where(self.baseline_.rated, 0.0, np.nan))

    def _similarities(self, item: int) -> np.ndarray:
        return -np.abs(self.baseline_.likes - self.baseline_.likes[item])
