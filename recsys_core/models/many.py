"""What is different where there are very many titles: means and spreads are taken over some of them, and not all are ranked."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

MOST_TITLES = 200_000
"""Up to so many titles, everything is computed over all of them."""
DRAWN = 5_000
"""Titles over which means and spreads are taken where all would take too long; see :class:`~recsys_core.models.typical.Typical`."""


def many(n_items: int) -> bool:
    """Whether a catalogue has more than :data:`MOST_TITLES` titles."""
    return n_items > MOST_TITLES


def drawn(titles: np.ndarray) -> np.ndarray:
    """Return the titles (positions, ascending) over which means and spreads are taken where there are very many.

    They are every so many-th of those given: always the same, whoever asks, and evenly spread over the catalogue.

    Parameters
    ----------
    titles : ndarray of bool, shape (n_items,)
        Those that come into question.
    """
    found = np.flatnonzero(titles)
    if len(found) <= DRAWN:
        return found
    return found[np.linspace(0, len(found) - 1, DRAWN).astype(np.int64)]


class PerTitle:
    """A number for each title that is looked up where it is needed: ``table[group[j]] · factor[j]``.

    An array of a million numbers takes a millisecond to fill, and a blend has a dozen of them.

    Parameters
    ----------
    table : ndarray of shape (n_groups,)
    group : ndarray of int, shape (n_items,), optional
        By default all titles are of the first group.
    factor : ndarray of shape (n_items,), optional
        By default 1.

    Examples
    --------
    >>> weights = PerTitle(np.array([1.0, 3.0]), group=np.array([0, 1, 1])).times(2.0)
    >>> weights[np.array([2, 0])]
    array([6., 2.])
    >>> weights * np.ones(3)
    array([2., 6., 6.])
    """

    __array_ufunc__ = None  # so that NumPy leaves a product with an array to this class

    def __init__(self, table: np.ndarray, group: np.ndarray | None = None, factor: np.ndarray | None = None) -> None:
        self.table = table
        self.group = group
        self.factor = factor

    def __getitem__(self, items: np.ndarray | slice) -> np.ndarray:
        return self.of(None if self.group is None else self.group[items], None if self.factor is None else self.factor[items])

    def of(self, group: np.ndarray | None, factor: np.ndarray | None) -> np.ndarray:
        """Return the numbers of titles of which group and factor are given."""
        found = self.table[0] if group is None else self.table.take(group, mode="clip")  # thrice as fast as indexing
        return found if factor is None else found * factor

    def __mul__(self, values: np.ndarray) -> np.ndarray:
        """Multiply an array of shape (…, n_items)."""
        return np.asarray(self[:] * values)

    __rmul__ = __mul__

    def times(self, scale: Scale) -> PerTitle:
        """Return the product with a number, or with one number per title, without computing it yet. At most one may have groups."""
        if isinstance(scale, PerTitle):
            return PerTitle(self.table * scale.table[0], self.group, scale.factor)
        return (
            PerTitle(self.table, self.group, scale)
            if isinstance(scale, np.ndarray)
            else PerTitle(self.table * scale, self.group, self.factor)
        )


Scale: TypeAlias = float | np.ndarray | PerTitle
"""One number for all titles, or one for each, shape (n_items,)."""


def at(values: np.ndarray, items: np.ndarray | None) -> np.ndarray:
    """Return the values of some titles (positions); all where these are None."""
    return values if items is None else values[items]
