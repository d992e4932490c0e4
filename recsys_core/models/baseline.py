"""Non-personal baselines: popularity for the ranking, user and item biases for the expected stars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
from scipy import sparse

from recsys_core.common.sums import sums_at
from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import LIKED_STARS
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.many import at

USUAL_STARS = 3.5
"""The mean rating assumed for a data set without ratings; it is the mean of MovieLens."""
SHRINKAGE = 5.0
"""Shrinkage of the biases: this many ratings without deviation are added to those of each user and each title."""
N_ITER = 10


@dataclass(frozen=True, eq=False)
class Baseline:
    """Popularity and biases of a data set, fitted once and shared by all models.

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
        b_u in stars. Needed only while models are fitted: it is not saved, and empty after :meth:`restored`.

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
        """Fit the baseline to a data set."""
        return cls(log_likes(dataset), dataset.raters, *biases(dataset))

    @cached_property
    def popularity(self) -> np.ndarray:
        """:attr:`likes` with mean 0 and standard deviation 1 over all titles, shape (n_items,)."""
        popularity = standardised(self.likes)
        popularity.setflags(write=False)
        return popularity

    @cached_property
    def rated(self) -> np.ndarray:
        """Which titles have at least one rating, bool, shape (n_items,)."""
        return self.raters > 0

    @cached_property
    def fame_known(self) -> np.ndarray:
        """Which titles have raters, shape (n_items,); all in a data set without ratings, where ``fame`` stands in for them."""
        known = self.rated | ~self.rated.any()
        known.setflags(write=False)
        return known

    @cached_property
    def known_popularity(self) -> np.ndarray:
        """Popularity, but the mean for titles without raters: they are not unpopular, their popularity is unknown."""
        known = np.where(self.fame_known, self.popularity, 0.0)
        known.setflags(write=False)
        return known

    @cached_property
    def constant_and_popularity(self) -> np.ndarray:
        """A one and :attr:`known_popularity` for each title, shape (n_items, 2): what explains a part of any score."""
        columns = np.column_stack([np.ones_like(self.likes), self.known_popularity])
        columns.setflags(write=False)
        return columns

    def list_score(self, popularity_weight: float) -> np.ndarray:
        """Return the ranking baseline of a model that learns from ratings, shape (n_items,); NaN for unrated titles."""
        return np.where(self.rated, popularity_weight * self.popularity, np.nan)

    def fold_in(self, profile: Profile, shrinkage: float = SHRINKAGE, items: np.ndarray | None = None) -> tuple[AdditiveScore, np.ndarray]:
        """Fold in a visitor: estimate their bias and the residuals of their ratings.

        Returns
        -------
        stars : AdditiveScore
            Of all titles, or of ``items`` (positions): μ + b_i, plus each rated title's share of the visitor's bias
            ``b_v = Σ_i e_i / (n + shrinkage)``.
        residuals : ndarray of shape (n_rated,)
            e_i - b_v: what is left for a model to explain, in stars.
        """
        deviations = profile.stars - self.mean - self.item_bias[profile.items]
        shares = deviations / (len(profile) + shrinkage)
        item_bias = at(self.item_bias, items)
        stars = AdditiveScore(self.mean + item_bias, (Term(shares[:, None], np.ones((len(item_bias), 1))),))
        return stars, deviations - shares.sum()

    def residuals(self, dataset: Dataset) -> sparse.csr_array:
        """Return the residuals of the training ratings after the biases, in stars, shape (n_users, n_items)."""
        return residuals_of(dataset.ratings, self.mean, self.item_bias, self.user_bias)

    def among(self, titles: np.ndarray) -> Self:
        """Return the baseline of some titles (positions), in that order; popularity keeps its scale."""
        part = type(self)(self.likes[titles], self.raters[titles], self.mean, self.item_bias[titles])
        part.__dict__["popularity"] = self.popularity[titles]
        return part

    def state(self) -> dict[str, np.ndarray]:
        """Return everything learned as plain arrays, for saving."""
        return {"likes": self.likes, "raters": self.raters, "mean": np.array(self.mean), "item_bias": self.item_bias}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Restore what :meth:`state` returned. Raises ``KeyError`` if an array is missing."""
        return cls(arrays["likes"], arrays["raters"], arrays["mean"].item(), arrays["item_bias"])


def residuals_of(ratings: sparse.csr_array, mean: float, item_bias: np.ndarray, user_bias: np.ndarray) -> sparse.csr_array:
    """Return ratings, shape (n_users, n_items), minus the biases, in stars, float32."""
    users = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
    residuals = ratings.data - mean - item_bias[ratings.indices] - user_bias[users]
    return sparse.csr_array((residuals.astype(np.float32), ratings.indices.copy(), ratings.indptr.copy()), shape=ratings.shape)


def user_biases(ratings: sparse.csr_array, mean: float, item_bias: np.ndarray, shrinkage: float = SHRINKAGE) -> np.ndarray:
    """Return b_u of each row of ``ratings``, shape (n_users,), in stars, given the titles' biases."""
    rated = sparse.csr_array((np.ones(ratings.nnz), ratings.indices, ratings.indptr), shape=ratings.shape)
    centred = sparse.csr_array((ratings.data.astype(np.float64) - mean, ratings.indices, ratings.indptr), shape=ratings.shape)
    return np.asarray((centred.sum(axis=1) - rated @ item_bias) / (np.diff(ratings.indptr) + shrinkage))


def log_likes(dataset: Dataset) -> np.ndarray:
    """Return log(1 + number of ratings of four stars or more), shape (n_items,).

    In a data set without ratings, the titles' ``fame`` stands in for the number of ratings.
    """
    if not dataset.n_ratings:
        return np.log1p(np.maximum(dataset.items["fame"].fillna(0.0).to_numpy(np.float64), 0.0))
    liked = dataset.ratings.indices[dataset.ratings.data >= LIKED_STARS]
    return np.log1p(np.bincount(liked, minlength=dataset.n_items))


def standardised(values: np.ndarray) -> np.ndarray:
    """Scale values to mean 0 and standard deviation 1; all 0 if the values are equal."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def biases(
    dataset: Dataset, *, item_shrinkage: float = SHRINKAGE, user_shrinkage: float = SHRINKAGE, n_iter: int = N_ITER
) -> tuple[float, np.ndarray, np.ndarray]:
    """Estimate user and item biases as shrunken means.

        b_ui = μ + b_i + b_u
        b_i = Σ_u (r_ui - μ - b_u) / (n_i + item_shrinkage),    b_u likewise with user_shrinkage

    The two are estimated in alternation until they converge (ten iterations are plenty).

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
    item_sums, user_sums = sums_at(ratings.indices, centred.data, dataset.n_items).sum(axis=0), centred.sum(axis=1)
    user_counts = np.diff(ratings.indptr) + user_shrinkage
    item_counts = dataset.raters + item_shrinkage
    of_item, of_user = np.zeros(dataset.n_items), np.zeros(dataset.n_users)
    for _ in range(n_iter):
        theirs = sums_at(ratings.indices, np.repeat(of_user, np.diff(ratings.indptr)), dataset.n_items).sum(axis=0)
        of_item = (item_sums - theirs) / item_counts
        of_user = (user_sums - rated @ of_item) / user_counts
    return mean, of_item, of_user
