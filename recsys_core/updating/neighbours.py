"""Item-knn with new ratings: only the rows of titles that have many of them for their number are computed again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from joblib import cpu_count
from numba import njit
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.models.base import graded_likes
from recsys_core.models.baseline import Baseline
from recsys_core.models.item_knn import ItemKNN, by_rated
from recsys_core.models.linear.cosines import ROWS, Kind, keep, scaled

STALE = 0.02
"""A title's neighbours are computed again once more than this share of its ratings is newer than they are."""
NEARLY = 0.9
"""A list that loses stale titles is filled up with those that had to stay out by less than this factor. What else stayed out is not
known; without it one list in fifty of ml-latest-small gets shorter when a tenth of the ratings is new, with it one in five hundred."""
MOST_WORK = 0.5
"""If the titles to compute again would take this share of the work, all are: the pass over all pairs is better organised."""


class Renewed(NamedTuple):
    """Item-knn as it is now.

    Attributes
    ----------
    model : ItemKNN
    pending : ndarray of int, shape (n_items,)
        New and changed ratings of each title since its neighbours were computed.
    computed : ndarray of int
        Positions of the titles whose neighbours were computed now.
    """

    model: ItemKNN
    pending: np.ndarray
    computed: np.ndarray


def renewed(model: ItemKNN, dataset: Dataset, baseline: Baseline, pending: np.ndarray) -> Renewed:
    """Compute the neighbours of the titles that are stale again, and put these titles into the lists of the others.

    A similarity is a sum over common raters, so a title's neighbours are as good as new while nearly all of its raters are the
    same: one in a thousand new ratings concerns nearly every well-known title, and these hold nearly all of the work, but their
    similarities change in the third digit. A title with few ratings changes with each one, and costs little.

    For a stale title t, all common raters with all titles are counted again. Its own list is then that of a whole fit. Another
    title's list keeps its entries for titles that are not stale, and gets t if the similarity is larger than the smallest in it.

    Parameters
    ----------
    model : ItemKNN
        As it was, with rows for new titles.
    baseline : Baseline
        Of all ratings, with the biases of users.
    pending : ndarray of int, shape (n_items,)
    """
    stale = pending > STALE * dataset.raters
    work = _work(dataset.ratings)
    if work[stale].sum() > MOST_WORK * work.sum():
        return Renewed(type(model)(**model.settings()).fit(dataset, baseline), np.zeros_like(pending), np.flatnonzero(pending))
    items = np.flatnonzero(stale)
    kinds = (
        Kind(graded_likes(dataset), model.shrinkage, above_average=True),
        Kind(baseline.residuals(dataset), model.shrinkage_stars),
    )
    names = ("like_similarities_", "star_similarities_")
    lists = [getattr(model, name) for name in names]
    parts = _with_rows(lists, kinds, items, model.n_neighbors) if len(items) else lists
    arrays: dict[str, np.ndarray] = {}
    for name, matrix in zip(names, parts, strict=True):
        of = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr, "shape": np.array(matrix.shape)}
        arrays |= {f"{name}.{part}": array for part, array in of.items()}
    return Renewed(type(model)(**model.settings()).restore(baseline, arrays), np.where(stale, 0, pending), items)


def _work(ratings: sparse.csr_array) -> np.ndarray:
    """How many ratings have to be looked at for each title's neighbours: all those of its raters, shape (n_items,)."""
    counts = np.diff(ratings.indptr)
    return np.bincount(ratings.indices, np.repeat(counts, counts), ratings.shape[1])


def _with_rows(lists: list[sparse.csr_array], kinds: tuple[Kind, Kind], items: np.ndarray, n_neighbors: int) -> list[sparse.csr_array]:
    """Compute the rows of some titles (positions, ascending) and put them into the lists of both kinds.

    Parameters
    ----------
    lists : two csr_array of shape (n_items, n_items)
        As :class:`ItemKNN` keeps them: in row i the titles that have title i among their neighbours.
    """
    ratings = kinds[0].values
    n_items = ratings.shape[1]
    k = min(n_neighbors, n_items - 1)
    values = np.empty((ratings.nnz, 2), dtype=np.float32)
    averages = np.empty((2, n_items), dtype=np.float32)
    for number, kind in enumerate(kinds):
        values[:, number], averages[number] = scaled(kind)
    shrinkages = np.array([kind.shrinkage for kind in kinds], dtype=np.float32)
    least = np.stack([_smallest(matrix, k) for matrix in lists])
    least *= NEARLY
    least[:, items] = np.inf  # their lists come from their own rows
    places = sparse.csr_array((np.arange(ratings.nnz), ratings.indices, ratings.indptr), shape=ratings.shape)
    by_item = sparse.csc_array(places[:, items])
    of_user = (ratings.indptr, ratings.indices, values)

    def found(start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        some = slice(start, start + ROWS)
        starts = by_item.indptr[start : start + ROWS + 1]
        return _both_ways(items[some], starts, by_item.indices, by_item.data, *of_user, averages, shrinkages, least, k)

    with ThreadPoolExecutor(cpu_count()) as threads:
        pieces = list(threads.map(found, range(0, len(items), ROWS)))
    kind_of, listing, listed, similarity = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    computed = np.zeros(n_items, dtype=bool)
    computed[items] = True
    of_kind = [kind_of == number for number in range(len(lists))]
    return [_merged(matrix, computed, listing[own], listed[own], similarity[own], k) for matrix, own in zip(lists, of_kind, strict=True)]


def _smallest(matrix: sparse.csr_array, k: int) -> np.ndarray:
    """The size of the smallest similarity in each title's list, 0 where the list is not full, shape (n_items,)."""
    least = np.full(matrix.shape[1], np.inf, dtype=np.float32)
    np.minimum.at(least, matrix.indices, np.abs(matrix.data))
    return np.where(np.bincount(matrix.indices, minlength=matrix.shape[1]) < k, np.float32(0.0), least)


def _merged(
    matrix: sparse.csr_array, computed: np.ndarray, listing: np.ndarray, listed: np.ndarray, similarity: np.ndarray, k: int
) -> sparse.csr_array:
    """Replace every entry that concerns a computed title, and keep the ``k`` largest of each list."""
    old = sparse.csr_array(matrix.T)
    new = sparse.csr_array((similarity, (listing, listed)), shape=matrix.shape)
    lists = [(one.indptr, one.indices, one.data) for one in (old, new)]
    starts, others, values = _largest(*lists[0], *lists[1], computed, k)
    return by_rated(sparse.csr_array((values, others, starts.astype(old.indptr.dtype)), shape=matrix.shape))


@njit(nogil=True)
def _largest(starts: Any, others: Any, values: Any, new_starts: Any, new_others: Any, new_values: Any, computed: Any,
             k: int) -> tuple[Any, Any, Any]:  # fmt: skip
    """Merge each title's old and new list: of the old one what concerns no computed title, of both the ``k`` largest."""
    n_items, size = len(computed), 0
    merged_starts = np.zeros(n_items + 1, dtype=np.int64)
    merged, similarities = (
        np.empty(len(others) + len(new_others), dtype=np.int32),
        np.empty(len(values) + len(new_values), dtype=np.float32),
    )
    best, nearest = np.empty(k, dtype=np.int32), np.empty(k, dtype=np.float32)
    for title in range(n_items):
        first = size
        for entry in range(starts[title], starts[title + 1]):
            if not (computed[title] or computed[others[entry]]):
                merged[size], similarities[size] = others[entry], values[entry]
                size += 1
        for entry in range(new_starts[title], new_starts[title + 1]):
            merged[size], similarities[size] = new_others[entry], new_values[entry]
            size += 1
        if size - first > k:
            n_kept = 0
            for entry in range(first, size):
                if abs(similarities[entry]) > (0.0 if n_kept < k else abs(nearest[0])):
                    n_kept = keep(best, nearest, n_kept, merged[entry], similarities[entry])
            size = first + n_kept
            merged[first:size], similarities[first:size] = best[:n_kept], nearest[:n_kept]
        merged_starts[title + 1] = size
    return merged_starts, merged[:size], similarities[:size]


@njit(nogil=True)
def _both_ways(items: Any, item_starts: Any, raters: Any, places: Any, user_starts: Any, titles: Any, values: Any, averages: Any,
               shrinkages: Any, least: Any, k: int) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """Find the ``k`` nearest titles of each of ``items``, and the titles that have one of ``items`` among theirs.

    ``raters[item_starts[i]:item_starts[i + 1]]`` rated ``items[i]``, and ``places`` says where in ``values`` (n_ratings, 2):
    ``titles[user_starts[u]:user_starts[u + 1]]`` are those of user u. ``least`` (2, n_items) is what a similarity must exceed to
    enter a title's list.

    Returns
    -------
    kinds, listing, listed, similarities
        One of each for every entry: whose list, and who is in it.
    """
    n_items = averages.shape[1]
    sums = np.zeros((n_items, 3), dtype=np.float32)
    touched = np.empty(n_items, dtype=np.int64)
    size, n = 4 * k * len(items) + n_items, 0
    kinds, listing, listed = np.empty(size, dtype=np.int8), np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    similarities = np.empty(size, dtype=np.float32)
    others, nearest = np.empty(k, dtype=np.int32), np.empty(k, dtype=np.float32)
    for row in range(len(items)):
        item = items[row]
        n_touched = 0
        for entry in range(item_starts[row], item_starts[row + 1]):
            user, place = raters[entry], places[entry]
            one, two = values[place, 0], values[place, 1]
            for rating in range(user_starts[user], user_starts[user + 1]):
                title = titles[rating]
                if sums[title, 2] == 0.0:
                    touched[n_touched] = title
                    n_touched += 1
                sums[title, 0] += one * values[rating, 0]
                sums[title, 1] += two * values[rating, 1]
                sums[title, 2] += np.float32(1.0)
        if n + 2 * (n_touched + k) > size:  # room for all that this title may add
            size = 2 * size + 2 * (n_touched + k)
            kinds, listing, listed = _longer(kinds, size), _longer(listing, size), _longer(listed, size)
            similarities = _longer(similarities, size)
        for kind in range(2):
            n_kept = 0
            for number in range(n_touched):
                title = touched[number]
                if title == item:
                    continue
                together = sums[title, 2]
                weight = together / (together + shrinkages[kind])
                here = (sums[title, kind] - averages[kind, title]) * weight
                if abs(here) > (0.0 if n_kept < k else abs(nearest[0])):
                    n_kept = keep(others, nearest, n_kept, title, here)
                there = (sums[title, kind] - averages[kind, item]) * weight
                if abs(there) > least[kind, title]:
                    kinds[n], listing[n], listed[n], similarities[n] = kind, title, item, there
                    n += 1
            for number in range(n_kept):
                kinds[n], listing[n], listed[n], similarities[n] = kind, item, others[number], nearest[number]
                n += 1
        for number in range(n_touched):
            sums[touched[number]] = 0.0
    return kinds[:n], listing[:n], listed[:n], similarities[:n]


@njit(nogil=True)
def _longer(array: Any, size: int) -> Any:
    longer = np.empty(size, dtype=array.dtype)
    longer[: len(array)] = array
    return longer
