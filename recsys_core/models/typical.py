"""Sums over the titles that stand for all others where there are very many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from recsys_core.models.additive import AdditiveScore, Matrix, Term
from recsys_core.models.kernel import Kernel, compact
from recsys_core.models.many import PerTitle, Scale


class Typical:
    """Some titles over which means and spreads of scores are taken, see :func:`~recsys_core.models.many.drawn`.

    Their rows of the models' large matrices are kept: to gather them anew for each visitor would take longer than all that follows.

    Parameters
    ----------
    titles : ndarray of int
        Positions.
    """

    def __init__(self, titles: np.ndarray) -> None:
        self.titles = titles
        self._rows: dict[tuple[int, tuple[int, ...]], tuple[np.ndarray, Any]] = {}

    def of(self, score: AdditiveScore) -> AdditiveScore:
        """Return the sum of these titles only; as :meth:`AdditiveScore.among`."""
        return AdditiveScore(self.rows(score.baseline), tuple(self._term(term) for term in score.terms))

    def rows(self, array: np.ndarray) -> np.ndarray:
        """Return the rows of these titles. Those of an array that nobody can change, as all that models have learned, are kept."""
        return array[self.titles] if array.flags.writeable else self._kept(array, lambda: array[self.titles])

    def _term(self, term: Term) -> Term:
        right, scale = term.right, term.scale
        if isinstance(right, Kernel):
            columns, features = self._kept(right.features.data, lambda: compact(right.features[self.titles]))
            rows: Matrix = right.over(features, columns)
        else:
            rows = self.rows(right) if isinstance(right, np.ndarray) else right[self.titles]
        return Term(term.left, rows, self._scale(scale))

    def _scale(self, scale: Scale) -> float | np.ndarray:
        if isinstance(scale, PerTitle):
            return scale.of(*(None if array is None else self.rows(array) for array in (scale.group, scale.factor)))
        return self.rows(scale) if isinstance(scale, np.ndarray) else scale

    def _kept(self, array: np.ndarray, rows: Callable[[], Any]) -> Any:
        """Return the rows of the matrix that an array belongs to; the array is kept, so that its address stays its own."""
        key = array.ctypes.data, array.shape
        if key not in self._rows:
            self._rows[key] = array, rows()
        return self._rows[key][1]
