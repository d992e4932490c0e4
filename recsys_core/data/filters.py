"""Filters for lists: movies or shows, genres, years and hidden titles."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys_core.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that a listed title must meet; by default every title passes.

    Attributes
    ----------
    kind : "movie", "show" or None
    genres : tuple of str
        A title must have at least one of them; an empty tuple lets all pass.
    years : (first, last) or None
        Inclusive. A title of unknown year does not pass.
    exclude : frozenset of item ids
        Titles that the visitor has hidden. Unknown ids are ignored.
    audiences : tuple of str
        Of "all", "children", "teenagers" and "adults": a title must be made for one of them. A title of unknown audience
        does not pass; an empty tuple lets all pass.
    longest : float or None
        Minutes that a movie, or an episode of a show, may take. A title of unknown running time does not pass.

    Raises
    ------
    ValueError
        ``kind`` is none of these.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> passed = Filters(genres=("Romance",), years=(2001, 2010)).allowed(dataset)
    >>> dataset.item_ids[passed].tolist()
    ['amelie']
    """

    kind: str | None = None
    genres: tuple[str, ...] = ()
    years: tuple[float, float] | None = None
    exclude: frozenset[str] = frozenset()
    audiences: tuple[str, ...] = ()
    longest: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in (None, "movie", "show"):
            raise ValueError(f"kind is {self.kind!r}; it must be 'movie', 'show' or None.")

    @classmethod
    def of(
        cls,
        kind: str | None = None,
        genres: Collection[str] | None = None,
        years: tuple[float, float] | None = None,
        exclude: Collection[str] = (),
        audiences: Collection[str] = (),
        longest: float | None = None,
    ) -> Self:
        """Build filters from collections of any type."""
        return cls(kind, tuple(genres or ()), years, frozenset(exclude), tuple(audiences), longest)

    def allowed(self, dataset: Dataset) -> np.ndarray:
        """Return which titles pass, bool, shape (n_items,)."""
        allowed = np.ones(dataset.n_items, dtype=bool)
        if self.kind:
            allowed &= (dataset.items["kind"] == self.kind).to_numpy()
        if self.genres:
            allowed &= dataset.tags("genres").with_any(self.genres)
        if self.years:
            allowed &= dataset.items["year"].between(*self.years).to_numpy()
        if self.audiences:
            allowed &= dataset.items["audience"].isin(self.audiences).to_numpy()
        if self.longest is not None:
            allowed &= (dataset.items["runtime"] <= self.longest).to_numpy()
        allowed[[dataset.item_index[item_id] for item_id in self.exclude if item_id in dataset.item_index]] = False
        return allowed


EVERYTHING = Filters()
"""Filters without any condition."""
