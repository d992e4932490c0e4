"""From scores to a list: the best n, the rank of a title, and diversity at a known price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset

POOL = 10
"""Diversity re-ranks the best ``POOL · n`` titles: beyond them nobody would call a title a recommendation."""


def top_n(scores: np.ndarray, item_ids: np.ndarray, n: int, allowed: np.ndarray | None = None) -> np.ndarray:
    """Positions of the ``n`` best scores, best first; equal scores in the order of their ids; NaN never.

    Parameters
    ----------
    scores : ndarray of shape (n_items,)
    item_ids : ndarray of str, shape (n_items,)
    allowed : ndarray of bool, shape (n_items,), optional

    Returns
    -------
    ndarray of int64, shape (at most n,)
    """
    usable = ~np.isnan(scores) if allowed is None else allowed & ~np.isnan(scores)
    positions = np.flatnonzero(usable)
    if n <= 0 or not len(positions):
        return np.empty(0, dtype=np.int64)
    if len(positions) > n:
        nth = np.partition(scores[positions], -n)[-n]
        positions = positions[scores[positions] >= nth]  # keeps all that tie with the n-th
    order = np.lexsort((item_ids[positions], -scores[positions]))
    return positions[order][:n]


def rank_of(position: int, values: np.ndarray, item_ids: np.ndarray, allowed: np.ndarray) -> int | None:
    """Where a title stands, from 1, in the order of :func:`top_n`; None if it cannot be ranked."""
    own = values[position]
    if np.isnan(own):
        return None
    equal = np.flatnonzero(allowed & (values == own))
    return 1 + int((allowed & (values > own)).sum()) + int((item_ids[equal] < item_ids[position]).sum())


def diversify(ranked: np.ndarray, scores: np.ndarray, features: sparse.csr_array, n: int, diversity: float) -> np.ndarray:
    """Maximal marginal relevance (Carbonell & Goldstein 1998) in content space.

    Picks one title after the other, each time the largest of

        (1 - diversity) · relevance[j] - diversity · max_{k already picked} cosine(j, k)

    with relevance the score scaled to [0, 1] over ``ranked``.

    Parameters
    ----------
    ranked : ndarray of int, shape (n_candidates,)
        Positions, best first.
    scores : ndarray of shape (n_items,)
    features : csr_array of shape (n_items, n_features), rows of length one
    diversity : float in [0, 1]
        0 gives the plain list exactly.

    Raises
    ------
    ValueError
        ``diversity`` outside [0, 1].
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
        best = int(np.argmax(worth))  # the first of equals: `ranked` is already in a settled order
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
    """What a list offers: the two sides of the diversity slider.

    Attributes
    ----------
    n_genres : int
        Different genres in the list.
    mean_distance : float in [0, 1]
        Mean of 1 - cosine over all pairs, in content space (intra-list diversity, Ziegler et al. 2005).
    mean_stars : float
        Mean expected stars; NaN if none can be predicted.
    """

    n_genres: int
    mean_distance: float
    mean_stars: float


def list_quality(dataset: Dataset, features: sparse.csr_array, positions: Sequence[int] | np.ndarray, stars: np.ndarray) -> ListQuality:
    """Measure a list given as positions. Fewer than two titles have a mean distance of 0."""
    chosen = np.asarray(positions, dtype=np.int64)
    genres = dataset.tags("genres").matrix[chosen].sum(axis=0)
    n = len(chosen)
    distance = 0.0
    if n > 1:
        cosines = (features[chosen] @ features[chosen].T).toarray()
        distance = float(1.0 - (cosines.sum() - np.trace(cosines)) / (n * (n - 1)))
    known = stars[chosen][~np.isnan(stars[chosen])]
    return ListQuality(int((genres > 0).sum()), distance, float(known.mean()) if len(known) else float("nan"))
