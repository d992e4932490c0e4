"""Titles that the same people rate alike: item-item nearest neighbours."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import Term
from recsys_core.models.base import Model, graded_likes
from recsys_core.models.baseline import Baseline
from recsys_core.models.linear.cosines import Kind, shrunk_cosines
from recsys_core.models.linear.leave_one_out import others


class ItemKNN(Model):
    """Item-based collaborative filtering (Sarwar et al. 2001), shrunk as in Koren (2010).

    Two similarities between titles i and j, both cosines over the people who rated them, times
    ``n_ij / (n_ij + shrinkage)`` with n_ij the number of people who rated both, and only the ``n_neighbors``
    largest of each title kept:

    - on graded likes, for the list: ``score[j] = baseline[j] + Σ_i s_ji · like_i``. From each cosine the rated
      title's mean cosine to all titles is taken first: a title that everybody has watched says little about taste
    - on residual stars (rating minus biases), for the prediction:
      ``stars[j] = μ + b_j + b_v + Σ_i s_ij · e_i / (Σ_i |s_ij| + damping)``

    The list is not divided by Σ s_ij: a title with many liked neighbours should stand above one with a single one.

    Parameters
    ----------
    n_neighbors : int
    shrinkage, shrinkage_stars : float
        Number of common raters at which a similarity counts half.
    damping : float
        Pulls a prediction with few neighbours towards the biases.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline.
    """

    name: ClassVar[str] = "item-knn"
    fitted: ClassVar[tuple[str, ...]] = ("like_similarities_", "star_similarities_")

    def __init__(
        self,
        *,
        n_neighbors: int = 300,
        shrinkage: float = 15.0,
        shrinkage_stars: float = 50.0,
        damping: float = 0.5,
        popularity_weight: float = 0.03,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.shrinkage = shrinkage
        self.shrinkage_stars = shrinkage_stars
        self.damping = damping
        self.popularity_weight = popularity_weight

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        likes = graded_likes(dataset)
        kinds = Kind(likes, self.shrinkage, above_average=True), Kind(baseline.residuals(dataset), self.shrinkage_stars)
        self.like_similarities_, self.star_similarities_ = map(_by_rated, shrunk_cosines(*kinds, n_neighbors=self.n_neighbors))

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (Term(np.diag(profile.query_weights), self.like_similarities_[profile.items].T),)

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        return (Term(others(np.diag(profile.query_weights)), self.like_similarities_[profile.items].T),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        neighbours = self.star_similarities_[profile.items]
        weights = 1.0 / (np.asarray(abs(neighbours).sum(axis=0)) + self.damping)
        neighbours.data = neighbours.data * weights[neighbours.indices]
        return (Term(np.diag(residuals), neighbours.T),)

    def _similarities(self, item: int) -> np.ndarray:
        return self.like_similarities_[[item]].toarray().ravel()


def _by_rated(similarities: sparse.csr_array) -> sparse.csr_array:
    """Turn rows of neighbours into rows of the titles that they are neighbours of: what a rating of a title speaks for."""
    return sparse.csr_array(similarities.T)
