"""What is known of every title before anybody's taste: how popular it is, and how many stars it gets on average."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import LIKED_STARS
from recsys_core.models.additive import AdditiveScore, Term

USUAL_STARS = 3.5
"""What people give on average where titles are rated by choice (MovieLens: 3.5): stands in where nobody has rated anything."""
SHRINKAGE = 5.0
"""Ratings of no deviation that are added to each person's and each title's own when their mean is taken."""
N_ITER = 10


@dataclass(frozen=True, eq=False)
class Baseline:
    """Popularity and biases of a data set, learned once and shared by all models.

    Attributes
    ----------
    likes : ndarray of shape (n_items,)
        :func:`log_likes`.
    raters : ndarray of int, shape (n_items,)
    mean : float
        μ, in stars.
    item_bias : ndarray of shape (n_items,)
        b_i in stars; 0 for a title without raters.
    user_bias : ndarray of shape (n_users,)
        b_u in stars. Only models that are being fitted need it: it is not saved, and empty after :meth:`restored`.

    Examples
    --------
    >>> import pandas as pd
    >>> items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    >>> ratings = pd.DataFrame({"user_id": ["u", "v"], "item_id": ["a", "a"], "rating": [5.0, 4.0]})
    >>> baseline = Baseline.fit(Dataset.from_frames(items, ratings))
    >>> baseline.mean, baseline.raters.tolist()
    (4.5, [2, 0])
    >>> baseline.list_score(1.0)
    array([ 1., nan])
    """

    likes: np.ndarray
    raters: np.ndarray
    mean: float
    item_bias: np.ndarray
    user_bias: np.ndarray = field(default_factory=lambda: np.empty(0), repr=False)

    def __post_init__(self) -> None:
        for array in (self.likes, self.raters, self.item_bias, self.user_bias):
            array.setflags(write=False)  # shared by all models and all visitors

    @classmethod
    def fit(cls, dataset: Dataset) -> Self:
        """Learn from a data set."""
        return cls(log_likes(dataset), dataset.raters, *biases(dataset))

    @cached_property
    def popularity(self) -> np.ndarray:
        """:attr:`likes` with mean 0 and standard deviation 1 over all titles, shape (n_items,)."""
        popularity = standardised(self.likes)
        popularity.setflags(write=False)
        return popularity

    @cached_property
    def rated(self) -> np.ndarray:
        """Which titles somebody has rated, bool, shape (n_items,)."""
        return self.raters > 0

    def list_score(self, popularity_weight: float) -> np.ndarray:
        """The list's baseline of a model that learns from ratings, shape (n_items,); NaN for a title that nobody has rated."""
        return np.where(self.rated, popularity_weight * self.popularity, np.nan)

    def fold_in(self, profile: Profile, shrinkage: float = SHRINKAGE) -> tuple[AdditiveScore, np.ndarray]:
        """The visitor's own bias on top of the titles'.

        Returns
        -------
        stars : AdditiveScore
            μ + b_i, plus each rated title's share of the visitor's own generosity ``b_v = Σ_i e_i / (n + shrinkage)``.
        residuals : ndarray of shape (n_rated,)
            e_i - b_v: what is left for a model to explain, in stars.
        """
        above = profile.stars - self.mean - self.item_bias[profile.items]
        shares = above / (len(profile) + shrinkage)
        stars = AdditiveScore(self.mean + self.item_bias, (Term(shares[:, None], np.ones((len(self.item_bias), 1))),))
        return stars, above - shares.sum()

    def residuals(self, dataset: Dataset) -> sparse.csr_array:
        """What the biases leave unexplained of each rating that they were learned from, in stars, shape (n_users, n_items)."""
        ratings = dataset.ratings
        users = np.repeat(np.arange(dataset.n_users), np.diff(ratings.indptr))
        left = ratings.data - self.mean - self.item_bias[ratings.indices] - self.user_bias[users]
        return sparse.csr_array((left.astype(np.float32), ratings.indices.copy(), ratings.indptr.copy()), shape=ratings.shape)

    def among(self, titles: np.ndarray) -> Self:
        """The baseline of some titles (positions) alone, in that order; popularity keeps its scale."""
        part = type(self)(self.likes[titles], self.raters[titles], self.mean, self.item_bias[titles])
        part.__dict__["popularity"] = self.popularity[titles]
        return part

    def state(self) -> dict[str, np.ndarray]:
        """Everything learned as plain arrays, for saving."""
        return {"likes": self.likes, "raters": self.raters, "mean": np.array(self.mean), "item_bias": self.item_bias}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The inverse of :meth:`state`. Raises ``KeyError`` where an array is missing."""
        return cls(arrays["likes"], arrays["raters"], arrays["mean"].item(), arrays["item_bias"])


def log_likes(dataset: Dataset) -> np.ndarray:
    """log(1 + number of ratings of four stars or more), shape (n_items,); by the titles' ``fame`` where nobody has rated."""
    if not dataset.n_ratings:
        return np.log1p(np.maximum(dataset.items["fame"].fillna(0.0).to_numpy(np.float64), 0.0))
    liked = dataset.ratings.indices[dataset.ratings.data >= LIKED_STARS]
    return np.log1p(np.bincount(liked, minlength=dataset.n_items))


def standardised(values: np.ndarray) -> np.ndarray:
    """Mean 0 and standard deviation 1 over all titles; all 0 where the values are equal."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def biases(
    dataset: Dataset, *, item_shrinkage: float = SHRINKAGE, user_shrinkage: float = SHRINKAGE, n_iter: int = N_ITER
) -> tuple[float, np.ndarray, np.ndarray]:
    """Shrunken means:

        b_ui = μ + b_i + b_u
        b_i = Σ_u (r_ui - μ - b_u) / (n_i + item_shrinkage),    b_u likewise with user_shrinkage

    fitted by alternating the two until they settle (ten rounds are plenty).

    Returns
    -------
    mean : float
        μ, in stars.
    item_bias : ndarray of shape (n_items,)
    user_bias : ndarray of shape (n_users,)

    References
    ----------
    Koren (2010), "Factor in the neighbors", section 2.1.
    """
    ratings = dataset.ratings
    # In double precision: a single-precision sum of many ratings loses digits.
    mean = float(ratings.data.mean(dtype=np.float64)) if dataset.n_ratings else USUAL_STARS
    rated = sparse.csr_array((np.ones(ratings.nnz), ratings.indices, ratings.indptr), shape=ratings.shape)
    centred = sparse.csr_array((ratings.data.astype(np.float64) - mean, ratings.indices, ratings.indptr), shape=ratings.shape)
    item_sums, user_sums = centred.sum(axis=0), centred.sum(axis=1)
    user_counts = np.diff(ratings.indptr) + user_shrinkage
    item_counts = dataset.raters + item_shrinkage
    of_item, of_user = np.zeros(dataset.n_items), np.zeros(dataset.n_users)
    for _ in range(n_iter):
        of_item = (item_sums - rated.T @ of_user) / item_counts
        of_user = (user_sums - rated @ of_item) / user_counts
    return mean, of_item, of_user
