"""Ridge regressions of many rows at once on shared factors: the step that factor models are made of."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def ridge_rows(targets: sparse.csr_array, factors: np.ndarray, alpha: float, *, per_entry: bool = False) -> np.ndarray:
    """Each row's weights on the factors of its columns: ``(F_RᵀF_R + λ I)⁻¹ F_Rᵀ t_R`` with R the row's entries.

    Parameters
    ----------
    targets : csr_array of shape (n_rows, n_columns)
    factors : ndarray of shape (n_columns, n_factors)
    alpha : float
        λ; with ``per_entry`` times the number of entries (Zhou et al. 2008).

    Returns
    -------
    ndarray of shape (n_rows, n_factors)
        Zeros for a row without entries.
    """
    weights = np.zeros((targets.shape[0], factors.shape[1]))
    unit = np.eye(factors.shape[1])
    for row in np.flatnonzero(np.diff(targets.indptr)):
        span = slice(*targets.indptr[row : row + 2])
        seen = factors[targets.indices[span]]
        strength = alpha * len(seen) if per_entry else alpha
        weights[row] = np.linalg.solve(seen.T @ seen + strength * unit, seen.T @ targets.data[span])
    return weights


def fold_in(rated: np.ndarray, targets: np.ndarray, alpha: float) -> np.ndarray:
    """How far each rated title moves a visitor, shape (n_rated, n_factors): ``t_i · (F_RᵀF_R + λ I)⁻¹ f_i``; the sum is the visitor."""
    gram = rated.T @ rated + alpha * np.eye(rated.shape[1])
    return targets[:, None] * np.linalg.solve(gram, rated.T).T
