"""Matrix factorisation of residual ratings by alternating least squares."""

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
    """Biased probabilistic matrix factorisation, fitted by alternating least squares (ALS).

        min Σ_ui (e_ui - p_u · q_i)² + alpha · (Σ_u n_u |p_u|² + Σ_i n_i |q_i|²)

    where e are the residuals after the biases, summed over the observed ratings only. ALS alternates two steps: each
    user's p is a ridge regression on the factors q of the titles they rated, and each title's q one on the factors of
    its raters. A visitor is folded in by the first step, on the rated titles R:

        stars[j] = μ + b_j + b_v + q_j · (Q_RᵀQ_R + alpha · n I)⁻¹ Q_Rᵀ e_R

    This is linear in e, so the contribution of title i is ``e_i · q_iᵀ(…)⁻¹ q_j``. The ranking score is the same sum with
    query weights in place of e, on top of popularity. It needs most of that popularity: the model sees ratings only, not
    which titles users chose to rate, and by itself ranks titles first that hardly anyone knows.

    Parameters
    ----------
    n_factors, n_iter : int
    alpha : float
        Ridge penalty per rating.
    popularity_weight : float
        Weight of standardised log popularity in the ranking baseline.
    random_state : int
        Seeds the singular vectors of the residuals, from which ALS starts.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = ALS().fit(dataset)
    >>> stars = model.predict(Profile.from_ratings({"alien": 5}, dataset.item_index))
    >>> str(dataset.item_ids[1:][stars[1:].argmax()])
    'aliens'

    References
    ----------
    Salakhutdinov & Mnih (2008), "Probabilistic matrix factorization".
    Zhou, Wilkinson, Schreiber & Pan (2008), "Large-scale parallel collaborative filtering for the Netflix prize".
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
        by_user = baseline.residuals(dataset)
        by_item = sparse.csr_array(by_user.T)
        vectors, values = right_singular_vectors(by_user, self.n_factors, self.random_state)
        item_factors = vectors * np.sqrt(values)
        for _ in range(self.n_iter):
            user_factors = ridge_rows(by_user, item_factors, self.alpha, per_entry=True)
            item_factors = ridge_rows(by_item, user_factors, self.alpha, per_entry=True)
        self.item_factors_ = item_factors

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        # Query weights, not residuals: those of a single rating, or of equal ratings, are zero after the visitor's mean.
        return (self._term(profile, profile.query_weights),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        return (self._term(profile, residuals),)

    def _term(self, profile: Profile, targets: np.ndarray) -> Term:
        rated = self.item_factors_[profile.items]
        return Term(fold_in(rated, targets, self.alpha * max(len(profile), 1)), self.item_factors_)

    def _similarities(self, item: int) -> np.ndarray:
        return cosines_with(self.item_factors_, item)
