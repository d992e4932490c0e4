"""Item-item similarities of large rating matrices: one compiled pass over all pairs of titles that somebody rated both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from scipy import sparse

BLOCK = 256
"""Titles that a thread takes at a time."""
N_THREADS = 2


class Kind(NamedTuple):
    """One way to look at the same ratings.

    Attributes
    ----------
    values : csr_array of shape (n_users, n_items)
        An entry, also of 0, is a rating: it counts as common.
    shrinkage : float
        Number of common raters at which a similarity counts half.
    above_average : bool
        Take from each cosine the mean cosine of its column to all titles.
    """

    values: sparse.csr_array
    shrinkage: float
    above_average: bool = False


def shrunk_cosines(first: Kind, second: Kind | None = None, *, n_neighbors: int) -> list[sparse.csr_array]:
    """Cosines of the columns times ``n_ij / (n_ij + shrinkage)``, the ``n_neighbors`` largest in size of each row.

    For each title the people who rated it are visited, and for each of them their titles: sums of products and numbers
    of common raters grow in arrays as long as there are titles, so memory does not grow with the square of the titles,
    and time with the sum of squares of people's numbers of ratings. Two kinds of the same ratings share the pass.

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
    users = np.repeat(np.arange(first.values.shape[0], dtype=np.int32), np.diff(first.values.indptr))
    order = np.argsort(first.values.indices, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(first.values.indices, minlength=n_items))])
    by_item, by_user = (starts, users[order], given[order]), (first.values.indptr, first.values.indices, given)
    others, similarities = np.full((2, n_items, k), -1, dtype=np.int32), np.zeros((2, n_items, k), dtype=np.float32)

    def fill(start: int) -> None:
        items = np.arange(start, min(start + BLOCK, n_items))
        _nearest(items, *by_item, *by_user, averages, shrinkages, others, similarities)

    # The compiled loop lets go of the interpreter, so plain threads share the work.
    with ThreadPoolExecutor(N_THREADS) as threads:
        list(threads.map(fill, range(0, n_items, BLOCK)))
    return [_matrix(others[place], similarities[place]) for place in range(len(kinds))]


def _scaled(kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """The values with columns of length one, shape (n_ratings,), and each column's mean cosine if it is to be taken off."""
    values, n_items = kind.values, kind.values.shape[1]
    lengths = np.sqrt(np.bincount(values.indices, values.data.astype(np.float64) ** 2, n_items))
    scaled = values.data / np.maximum(lengths, 1e-9)[values.indices]
    if not kind.above_average:
        return scaled, np.zeros(n_items)
    people = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
    sums = np.bincount(people, scaled, values.shape[0])
    return scaled, np.bincount(values.indices, scaled * sums[people], n_items) / max(n_items, 1)


def _matrix(others: np.ndarray, similarities: np.ndarray) -> sparse.csr_array:
    found = others >= 0
    starts = np.concatenate([[0], np.cumsum(found.sum(axis=1))])
    matrix = sparse.csr_array((similarities[found], others[found], starts), shape=(len(others), len(others)))
    matrix.sort_indices()
    return matrix


@njit(nogil=True)
def _nearest(items: Any, item_starts: Any, raters: Any, given: Any, user_starts: Any, titles: Any, values: Any, averages: Any,
             shrinkages: Any, others: Any, similarities: Any) -> None:  # fmt: skip
    """Fill the rows of ``items`` in ``others`` and ``similarities``, each a heap whose first is the smallest in size."""
    n_items = others.shape[1]
    first, second, common = np.zeros((3, n_items), dtype=np.float32)
    touched = np.empty(n_items, dtype=np.int32)
    for item in items:
        for entry in range(item_starts[item], item_starts[item + 1]):
            user, one, two = raters[entry], given[entry, 0], given[entry, 1]
            for place in range(user_starts[user], user_starts[user + 1]):
                other = titles[place]  # to ask here whether it is new would double the time: the row is searched below
                first[other] += one * values[place, 0]
                second[other] += two * values[place, 1]
                common[other] += np.float32(1.0)
        common[item] = 0.0
        n_touched = 0
        for other in range(n_items):
            if common[other] > 0.0:
                touched[n_touched] = other
                n_touched += 1
        for kind in range(2):
            product = first if kind == 0 else second
            kept_others, kept = others[kind, item], similarities[kind, item]
            n_kept = 0
            for number in range(n_touched):
                other = touched[number]
                together = common[other]
                similarity = (product[other] - averages[kind, other]) * together / (together + shrinkages[kind])
                if abs(similarity) > (0.0 if n_kept < len(kept) else abs(kept[0])):  # asked here, as a call costs more
                    n_kept = _keep(kept_others, kept, n_kept, other, similarity)
        first[:] = 0.0
        second[:] = 0.0
        common[:] = 0.0


@njit(nogil=True)
def _keep(others: Any, similarities: Any, n_kept: int, other: int, similarity: float) -> int:
    """Put a similarity that is among the largest in size into the heap; returns how many are kept."""
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
