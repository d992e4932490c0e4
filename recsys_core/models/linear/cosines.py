"""Item-item similarities of large rating matrices, in one compiled pass over all pairs of titles with a common rater."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from joblib import cpu_count
from numba import njit
from scipy import sparse

ROWS = 256
"""Titles that a thread takes at a time."""
COLUMNS = 16_384
"""Titles whose sums a thread holds at a time: they stay in the processor's cache, and memory does not grow with threads × titles."""


class Kind(NamedTuple):
    """One of the values that a rating is turned into, and how its cosines are shrunk.

    Attributes
    ----------
    values : csr_array of shape (n_users, n_items)
        A stored entry, even a 0, is a rating and counts as a common rater.
    shrinkage : float
        Number of common raters at which a similarity has half its weight.
    above_average : bool
        Subtract from each cosine the mean cosine of its column with all rated titles.
    """

    values: sparse.csr_array
    shrinkage: float
    above_average: bool = False


def shrunk_cosines(first: Kind, second: Kind | None = None, *, n_neighbors: int) -> list[sparse.csr_array]:
    """Compute column cosines times ``n_ij / (n_ij + shrinkage)`` and keep the ``n_neighbors`` of largest magnitude in each row.

    For each title the users who rated it are visited, and for each of them their titles, a block of columns at a time:
    sums of products and numbers of common raters grow in arrays as long as the block. So memory grows neither with the
    square of the titles nor with threads times titles, and time with the sum of squares of users' numbers of ratings.
    Two kinds of the same ratings share the pass.

    Returns
    -------
    list of csr_array of shape (n_items, n_items), float32, with an empty diagonal; one for each kind
    """
    kinds = [kind for kind in (first, second) if kind]
    n_items = first.values.shape[1]
    k = min(n_neighbors, max(n_items - 1, 0))
    given = np.zeros((first.values.nnz, 2), dtype=np.float32)
    averages = np.zeros((2, n_items), dtype=np.float32)
    for place, kind in enumerate(kinds):
        given[:, place], averages[place] = _scaled(kind)
    shrinkages = np.array([kind.shrinkage for kind in kinds] + [1.0], dtype=np.float32)[:2]
    # Titles are numbered by how many rated them: the sums of the best known, which change most, then lie together.
    best_known = np.argsort(-np.bincount(first.values.indices, minlength=n_items), kind="stable").astype(np.int32)
    number = np.argsort(best_known).astype(np.int32)
    places = np.arange(first.values.nnz, dtype=np.int32 if first.values.nnz < 2**31 else np.int64)
    by_user = sparse.csr_array((places, number[first.values.indices], first.values.indptr), shape=first.values.shape, copy=True)
    by_user.sort_indices()  # a user's titles in the order of the blocks
    given = given[by_user.data]
    by_user.data = places
    by_item = by_user.tocsc()
    ratings = (by_item.indptr, by_item.indices, by_item.data, by_user.indptr, by_user.indices, given)
    averages = averages[:, best_known]
    others, similarities = np.full((2, n_items, k), -1, dtype=np.int32), np.zeros((2, n_items, k), dtype=np.float32)

    width = min(COLUMNS, n_items)

    def fill(start: int) -> None:
        items = np.arange(start, min(start + ROWS, n_items))
        _nearest(items, *ratings, averages, shrinkages, width, others, similarities)

    # The compiled loop lets go of the interpreter, so plain threads share the work.
    with ThreadPoolExecutor(cpu_count()) as threads:
        list(threads.map(fill, range(0, n_items, ROWS)))
    back = np.append(best_known, -1)  # a place that was not filled stays -1
    return [_matrix(back[others[place]][number], similarities[place][number]) for place in range(len(kinds))]


def _scaled(kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """Return the values scaled to columns of length one, shape (n_ratings,), and the mean cosine to subtract per column."""
    values, n_items = kind.values, kind.values.shape[1]
    lengths = np.sqrt(np.bincount(values.indices, values.data.astype(np.float64) ** 2, n_items))
    scaled = values.data / np.maximum(lengths, 1e-9)[values.indices]
    if not kind.above_average:
        return scaled, np.zeros(n_items)
    users = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
    sums = np.bincount(users, scaled, values.shape[0])
    n_rated = int(np.count_nonzero(np.bincount(values.indices, minlength=n_items)))
    return scaled, np.bincount(values.indices, scaled * sums[users], n_items) / max(n_rated, 1)


def _matrix(others: np.ndarray, similarities: np.ndarray) -> sparse.csr_array:
    found = others >= 0
    starts = np.concatenate([[0], np.cumsum(found.sum(axis=1))])
    matrix = sparse.csr_array((similarities[found], others[found], starts), shape=(len(others), len(others)))
    matrix.sort_indices()
    return matrix


@njit(nogil=True)
def _nearest(items: Any, item_starts: Any, raters: Any, places: Any, user_starts: Any, titles: Any, values: Any, averages: Any,
             shrinkages: Any, width: int, others: Any, similarities: Any) -> None:  # fmt: skip
    """Fill the rows of ``items`` in ``others`` and ``similarities``, each a heap whose first is the smallest in size.

    ``raters[item_starts[i]:item_starts[i + 1]]`` rated title i, and ``places`` says where in ``values`` (n_ratings, 2), which
    is sorted by user: ``titles[user_starts[u]:user_starts[u + 1]]`` are those of user u.
    """
    n_items = others.shape[1]
    sums = np.zeros((width, 4), dtype=np.float32)  # products of both kinds and common raters, side by side in the cache
    touched = np.empty(width, dtype=np.int32)
    n_kept = np.zeros(2, dtype=np.int64)
    for item in items:
        of_item = raters[item_starts[item] : item_starts[item + 1]]
        begins, ends = np.empty(len(of_item), dtype=np.int64), np.empty(len(of_item), dtype=np.int64)
        for entry in range(len(of_item)):
            ends[entry] = user_starts[of_item[entry]]
        n_kept[:] = 0
        for left in range(0, n_items, width):
            right = left + width
            walked = 0
            for entry in range(len(of_item)):
                place, stop = ends[entry], user_starts[of_item[entry] + 1]
                begins[entry] = place
                own = places[item_starts[item] + entry]
                one, two = values[own, 0], values[own, 1]
                while place < stop and titles[place] < right:
                    column = titles[place] - left  # to ask here whether it is new would double the time
                    sums[column, 0] += one * values[place, 0]
                    sums[column, 1] += two * values[place, 1]
                    sums[column, 2] += np.float32(1.0)
                    place += 1
                walked += place - begins[entry]
                ends[entry] = place
            if left <= item < right:
                sums[item - left, 2] = 0.0
            n_touched = 0
            if walked < width // 4:  # the raters' titles once more; else the whole block
                for entry in range(len(of_item)):
                    for place in range(begins[entry], ends[entry]):
                        column = titles[place] - left
                        if sums[column, 2] > 0.0:
                            sums[column, 2] *= -1.0  # found
                            touched[n_touched] = column
                            n_touched += 1
            else:
                for column in range(min(width, n_items - left)):
                    if sums[column, 2] > 0.0:
                        touched[n_touched] = column
                        n_touched += 1
            for kind in range(2):
                kept_others, kept = others[kind, item], similarities[kind, item]
                for number in range(n_touched):
                    column = touched[number]
                    together = abs(sums[column, 2])
                    similarity = (sums[column, kind] - averages[kind, left + column]) * together / (together + shrinkages[kind])
                    if abs(similarity) > (0.0 if n_kept[kind] < len(kept) else abs(kept[0])):  # asked here, as a call costs more
                        n_kept[kind] = _keep(kept_others, kept, n_kept[kind], left + column, similarity)
            if left <= item < right:
                sums[item - left] = 0.0
            for number in range(n_touched):
                sums[touched[number]] = 0.0


@njit(nogil=True)
def _keep(others: Any, similarities: Any, n_kept: int, other: int, similarity: float) -> int:
    """Insert a similarity into the heap of those of largest magnitude; returns the size of the heap."""
    k, size = len(others), abs(similarity)
    if n_kept < k:  # add at the end, and let it rise
        at = n_kept
        n_kept += 1
        while at > 0 and abs(similarities[(at - 1) // 2]) > size:
            others[at], similarities[at] = others[(at - 1) // 2], similarities[(at - 1) // 2]
            at = (at - 1) // 2
    else:  # put it in the place of the smallest, and let it sink
        at = 0
        while 2 * at + 1 < k:
            child = 2 * at + 1
            if child + 1 < k and abs(similarities[child + 1]) < abs(similarities[child]):
                child += 1
            if abs(similarities[child]) >= size:
                break
            others[at], similarities[at] = others[child], similarities[child]
            at = child
    others[at], similarities[at] = other, similarity
    return n_kept
