"""Tastes of a profile: which liked titles belong together, and whether they do so more than in most profiles."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from recsys_core.data.dataset import Dataset
from recsys_core.data.scale import NEUTRAL_STARS
from recsys_core.models.kernel import compact

N_SAMPLED, MAX_LIKED = 800, 20
"""Numbers of users, and of liked titles per user, from which the usual companionship of a data set is estimated."""
FEWEST_USERS = 30
"""With fewer users who liked so many titles, nothing is known of what is usual."""
QUANTILES = {2: (0.5, 0.75), 3: (0.55, 0.8), 4: (0.6, 0.84)}
MOST_QUANTILES = (0.65, 0.88)
"""Up to the first, a profile is as mixed as most; beyond the second, it is clearly about something. With two to four likes the
bar is lower: little else is known of the visitor."""
COOL, WARM = 3.5, 4.5
"""Stars up to which a liked title says nothing of what a visitor loves, and from which it says all."""
LEAST_COSINE = 1e-3
"""Keeps the logarithm finite where a liked title has nothing in common with the others."""


def companionship(cosines: np.ndarray) -> float:
    """Return the geometric mean, over the liked titles, of the cosine with the closest other one; 0 for fewer than two.

    It is high if every title has a companion, for one taste as for several. A mean over all pairs would be low for two
    tastes, and an arithmetic mean is raised by a single close pair. At a threshold that 10 % of random parts of real profiles
    exceed, it finds 87 to 94 % of the visitors of ``benchmarks/friends``; the mean of all pairs finds 27 % of those with
    two tastes.

    Parameters
    ----------
    cosines : ndarray of shape (n, n)
        In content space.
    """
    return float(np.exp(_log_closest(cosines).mean())) if len(cosines) > 1 else 0.0


def companionship_without_each(cosines: np.ndarray) -> np.ndarray:
    """Return :func:`companionship` without each title in turn, shape (n,)."""
    n = len(cosines)
    if n < 3:
        return np.zeros(n)
    others = cosines - 2.0 * np.eye(n)
    order = np.argsort(-others, axis=1, kind="stable")
    first, second = (np.log(np.maximum(np.take_along_axis(others, order[:, [k]], axis=1), LEAST_COSINE)).ravel() for k in (0, 1))
    left = np.where(order[:, 0] == np.arange(n)[:, None], second, first)  # row k: without title k
    return np.asarray(np.exp((left.sum(axis=1) - np.diag(left)) / (n - 1)))


def _log_closest(cosines: np.ndarray) -> np.ndarray:
    return np.log(np.maximum((cosines - 2.0 * np.eye(len(cosines))).max(axis=1), LEAST_COSINE))


def warmth(stars: np.ndarray) -> np.ndarray:
    """Return how much each rating says that the visitor loves the title, in [0, 1], shape of ``stars``.

    Random parts of real profiles often hold a few titles of one kind, watched rather than loved. Without this, content would
    take over their lists, at 5 % of NDCG@10 on ml-latest-small; with it, the cost is 1 %.

    >>> warmth(np.array([3.0, 4.0, 5.0]))
    array([0. , 0.5, 1. ])
    """
    return np.clip((stars - COOL) / (WARM - COOL), 0.0, 1.0)


def usual_companionship(dataset: Dataset, features: sparse.csr_array) -> np.ndarray:
    """Return two quantiles (:data:`QUANTILES`) of :func:`companionship` over users with 0, 1, … 20 liked titles, shape (21, 2).

    The more titles, the likelier each finds a companion by chance, hence one row per number of titles. Where fewer than
    :data:`FEWEST_USERS` users liked as many, the row is that of the largest number that enough users liked; 1 if there is none.
    """
    rng = np.random.default_rng(0)
    by_id = np.argsort(dataset.item_ids)  # so that the sample does not depend on the order of the rows
    rank_of_id = np.argsort(by_id)
    people = np.argsort(dataset.user_ids)
    found: list[list[float]] = [[] for _ in range(MAX_LIKED + 1)]
    for user in people[rng.permutation(dataset.n_users)[:N_SAMPLED]]:
        row = slice(*dataset.ratings.indptr[user : user + 2])
        liked = dataset.ratings.indices[row][dataset.ratings.data[row] > NEUTRAL_STARS]
        drawn = by_id[rng.permutation(np.sort(rank_of_id[liked]))[:MAX_LIKED]]
        cosines = cosines_among(features, drawn)
        for n in range(2, len(drawn) + 1):
            found[n].append(companionship(cosines[:n, :n]))
    usual = np.ones((MAX_LIKED + 1, 2))
    for n in range(2, MAX_LIKED + 1):
        usual[n] = np.quantile(found[n], QUANTILES.get(n, MOST_QUANTILES)) if len(found[n]) >= FEWEST_USERS else usual[n - 1]
    return usual


def cosines_among(features: sparse.csr_array, items: np.ndarray) -> np.ndarray:
    """Return the cosines of some titles (positions) with each other, shape (n, n)."""
    _, rows = compact(features[items])
    return np.asarray((rows @ rows.T).toarray(), dtype=np.float64)


def group(cosines: np.ndarray, least: float) -> list[np.ndarray]:
    """Group titles by average linkage: two groups become one as long as their mean cosine is at least ``least``.

    Returns
    -------
    list of ndarray of int
        The largest group first, ties in the order of their first titles.

    >>> group(np.array([[1.0, 0.0, 0.8], [0.0, 1.0, 0.1], [0.8, 0.1, 1.0]]), least=0.3)
    [array([0, 2]), array([1])]

    References
    ----------
    Sokal & Michener (1958), "A statistical method for evaluating systematic relationships".
    """
    if len(cosines) < 2:
        return [np.arange(len(cosines))] if len(cosines) else []
    distances = np.maximum(1.0 - cosines, 0.0)
    np.fill_diagonal(distances, 0.0)
    labels = fcluster(linkage(squareform(distances, checks=False), "average"), 1.0 - least, criterion="distance")
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return sorted(groups, key=lambda titles: (-len(titles), titles[0]))
