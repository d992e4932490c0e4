"""A quick estimate of the scores of very many titles, from which those are chosen that are ranked exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy import sparse

from recsys_core.models.additive import AdditiveScore, Matrix
from recsys_core.models.kernel import Kernel
from recsys_core.models.many import PerTitle, Scale

LONGEST = 100_000
"""Of a dense matrix, so many of the longest rows are multiplied: the product of a shorter row is small, whoever asks."""
NARROW = 8
"""A matrix with so few columns is multiplied column by column."""
COMMON = 20
"""A feature that more than one in so many titles have is common: the titles are then looked at one after another."""
EVERY = slice(None)
Titles: TypeAlias = np.ndarray | slice
Product: TypeAlias = Callable[[np.ndarray], tuple[Titles, np.ndarray]]
"""From a vector to what a matrix times this vector is about: which titles (positions) get something, and what, which adds up."""


class Narrow(NamedTuple):
    """Terms that share a matrix of few columns and the groups of titles: one pass for each column, not one for each term.

    Attributes
    ----------
    columns : ndarray of shape (k, n_items)
    group : ndarray of int, shape (n_items,), or None
    tables : ndarray of shape (n_groups, k)
    """

    columns: np.ndarray
    group: np.ndarray | None
    tables: np.ndarray


class Estimator:
    """Estimates the total of any :class:`AdditiveScore` in single precision, with a quick stand-in for each large matrix of its terms.

    Multiplying whole matrices reads a gigabyte. Two facts spare most of that. The factors of a title that few people know are short,
    and so is what they add to a score: of dense matrices only the longest rows count. And most features of titles are rare: what
    these add is looked up in an inverted index, which leaves only the common ones to be multiplied title by title; this is exact.
    Stand-ins are made when they are first needed, and kept: that takes some seconds, and about 8 bytes for each feature of a title.

    References
    ----------
    Covington, Adams & Sargin (2016), "Deep neural networks for YouTube recommendations" (retrieval before ranking).
    Zobel & Moffat (2006), "Inverted files for text search engines".
    """

    def __init__(self) -> None:
        self._stand_ins: dict[tuple[int, tuple[int, ...]], tuple[np.ndarray, Any]] = {}

    def total(self, score: AdditiveScore) -> np.ndarray:
        """Return what :meth:`AdditiveScore.total` is about, float32, shape (n_items,); NaN = cannot score."""
        estimate = score.baseline.astype(np.float32)
        narrow: dict[tuple[int, int], Narrow] = {}
        for left, right, scale in score.terms:
            vector = left.sum(axis=0)
            if isinstance(scale, PerTitle) and scale.factor is None and isinstance(right, np.ndarray) and right.shape[1] <= NARROW:
                key = id(right), id(scale.group)
                known = narrow[key].tables if key in narrow else 0.0
                narrow[key] = Narrow(self._columns(right), scale.group, known + np.outer(scale.table, vector))
                continue
            titles, values = self._product(right, scale, vector)
            if not isinstance(titles, slice):
                np.add.at(estimate, titles, values * _single(scale, titles))
            elif isinstance(scale, PerTitle) and scale.group is not None and scale.factor is None:
                estimate += self._by_group(values, scale.table, scale.group)
            else:
                estimate += values * _single(scale, EVERY)
        for columns, group, tables in narrow.values():
            for column, table in zip(columns, tables.T, strict=True):
                estimate += self._by_group(column, table, group)
        return estimate

    def _by_group(self, values: np.ndarray, table: np.ndarray, group: np.ndarray | None) -> np.ndarray:
        """Multiply values of all titles by a number for each group. Most titles are of one group, so only the others are looked up."""
        table = table.astype(np.float32)
        if group is None:
            return values * table[0]
        largest, others, theirs = self._kept(group, lambda: _largest_group(group))
        product: np.ndarray = values * table[largest]
        product[others] = values[others] * table[theirs]
        return product

    def _columns(self, matrix: np.ndarray) -> np.ndarray:
        columns: np.ndarray = self._kept(matrix, lambda: np.ascontiguousarray(matrix.T, dtype=np.float32))
        return columns

    def _product(self, right: Matrix, scale: Scale, vector: np.ndarray) -> tuple[Titles, np.ndarray]:
        if isinstance(right, Kernel):
            by_frequency: ByFrequency = self._kept(right.features.data, lambda: ByFrequency(right.features))
            return EVERY, by_frequency.times(right.used, right.coefficients(vector))
        if isinstance(right, np.ndarray) and right.shape[1] > NARROW:
            product: Product = self._kept(right, lambda: _of_longest(right, scale))
            return product(vector)
        if sparse.issparse(right) and right.format == "csc":
            return right.indices, right.data * np.repeat(vector.astype(np.float32), np.diff(right.indptr))
        return EVERY, np.asarray(right @ vector, dtype=np.float32)

    def _kept(self, array: np.ndarray, make: Callable[[], Any]) -> Any:
        """Return the stand-in of the matrix that an array belongs to; the array is kept, so that its address stays its own."""
        key = array.ctypes.data, array.shape
        if key not in self._stand_ins:
            self._stand_ins[key] = array, make()
        return self._stand_ins[key][1]


class ByFrequency:
    """Features of titles, stored by title where they are common and by feature where they are rare.

    Parameters
    ----------
    features : csr_array of shape (n_items, n_features)
    """

    def __init__(self, features: sparse.csr_array) -> None:
        self._rare = np.bincount(features.indices, minlength=features.shape[1]) <= features.shape[0] / COMMON
        self._place = np.cumsum(~self._rare) - 1
        single = features.astype(np.float32)
        self._by_title = sparse.csr_array(single[:, np.flatnonzero(~self._rare)])
        single.data[~self._rare[single.indices]] = 0.0
        single.eliminate_zeros()
        self._by_feature = sparse.csr_array(single.T)

    def times(self, used: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """Return ``features @ coefficients``, float32, shape (n_items,), given the coefficients of the features ``used`` only."""
        coefficients, rare = coefficients.astype(np.float32), self._rare[used]
        of_common = np.zeros(self._by_title.shape[1], dtype=np.float32)
        of_common[self._place[used[~rare]]] = coefficients[~rare]
        found = np.asarray(self._by_title @ of_common)
        found += self._by_feature[used[rare]].T @ coefficients[rare]
        return found


def _of_longest(matrix: np.ndarray, scale: Scale) -> Product:
    """Multiply the rows that are longest when they are scaled."""
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix)) * np.abs(_single(scale, EVERY))
    n = min(LONGEST, int(np.count_nonzero(lengths)))
    longest = np.sort(np.argpartition(-lengths, n - 1)[:n]) if n else np.empty(0, dtype=np.int64)
    rows = matrix[longest].astype(np.float32)
    return lambda vector: (longest, rows @ vector.astype(np.float32))


def _largest_group(group: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the largest group, the titles (positions) of the others, and their groups."""
    largest = int(np.bincount(group).argmax())
    others = np.flatnonzero(group != largest)
    return largest, others, group[others]


def _single(scale: Scale, titles: Titles) -> Any:
    """Return the scale of some titles in single precision."""
    if isinstance(scale, PerTitle):
        scale = PerTitle(scale.table.astype(np.float32), scale.group, scale.factor)
        return scale[titles].astype(np.float32, copy=False)
    return scale[titles].astype(np.float32) if isinstance(scale, np.ndarray) else np.float32(scale)
