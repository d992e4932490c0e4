"""Item-based collaborative filtering: nearest neighbours among the titles."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import Term
from recsys_core.models.base import Model, graded_likes
from recsys_core.models.baseline import Baseline, standardised
from recsys_core.models.linear.cosines import Kind, shrunk_cosines
from recsys_core.models.linear.leave_one_out import others


class ItemKNN(Model):
    """Item-based collaborative filtering with shrunk cosine similarities.

    The model has two similarities between titles i and j. Both are cosines over the users, multiplied by
    ``n_ij / (n_ij + shrinkage)`` with n_ij the number of users who rated both, and only the ``n_neighbors``
    largest per title are kept:

    - cosines of graded likes, for the ranking: ``score[j] = baseline[j] + Σ_i s_ji · like_i``. The rated title's mean
      cosine with all rated titles is subtracted first, because a title that everyone has watched says little about taste
    - cosines of residual stars (rating minus biases), for the prediction:
      ``stars[j] = μ + b_j + b_v + Σ_i s_ij · e_i / (Σ_i |s_ij| + damping)``

    The ranking score is not divided by Σ s_ij, so that a title with many liked neighbours ranks above one with one.

    Parameters
    ----------
    n_neighbors : int
    shrinkage, shrinkage_stars : float
        Number of common raters at which a similarity has half its weight.
    damping : float
        Pulls a prediction from few neighbours towards the biases.
    popularity_weight : float
        Weight of log popularity in the ranking baseline, standardised over the rated titles: those that nobody has rated
        must not move the others.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = ItemKNN().fit(dataset)
    >>> score = model.score(Profile.from_ratings({"alien": 5}, dataset.item_index))
    >>> str(dataset.item_ids[1:][score[1:].argmax()])  # the best of the unrated titles
    'aliens'

    References
    ----------
    Sarwar, Karypis, Konstan & Riedl (2001), "Item-based collaborative filtering recommendation algorithms".
    Koren (2010), "Factor in the neighbors: scalable and accurate collaborative filtering" (the shrinkage).
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
        of_likes = Kind(likes, self.shrinkage, above_average=True)
        of_stars = Kind(baseline.residuals(dataset), self.shrinkage_stars)
        like_similarities, star_similarities = shrunk_cosines(of_likes, of_stars, n_neighbors=self.n_neighbors)
        self.like_similarities_ = by_rated(like_similarities)
        self.star_similarities_ = by_rated(star_similarities)

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (Term(np.diag(profile.query_weights), self.like_similarities_[profile.items].T),)

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        return (Term(others(np.diag(profile.query_weights)), self.like_similarities_[profile.items].T),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        neighbours = self.star_similarities_[profile.items]
        weights = 1.0 / (np.asarray(abs(neighbours).sum(axis=0)) + self.damping)
        neighbours.data = neighbours.data * weights[neighbours.indices]
        return (Term(np.diag(residuals), neighbours.T),)

    def _list_baseline(self) -> np.ndarray:
        baseline = np.full(len(self.scorable), np.nan)
        baseline[self.scorable] = self.popularity_weight * standardised(self.baseline_.likes[self.scorable])
        return baseline

    def _similarities(self, item: int) -> np.ndarray:
        return self.like_similarities_[[item]].toarray().ravel()


def by_rated(similarities: sparse.csr_array) -> sparse.csr_array:
    """Transpose: row i of the result holds the titles that have title i among their neighbours."""
    return sparse.csr_array(similarities.T)
