"""How alike the titles are that somebody likes, and how alike such titles usually are."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.scale import NEUTRAL_STARS

N_SAMPLED, MAX_LIKED = 500, 10
"""People, and liked titles of each, from which the usual coherence of a data set is measured."""
QUANTILE = 0.95


def coherence(features: sparse.csr_array, items: np.ndarray) -> float:
    """Mean pairwise cosine of some titles' contents; 0 for fewer than two.

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
    """:func:`coherence` without the i-th title, shape (len(items),)."""
    n = len(items)
    if n < 3:
        return np.zeros(n)
    rows = features[items]
    cosines = (rows @ rows.T).toarray()
    np.fill_diagonal(cosines, 0.0)
    return np.asarray((cosines.sum() - 2.0 * cosines.sum(axis=0)) / ((n - 1) * (n - 2)))


def usual_coherence(dataset: Dataset, features: sparse.csr_array) -> np.ndarray:
    """The 95th percentile of :func:`coherence` over users with 0, 1, … 10 liked titles, shape (11,); 1 where nobody liked so many.

    Two titles are alike by chance more often than ten: hence a number for each count.
    """
    rng = np.random.default_rng(0)
    by_id = np.argsort(dataset.item_ids)  # the same draw whatever the order of the rows
    place = np.argsort(by_id)
    found: list[list[float]] = [[] for _ in range(MAX_LIKED + 1)]
    for user in rng.permutation(dataset.n_users)[:N_SAMPLED]:
        row = slice(*dataset.ratings.indptr[user : user + 2])
        liked = dataset.ratings.indices[row][dataset.ratings.data[row] > NEUTRAL_STARS]
        drawn = by_id[rng.permutation(np.sort(place[liked]))[:MAX_LIKED]]
        rows = features[drawn]
        cosines = (rows @ rows.T).toarray()
        np.fill_diagonal(cosines, 0.0)
        sums = cosines.cumsum(axis=0).cumsum(axis=1).diagonal()  # of the first n titles, each pair twice
        for n in range(2, len(drawn) + 1):
            found[n].append(float(sums[n - 1]) / (n * (n - 1)))
    return np.array([np.quantile(values, QUANTILE) if values else 1.0 for values in found])
