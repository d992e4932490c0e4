"""Coherence of a profile: how similar the liked titles are to each other, compared with other users' liked titles."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.scale import NEUTRAL_STARS

N_SAMPLED, MAX_LIKED = 500, 10
"""Numbers of users, and of liked titles per user, from which the usual coherence of a data set is estimated."""
QUANTILE = 0.95


def coherence(features: sparse.csr_array, items: np.ndarray) -> float:
    """Return the mean pairwise cosine of some titles in content space; 0 for fewer than two.

    Parameters
    ----------
    features : csr_array of shape (n_items, n_features), rows of length one
    items : ndarray of int
        Positions.
    """
    n = len(items)
    if n < 2:
        return 0.0
    rows = features[items]
    total = np.asarray(rows.sum(axis=0)).ravel()
    return float(total @ total - rows.multiply(rows).sum()) / (n * (n - 1))


def coherence_without_each(features: sparse.csr_array, items: np.ndarray) -> np.ndarray:
    """Return :func:`coherence` without each title in turn, shape (len(items),)."""
    n = len(items)
    if n < 3:
        return np.zeros(n)
    rows = features[items]
    cosines = (rows @ rows.T).toarray()
    np.fill_diagonal(cosines, 0.0)
    return np.asarray((cosines.sum() - 2.0 * cosines.sum(axis=0)) / ((n - 1) * (n - 2)))


def usual_coherence(dataset: Dataset, features: sparse.csr_array) -> np.ndarray:
    """Return the 95th percentile of :func:`coherence` over users with 0, 1, … 10 liked titles, shape (11,).

    Two titles are similar by chance more often than ten, hence one value per number of titles. It is 1 where no user
    liked as many.
    """
    rng = np.random.default_rng(0)
    by_id = np.argsort(dataset.item_ids)  # so that the sample does not depend on the order of the rows
    rank_of_id = np.argsort(by_id)
    found: list[list[float]] = [[] for _ in range(MAX_LIKED + 1)]
    for user in rng.permutation(dataset.n_users)[:N_SAMPLED]:
        row = slice(*dataset.ratings.indptr[user : user + 2])
        liked = dataset.ratings.indices[row][dataset.ratings.data[row] > NEUTRAL_STARS]
        drawn = by_id[rng.permutation(np.sort(rank_of_id[liked]))[:MAX_LIKED]]
        for n in range(2, len(drawn) + 1):
            found[n].append(coherence(features, drawn[:n]))
    return np.array([np.quantile(values, QUANTILE) if values else 1.0 for values in found])
