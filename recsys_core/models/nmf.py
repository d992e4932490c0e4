"""Non-negative matrix factorisation: tastes as parts that add up, never cancel."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.additive import AdditiveScore, Term
from recsys_core.dataset import Dataset
from recsys_core.models.base import Model, graded_likes
from recsys_core.models.bias import Bias, visitor_bias
from recsys_core.models.popularity import log_popularity, standardised
from recsys_core.models.ridge import fold_in
from recsys_core.models.svd import scaled_down
from recsys_core.profile import Profile

TINY = 1e-12


class NMF(Model):
    """Non-negative matrix factorisation of who liked what (Lee & Seung 2001).

        L ≈ W Hᵀ with W, H ≥ 0,    W ← W ∘ (L H) / (W HᵀH),    H ← H ∘ (Lᵀ W) / (H WᵀW)

    L are the graded likes, rows and columns scaled down as in :class:`~recsys_core.models.svd.SVD`. As no factor can
    take back what another gave, each stands for a kind of title, and a title is a sum of kinds. The start is random. A
    visitor is folded in by ridge regression; their weights may be negative: "not this".

        score[j] = baseline[j] + h_j · (H_RᵀH_R + penalty I)⁻¹ H_Rᵀ likes
        stars[j] = μ + b_j + b_v + h_j · (H_RᵀH_R + penalty_stars I)⁻¹ H_Rᵀ e_R

    Parameters
    ----------
    n_factors, n_rounds : int
    penalty, penalty_stars : float
        Ridge penalties; the factors of titles have a mean squared length of one.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline.
    random_state : int
        Seeds the start.
    """

    name: ClassVar[str] = "nmf"
    fitted: ClassVar[tuple[str, ...]] = ("item_factors_", "prior_", "raters_", "mean_", "item_bias_")

    def __init__(
        self,
        *,
        n_factors: int = 16,
        n_rounds: int = 60,
        penalty: float = 2.0,
        penalty_stars: float = 20.0,
        popularity_weight: float = 0.03,
        user_shrinkage: float = 5.0,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.n_rounds = n_rounds
        self.penalty = penalty
        self.penalty_stars = penalty_stars
        self.popularity_weight = popularity_weight
        self.user_shrinkage = user_shrinkage
        self.random_state = random_state

    def _fit(self, dataset: Dataset) -> None:
        bias = Bias(user_shrinkage=self.user_shrinkage).fit(dataset)
        likes = scaled_down(graded_likes(dataset))
        k = max(1, min(self.n_factors, min(likes.shape) // 2))
        rng = np.random.default_rng(self.random_state)
        people, items = (0.1 + rng.random((n, k)) for n in likes.shape)
        # By id, so that the start, and with it the end, does not depend on the order of the rows.
        people[np.argsort(dataset.user_ids)], items[np.argsort(dataset.item_ids)] = people.copy(), items.copy()
        turned = likes.T.tocsr()
        for _ in range(self.n_rounds):
            people *= (likes @ items) / (people @ (items.T @ items) + TINY)
            items *= (turned @ people) / (items @ (people.T @ people) + TINY)
        items *= np.sqrt((people**2).mean(axis=0))  # parts that many people have weigh more
        known = dataset.raters > 0
        self.item_factors_ = np.where(known[:, None], items, 0.0) / max(np.sqrt((items[known] ** 2).sum(axis=1).mean()), TINY)
        self.prior_ = standardised(log_popularity(dataset))
        self.raters_ = dataset.raters
        self.mean_ = bias.mean_
        self.item_bias_ = bias.item_

    def _score(self, profile: Profile) -> AdditiveScore:
        baseline = self.popularity_weight * self.prior_ + self._unscorable()
        steps = fold_in(self.item_factors_[profile.items], profile.likes, self.penalty)
        return AdditiveScore(baseline, (Term(steps, self.item_factors_),))

    def _stars(self, profile: Profile) -> AdditiveScore:
        stars, residuals = visitor_bias(profile, self.mean_, self.item_bias_, self.user_shrinkage)
        steps = fold_in(self.item_factors_[profile.items], residuals, self.penalty_stars)
        return AdditiveScore(stars.baseline + self._unscorable(), (*stars.terms, Term(steps, self.item_factors_)))

    def _similarities(self, item: int) -> np.ndarray:
        if not self.raters_[item]:
            return np.full(len(self.raters_), np.nan)
        lengths = np.maximum(np.linalg.norm(self.item_factors_, axis=1), TINY)
        return self.item_factors_ @ self.item_factors_[item] / (lengths * lengths[item]) + self._unscorable()

    def _unscorable(self) -> np.ndarray:
        return np.where(self.raters_ > 0, 0.0, np.nan)
