"""How far latent factors depend on who happened to be asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

REFITS = 8
STABLE = 0.7
"""Below this a factor is not to be named: another audience would have given another one."""

Finder = Callable[[sparse.csr_array, int], np.ndarray]
"""Likes and a seed to loadings, shape (n_items, n_factors), in any order and with any signs."""


def stability(
    loadings: np.ndarray, likes: sparse.csr_array, find: Finder, titles: np.ndarray, *, refits: int = REFITS, random_state: int = 0
) -> np.ndarray:
    """How well each factor is found again among other people, shape (n_factors,), from 0 to 1.

    For each of the refits as many people as there are are drawn with replacement (bootstrap, Efron 1979) and the factors
    are found anew, with another seed. Old and new factors are matched one to one so that the sum of their absolute
    correlations over the titles is largest (linear assignment, Kuhn 1955). A factor's stability is the mean of its
    matched correlations.

    Parameters
    ----------
    loadings : ndarray of shape (n_items, n_factors)
    likes : csr_array of shape (n_users, n_items)
    titles : ndarray of bool, shape (n_items,)
        The titles to compare on: those whose loadings mean something.
    """
    found = np.zeros((refits, loadings.shape[1]))
    for refit in range(refits):
        seed = random_state + 1 + refit
        drawn = np.sort(np.random.default_rng(seed).integers(likes.shape[0], size=likes.shape[0]))
        found[refit] = matched(loadings[titles], find(sparse.csr_array(likes[drawn]), seed)[titles])
    return found.mean(axis=0)


def matched(loadings: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Each factor's absolute correlation with the one that it is matched with among ``others``, shape (n_factors,).

    0 for a factor that remains without partner because there are fewer others.
    """
    alike = np.abs(_standard(loadings).T @ _standard(others)) / max(len(loadings), 1)
    rows, columns = linear_sum_assignment(-alike)
    result = np.zeros(loadings.shape[1])
    result[rows] = np.minimum(alike[rows, columns], 1.0)
    return result


def _standard(loadings: np.ndarray) -> np.ndarray:
    spread = loadings.std(axis=0)
    return np.asarray((loadings - loadings.mean(axis=0)) / np.where(spread > 0, spread, np.inf))
