"""What the controls over a list ask for, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from recsys_core import Recommendation, Visitor
from recsys_core.data.filters import EVERYTHING, Filters


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A list that somebody wants to see.

    Attributes
    ----------
    model : str
    n : int
        How many titles.
    diversity : float in [0, 1]
        0 is the plain list.
    filters : Filters
        What the titles must be; hidden titles are among what is excluded.
    """

    model: str = "hybrid"
    n: int = 10
    diversity: float = 0.0
    filters: Filters = EVERYTHING

    def answer(self, visitor: Visitor) -> list[Recommendation]:
        """The list for this visitor, best first."""
        return visitor.recommend(self.n, self.model, self.diversity, self.filters)
