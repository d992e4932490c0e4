"""Probabilistic matrix factorisation of residual stars by alternating least squares."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import Term
from recsys_core.models.base import Model, cosines_with
from recsys_core.models.baseline import Baseline
from recsys_core.models.linear.ridge import fold_in, ridge_rows
from recsys_core.models.svd import right_singular_vectors


class ALS(Model):
    """Biased matrix factorisation (Salakhutdinov & Mnih 2008), fitted by alternating least squares (Zhou et al. 2008).

        min Σ_ui (e_ui - p_u · q_i)² + alpha · (Σ_u n_u |p_u|² + Σ_i n_i |q_i|²)

    with e the stars that biases leave unexplained; only ratings that were given count. In turn each person's p is a
    ridge regression on the q of their titles, and each title's q one on the p of its raters. A visitor is one more p:

        stars[j] = μ + b_j + b_v + q_j · (Q_RᵀQ_R + alpha · n I)⁻¹ Q_Rᵀ e_R

    linear in e, so the contribution of title i is ``e_i · q_iᵀ(…)⁻¹ q_j``. The list is ordered by the same sum of likes on
    top of popularity: stars alone, without who chose to watch what, put titles first that hardly anybody knows.

    Parameters
    ----------
    n_factors, n_iter : int
    alpha : float
        Ridge penalty per rating.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline: here most of it.
    random_state : int
        Seeds the start, the singular vectors of the residuals.
    """

    name: ClassVar[str] = "als"
    fitted: ClassVar[tuple[str, ...]] = ("item_factors_",)
    max_users: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_factors: int = 32,
        n_iter: int = 8,
        alpha: float = 0.15,
        popularity_weight: float = 0.5,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.n_iter = n_iter
        self.alpha = alpha
        self.popularity_weight = popularity_weight
        self.random_state = random_state

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        by_person = baseline.residuals(dataset)
        by_title = sparse.csr_array(by_person.T)
        vectors, values = right_singular_vectors(by_person, self.n_factors, self.random_state)
        items = vectors * np.sqrt(values)
        for _ in range(self.n_iter):
            people = ridge_rows(by_person, items, self.alpha, per_entry=True)
            items = ridge_rows(by_title, people, self.alpha, per_entry=True)
        self.item_factors_ = items

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        # Not residuals: a single rating, or equal ratings, would leave nothing after the visitor's own mean.
        return (self._term(profile, profile.query_weights),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        return (self._term(profile, residuals),)

    def _term(self, profile: Profile, targets: np.ndarray) -> Term:
        rated = self.item_factors_[profile.items]
        return Term(fold_in(rated, targets, self.alpha * max(len(profile), 1)), self.item_factors_)

    def _similarities(self, item: int) -> np.ndarray:
        return cosines_with(self.item_factors_, item)
