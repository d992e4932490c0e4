"""What a visitor wants to see in a list: movies or shows, genres, years, and what to leave out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np

from recsys_core.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions that a listed title must meet. The default lets every title pass.

    Attributes
    ----------
    kind : "movie", "show" or None
    genres : tuple of str
        A title needs at least one of them; empty means all.
    years : (first, last) or None
        Inclusive. A title of unknown year does not pass.
    exclude : frozenset of item ids
        Titles that the visitor hid. Unknown ids are ignored.

    Raises
    ------
    ValueError
        Another ``kind``.
    """

    kind: str | None = None
    genres: tuple[str, ...] = ()
    years: tuple[float, float] | None = None
    exclude: frozenset[str] = frozenset()

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
    ) -> Self:
        """Filters from any collections."""
        return cls(kind, tuple(genres or ()), years, frozenset(exclude))

    def allowed(self, dataset: Dataset) -> np.ndarray:
        """Which titles pass, bool, shape (n_items,)."""
        allowed = np.ones(dataset.n_items, dtype=bool)
        if self.kind:
            allowed &= (dataset.items["kind"] == self.kind).to_numpy()
        if self.genres:
            allowed &= dataset.tags("genres").with_any(self.genres)
        if self.years:
            allowed &= dataset.items["year"].between(*self.years).to_numpy()
        allowed[[dataset.item_index[item_id] for item_id in self.exclude if item_id in dataset.item_index]] = False
        return allowed


EVERYTHING = Filters()
"""No condition."""
