"""Probabilistic matrix factorisation of residual stars by alternating least squares."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model
from recsys_core.models.bias import Bias, visitor_bias
from recsys_core.models.linear.ridge import fold_in, ridge_rows
from recsys_core.models.popularity import log_popularity, standardised
from recsys_core.models.svd import right_singular_vectors


class ALS(Model):
    """Biased matrix factorisation (Salakhutdinov & Mnih 2008), fitted by alternating least squares (Zhou et al. 2008).

        min Σ_ui (e_ui - p_u · q_i)² + penalty · (Σ_u n_u |p_u|² + Σ_i n_i |q_i|²)

    with e the stars that biases leave unexplained; only ratings that were given count. In turn each person's p is a
    ridge regression on the q of their titles, and each title's q one on the p of its raters. A visitor is one more p:

        stars[j] = μ + b_j + b_v + q_j · (Q_RᵀQ_R + penalty · n I)⁻¹ Q_Rᵀ e_R

    linear in e, so the contribution of title i is ``e_i · q_iᵀ(…)⁻¹ q_j``. The list is ordered by the same sum of likes on
    top of popularity: stars alone, without who chose to watch what, put titles first that hardly anybody knows.

    Parameters
    ----------
    n_factors, n_rounds : int
    penalty : float
        Ridge penalty per rating.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline: here most of it.
    random_state : int
        Seeds the start, the singular vectors of the residuals.
    """

    name: ClassVar[str] = "als"
    fitted: ClassVar[tuple[str, ...]] = ("item_factors_", "prior_", "raters_", "mean_", "item_bias_")
    most_people: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_factors: int = 32,
        n_rounds: int = 8,
        penalty: float = 0.15,
        popularity_weight: float = 0.5,
        user_shrinkage: float = 5.0,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.n_rounds = n_rounds
        self.penalty = penalty
        self.popularity_weight = popularity_weight
        self.user_shrinkage = user_shrinkage
        self.random_state = random_state

    def _fit(self, dataset: Dataset) -> None:
        bias = Bias(user_shrinkage=self.user_shrinkage).fit(dataset)
        by_person = bias.residuals(dataset)
        by_title = sparse.csr_array(by_person.T)
        vectors, values = right_singular_vectors(by_person, self.n_factors, self.random_state)
        items = vectors * np.sqrt(values)
        for _ in range(self.n_rounds):
            people = ridge_rows(by_person, items, self.penalty, per_entry=True)
            items = ridge_rows(by_title, people, self.penalty, per_entry=True)
        self.item_factors_ = items
        self.prior_ = standardised(log_popularity(dataset))
        self.raters_ = dataset.raters
        self.mean_ = bias.mean_
        self.item_bias_ = bias.item_

    def _score(self, profile: Profile) -> AdditiveScore:
        return AdditiveScore(self.popularity_weight * self.prior_ + self._unscorable(), (self._term(profile),))

    def _stars(self, profile: Profile) -> AdditiveScore:
        stars, residuals = visitor_bias(profile, self.mean_, self.item_bias_, self.user_shrinkage)
        rated = self.item_factors_[profile.items]
        steps = fold_in(rated, residuals, self.penalty * max(len(profile), 1))
        return AdditiveScore(stars.baseline + self._unscorable(), (*stars.terms, Term(steps, self.item_factors_)))

    def _term(self, profile: Profile) -> Term:
        # Not residuals: a single rating, or equal ratings, would leave nothing after the visitor's own mean.
        rated = self.item_factors_[profile.items]
        return Term(fold_in(rated, profile.likes, self.penalty * max(len(profile), 1)), self.item_factors_)

    def _similarities(self, item: int) -> np.ndarray:
        if not self.raters_[item]:
            return np.full(len(self.raters_), np.nan)
        lengths = np.maximum(np.linalg.norm(self.item_factors_, axis=1), 1e-12)
        return self.item_factors_ @ self.item_factors_[item] / (lengths * lengths[item]) + self._unscorable()

    def _unscorable(self) -> np.ndarray:
        return np.where(self.raters_ > 0, 0.0, np.nan)
