"""The one idea behind every model: a score is a baseline plus one contribution per rated title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Matrix: TypeAlias = Any
"""A dense ndarray, a SciPy sparse array (which has no type hints), or anything that knows ``@ vector`` and ``[rows]``."""


BLOCK = 4096
"""Rows that are widened at a time: as much as stays in a processor's cache."""


class Term(NamedTuple):
    """A part of the contributions, factored: ``contribution[i, j] = scale[j] · left[i] · right[j]``.

    Attributes
    ----------
    left : ndarray of shape (n_rated, k)
    right : Matrix of shape (n_items, k)
    scale : float, or ndarray of shape (n_items,)
    """

    left: np.ndarray
    right: Matrix
    scale: float | np.ndarray = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class AdditiveScore:
    """The scores of all titles for one visitor, kept as the sum that they are.

        score[j] = baseline[j] + Σ_i contribution[i, j]

    The contributions are factored into thin terms, so that the n_rated × n_items numbers are never all computed when
    only their sum, or only those of one title, are wanted.

    Attributes
    ----------
    baseline : ndarray of shape (n_items,)
        What no rated title explains (popularity, a title's mean). NaN = the model cannot score the title.
    terms : tuple of Term
    known : ndarray of shape (n_items,), or None
        The scores, where whoever built the sum has added it up already.
    parts : mapping of model name to AdditiveScore
        Of a blend: the very terms, sorted by the model that they come from. A part's baseline is 0, or NaN where that
        model cannot score a title and so adds nothing. Empty for a model that is no blend.
    """

    baseline: np.ndarray
    terms: tuple[Term, ...] = ()
    known: np.ndarray | None = None
    parts: Mapping[str, AdditiveScore] = field(default_factory=dict)

    def total(self) -> np.ndarray:
        """The scores, shape (n_items,)."""
        if self.known is not None:
            return self.known.copy()
        scores = self.baseline.astype(np.float64)
        for left, right, scale in self.terms:
            scores += scale * _product(right, left.sum(axis=0))
        return scores

    def at(self, items: np.ndarray) -> np.ndarray:
        """The scores of a few titles (positions), shape (len(items),): the rest is not computed."""
        return np.asarray(self.baseline[items] + self.contributions(items).sum(axis=0))

    def contributions(self, items: np.ndarray) -> np.ndarray:
        """What each rated title adds to each of ``items`` (positions), shape (n_rated, len(items))."""
        parts = [_at(scale, items) * (right[items] @ left.T).T for left, right, scale in self.terms]
        return sum(parts[1:], parts[0]) if parts else np.zeros((0, len(items)))

    def rows(self, rated: np.ndarray) -> np.ndarray:
        """What some rated titles (places) add to every title, shape (len(rated), n_items)."""
        parts = [scale * np.ascontiguousarray(np.asarray(right @ left[rated].T).T) for left, right, scale in self.terms]
        return sum(parts[1:], parts[0]) if parts else np.zeros((len(rated), len(self.baseline)))

    def scaled(self, factor: float | np.ndarray) -> AdditiveScore:
        """Every part times ``factor``: a number, or one number per title (n_items,)."""
        terms = tuple(Term(left, right, scale * factor) for left, right, scale in self.terms)
        return AdditiveScore(self.baseline * factor, terms, parts={name: part.scaled(factor) for name, part in self.parts.items()})

    def plus(self, amount: float | np.ndarray) -> AdditiveScore:
        """The same contributions on a baseline that is higher by ``amount``: a number, or one number per title (n_items,)."""
        return AdditiveScore(self.baseline + amount, self.terms, None if self.known is None else self.known + amount, self.parts)

    def __add__(self, other: AdditiveScore) -> AdditiveScore:
        return AdditiveScore(self.baseline + other.baseline, self.terms + other.terms)


def _product(right: Matrix, vector: np.ndarray) -> np.ndarray:
    """``right @ vector``. Single-precision rows are widened block by block: all at once would fill the memory twice."""
    if not (isinstance(right, np.ndarray) and right.dtype == np.float32):
        return np.asarray(right @ vector)
    product = np.empty(len(right))
    for start in range(0, len(right), BLOCK):
        block = slice(start, start + BLOCK)
        np.matmul(right[block].astype(np.float64), vector, out=product[block])
    return product


def _at(scale: float | np.ndarray, items: np.ndarray) -> float | np.ndarray:
    return scale[items] if isinstance(scale, np.ndarray) else scale
