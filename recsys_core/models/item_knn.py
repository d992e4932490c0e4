"""Titles that the same people rate alike: item-item nearest neighbours."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model, graded_likes
from recsys_core.models.bias import Bias, visitor_bias
from recsys_core.models.linear.leave_one_out import others
from recsys_core.models.popularity import log_popularity, standardised


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
    fitted: ClassVar[tuple[str, ...]] = ("like_similarities_", "star_similarities_", "prior_", "raters_", "mean_", "item_bias_")

    def __init__(
        self,
        *,
        n_neighbors: int = 300,
        shrinkage: float = 15.0,
        shrinkage_stars: float = 50.0,
        damping: float = 0.5,
        popularity_weight: float = 0.03,
        user_shrinkage: float = 5.0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.shrinkage = shrinkage
        self.shrinkage_stars = shrinkage_stars
        self.damping = damping
        self.popularity_weight = popularity_weight
        self.user_shrinkage = user_shrinkage

    def _fit(self, dataset: Dataset) -> None:
        from recsys_core.models.linear.cosines import Kind, shrunk_cosines  # its compiler is loaded only by who fits

        bias = Bias(user_shrinkage=self.user_shrinkage).fit(dataset)
        likes = graded_likes(dataset)
        kinds = Kind(likes, self.shrinkage, above_average=True), Kind(bias.residuals(dataset), self.shrinkage_stars)
        self.like_similarities_, self.star_similarities_ = map(_by_rated, shrunk_cosines(*kinds, n_neighbors=self.n_neighbors))
        self.prior_ = standardised(log_popularity(dataset))
        self.raters_ = dataset.raters
        self.mean_ = bias.mean_
        self.item_bias_ = bias.item_

    def _score(self, profile: Profile) -> AdditiveScore:
        baseline = self.popularity_weight * self.prior_ + self._unscorable()
        return AdditiveScore(baseline, (Term(np.diag(profile.likes), self.like_similarities_[profile.items].T),))

    def _without_each(self, profile: Profile) -> AdditiveScore:
        left = others(np.diag(profile.likes))
        baseline = self.popularity_weight * self.prior_ + self._unscorable()
        return AdditiveScore(baseline, (Term(left, self.like_similarities_[profile.items].T),))

    def _stars(self, profile: Profile) -> AdditiveScore:
        stars, residuals = visitor_bias(profile, self.mean_, self.item_bias_, self.user_shrinkage)
        neighbours = self.star_similarities_[profile.items]
        weights = 1.0 / (np.asarray(abs(neighbours).sum(axis=0)) + self.damping)
        neighbours.data = neighbours.data * weights[neighbours.indices]
        term = Term(np.diag(residuals), neighbours.T)
        return AdditiveScore(stars.baseline + self._unscorable(), (*stars.terms, term))

    def _similarities(self, item: int) -> np.ndarray:
        if not self.raters_[item]:
            return np.full(len(self.raters_), np.nan)
        return self.like_similarities_[[item]].toarray().ravel() + self._unscorable()

    def _unscorable(self) -> np.ndarray:
        return np.where(self.raters_ > 0, 0.0, np.nan)


def _by_rated(similarities: sparse.csr_array) -> sparse.csr_array:
    """Turn rows of neighbours into rows of the titles that they are neighbours of: what a rating of a title speaks for."""
    return sparse.csr_array(similarities.T)
