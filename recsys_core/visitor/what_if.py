"""What if: the same visitor with a rating taken away or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from recsys_core.common.metrics import rank_biased_overlap
from recsys_core.data.filters import EVERYTHING, Filters
from recsys_core.data.ranking import best_list, rank_of
from recsys_core.visitor.visitor import Visitor


class Change(NamedTuple):
    """A number before and after; NaN or None where there is none."""

    before: float
    after: float


class RankChange(NamedTuple):
    """A title's rank before and after, from 1; None where it cannot be ranked."""

    before: int | None
    after: int | None


class ListChange(NamedTuple):
    """A list before and after, best first."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def entered(self) -> tuple[str, ...]:
        """What only the second list has, best first."""
        return tuple(item_id for item_id in self.after if item_id not in self.before)

    @property
    def left(self) -> tuple[str, ...]:
        """What only the first list has, best first."""
        return tuple(item_id for item_id in self.before if item_id not in self.after)

    @property
    def difference(self) -> float:
        """How different the lists are, in [0, 1]: 1 - :func:`rank_biased_overlap`; exactly 0 for equal lists."""
        return 0.0 if self.before == self.after else 1.0 - rank_biased_overlap(self.before, self.after)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """One visitor twice: as they are, and as if their ratings were others. The second is folded in like any visitor.

    Attributes
    ----------
    before, after : Visitor
    model : str
    """

    before: Visitor
    after: Visitor
    model: str

    @cached_property
    def score(self) -> np.ndarray:
        """Scores as if it were so, shape (n_items,); NaN = cannot score."""
        return self.after.score(self.model)

    @cached_property
    def predicted(self) -> np.ndarray:
        """Expected stars as if it were so, shape (n_items,); NaN = cannot predict."""
        return self.after.predict(self.model)

    def rank(self, item_id: str, filters: Filters = EVERYTHING) -> RankChange:
        """Where a title stands among all that may be listed. Raises :class:`UnknownItemError`."""
        position = self.after.fitted.dataset.position(item_id)
        allowed = self._candidates(filters)
        allowed[position] = True
        scores = (self.before.score(self.model), self.score)
        return RankChange(*(rank_of(position, score, self.after.fitted.item_ids, allowed) for score in scores))

    def stars(self, item_id: str) -> Change:
        """A title's expected stars. Raises :class:`UnknownItemError`."""
        position = np.array([self.after.fitted.dataset.position(item_id)])
        return Change(*(float(visitor.predict_at(position, self.model)[0]) for visitor in (self.before, self.after)))

    def lists(self, n: int = 10, filters: Filters = EVERYTHING) -> ListChange:
        """The first ``n`` titles before and after, in plain order."""
        allowed = self._candidates(filters)
        ids = self.after.fitted.item_ids
        best = (best_list(score, self.after.fitted.dataset, n, allowed) for score in (self.before.score(self.model), self.score))
        return ListChange(*(tuple(ids[positions].tolist()) for positions in best))

    def _candidates(self, filters: Filters) -> np.ndarray:
        """Titles that are rated neither before nor after: a rating that is taken away does not make its title unseen."""
        return self.before.candidates(filters) & self.after.candidates(filters)


def what_if(visitor: Visitor, *, without: str | None = None, changed: Mapping[str, float] | None = None, model: str = "hybrid") -> WhatIf:
    """The visitor as if one rating were not there, or some were others; steering stays as it is.

    Raises
    ------
    UnknownModelError
    ProfileError
        ``changed`` has stars that are none.
    """
    fitted, profile = visitor.fitted, visitor.profile
    rated = dict(zip(fitted.item_ids[profile.items].tolist(), profile.stars.tolist(), strict=True))
    other = {item_id: stars for item_id, stars in rated.items() if item_id != without} | dict(changed or {})
    fitted.model(model)
    return WhatIf(visitor, Visitor(fitted, other, visitor.steering), model)
