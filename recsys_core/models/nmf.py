"""Non-negative matrix factorisation: tastes as parts that add up, never cancel."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.optimize import nnls

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model, graded_likes, likes_of
from recsys_core.models.bias import Bias, visitor_bias
from recsys_core.models.linear.ridge import fold_in
from recsys_core.models.popularity import log_popularity, standardised
from recsys_core.models.svd import KNOWN_RATERS, scaled_down

TINY = 1e-12


class NMF(Model):
    """Non-negative matrix factorisation of who liked what (Lee & Seung 2001).

        L ≈ W Hᵀ with W, H ≥ 0,    W ← W ∘ (L H) / (W HᵀH),    H ← H ∘ (Lᵀ W) / (H WᵀW)

    L are the graded likes, rows and columns scaled down as in :class:`~recsys_core.models.svd.SVD`. As no factor can
    take back what another gave, each stands for a kind of title, and a title is a sum of kinds. The start is random.

    A visitor is folded in by non-negative least squares (Lawson & Hanson 1974), once on what they liked and once on what
    they disliked, the positive and the negative half of the graded likes y: kinds that they want more of and less of.

        score[j] = baseline[j] + h_j · (p⁺ - p⁻),    p^± = argmin_{p ≥ 0} |y_R^± - H_R p|² + penalty |p|²

    On the parts A that are not 0 in the end, p is a plain ridge regression, so title i contributes exactly
    ``y_i · h_iA (H_RAᵀH_RA + penalty I)⁻¹ h_jA``, with A that of liked or of disliked titles. Stars regress the residuals:

        stars[j] = μ + b_j + b_v + h_j · (H_RᵀH_R + penalty_stars I)⁻¹ H_Rᵀ e_R

    Parameters
    ----------
    n_factors, n_rounds : int
    penalty, penalty_stars : float
        Ridge penalties; the factors of well-known titles have a mean squared length of one.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline.
    random_state : int
        Seeds the start.
    """

    name: ClassVar[str] = "nmf"
    fitted: ClassVar[tuple[str, ...]] = ("item_factors_", "prior_", "raters_", "mean_", "item_bias_")
    most_people: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_factors: int = 32,
        n_rounds: int = 60,
        penalty: float = 10.0,
        penalty_stars: float = 5.0,
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
        sizes = [np.sqrt((side**2).sum(axis=0)) for side in (people, items)]
        items *= np.sqrt(sizes[0] / np.maximum(sizes[1], TINY))  # a part's size, half on either side: large ones weigh more
        items[dataset.raters == 0] = 0.0
        known = dataset.raters >= min(KNOWN_RATERS, dataset.raters.max())
        self.item_factors_ = items / max(np.sqrt((items[known] ** 2).sum(axis=1).mean()), TINY)
        self.prior_ = standardised(log_popularity(dataset))
        self.raters_ = dataset.raters
        self.mean_ = bias.mean_
        self.item_bias_ = bias.item_

    def _score(self, profile: Profile) -> AdditiveScore:
        baseline = self.popularity_weight * self.prior_ + self._unscorable()
        rated, likes = self.item_factors_[profile.items], likes_of(profile.stars)
        liked = fold_in_parts(rated, np.maximum(likes, 0.0), self.penalty)
        disliked = fold_in_parts(rated, np.maximum(-likes, 0.0), self.penalty)
        return AdditiveScore(baseline, (Term(liked - disliked, self.item_factors_),))

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


def fold_in_parts(rated: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
    """How far each rated title moves a visitor whose weights may not be negative, shape (n_rated, n_factors).

    The columns sum to the ``p ≥ 0`` that minimises ``|targets - rated p|² + penalty |p|²``.
    """
    steps = np.zeros_like(rated)
    if targets.any():
        # With Cᵀ C the Gram matrix, the same minimum as that of |C p - C⁻ᵀ Fᵀ t|², which has n_factors rows only.
        root = np.linalg.cholesky(rated.T @ rated + penalty * np.eye(rated.shape[1])).T
        weights, _ = nnls(root, np.linalg.solve(root.T, rated.T @ targets), maxiter=100 * rated.shape[1])
        active = weights > 0
        steps[:, active] = fold_in(rated[:, active], targets, penalty)
    return steps
