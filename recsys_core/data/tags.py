"""Columns of lists, such as genres and keywords, as a sparse matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

LIST_SEPARATOR = "|"


def split_list(text: str) -> tuple[str, ...]:
    """Split a ``|``-joined text into its values, in their order.

    >>> split_list("Crime|Drama")
    ('Crime', 'Drama')
    """
    return tuple(value for value in text.split(LIST_SEPARATOR) if value)


@dataclass(frozen=True, eq=False)
class Tags:
    """The tags of all titles, as a sparse matrix.

    Attributes
    ----------
    names : tuple of str
        Most frequent first, ties in alphabetical order.
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
        """Build from one ``|``-joined text per title; a tag repeated within a text counts once."""
        rows, found = [], []
        for row, text in enumerate(texts):
            values = dict.fromkeys(split_list(text))
            rows += [row] * len(values)
            found += list(values)
        # Of Python's texts: in an array of NumPy's each would take the room of the longest.
        codes, spelled = pd.factorize(np.array(found, dtype=object), sort=True)
        order = np.argsort(-np.bincount(codes, minlength=len(spelled)), kind="stable")
        column_of_code = np.argsort(order)
        cells = (np.ones(len(rows), dtype=bool), (np.array(rows, dtype=np.int64), column_of_code[codes]))
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
        """Number of titles by tag, most frequent first."""
        return dict(zip(self.names, np.diff(self._by_tag.indptr).tolist(), strict=True))

    def members(self, name: str) -> np.ndarray:
        """Return the positions of the titles with a tag, ascending; an empty array for an unknown tag."""
        column = self._columns.get(name)
        if column is None:
            return np.empty(0, dtype=np.int64)
        return self._by_tag.indices[slice(*self._by_tag.indptr[column : column + 2])].astype(np.int64)

    def with_any(self, names: Iterable[str]) -> np.ndarray:
        """Return which titles have at least one of the given tags, bool, shape (n_items,)."""
        found = np.zeros(self.matrix.shape[0], dtype=bool)
        for name in names:
            found[self.members(name)] = True
        return found
