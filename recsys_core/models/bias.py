"""Stars that titles and people give on average: what every other prediction starts from."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term

USUAL_STARS = 3.5
"""What people give on average where titles are rated by choice (MovieLens: 3.5): stands in where nobody has rated anything."""


_LEARNED: WeakKeyDictionary[Dataset, dict[tuple[float, float, int], tuple[float, np.ndarray, np.ndarray]]] = WeakKeyDictionary()


class Bias:
    """Shrunken means, after Koren (2010), "Factor in the neighbors", section 2.1:

        b_ui = μ + b_i + b_u
        b_i = Σ_u (r_ui - μ - b_u) / (n_i + item_shrinkage),    b_u likewise with user_shrinkage

    fitted by alternating the two until they settle (ten rounds are plenty). It is a part of models and not a
    list-making model itself; ``popularity`` shows its stars.

    Attributes
    ----------
    mean_ : float
        μ, in stars.
    item_ : ndarray of shape (n_items,)
        b_i in stars; 0 for a title without raters.
    user_ : ndarray of shape (n_users,)
        b_u in stars, of the people in the data set.
    """

    def __init__(self, *, item_shrinkage: float = 5.0, user_shrinkage: float = 5.0, n_rounds: int = 10) -> None:
        self.item_shrinkage = item_shrinkage
        self.user_shrinkage = user_shrinkage
        self.n_rounds = n_rounds

    def fit(self, dataset: Dataset) -> Bias:
        """Learn from a data set; nearly every model asks for the same, so what was learned is kept as long as the data set."""
        settings = (self.item_shrinkage, self.user_shrinkage, self.n_rounds)
        known = _LEARNED.setdefault(dataset, {})
        if settings not in known:
            known[settings] = self._learn(dataset)
        self.mean_, self.item_, self.user_ = known[settings]
        return self

    def _learn(self, dataset: Dataset) -> tuple[float, np.ndarray, np.ndarray]:
        ratings = dataset.ratings
        mean = float(ratings.data.mean()) if dataset.n_ratings else USUAL_STARS
        rated = sparse.csr_array((np.ones(ratings.nnz), ratings.indices, ratings.indptr), shape=ratings.shape)
        centred = sparse.csr_array((ratings.data.astype(np.float64) - mean, ratings.indices, ratings.indptr), shape=ratings.shape)
        item_sums, user_sums = centred.sum(axis=0), centred.sum(axis=1)
        user_counts = np.diff(ratings.indptr) + self.user_shrinkage
        item_counts = dataset.raters + self.item_shrinkage
        of_item, of_user = np.zeros(dataset.n_items), np.zeros(dataset.n_users)
        for _ in range(self.n_rounds):
            of_item = (item_sums - rated.T @ of_user) / item_counts
            of_user = (user_sums - rated @ of_item) / user_counts
        for shared in (of_item, of_user):
            shared.setflags(write=False)
        return mean, of_item, of_user

    def residuals(self, dataset: Dataset) -> sparse.csr_array:
        """What the biases leave unexplained of each rating, in stars, shape (n_users, n_items)."""
        ratings = dataset.ratings
        users = np.repeat(np.arange(dataset.n_users), np.diff(ratings.indptr))
        left = ratings.data - self.mean_ - self.item_[ratings.indices] - self.user_[users]
        return sparse.csr_array((left.astype(np.float32), ratings.indices.copy(), ratings.indptr.copy()), shape=ratings.shape)


def visitor_bias(profile: Profile, mean: float, item_bias: np.ndarray, shrinkage: float) -> tuple[AdditiveScore, np.ndarray]:
    """Fold a visitor into the biases.

    Returns
    -------
    stars : AdditiveScore
        μ + b_i, plus each rated title's share of the visitor's own generosity b_v = Σ_i e_i / (n + shrinkage).
    residuals : ndarray of shape (n_rated,)
        e_i - b_v: what is left for a model to explain, in stars.
    """
    from_title = profile.stars - mean - item_bias[profile.items]
    shares = from_title / (len(profile) + shrinkage)
    stars = AdditiveScore(mean + item_bias, (Term(shares[:, None], np.ones((len(item_bias), 1))),))
    return stars, from_title - shares.sum()
