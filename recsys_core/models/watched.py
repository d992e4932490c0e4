"""Which titles somebody chose to watch, whatever the stars: the implicit half of SVD++."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model
from recsys_core.models.bias import Bias, visitor_bias
from recsys_core.models.linear.leave_one_out import others
from recsys_core.models.linear.ridge import ridge_rows
from recsys_core.models.popularity import log_popularity, standardised
from recsys_core.models.svd import right_singular_vectors

NEGLIGIBLE = 1e-6


class Watched(Model):
    """What the choice of titles says about stars and about what comes next, as in SVD++ (Koren 2008, "Factorization
    meets the neighborhood", without its explicit half).

    A person stands where the watched titles R put them, whatever the stars:

        x_u = Σ_{i in R} y_i / √n
        stars[j] = μ + b_j + b_v + w_j · x_u
        score[j] = baseline[j] + v_j · x_u

    y come from the leading right singular vectors of the matrix of watched titles, rows divided by √n_u and columns by
    the fourth root of their raters, scaled so that the mean squared length of x is 1. Each title's w is a ridge
    regression of its residual stars on x; v are the singular vectors themselves (PureSVD of watched titles). So a
    title's contribution is the same whether it got one star or five.

    Parameters
    ----------
    n_factors : int
    penalty : float
        Ridge penalty of each title's regression.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline.
    random_state : int
        Seeds the start of the iteration that finds the singular vectors.
    """

    name: ClassVar[str] = "watched"
    fitted: ClassVar[tuple[str, ...]] = ("person_factors_", "star_factors_", "item_factors_", "prior_", "raters_", "mean_", "item_bias_")
    most_people: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_factors: int = 40,
        penalty: float = 5.0,
        popularity_weight: float = 0.03,
        user_shrinkage: float = 5.0,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.penalty = penalty
        self.popularity_weight = popularity_weight
        self.user_shrinkage = user_shrinkage
        self.random_state = random_state

    def _fit(self, dataset: Dataset) -> None:
        bias = Bias(user_shrinkage=self.user_shrinkage).fit(dataset)
        damped = (dataset.raters + 1.0) ** -0.25
        watched = dataset.ratings.astype(np.float64)
        watched.data = np.ones_like(watched.data)
        watched = sparse.csr_array(watched.multiply(1.0 / np.sqrt(np.maximum(np.diff(watched.indptr), 1))[:, None]))
        scaled = sparse.csr_array(watched.multiply(damped[None, :]))
        vectors, values = right_singular_vectors(scaled, self.n_factors, self.random_state)
        vectors = np.ascontiguousarray(vectors[:, values > NEGLIGIBLE * values.max(initial=0.0)])  # the others point anywhere
        people = scaled @ vectors
        size = max(np.sqrt((people**2).sum(axis=1).mean()), 1e-12)
        self.person_factors_ = damped[:, None] * vectors / size
        self.item_factors_ = vectors
        self.star_factors_ = ridge_rows(sparse.csr_array(bias.residuals(dataset).T), people / size, self.penalty)
        self.prior_ = standardised(log_popularity(dataset))
        self.raters_ = dataset.raters
        self.mean_ = bias.mean_
        self.item_bias_ = bias.item_

    def _score(self, profile: Profile) -> AdditiveScore:
        baseline = self.popularity_weight * self.prior_ + self._unscorable()
        return AdditiveScore(baseline, (Term(self._steps(profile), self.item_factors_),))

    def _without_each(self, profile: Profile) -> AdditiveScore:
        left = others(self.person_factors_[profile.items]) / np.sqrt(max(len(profile) - 1, 1))
        return AdditiveScore(self.popularity_weight * self.prior_ + self._unscorable(), (Term(left, self.item_factors_),))

    def _stars(self, profile: Profile) -> AdditiveScore:
        stars, _ = visitor_bias(profile, self.mean_, self.item_bias_, self.user_shrinkage)
        return AdditiveScore(stars.baseline + self._unscorable(), (*stars.terms, Term(self._steps(profile), self.star_factors_)))

    def _steps(self, profile: Profile) -> np.ndarray:
        """How far each rated title moves the visitor, shape (n_rated, n_factors)."""
        return self.person_factors_[profile.items] / np.sqrt(max(len(profile), 1))

    def _similarities(self, item: int) -> np.ndarray:
        if not self.raters_[item]:
            return np.full(len(self.raters_), np.nan)
        lengths = np.maximum(np.linalg.norm(self.item_factors_, axis=1), 1e-12)
        return self.item_factors_ @ self.item_factors_[item] / (lengths * lengths[item]) + self._unscorable()

    def _unscorable(self) -> np.ndarray:
        return np.where(self.raters_ > 0, 0.0, np.nan)
