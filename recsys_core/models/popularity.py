"""What most people like: the baseline that everything must beat, and the answer to a visitor without ratings."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model
from recsys_core.models.bias import Bias, visitor_bias

LIKED_STARS = 4.0


def log_popularity(dataset: Dataset) -> np.ndarray:
    """log(1 + number of ratings of four stars or more), shape (n_items,); by the titles' ``fame`` where nobody has rated."""
    if not dataset.n_ratings:
        return np.log1p(np.maximum(dataset.items["fame"].fillna(0.0).to_numpy(np.float64), 0.0))
    liked = dataset.ratings.indices[dataset.ratings.data >= LIKED_STARS]
    return np.log1p(np.bincount(liked, minlength=dataset.n_items))


def standardised(values: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1 over all titles; all 0 where the values are equal."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


class Popularity(Model):
    """Order by the number of people who gave four stars or more; predict the title's and the visitor's mean.

    The score is ``log(1 + likes)`` (the logarithm keeps the order and gives waterfalls a readable scale);
    rated titles contribute nothing to it.
    """

    name: ClassVar[str] = "popularity"
    fitted: ClassVar[tuple[str, ...]] = ("likes_", "mean_", "item_bias_", "raters_")
    needs_ratings: ClassVar[bool] = False

    def __init__(self, *, user_shrinkage: float = 5.0) -> None:
        self.user_shrinkage = user_shrinkage

    def _fit(self, dataset: Dataset) -> None:
        bias = Bias(user_shrinkage=self.user_shrinkage).fit(dataset)
        self.likes_ = log_popularity(dataset)
        self.mean_ = bias.mean_
        self.item_bias_ = bias.item_
        self.raters_ = dataset.raters

    def _score(self, profile: Profile) -> AdditiveScore:
        n = len(self.likes_)
        return AdditiveScore(self.likes_, (Term(np.zeros((len(profile), 1)), np.zeros((n, 1))),))

    def _stars(self, profile: Profile) -> AdditiveScore:
        stars, _ = visitor_bias(profile, self.mean_, self.item_bias_, self.user_shrinkage)
        return stars.shifted(np.where(self.raters_ > 0, 0.0, np.nan))

    def _similarities(self, item: int) -> np.ndarray:
        return -np.abs(self.likes_ - self.likes_[item])
