"""Latent factors: a biased matrix factorisation into which a new visitor is folded by ridge regression."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.additive import AdditiveScore, Term
from recsys_core.dataset import Dataset
from recsys_core.models.base import Model
from recsys_core.models.bias import Bias, visitor_bias
from recsys_core.models.popularity import log_popularity, standardised
from recsys_core.profile import Profile


class SVD(Model):
    """Biased matrix factorisation, ``r_ui ≈ μ + b_u + b_i + p_u · q_i`` (Koren, Bell & Volinsky 2009).

    Fitted on the residuals of the biases by alternating least squares (Zhou et al. 2008): with the titles'
    factors held, each person's are a ridge regression, and the other way round; all people at once.

    A visitor is folded in by that same regression against the frozen title factors Q:

        p = (Q_Rᵀ Q_R + penalty I)⁻¹ Q_Rᵀ y,   score[j] = baseline[j] + q_j · p

    which is linear in y, so the contribution of title i to title j is ``y_i · q_iᵀ (Q_Rᵀ Q_R + penalty I)⁻¹ q_j``.

    Parameters
    ----------
    n_factors : int
    penalty : float, optional
        Ridge penalty of the fit and of the fold-in for stars. By default ``0.22 √density (√n_users + √n_items)``, which is
        about the size of the largest singular value that pure noise of one star would have in a matrix of that
        shape (Negahban & Wainwright 2012): factors below it cannot be told from chance.
    n_rounds : int
        Alternations.
    caution : float
        The list's fold-in uses this many times the penalty: likes say less exactly than residual stars where a
        visitor stands, and a bold guess costs the list more than a timid one.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline.
    random_state : int
        Seeds the start of the factors.

    Attributes
    ----------
    item_factors_ : ndarray of shape (n_items, n_factors), float64
    """

    name: ClassVar[str] = "svd"
    fitted: ClassVar[tuple[str, ...]] = ("item_factors_", "penalty_", "prior_", "raters_", "mean_", "item_bias_")

    def __init__(
        self,
        *,
        n_factors: int = 24,
        penalty: float | None = None,
        n_rounds: int = 12,
        caution: float = 5.0,
        popularity_weight: float = 0.1,
        user_shrinkage: float = 5.0,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.penalty = penalty
        self.n_rounds = n_rounds
        self.caution = caution
        self.popularity_weight = popularity_weight
        self.user_shrinkage = user_shrinkage
        self.random_state = random_state

    def _fit(self, dataset: Dataset) -> None:
        bias = Bias(user_shrinkage=self.user_shrinkage).fit(dataset)
        residuals = bias.residuals(dataset)
        self.penalty_ = self.penalty if self.penalty is not None else default_penalty(dataset)
        by_item = sparse.csr_array(residuals.T)
        rng = np.random.default_rng(self.random_state)
        in_order_of_ids = np.argsort(np.argsort(dataset.item_ids))  # the same start whatever the order of the rows
        items = rng.normal(0.0, 0.1, (dataset.n_items, self.n_factors))[in_order_of_ids]
        for _ in range(self.n_rounds):
            users = ridge_factors(residuals, items, self.penalty_)
            items = ridge_factors(by_item, users, self.penalty_)
        self.item_factors_ = items
        self.prior_ = standardised(log_popularity(dataset))
        self.raters_ = dataset.raters
        self.mean_ = bias.mean_
        self.item_bias_ = bias.item_

    def fold_in(self, profile: Profile) -> np.ndarray:
        """The visitor's own factors from residual stars, shape (n_factors,): where they stand among the titles."""
        self._check_fitted()
        _, residuals = visitor_bias(profile, self.mean_, self.item_bias_, self.user_shrinkage)
        return self._fold_in_term(profile, residuals, self.penalty_).left.sum(axis=0)

    def _score(self, profile: Profile) -> AdditiveScore:
        baseline = self.popularity_weight * self.prior_ + self._unscorable()
        return AdditiveScore(baseline, (self._fold_in_term(profile, profile.likes, self.caution * self.penalty_),))

    def _stars(self, profile: Profile) -> AdditiveScore:
        stars, residuals = visitor_bias(profile, self.mean_, self.item_bias_, self.user_shrinkage)
        return AdditiveScore(stars.baseline + self._unscorable(), (*stars.terms, self._fold_in_term(profile, residuals, self.penalty_)))

    def _fold_in_term(self, profile: Profile, targets: np.ndarray, penalty: float) -> Term:
        rated = self.item_factors_[profile.items]
        gram = rated.T @ rated + penalty * np.eye(rated.shape[1])
        return Term(targets[:, None] * np.linalg.solve(gram, rated.T).T, self.item_factors_)

    def _similarities(self, item: int) -> np.ndarray:
        if not self.raters_[item]:
            return np.full(len(self.raters_), np.nan)
        lengths = np.maximum(np.linalg.norm(self.item_factors_, axis=1), 1e-12)
        return self.item_factors_ @ self.item_factors_[item] / (lengths * lengths[item]) + self._unscorable()

    def _unscorable(self) -> np.ndarray:
        return np.where(self.raters_ > 0, 0.0, np.nan)


def default_penalty(dataset: Dataset) -> float:
    """``0.22 √density (√n_users + √n_items)``.

    A larger one is no better on held-out visitors and flattens the factors of titles with few raters.
    """
    n_users, n_items = dataset.ratings.shape
    density = dataset.n_ratings / (n_users * n_items)
    return float(0.22 * np.sqrt(density) * (np.sqrt(n_users) + np.sqrt(n_items)))


def ridge_factors(targets: sparse.csr_array, factors: np.ndarray, penalty: float, block: int = 4096) -> np.ndarray:
    """One half of an alternation: for each row u of ``targets``, ridge-regress its entries on their columns' factors.

        out_u = (Σ_i q_i q_iᵀ + penalty I)⁻¹ Σ_i t_ui q_i      (i over the entries of row u)

    Parameters
    ----------
    targets : csr_array of shape (n_rows, n_columns)
    factors : ndarray of shape (n_columns, n_factors)

    Returns
    -------
    ndarray of shape (n_rows, n_factors); zeros for an empty row
    """
    n_factors = factors.shape[1]
    outer = (factors[:, :, None] * factors[:, None, :]).reshape(len(factors), -1)
    present = sparse.csr_array((np.ones_like(targets.data, dtype=np.float64), targets.indices, targets.indptr), shape=targets.shape)
    right = targets @ factors
    out = np.empty((targets.shape[0], n_factors))
    for start in range(0, targets.shape[0], block):
        rows = slice(start, min(start + block, targets.shape[0]))
        grams = (present[rows] @ outer).reshape(-1, n_factors, n_factors) + penalty * np.eye(n_factors)
        out[rows] = np.linalg.solve(grams, right[rows][:, :, None])[:, :, 0]
    return out
