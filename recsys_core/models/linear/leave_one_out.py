"""Closed forms of a regression without one of its observations, for every observation at once."""

from __future__ import annotations

import numpy as np


def others(rows: np.ndarray) -> np.ndarray:
    """Row i: the sum of all rows but the i-th; of the shape of ``rows``."""
    return np.asarray(rows.sum(axis=0) - rows)


def dual_without_each(inverse: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Row i: the weights of a kernel ridge regression without its i-th observation, shape (n, n), 0 at i.

    With K the kernel plus the penalty and ``w = K⁻¹ t``, block inversion (Sundararajan & Keerthi 2001, "Predictive
    approaches for choosing hyperparameters in Gaussian processes") gives

        w⁽⁻ⁱ⁾ = w - K⁻¹[:, i] · w_i / K⁻¹[i, i]

    Parameters
    ----------
    inverse : ndarray of shape (n, n)
        ``K⁻¹``, symmetric.
    targets : ndarray of shape (n,)
        t; none may depend on the other observations.
    """
    weights = inverse @ targets
    left = weights - inverse * (weights / np.diag(inverse))[:, None]
    np.fill_diagonal(left, 0.0)
    return np.asarray(left)


def primal_without_each(rated: np.ndarray, targets: np.ndarray, alpha: float) -> np.ndarray:
    """Row i: the weights of a ridge regression without its i-th observation, shape (n, n_factors).

    With ``A = FᵀF + alpha I``, ``p = A⁻¹ Fᵀ t`` and the leverage ``h_i = f_i · A⁻¹ f_i``, the formula of Sherman &
    Morrison (1950) for A less ``f_i f_iᵀ`` gives

        p⁽⁻ⁱ⁾ = p - A⁻¹ f_i · (t_i - f_i · p) / (1 - h_i)

    Parameters
    ----------
    rated : ndarray of shape (n, n_factors)
        F.
    targets : ndarray of shape (n,)
        t; none may depend on the other observations.
    """
    pulls = np.linalg.solve(rated.T @ rated + alpha * np.eye(rated.shape[1]), rated.T).T
    whole = targets @ pulls
    leverage = (rated * pulls).sum(axis=1)
    return np.asarray(whole - pulls * ((targets - rated @ whole) / (1.0 - leverage))[:, None])
