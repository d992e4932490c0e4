"""Leave-one-out regressions in closed form, for all observations at once."""

from __future__ import annotations

import numpy as np


def others(rows: np.ndarray) -> np.ndarray:
    """Return, for each row, the sum of all other rows; same shape as ``rows``.

    >>> others(np.array([[1.0], [2.0], [4.0]])).ravel()
    array([6., 5., 3.])
    """
    return np.asarray(rows.sum(axis=0) - rows)


def dual_without_each(inverse: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the dual weights of a kernel ridge regression without each observation: row i is without the i-th.

    With K the kernel plus the penalty and ``w = K⁻¹ t``, block inversion gives

        w⁽⁻ⁱ⁾ = w - K⁻¹[:, i] · w_i / K⁻¹[i, i]

    Parameters
    ----------
    inverse : ndarray of shape (n, n)
        ``K⁻¹``, symmetric.
    targets : ndarray of shape (n,)
        t; none may depend on the other observations.

    Returns
    -------
    ndarray of shape (n, n), with zeros on the diagonal

    References
    ----------
    Sundararajan & Keerthi (2001), "Predictive approaches for choosing hyperparameters in Gaussian processes".
    """
    weights = inverse @ targets
    left = weights - inverse * (weights / np.diag(inverse))[:, None]
    np.fill_diagonal(left, 0.0)
    return np.asarray(left)


def primal_without_each(rated: np.ndarray, targets: np.ndarray, alpha: float) -> np.ndarray:
    """Return the weights of a ridge regression without each observation: row i is without the i-th.

    With ``A = FᵀF + alpha I``, ``p = A⁻¹ Fᵀ t`` and the leverage ``h_i = f_i · A⁻¹ f_i``, the Sherman-Morrison formula
    for ``A - f_i f_iᵀ`` gives

        p⁽⁻ⁱ⁾ = p - A⁻¹ f_i · (t_i - f_i · p) / (1 - h_i)

    Parameters
    ----------
    rated : ndarray of shape (n, n_factors)
        F.
    targets : ndarray of shape (n,)
        t; none may depend on the other observations.

    Returns
    -------
    ndarray of shape (n, n_factors)

    References
    ----------
    Sherman & Morrison (1950), "Adjustment of an inverse matrix corresponding to a change in one element of a given matrix".
    """
    pulls = np.linalg.solve(rated.T @ rated + alpha * np.eye(rated.shape[1]), rated.T).T
    whole = targets @ pulls
    leverage = (rated * pulls).sum(axis=1)
    return np.asarray(whole - pulls * ((targets - rated @ whole) / (1.0 - leverage))[:, None])
