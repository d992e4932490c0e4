"""Columns that hold lists, such as genres and keywords, as one sparse matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

LIST_SEPARATOR = "|"


def split_list(text: str) -> tuple[str, ...]:
    """The values of a ``|``-joined text, in their order; none for an empty one.

    >>> split_list("Crime|Drama")
    ('Crime', 'Drama')
    """
    return tuple(value for value in text.split(LIST_SEPARATOR) if value)


@dataclass(frozen=True, eq=False)
class Tags:
    """Which titles have which tags.

    Attributes
    ----------
    names : tuple of str
        Commonest first, equally common ones in the order of the alphabet.
    matrix : csr_array of bool, shape (n_items, n_tags)

    Examples
    --------
    >>> tags = Tags.from_texts(["Crime|Drama", "Drama", ""])
    >>> tags.names
    ('Drama', 'Crime')
    >>> tags.members("Drama")
    array([0, 1])
    >>> tags.with_any(["Crime", "Western"])
    array([ True, False, False])
    """

    names: tuple[str, ...]
    matrix: sparse.csr_array

    @classmethod
    def from_texts(cls, texts: Sequence[str]) -> Tags:
        """Read one ``|``-joined text per title; a tag that is repeated in one counts once."""
        rows, found = [], []
        for row, text in enumerate(texts):
            values = dict.fromkeys(split_list(text))
            rows += [row] * len(values)
            found += list(values)
        spelled, codes, counts = np.unique(np.array(found, dtype=str), return_inverse=True, return_counts=True)
        order = np.lexsort((spelled, -counts))
        place = np.argsort(order)
        cells = (np.ones(len(rows), dtype=bool), (np.array(rows, dtype=np.int64), place[codes]))
        return cls(tuple(spelled[order].tolist()), sparse.csr_array(cells, shape=(len(texts), len(spelled))))

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: column for column, name in enumerate(self.names)}

    @cached_property
    def _by_tag(self) -> sparse.csc_array:
        by_tag = sparse.csc_array(self.matrix)
        by_tag.sort_indices()
        return by_tag

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    @property
    def counts(self) -> dict[str, int]:
        """Number of titles by tag, commonest first."""
        return dict(zip(self.names, np.diff(self._by_tag.indptr).tolist(), strict=True))

    def members(self, name: str) -> np.ndarray:
        """Positions of the titles that have a tag, ascending; none for an unknown one."""
        column = self._columns.get(name)
        if column is None:
            return np.empty(0, dtype=np.int64)
        return self._by_tag.indices[slice(*self._by_tag.indptr[column : column + 2])].astype(np.int64)

    def with_any(self, names: Iterable[str]) -> np.ndarray:
        """Which titles have at least one of some tags, bool, shape (n_items,)."""
        found = np.zeros(self.matrix.shape[0], dtype=bool)
        for name in names:
            found[self.members(name)] = True
        return found
