"""Additive scores: a baseline plus one contribution per rated title. Every model returns its scores in this form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from scipy import sparse

from recsys_core.models.many import PerTitle, Scale, many

Matrix: TypeAlias = Any
"""A dense ndarray, a SciPy sparse array (which has no type hints), or any object with ``@ vector``, ``[rows]`` and ``.T @ vector``."""

BLOCK = 4096
"""Rows that are converted to double precision at a time: few enough to stay in the processor's cache."""


class Term(NamedTuple):
    """A low-rank part of the contributions: ``contribution[i, j] = scale[j] · left[i] · right[j]``.

    Attributes
    ----------
    left : ndarray of shape (n_rated, k)
    right : Matrix of shape (n_items, k)
    scale : float, or ndarray of shape (n_items,), or PerTitle
    """

    left: np.ndarray
    right: Matrix
    scale: Scale = 1.0

    def among(self, items: np.ndarray, shared: dict[int, Matrix] | None = None) -> Term:
        """Return the term of some titles (positions) only, in that order. Rows in ``shared`` are not gathered again."""
        shared = {} if shared is None else shared
        if id(self.right) not in shared:
            shared[id(self.right)] = self.right.among(items) if hasattr(self.right, "among") else _rows(self.right, items)
        return Term(self.left, shared[id(self.right)], scale_at(self.scale, items))


@dataclass(frozen=True, slots=True, eq=False)
class AdditiveScore:
    """The scores of all titles for one visitor, as a sum over the rated titles.

        score[j] = baseline[j] + Σ_i contribution[i, j]

    The contributions are stored as low-rank terms, so that the full n_rated × n_items matrix is not computed when only
    its sum, or only one title's column, is needed.

    Attributes
    ----------
    baseline : ndarray of shape (n_items,)
        The part of the score that no rated title explains (popularity, a title's mean). NaN = cannot score the title.
    terms : tuple of Term
    known : ndarray of shape (n_items,), or None
        The total, if it has been computed already.
    parts : mapping of model name to AdditiveScore
        For a blend: the same terms, grouped by the model that they come from. The baseline of a part is 0, or NaN for
        a title that its model cannot score; the part then adds nothing. Empty for a model that is not a blend.

    Examples
    --------
    A visitor rated two titles; the first adds 1 to title 0, the second takes 0.5 from title 1:

    >>> left, right = np.array([[1.0, 0.0], [0.0, -0.5]]), np.eye(2)
    >>> additive = AdditiveScore(baseline=np.array([0.25, 2.0]), terms=(Term(left, right),))
    >>> additive.total()
    array([1.25, 1.5 ])
    >>> additive.contributions(np.array([1]))[:, 0]
    array([ 0. , -0.5])
    """

    baseline: np.ndarray
    terms: tuple[Term, ...] = ()
    known: np.ndarray | None = None
    parts: Mapping[str, AdditiveScore] = field(default_factory=dict)

    def total(self) -> np.ndarray:
        """Return the scores of all titles, shape (n_items,)."""
        if self.known is not None:
            return self.known.copy()
        scores = self.baseline.astype(np.float64)
        for left, right, scale in self.terms:
            scores += scale * _product(right, left.sum(axis=0))
        return scores

    def at(self, items: np.ndarray) -> np.ndarray:
        """Return the scores of some titles (positions) without computing the others, shape (len(items),)."""
        return np.asarray(self.baseline[items] + self.contributions(items).sum(axis=0))

    def among(self, items: np.ndarray) -> AdditiveScore:
        """Return the sum of some titles (positions) only, in that order; the parts of a blend are left out."""
        known = None if self.known is None else self.known[items]
        shared: dict[int, Matrix] = {}  # the parts of a blend have one matrix in common
        terms = tuple(term.among(items, shared) for term in self.terms)
        return AdditiveScore(self.baseline[items], terms, known)

    def contributions(self, items: np.ndarray) -> np.ndarray:
        """Return what each rated title adds to each of ``items`` (positions), shape (n_rated, len(items))."""
        parts = [scale_at(scale, items) * (_rows(right, items) @ left.T).T for left, right, scale in self.terms]
        return sum(parts[1:], parts[0]) if parts else np.zeros((0, len(items)))

    def rows(self, rated: np.ndarray) -> np.ndarray:
        """Return what some rated titles (rows of the profile) add to every title, shape (len(rated), n_items)."""
        parts = [scale * np.ascontiguousarray(np.asarray(right @ left[rated].T).T) for left, right, scale in self.terms]
        return sum(parts[1:], parts[0]) if parts else np.zeros((len(rated), len(self.baseline)))

    def sums(self, groups: Sequence[np.ndarray]) -> np.ndarray:
        """Return what each group of rated titles (rows of the profile) adds to every title, shape (len(groups), n_items)."""
        found = np.zeros((len(groups), len(self.baseline)))
        for left, right, scale in self.terms:
            for row, group in enumerate(groups):
                if len(group):
                    found[row] += scale * _product(right, left[group].sum(axis=0))
        return found

    def scaled(self, factor: float | np.ndarray) -> AdditiveScore:
        """Multiply baseline and contributions by ``factor``: a number, or one number per title (n_items,)."""
        parts = {name: part.scaled(factor) for name, part in self.parts.items()}
        return AdditiveScore(self.baseline * factor, self.weighted(factor).terms, parts=parts)

    def weighted(self, factor: Scale) -> AdditiveScore:
        """Multiply the contributions by ``factor``, as :meth:`scaled`; the baseline stays."""
        terms = tuple(Term(left, right, _times(scale, factor)) for left, right, scale in self.terms)
        return AdditiveScore(self.baseline, terms)

    def plus(self, amount: float | np.ndarray) -> AdditiveScore:
        """Add ``amount`` to the baseline: a number, or one number per title (n_items,). The contributions stay the same."""
        known = None if self.known is None else self.known + amount
        return AdditiveScore(self.baseline + amount, self.terms, known, self.parts)

    def without(self, explained: np.ndarray, among: np.ndarray) -> AdditiveScore:
        """Regress what each rated title contributes on the columns of ``explained``, and keep the rest; the baseline stays.

        The regression is linear, so the result is a sum over the rated titles as well.

        Parameters
        ----------
        explained : ndarray of shape (n_items, k)
        among : ndarray of bool, shape (n_items,)
            The titles over which the regression is fitted by least squares.
        """
        fitter = np.where(among[:, None], explained, 0.0)
        fitter = fitter @ np.linalg.pinv(fitter.T @ fitter)
        return AdditiveScore(self.baseline, (*self.terms, Term(-self.weighted_sums(fitter), explained)))

    def weighted_sums(self, weights: np.ndarray) -> np.ndarray:
        """Return the sums over all titles of what each rated title contributes, weighted by the columns of ``weights``.

        A sum of a term is ``left · (rightᵀ weights)``, so that no contribution of a single title has to be computed.

        Parameters
        ----------
        weights : ndarray of shape (n_items, k)

        Returns
        -------
        ndarray of shape (n_rated, k)
        """
        # A title that cannot be scored has the weight 0, whatever its scale.
        sums = [left @ _back_product(right, np.where(weights != 0.0, _column(scale) * weights, 0.0)) for left, right, scale in self.terms]
        return sum(sums[1:], sums[0]) if sums else np.zeros((0, weights.shape[1]))

    def __add__(self, other: AdditiveScore) -> AdditiveScore:
        return AdditiveScore(self.baseline + other.baseline, self.terms + other.terms)


def _rows(right: Matrix, items: np.ndarray) -> Matrix:
    """Return some rows of a matrix."""
    if sparse.issparse(right) and right.format == "csc" and many(right.shape[0]):
        return rows_by_column(right, items)
    return right[items]


def rows_by_column(right: sparse.csc_array, items: np.ndarray) -> sparse.csc_array:
    """Return some rows, none of them twice. It takes a tenth of the time of SciPy's where there are very many rows."""
    place = np.zeros(right.shape[0], dtype=np.uint16 if len(items) < 2**16 else np.int32)  # from 1; 0 = none of them
    place[items] = np.arange(1, len(items) + 1)
    places = place[right.indices]
    kept = np.flatnonzero(places)
    starts = np.searchsorted(kept, right.indptr)
    return sparse.csc_array((right.data[kept], places[kept].astype(np.int32) - 1, starts), shape=(len(items), right.shape[1]))


def _product(right: Matrix, vector: np.ndarray) -> np.ndarray:
    """Compute ``right @ vector`` in double precision, block by block, so that no second copy of ``right`` is needed."""
    if not (isinstance(right, np.ndarray) and right.dtype == np.float32):
        return np.asarray(right @ vector)
    product = np.empty(len(right))
    for start in range(0, len(right), BLOCK):
        block = slice(start, start + BLOCK)
        np.matmul(right[block].astype(np.float64), vector, out=product[block])
    return product


def _back_product(right: Matrix, columns: np.ndarray) -> np.ndarray:
    """Compute ``rightᵀ @ columns``, shape (k, n_columns), in double precision."""
    if not (isinstance(right, np.ndarray) and right.dtype == np.float32):
        return np.asarray(right.T @ columns)
    product = np.zeros((right.shape[1], columns.shape[1]))
    for start in range(0, len(right), BLOCK):
        block = slice(start, start + BLOCK)
        product += right[block].astype(np.float64).T @ columns[block]
    return product


def _times(scale: Scale, factor: Scale) -> Scale:
    if isinstance(factor, PerTitle):
        return factor.times(scale)
    if isinstance(factor, np.ndarray):
        return scale * factor
    if isinstance(scale, PerTitle):
        return scale.times(factor)
    return PerTitle(np.array([factor]), factor=scale) if isinstance(scale, np.ndarray) and many(len(scale)) else scale * factor


def _column(scale: Scale) -> float | np.ndarray:
    return scale[:][:, None] if isinstance(scale, (np.ndarray, PerTitle)) else scale


def scale_at(scale: Scale, items: np.ndarray) -> float | np.ndarray:
    """Return the scale of some titles (positions)."""
    return scale[items] if isinstance(scale, (np.ndarray, PerTitle)) else scale
