"""User-based collaborative filtering: nearest neighbours of the visitor among the users."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import training_weight
from recsys_core.models.additive import Term
from recsys_core.models.base import Model, graded_likes
from recsys_core.models.baseline import Baseline


class UserKNN(Model):
    """User-based collaborative filtering.

    The neighbours of a visitor v are the ``n_neighbors`` users u whose similarity has the largest magnitude,

        s_vu = Σ_{i in R} w_i x_i l_ui / √|l_u|,    |l_u|² = Σ_i w_i l_ui²,    w_i = 1 / √n_i

    with l the users' graded likes and x the visitor's. The weight w is smaller for popular titles, because sharing a
    title that everyone has watched says little. Titles are ranked by what the neighbours like:
    ``score[j] = baseline[j] + Σ_u s_vu l_uj``. For given neighbours this is linear in x, so the contribution of title i
    is ``x_i w_i Σ_u l_ui l_uj / √|l_u|``: the neighbours who like both titles. Stars are predicted in the same way from
    residual stars e, each title's sum divided by the similarities of the neighbours who rated it:

        s_vu = Σ_{i in R} e_i e_ui / (Σ_{i in R} e_ui² + shrinkage)
        stars[j] = μ + b_j + b_v + Σ_u s_vu e_uj / (Σ_{u rated j} |s_vu| + damping)

    Parameters
    ----------
    n_neighbors, n_neighbors_stars : int
        Numbers of neighbours for the ranking and for the stars.
    shrinkage, damping : float
    popularity_weight : float
        Weight of standardised log popularity in the ranking baseline.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = UserKNN().fit(dataset)
    >>> score = model.score(Profile.from_ratings({"alien": 5}, dataset.item_index))
    >>> str(dataset.item_ids[1:][score[1:].argmax()])  # the best of the unrated titles
    'aliens'

    References
    ----------
    Herlocker, Konstan, Borchers & Riedl (1999), "An algorithmic framework for performing collaborative filtering".
    """

    name: ClassVar[str] = "user-knn"
    fitted: ClassVar[tuple[str, ...]] = ("likes_", "lengths_", "residuals_")
    max_users: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_neighbors: int = 50,
        n_neighbors_stars: int = 500,
        shrinkage: float = 20.0,
        damping: float = 1.0,
        popularity_weight: float = 0.03,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.n_neighbors_stars = n_neighbors_stars
        self.shrinkage = shrinkage
        self.damping = damping
        self.popularity_weight = popularity_weight

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        by_id = np.argsort(dataset.user_ids)  # so that ties between neighbours do not depend on the order of the rows
        self.likes_ = sparse.csr_array(graded_likes(dataset)[by_id])
        self.lengths_ = np.sqrt(self.likes_.multiply(self.likes_) @ _weights(dataset.raters))
        self.residuals_ = sparse.csr_array(baseline.residuals(dataset)[by_id])

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        shared = self.likes_[:, profile.items].toarray() / np.sqrt(np.maximum(self.lengths_, 1e-9))[:, None]
        shares = shared * (training_weight(profile.stars) * _weights(self.baseline_.raters[profile.items]))
        near = _largest(shares.sum(axis=1), self.n_neighbors)
        return (Term(shares[near].T, self.likes_[near].T),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        shared = self.residuals_[:, profile.items].toarray()
        shares = shared * residuals / ((shared**2).sum(axis=1, keepdims=True) + self.shrinkage)
        near = _largest(shares.sum(axis=1), self.n_neighbors_stars)
        theirs = self.residuals_[near]
        weights = np.abs(shares[near].sum(axis=1)) @ (theirs != 0).astype(np.float64)
        return (Term(shares[near].T, theirs.T, 1.0 / (weights + self.damping)),)

    def _similarities(self, item: int) -> np.ndarray:
        likes = self.likes_.astype(np.float64)
        together = likes.T @ likes[:, [item]].toarray().ravel()
        lengths = np.sqrt(likes.multiply(likes).sum(axis=0))
        return np.asarray(together / np.maximum(lengths * lengths[item], 1e-9))


def _weights(raters: np.ndarray) -> np.ndarray:
    return 1.0 / np.sqrt(np.maximum(raters, 1))


def _largest(similarities: np.ndarray, k: int) -> np.ndarray:
    """Return the positions of the ``k`` non-zero values of largest magnitude, ties (up to rounding) in their order."""
    ordered = np.argsort(-np.abs(similarities).round(9), kind="stable")[:k]
    return ordered[similarities[ordered] != 0]
