"""Cosines of all titles with the rated ones in content space, computed where they are needed."""

from __future__ import annotations

from copy import copy

import numpy as np
from scipy import sparse


class Kernel:
    """Lazy kernel matrix ``X X_Rᵀ``: the cosines of all titles (rows) with the rated ones (columns).

    Parameters
    ----------
    features : csr_array of shape (n_items, n_features), rows of length one
    rated : ndarray of int, shape (n_rated,)

    Attributes
    ----------
    used : ndarray of int, shape (n_used,)
        The features that the rated titles have, ascending.
    """

    def __init__(self, features: sparse.csr_array, rated: np.ndarray) -> None:
        self.features = features
        self.used, self._rated = compact(features[rated])
        self._last: tuple[sparse.csr_array, Kernel] | None = None

    def among(self, items: np.ndarray) -> Kernel:
        """Return the kernel of some titles (rows) with the same rated ones."""
        return self._with(self._used_of(self.features[items]))

    def over(self, features: sparse.csr_array, columns: np.ndarray | None = None) -> Kernel:
        """Return the kernel of other titles with the same rated ones; what none of the rated ones has is left out.

        The last one is kept: means and spreads of a score are taken over the same titles.

        Parameters
        ----------
        columns : ndarray of int, ascending, optional
            The features that the columns of ``features`` stand for; by default all.
        """
        if self._last is None or self._last[0] is not features:
            self._last = features, self._with(self._used_of(features, columns))
        return self._last[1]

    def _with(self, features: sparse.csr_array) -> Kernel:
        part = copy(self)
        part.features, part.used, part._last = features, np.arange(len(self.used)), None
        return part

    def __matmul__(self, weights: np.ndarray) -> np.ndarray:
        return self.features @ self._coefficients_of_all(weights)

    def coefficients(self, weights: np.ndarray) -> np.ndarray:
        """Return what each feature in :attr:`used` counts where the rated titles have these weights: ``X_Rᵀ weights``."""
        return np.asarray(self._rated.T @ weights)

    def _coefficients_of_all(self, weights: np.ndarray) -> np.ndarray:
        coefficients = np.zeros((self.features.shape[1], *weights.shape[1:]))
        coefficients[self.used] = self.coefficients(weights)
        return coefficients

    def _used_of(self, features: sparse.csr_array, columns: np.ndarray | None = None) -> sparse.csr_array:
        """Return the columns of the features in :attr:`used`, in their order."""
        small = np.uint16 if len(self.used) < 2**16 else np.int32  # a small table stays in the processor's cache
        place = np.zeros(features.shape[1], dtype=small)  # from 1; 0 = none of them
        if columns is None:
            place[self.used] = np.arange(1, len(self.used) + 1)
        else:
            found = np.searchsorted(columns, self.used)
            there = np.flatnonzero(found < len(columns))
            there = there[columns[found[there]] == self.used[there]]
            place[found[there]] = there + 1
        places = place[features.indices]
        kept = np.flatnonzero(places)
        starts = np.searchsorted(kept, features.indptr).astype(features.indptr.dtype)
        return sparse.csr_array((features.data[kept], places[kept].astype(np.int32) - 1, starts), shape=(features.shape[0], len(self.used)))

    @property
    def T(self) -> _Transposed:  # noqa: N802  (as NumPy calls it)
        """``X_R Xᵀ``, for products only."""
        return _Transposed(self)

    def times_features(self, columns: np.ndarray) -> np.ndarray:
        """Return ``X_R Xᵀ columns``, shape (n_rated, n_columns)."""
        return np.asarray(self._rated @ (self.features.T @ columns)[self.used])

    def among_rated(self) -> np.ndarray:
        """``X_R X_Rᵀ``, shape (n_rated, n_rated)."""
        return (self._rated @ self._rated.T).toarray()

    def __getitem__(self, items: np.ndarray) -> np.ndarray:
        return (self._used_of(self.features[items]) @ self._rated.T).toarray()

    def by_feature(self, item: int, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(self @ weights)[item]`` as a sum over the title's features.

        Parameters
        ----------
        weights : ndarray of shape (n_rated,)

        Returns
        -------
        features : ndarray of int, shape (n_features of the title,)
            Their columns.
        amounts : ndarray, same shape
            ``x_jt · β_t`` with ``β = X_Rᵀ weights``.
        """
        row = self.features[[item]]
        return row.indices, row.data * self._coefficients_of_all(weights)[row.indices]


class _Transposed:
    """The transposed of a :class:`Kernel`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def __matmul__(self, columns: np.ndarray) -> np.ndarray:
        return self._kernel.times_features(columns)


def compact(rows: sparse.csr_array) -> tuple[np.ndarray, sparse.csr_array]:
    """Return the columns that are not empty, ascending, and the matrix without the others.

    SciPy's products of sparse matrices take time and room for every column, and a million titles have a million features.

    >>> columns, rows = compact(sparse.csr_array(np.array([[0.0, 2.0, 0.0, 1.0], [0.0, 3.0, 0.0, 0.0]])))
    >>> columns, rows.toarray().tolist()
    (array([1, 3], dtype=int32), [[2.0, 1.0], [3.0, 0.0]])
    """
    columns, indices = np.unique(rows.indices, return_inverse=True)
    return columns, sparse.csr_array((rows.data, indices, rows.indptr), shape=(rows.shape[0], len(columns)))
