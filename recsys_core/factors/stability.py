"""Stability of latent factors under resampling of the users."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

REFITS = 8
STABLE = 0.7
"""Factors with a lower stability are not named, because other users would have given a different factor."""

Finder = Callable[[sparse.csr_array, int], np.ndarray]
"""Maps graded likes and a seed to loadings, shape (n_items, n_factors), in any order and with any signs."""


def stability(
    loadings: np.ndarray, likes: sparse.csr_array, find: Finder, titles: np.ndarray, *, refits: int = REFITS, random_state: int = 0
) -> np.ndarray:
    """Measure how well each factor is reproduced from resampled users, shape (n_factors,), from 0 to 1.

    For each refit the users are resampled with replacement (bootstrap), and the factors are computed again with another
    seed. Old and new factors are matched one to one such that the sum of their absolute correlations over the titles is
    largest (linear assignment). The stability of a factor is the mean of its matched correlations.

    Parameters
    ----------
    loadings : ndarray of shape (n_items, n_factors)
    likes : csr_array of shape (n_users, n_items)
    titles : ndarray of bool, shape (n_items,)
        The titles with reliable loadings, over which factors are correlated.

    References
    ----------
    Efron (1979), "Bootstrap methods: another look at the jackknife".
    Kuhn (1955), "The Hungarian method for the assignment problem".
    """
    found = np.zeros((refits, loadings.shape[1]))
    for refit in range(refits):
        seed = random_state + 1 + refit
        drawn = np.sort(np.random.default_rng(seed).integers(likes.shape[0], size=likes.shape[0]))
        found[refit] = matched(loadings[titles], find(sparse.csr_array(likes[drawn]), seed)[titles])
    return found.mean(axis=0)


def matched(loadings: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Match factors with ``others`` one to one and return their absolute correlations, shape (n_factors,).

    A factor without a partner, because there are fewer others, gets 0.

    >>> loadings = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> matched(loadings, -loadings[:, ::-1]).round(6).tolist()  # other order, other signs
    [1.0, 1.0]
    """
    alike = np.abs(_standard(loadings).T @ _standard(others)) / max(len(loadings), 1)
    rows, columns = linear_sum_assignment(-alike)
    result = np.zeros(loadings.shape[1])
    result[rows] = np.minimum(alike[rows, columns], 1.0)
    return result


def _standard(loadings: np.ndarray) -> np.ndarray:
    spread = loadings.std(axis=0)
    return np.asarray((loadings - loadings.mean(axis=0)) / np.where(spread > 0, spread, np.inf))
