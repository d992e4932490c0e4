"""The one idea behind every model: a score is a baseline plus one contribution per rated title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

Matrix: TypeAlias = Any
"""A dense ndarray or a SciPy sparse array (which has no type hints)."""


@dataclass(frozen=True, slots=True, eq=False)
class AdditiveScore:
    """The scores of all titles for one visitor, kept as the sum that they are.

        score[j] = baseline[j] + Σ_i contribution[i, j],    contribution = Σ_t left_t · right_tᵀ

    Each term is a thin factorisation, so that the n_rated × n_items contributions are never all
    computed when only their sum, or only those of one title, are wanted.

    Attributes
    ----------
    baseline : ndarray of shape (n_items,)
        What no rated title explains (popularity, a title's mean). NaN = the model cannot score the title.
    terms : tuple of (left, right)
        ``left`` of shape (n_rated, k), dense; ``right`` of shape (n_items, k), dense or sparse.
    """

    baseline: np.ndarray
    terms: tuple[tuple[np.ndarray, Matrix], ...] = ()

    def total(self) -> np.ndarray:
        """The scores, shape (n_items,)."""
        scores = self.baseline.astype(np.float64)
        for left, right in self.terms:
            scores += right @ left.sum(axis=0)
        return scores

    def contributions(self, items: np.ndarray) -> np.ndarray:
        """What each rated title adds to each of ``items`` (positions), shape (n_rated, len(items))."""
        parts = [np.asarray((_rows(right, items) @ left.T).T, dtype=np.float64) for left, right in self.terms]
        return sum(parts[1:], parts[0]) if parts else np.zeros((0, len(items)))

    def scaled(self, factor: float | np.ndarray) -> AdditiveScore:
        """Every part times ``factor``: a number, or one number per title (n_items,)."""
        scaled_terms: list[tuple[np.ndarray, Matrix]] = []
        for left, right in self.terms:
            if np.ndim(factor) == 0:
                scaled_terms.append((left * factor, right))
            elif sparse.issparse(right):
                scaled_terms.append((left, sparse.csr_array(right.multiply(np.asarray(factor)[:, None]))))
            else:
                scaled_terms.append((left, right * np.asarray(factor)[:, None]))
        return AdditiveScore(self.baseline * factor, tuple(scaled_terms))

    def shifted(self, amount: float | np.ndarray) -> AdditiveScore:
        """The same contributions on another baseline: ``baseline + amount``."""
        return AdditiveScore(self.baseline + amount, self.terms)

    def __add__(self, other: AdditiveScore) -> AdditiveScore:
        return AdditiveScore(self.baseline + other.baseline, self.terms + other.terms)


def _rows(matrix: Matrix, rows: np.ndarray) -> Matrix:
    return sparse.csr_array(matrix)[rows] if sparse.issparse(matrix) else matrix[rows]
