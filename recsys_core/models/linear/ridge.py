"""Ridge regression on given factors: the building block of the factor models."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def ridge_rows(targets: sparse.csr_array, factors: np.ndarray, alpha: float, *, per_entry: bool = False) -> np.ndarray:
    """Regress each row on the factors of its columns: ``(F_RᵀF_R + λ I)⁻¹ F_Rᵀ t_R`` with R the row's entries.

    Parameters
    ----------
    targets : csr_array of shape (n_rows, n_columns)
    factors : ndarray of shape (n_columns, n_factors)
    alpha : float
        λ, the ridge penalty; with ``per_entry`` it is multiplied by the row's number of entries.

    Returns
    -------
    ndarray of shape (n_rows, n_factors)
        Zeros for a row without entries.

    References
    ----------
    Zhou, Wilkinson, Schreiber & Pan (2008), "Large-scale parallel collaborative filtering for the Netflix prize" (the
    penalty per entry).
    """
    weights = np.zeros((targets.shape[0], factors.shape[1]))
    unit = np.eye(factors.shape[1])
    for row in np.flatnonzero(np.diff(targets.indptr)):
        span = slice(*targets.indptr[row : row + 2])
        seen = factors[targets.indices[span]]
        penalty = alpha * len(seen) if per_entry else alpha
        weights[row] = np.linalg.solve(seen.T @ seen + penalty * unit, seen.T @ targets.data[span])
    return weights


def fold_in(rated: np.ndarray, targets: np.ndarray, alpha: float) -> np.ndarray:
    """Fold in a visitor: return each rated title's share ``t_i · (F_RᵀF_R + λ I)⁻¹ f_i`` of their factors.

    The shares, shape (n_rated, n_factors), add up to the ridge regression of the targets on the factors of the rated
    titles.

    >>> fold_in(np.array([[1.0, 0.0], [0.0, 1.0]]), targets=np.array([2.0, -4.0]), alpha=1.0)
    array([[ 1.,  0.],
           [-0., -2.]])
    """
    gram = rated.T @ rated + alpha * np.eye(rated.shape[1])
    return targets[:, None] * np.linalg.solve(gram, rated.T).T
