"""Item-item similarities of large rating matrices, in one compiled pass over all pairs of titles with a common rater."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from joblib import cpu_count
from numba import njit
from scipy import sparse

from recsys_core.common.sums import sums_at

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
    given = np.zeros((first.values.nnz, 2), dtype=np.float32)
    averages = np.zeros((2, n_items), dtype=np.float32)
    for place, kind in enumerate(kinds):
        given[:, place], averages[place] = scaled(kind)
    shrinkages = np.array([kind.shrinkage for kind in kinds] + [1.0], dtype=np.float32)[:2]
    best_known, number = numbering(np.bincount(first.values.indices, minlength=n_items))
    places = np.arange(first.values.nnz, dtype=np.int32 if first.values.nnz < 2**31 else np.int64)
    by_user = sparse.csr_array((places, number[first.values.indices], first.values.indptr), shape=first.values.shape, copy=True)
    by_user.sort_indices()  # a user's titles in the order of the blocks
    given = given[by_user.data]
    found = nearest(np.arange(n_items), by_user, given, averages[:, best_known], shrinkages, n_neighbors)
    return [similarities(*each, best_known) for each in found[: len(kinds)]]


def numbering(raters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the titles by how many rated them: the sums of the best known, which change most, then lie together.

    Returns
    -------
    best_known, number : ndarray of int32, shape (n_items,)
        The title (position) with each number, and the number of each title.
    """
    best_known = np.argsort(-raters, kind="stable").astype(np.int32)
    return best_known, np.argsort(best_known).astype(np.int32)


def nearest(
    items: np.ndarray, by_user: sparse.csr_array, given: np.ndarray, averages: np.ndarray, shrinkages: np.ndarray, n_neighbors: int
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Find the nearest titles of some titles; who rated one of these must be there with all of their ratings.

    Parameters
    ----------
    items : ndarray of int, ascending
        Numbers of the titles, by :func:`numbering`.
    by_user : csr_array of shape (n_users, n_items)
        Numbers of the titles that each user rated, ascending; its values are not read.
    given : ndarray of float32, shape (n_ratings, 2)
        The ratings' two values, scaled to columns of length one, in the order of ``by_user``.
    averages : ndarray of float32, shape (2, n_items)
        What is subtracted from the cosines with each title.

    Returns
    -------
    two of (lengths, others, similarities)
        For each kind the number of neighbours of each of ``items``, and these one title after another.
    """
    n_items = by_user.shape[1]
    k = min(n_neighbors, max(n_items - 1, 0))
    places = np.arange(by_user.nnz, dtype=np.int32 if by_user.nnz < 2**31 else np.int64)
    by_item = sparse.csr_array((places, by_user.indices, by_user.indptr), shape=by_user.shape).tocsc()
    width = min(COLUMNS, n_items)

    def found(start: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        some = items[start : start + ROWS]
        others, similarities = np.full((2, len(some), k), -1, dtype=np.int32), np.zeros((2, len(some), k), dtype=np.float32)
        ratings = (by_item.indptr, by_item.indices, by_item.data, by_user.indptr, by_user.indices, given)
        _nearest(some, *ratings, averages, shrinkages, width, others, similarities)
        filled = others >= 0
        return [(filled[kind].sum(axis=1), others[kind][filled[kind]], similarities[kind][filled[kind]]) for kind in range(2)]

    # The compiled loop lets go of the interpreter, so plain threads share the work.
    with ThreadPoolExecutor(cpu_count()) as threads:
        pieces = list(threads.map(found, range(0, len(items), ROWS)))
    parts = [zip(*(piece[kind] for piece in pieces), strict=True) for kind in range(2)]
    return [(np.concatenate(lengths), np.concatenate(others), np.concatenate(values)) for lengths, others, values in parts]


def similarities(lengths: np.ndarray, others: np.ndarray, values: np.ndarray, best_known: np.ndarray) -> sparse.csr_array:
    """Put what :func:`nearest` found for all numbers into a matrix of the titles, shape (n_items, n_items)."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    n_items = len(best_known)
    index = np.int32 if len(others) < 2**31 else np.int64
    by_number = sparse.csr_array((values, best_known[others].astype(index), starts.astype(index)), shape=(n_items, n_items))
    matrix = sparse.csr_array(by_number[np.argsort(best_known)])
    matrix.sort_indices()
    return matrix


def scaled(kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """Return the values scaled to columns of length one, shape (n_ratings,), and the mean cosine to subtract per column."""
    values, n_items = kind.values, kind.values.shape[1]
    of_length_one = scaled_to_length(values, sums_of_squares(values).sum(axis=0))
    if not kind.above_average:
        return of_length_one, np.zeros(n_items)
    n_rated = int(np.count_nonzero(np.bincount(values.indices, minlength=n_items)))
    return of_length_one, sums_of_cosines(values, of_length_one) / max(n_rated, 1)


def sums_of_squares(values: sparse.csr_array) -> np.ndarray:
    """Return each column's sum of squares as :func:`sums_at` does, shape (2, n_items); those of blocks of users add up."""
    return sums_at(values.indices, values.data.astype(np.float64) ** 2, values.shape[1])


def scaled_to_length(values: sparse.csr_array, squares: np.ndarray) -> np.ndarray:
    """Return the values divided by the lengths of their columns, shape (n_ratings,), given the sums of all users' squares."""
    return np.asarray(values.data / np.maximum(np.sqrt(squares), 1e-9)[values.indices])


def sums_of_cosines(values: sparse.csr_array, scaled: np.ndarray) -> np.ndarray:
    """Return each column's sum of cosines with all columns, shape (n_items,); those of blocks of users add up."""
    users = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
    sums = np.bincount(users, scaled, values.shape[0])
    return np.bincount(values.indices, scaled * sums[users], values.shape[1])


@njit(nogil=True)
def _nearest(items: Any, item_starts: Any, raters: Any, places: Any, user_starts: Any, titles: Any, values: Any, averages: Any,
             shrinkages: Any, width: int, others: Any, similarities: Any) -> None:  # fmt: skip
    """Fill a row for each of ``items`` in ``others`` and ``similarities``, each a heap whose first is the smallest in size.

    ``raters[item_starts[i]:item_starts[i + 1]]`` rated title i, and ``places`` says where in ``values`` (n_ratings, 2), which
    is sorted by user: ``titles[user_starts[u]:user_starts[u + 1]]`` are those of user u.
    """
    n_items = averages.shape[1]
    sums = np.zeros((width, 4), dtype=np.float32)  # products of both kinds and common raters, side by side in the cache
    touched = np.empty(width, dtype=np.int32)
    n_kept = np.zeros(2, dtype=np.int64)
    for row in range(len(items)):
        item = items[row]
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
                kept_others, kept = others[kind, row], similarities[kind, row]
                for number in range(n_touched):
                    column = touched[number]
                    together = abs(sums[column, 2])
                    similarity = (sums[column, kind] - averages[kind, left + column]) * together / (together + shrinkages[kind])
                    if abs(similarity) > (0.0 if n_kept[kind] < len(kept) else abs(kept[0])):  # asked here, as a call costs more
                        n_kept[kind] = keep(kept_others, kept, n_kept[kind], left + column, similarity)
            if left <= item < right:
                sums[item - left] = 0.0
            for number in range(n_touched):
                sums[touched[number]] = 0.0


@njit(nogil=True)
def keep(others: Any, similarities: Any, n_kept: int, other: int, similarity: float) -> int:
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
