"""Which titles somebody chose to watch, whatever the stars: the implicit half of SVD++."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import Term
from recsys_core.models.base import Model, cosines_with
from recsys_core.models.baseline import Baseline
from recsys_core.models.linear.leave_one_out import others
from recsys_core.models.linear.ridge import ridge_rows
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
    alpha : float
        Ridge penalty of each title's regression.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline.
    random_state : int
        Seeds the start of the iteration that finds the singular vectors.
    """

    name: ClassVar[str] = "watched"
    fitted: ClassVar[tuple[str, ...]] = ("person_factors_", "star_factors_", "item_factors_")
    max_users: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_factors: int = 40,
        alpha: float = 5.0,
        popularity_weight: float = 0.03,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.alpha = alpha
        self.popularity_weight = popularity_weight
        self.random_state = random_state

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
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
        self.star_factors_ = ridge_rows(sparse.csr_array(baseline.residuals(dataset).T), people / size, self.alpha)

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (Term(self._steps(profile), self.item_factors_),)

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        left = others(self.person_factors_[profile.items]) / np.sqrt(max(len(profile) - 1, 1))
        return (Term(left, self.item_factors_),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        return (Term(self._steps(profile), self.star_factors_),)

    def _steps(self, profile: Profile) -> np.ndarray:
        """How far each rated title moves the visitor, shape (n_rated, n_factors)."""
        return self.person_factors_[profile.items] / np.sqrt(max(len(profile), 1))

    def _similarities(self, item: int) -> np.ndarray:
        return cosines_with(self.item_factors_, item)
