"""Turn scores into lists: the n best titles, the rank of a title, and diversification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset

TOP, PER_FRANCHISE, FRANCHISE_POOL = 10, 2, 40
"""At most two titles of one franchise among the first ten; so many more titles are looked at to fill the gaps."""
POOL = 10
"""Diversification re-ranks the best ``POOL · n`` titles; titles below these are too weak to recommend."""


def top_n(scores: np.ndarray, item_ids: np.ndarray, n: int, allowed: np.ndarray | None = None) -> np.ndarray:
    """Return the positions of the ``n`` best scores, best first; ties in the order of item ids, NaN left out.

    Parameters
    ----------
    scores : ndarray of shape (n_items,)
    item_ids : ndarray of str, shape (n_items,)
    allowed : ndarray of bool, shape (n_items,), optional

    Returns
    -------
    ndarray of int64, shape (at most n,)

    Examples
    --------
    >>> top_n(np.array([1.0, 3.0, np.nan, 2.0]), np.array(["a", "b", "c", "d"]), n=2)
    array([1, 3])
    """
    usable = ~np.isnan(scores) if allowed is None else allowed & ~np.isnan(scores)
    positions = np.flatnonzero(usable)
    if n <= 0 or not len(positions):
        return np.empty(0, dtype=np.int64)
    if len(positions) > n:
        nth = np.partition(scores[positions], -n)[-n]
        positions = positions[scores[positions] >= nth]  # keeps all ties with the n-th
    order = np.lexsort((item_ids[positions], -scores[positions]))
    return positions[order][:n]


def best_list(
    scores: np.ndarray, dataset: Dataset, n: int, allowed: np.ndarray | None = None, titles: np.ndarray | None = None
) -> np.ndarray:
    """The list that people see: the ``n`` best scores, but at most two titles of one franchise among the first ten.

    A third one comes after the tenth title, at its rank; where nothing else is left, it fills the list.

    Parameters
    ----------
    scores : ndarray of shape (n_items,)
        NaN is never listed.
    allowed : ndarray of bool, shape (n_items,), optional
    titles : ndarray of int, optional
        The titles (positions) that ``scores`` and ``allowed`` are of, instead of all.

    Returns
    -------
    ndarray of int64, shape (at most n,)
        Positions among all titles.
    """
    n = max(n, 0)
    item_ids = dataset.item_ids if titles is None else dataset.item_ids[titles]
    head = min(n, TOP)
    for reach in (n + FRANCHISE_POOL, dataset.n_items):
        ranked = top_n(scores, item_ids, reach, allowed)
        ranked = ranked if titles is None else titles[ranked]
        within = within_franchise_limit(ranked, dataset)
        if within[:reach].sum() >= head or len(ranked) < reach:
            break
    first = ranked[within][:head]
    others = ranked[~np.isin(ranked, first)]
    return np.concatenate([first, others])[:n]


def take_turns(orders: Sequence[np.ndarray], shares: Sequence[float], dataset: Dataset, n: int) -> np.ndarray:
    """Share a list out among several orders of titles in proportion, by the D'Hondt method; the largest share begins.

    At each place the order with the largest ``share / (places so far + 1)`` puts its best title that is not yet listed, but
    no third one of a franchise as long as it has another. A shorter list is the beginning of a longer one.

    Parameters
    ----------
    orders : sequence of ndarray of int
        Positions, best first.
    shares : sequence of float
        One for each order.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> take_turns([np.array([0, 1, 2]), np.array([3, 0, 4])], [2.0, 1.0], example_dataset(), n=4)
    array([0, 1, 3, 2])

    References
    ----------
    Dang & Croft (2012), "Diversity by proportionality: an election-based approach to search result diversification".
    """
    listed: dict[int, None] = {}
    seen: Counter[int] = Counter()
    places = [0] * len(orders)
    waiting = [list(order) for order in orders]
    while len(listed) < n and any(waiting):
        turn = max((k for k, titles in enumerate(waiting) if titles), key=lambda k: (shares[k] / (places[k] + 1), -k))
        left = waiting[turn] = [title for title in waiting[turn] if title not in listed]
        if not left:
            continue
        allowed = (title for title in left if not dataset.franchises[title] or seen[dataset.franchises[title]] < PER_FRANCHISE)
        chosen = int(next(allowed, left[0]))
        listed[chosen] = None
        seen[dataset.franchises[chosen]] += 1
        places[turn] += 1
    return np.array(list(listed), dtype=np.int64)


def within_franchise_limit(ranked: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Which titles of a ranking are no third of their franchise, bool, shape (len(ranked),)."""
    seen: Counter[int] = Counter()
    within = np.ones(len(ranked), dtype=bool)
    for place, franchise in enumerate(dataset.franchises[ranked].tolist()):
        seen[franchise] += 1
        within[place] = not franchise or seen[franchise] <= PER_FRANCHISE
    return within


def rank_of(position: int, values: np.ndarray, item_ids: np.ndarray, allowed: np.ndarray) -> int | None:
    """Return the rank of a title, from 1, in the order of :func:`top_n`; None if its value is NaN.

    >>> rank_of(3, np.array([1.0, 3.0, np.nan, 2.0]), np.array(["a", "b", "c", "d"]), np.ones(4, dtype=bool))
    2
    """
    own = values[position]
    if np.isnan(own):
        return None
    equal = np.flatnonzero(allowed & (values == own))
    return 1 + int((allowed & (values > own)).sum()) + int((item_ids[equal] < item_ids[position]).sum())


def diversify(ranked: np.ndarray, scores: np.ndarray, features: sparse.csr_array, n: int, diversity: float) -> np.ndarray:
    """Re-rank a list by maximal marginal relevance (MMR) in content space.

    Picks one title after another, each time the one that maximises

        (1 - diversity) · relevance[j] - diversity · max_{k already picked} cosine(j, k)

    where relevance is the score, scaled to [0, 1] over ``ranked``.

    Parameters
    ----------
    ranked : ndarray of int, shape (n_candidates,)
        Positions, best first.
    scores : ndarray of shape (n_items,)
    features : csr_array of shape (n_items, n_features), rows of length one
    diversity : float in [0, 1]
        0 returns the plain list exactly.

    Raises
    ------
    ValueError
        ``diversity`` outside [0, 1].

    Examples
    --------
    The second title is a copy of the first, so with diversity the third one comes second:

    >>> features = sparse.csr_array(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    >>> diversify(np.array([0, 1, 2]), np.array([3.0, 2.9, 2.0]), features, n=2, diversity=0.5)
    array([0, 2])

    References
    ----------
    Carbonell & Goldstein (1998), "The use of MMR, diversity-based reranking for reordering documents and producing
    summaries".
    """
    if not 0.0 <= diversity <= 1.0:
        raise ValueError(f"diversity is {diversity!r}; it must be from 0 to 1.")
    n = max(0, min(n, len(ranked)))
    if diversity == 0.0 or n == 0:
        return ranked[:n]
    values = scores[ranked]
    relevance = (values - values.min()) / (np.ptp(values) or 1.0)
    pool = features[ranked]
    cosines = (pool @ pool.T).toarray()
    closest = np.zeros(len(ranked))
    free = np.ones(len(ranked), dtype=bool)
    picked = []
    for _ in range(n):
        worth = np.where(free, (1.0 - diversity) * relevance - diversity * closest, -np.inf)
        best = int(np.argmax(worth))  # argmax takes the first of ties, so the order of `ranked` decides
        picked.append(best)
        free[best] = False
        closest = np.maximum(closest, cosines[best])
    return ranked[picked]


def varied_first(scores: np.ndarray, item_ids: np.ndarray, features: sparse.csr_array, n: int, diversity: float) -> np.ndarray:
    """All titles that have a score, best first, but the first ``n`` are a varied choice among twice as many.

    For a wall that everybody reads from the top: each finds something that they know there.

    Parameters
    ----------
    scores : ndarray of shape (n_items,)
    features : csr_array of shape (n_items, n_features), rows of length one
    diversity : float in [0, 1]
        See :func:`diversify`.

    Returns
    -------
    ndarray of int64, shape (at most n_items,)
        Positions.
    """
    ranked = top_n(scores, item_ids, len(scores))
    varied = diversify(ranked[: 2 * n], scores, features, n, diversity)
    return np.concatenate([varied, ranked[~np.isin(ranked, varied)]])


def places_of(order: np.ndarray) -> np.ndarray:
    """Where each title stands in an order of all titles, from 0: the inverse of the permutation, shape (n_items,)."""
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


def with_first(first: Sequence[int], order: np.ndarray, n: int) -> np.ndarray:
    """Some titles and then, in their order, as many others as make ``n`` in all: positions, shape (at most n,)."""
    chosen = np.asarray(first, dtype=np.int64)[:n]
    return np.concatenate([chosen, order[~np.isin(order, chosen)][: n - len(chosen)]])


@dataclass(frozen=True, slots=True)
class ListQuality:
    """The variety and the expected quality of a list: what the diversity slider trades against each other.

    Attributes
    ----------
    n_genres : int
        Number of different genres in the list.
    mean_distance : float in [0, 1]
        Intra-list diversity: the mean of 1 - cosine over all pairs, in content space.
    mean_stars : float
        Mean expected stars; NaN if none can be predicted.

    References
    ----------
    Ziegler, McNee, Konstan & Lausen (2005), "Improving recommendation lists through topic diversification".
    """

    n_genres: int
    mean_distance: float
    mean_stars: float


def list_quality(dataset: Dataset, features: sparse.csr_array, positions: Sequence[int] | np.ndarray, stars: np.ndarray) -> ListQuality:
    """Measure a list of positions. With fewer than two titles the mean distance is 0."""
    chosen = np.asarray(positions, dtype=np.int64)
    genres = dataset.tags("genres").matrix[chosen].sum(axis=0)
    n = len(chosen)
    distance = 0.0
    if n > 1:
        cosines = (features[chosen] @ features[chosen].T).toarray()
        distance = float(1.0 - (cosines.sum() - np.trace(cosines)) / (n * (n - 1)))
    known = stars[chosen][~np.isnan(stars[chosen])]
    return ListQuality(int((genres > 0).sum()), distance, float(known.mean()) if len(known) else float("nan"))
