"""Non-negative matrix factorisation: tastes as parts that add up, never cancel."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.optimize import nnls

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import training_weight
from recsys_core.models.additive import Term
from recsys_core.models.base import Model, cosines_with, graded_likes
from recsys_core.models.baseline import Baseline
from recsys_core.models.linear.ridge import fold_in
from recsys_core.models.svd import KNOWN_RATERS, scaled_down

TINY = 1e-12


class NMF(Model):
    """Non-negative matrix factorisation of who liked what (Lee & Seung 2001).

        L ≈ W Hᵀ with W, H ≥ 0,    W ← W ∘ (L H) / (W HᵀH),    H ← H ∘ (Lᵀ W) / (H WᵀW)

    L are the graded likes, rows and columns scaled down as in :class:`~recsys_core.models.svd.SVD`. As no factor can
    take back what another gave, each stands for a kind of title, and a title is a sum of kinds. The start is random.

    A visitor is folded in by non-negative least squares (Lawson & Hanson 1974), once on what they liked and once on what
    they disliked, the positive and the negative half of the graded likes y: kinds that they want more of and less of.

        score[j] = baseline[j] + h_j · (p⁺ - p⁻),    p^± = argmin_{p ≥ 0} |y_R^± - H_R p|² + alpha |p|²

    On the parts A that are not 0 in the end, p is a plain ridge regression, so title i contributes exactly
    ``y_i · h_iA (H_RAᵀH_RA + alpha I)⁻¹ h_jA``, with A that of liked or of disliked titles. Stars regress the residuals:

        stars[j] = μ + b_j + b_v + h_j · (H_RᵀH_R + alpha_stars I)⁻¹ H_Rᵀ e_R

    Parameters
    ----------
    n_factors, n_iter : int
    alpha, alpha_stars : float
        Ridge penalties; the factors of well-known titles have a mean squared length of one.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline.
    random_state : int
        Seeds the start.
    """

    name: ClassVar[str] = "nmf"
    fitted: ClassVar[tuple[str, ...]] = ("item_factors_",)
    max_users: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_factors: int = 32,
        n_iter: int = 60,
        alpha: float = 10.0,
        alpha_stars: float = 5.0,
        popularity_weight: float = 0.03,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.n_iter = n_iter
        self.alpha = alpha
        self.alpha_stars = alpha_stars
        self.popularity_weight = popularity_weight
        self.random_state = random_state

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        likes = scaled_down(graded_likes(dataset))
        k = max(1, min(self.n_factors, min(likes.shape) // 2))
        rng = np.random.default_rng(self.random_state)
        people, items = (0.1 + rng.random((n, k)) for n in likes.shape)
        # By id, so that the start, and with it the end, does not depend on the order of the rows.
        people[np.argsort(dataset.user_ids)], items[np.argsort(dataset.item_ids)] = people.copy(), items.copy()
        turned = likes.T.tocsr()
        for _ in range(self.n_iter):
            people *= (likes @ items) / (people @ (items.T @ items) + TINY)
            items *= (turned @ people) / (items @ (people.T @ people) + TINY)
        sizes = [np.sqrt((side**2).sum(axis=0)) for side in (people, items)]
        items *= np.sqrt(sizes[0] / np.maximum(sizes[1], TINY))  # a part's size, half on either side: large ones weigh more
        items[dataset.raters == 0] = 0.0
        known = dataset.raters >= min(KNOWN_RATERS, dataset.raters.max())
        self.item_factors_ = items / max(np.sqrt((items[known] ** 2).sum(axis=1).mean()), TINY)

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        rated, likes = self.item_factors_[profile.items], training_weight(profile.stars)
        liked = fold_in_parts(rated, np.maximum(likes, 0.0), self.alpha)
        disliked = fold_in_parts(rated, np.maximum(-likes, 0.0), self.alpha)
        return (Term(liked - disliked, self.item_factors_),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        return (Term(fold_in(self.item_factors_[profile.items], residuals, self.alpha_stars), self.item_factors_),)

    def _similarities(self, item: int) -> np.ndarray:
        return cosines_with(self.item_factors_, item)


def fold_in_parts(rated: np.ndarray, targets: np.ndarray, alpha: float) -> np.ndarray:
    """How far each rated title moves a visitor whose weights may not be negative, shape (n_rated, n_factors).

    The columns sum to the ``p ≥ 0`` that minimises ``|targets - rated p|² + alpha |p|²``.
    """
    steps = np.zeros_like(rated)
    if targets.any():
        # With Cᵀ C the Gram matrix, the same minimum as that of |C p - C⁻ᵀ Fᵀ t|², which has n_factors rows only.
        root = np.linalg.cholesky(rated.T @ rated + alpha * np.eye(rated.shape[1])).T
        weights, _ = nnls(root, np.linalg.solve(root.T, rated.T @ targets), maxiter=100 * rated.shape[1])
        active = weights > 0
        steps[:, active] = fold_in(rated[:, active], targets, alpha)
    return steps
