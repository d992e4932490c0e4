"""Non-negative matrix factorisation of graded likes."""

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
    """Non-negative matrix factorisation (NMF) of the graded likes.

        L ≈ W Hᵀ with W, H ≥ 0,    W ← W ∘ (L H) / (W HᵀH),    H ← H ∘ (Lᵀ W) / (H WᵀW)

    L are the graded likes, with rows and columns scaled down as in :class:`~recsys_core.models.svd.SVD`. Factors cannot
    cancel each other, so each one stands for a kind of title, and a title is a sum of kinds. W and H start at random.

    A visitor is folded in by non-negative least squares, once on the liked titles and once on the disliked ones (the
    positive and the negative part of the weights y): the kinds that they want more of, and less of.

        score[j] = baseline[j] + h_j · (p⁺ - p⁻),    p^± = argmin_{p ≥ 0} |y_R^± - H_R p|² + alpha |p|²

    On the active set A, the factors with a positive weight, p is an ordinary ridge regression. So title i contributes
    exactly ``y_i · h_iA (H_RAᵀH_RA + alpha I)⁻¹ h_jA``, with A the active set of liked or of disliked titles. Stars come
    from a ridge regression of the residuals:

        stars[j] = μ + b_j + b_v + h_j · (H_RᵀH_R + alpha_stars I)⁻¹ H_Rᵀ e_R

    Parameters
    ----------
    n_factors, n_iter : int
    alpha, alpha_stars : float
        Ridge penalties; the factors of well-known titles have a mean squared length of one.
    popularity_weight : float
        Weight of standardised log popularity in the ranking baseline.
    random_state : int
        Seeds the random start.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = NMF(n_factors=2).fit(dataset)
    >>> score = model.score(Profile.from_ratings({"alien": 5}, dataset.item_index))
    >>> str(dataset.item_ids[1:][score[1:].argmax()])  # the best of the unrated titles
    'aliens'
    >>> bool((model.item_factors_ >= 0).all())
    True

    References
    ----------
    Lee & Seung (2001), "Algorithms for non-negative matrix factorization".
    Lawson & Hanson (1974), "Solving least squares problems" (non-negative least squares).
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
        users = np.empty((dataset.n_users, k))
        items = np.empty((dataset.n_items, k))
        # In the order of ids, so that the start, and with it the result, does not depend on the order of the rows.
        users[np.argsort(dataset.user_ids)] = 0.1 + rng.random(users.shape)
        items[np.argsort(dataset.item_ids)] = 0.1 + rng.random(items.shape)
        transposed = likes.T.tocsr()
        for _ in range(self.n_iter):
            users *= (likes @ items) / (users @ (items.T @ items) + TINY)
            items *= (transposed @ users) / (items @ (users.T @ users) + TINY)
        user_sizes = np.sqrt((users**2).sum(axis=0))
        item_sizes = np.sqrt((items**2).sum(axis=0))
        # Each factor's size is split evenly between users and items, so that large factors weigh more.
        items *= np.sqrt(user_sizes / np.maximum(item_sizes, TINY))
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
    """Fold in a visitor with non-negative factors: return each rated title's share, shape (n_rated, n_factors).

    The shares add up to the ``p ≥ 0`` that minimises ``|targets - rated p|² + alpha |p|²``.
    """
    steps = np.zeros_like(rated)
    if targets.any():
        # With CᵀC = FᵀF + alpha I it is the minimum of |C p - C⁻ᵀ Fᵀ t|², too, a problem with only n_factors rows.
        root = np.linalg.cholesky(rated.T @ rated + alpha * np.eye(rated.shape[1])).T
        weights, _ = nnls(root, np.linalg.solve(root.T, rated.T @ targets), maxiter=100 * rated.shape[1])
        active = weights > 0
        steps[:, active] = fold_in(rated[:, active], targets, alpha)
    return steps
