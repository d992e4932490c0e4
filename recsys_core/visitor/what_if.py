"""What if: the same visitor with a rating removed or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from recsys_core.common.metrics import rank_biased_overlap
from recsys_core.common.text import id_text
from recsys_core.data.filters import EVERYTHING, Filters
from recsys_core.data.ranking import rank_of
from recsys_core.visitor.visitor import Visitor


class Change(NamedTuple):
    """A number before and after; NaN if it is unknown."""

    before: float
    after: float


class RankChange(NamedTuple):
    """A title's rank before and after, from 1; None if it cannot be ranked."""

    before: int | None
    after: int | None


class ListChange(NamedTuple):
    """A list before and after, best first.

    Examples
    --------
    >>> change = ListChange(("a", "b"), ("b", "c"))
    >>> change.entered, change.left
    (('c',), ('a',))
    """

    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def entered(self) -> tuple[str, ...]:
        """Titles that are only in the second list, best first."""
        return tuple(item_id for item_id in self.after if item_id not in self.before)

    @property
    def left(self) -> tuple[str, ...]:
        """Titles that are only in the first list, best first."""
        return tuple(item_id for item_id in self.before if item_id not in self.after)

    @property
    def difference(self) -> float:
        """How different the lists are, in [0, 1]: 1 - :func:`rank_biased_overlap`; exactly 0 for equal lists."""
        return 0.0 if self.before == self.after else 1.0 - rank_biased_overlap(self.before, self.after)


@dataclass(frozen=True, eq=False)
class WhatIf:
    """A visitor with their actual and with hypothetical ratings. The second is folded in like any visitor.

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
        """Ranking scores with the hypothetical ratings, shape (n_items,); NaN = cannot score."""
        return self.after.score(self.model)

    @cached_property
    def predicted(self) -> np.ndarray:
        """Expected stars with the hypothetical ratings, shape (n_items,); NaN = cannot predict."""
        return self.after.predict(self.model)

    def rank(self, item_id: str, filters: Filters = EVERYTHING) -> RankChange:
        """Return a title's rank among all candidates. Raises :class:`UnknownItemError`."""
        position = self.after.fitted.dataset.position(item_id)
        allowed = self._candidates(filters)
        allowed[position] = True
        ids = self.after.fitted.item_ids
        before = rank_of(position, self.before.score(self.model), ids, allowed)
        return RankChange(before, rank_of(position, self.score, ids, allowed))

    def stars(self, item_id: str) -> Change:
        """Return a title's expected stars. Raises :class:`UnknownItemError`."""
        position = np.array([self.after.fitted.dataset.position(item_id)])
        before = float(self.before.predict_at(position, self.model)[0])
        return Change(before, float(self.after.predict_at(position, self.model)[0]))

    def lists(self, n: int = 10, filters: Filters = EVERYTHING) -> ListChange:
        """Return the first ``n`` titles before and after, without diversification."""
        allowed = self._candidates(filters)
        ids = self.after.fitted.item_ids
        before, after = (ids[visitor.best(n, self.model, allowed)] for visitor in (self.before, self.after))
        return ListChange(tuple(before.tolist()), tuple(after.tolist()))

    def _candidates(self, filters: Filters) -> np.ndarray:
        """Titles that are rated neither before nor after: removing a rating does not make its title unseen."""
        return self.before.candidates(filters) & self.after.candidates(filters)


def what_if(visitor: Visitor, *, without: str | None = None, changed: Mapping[str, float] | None = None, model: str = "hybrid") -> WhatIf:
    """Compare the visitor with the same visitor without one rating, or with some ratings changed; steering stays the same.

    Raises
    ------
    UnknownModelError
    ProfileError
        A value in ``changed`` is not a number of stars.
    UnknownItemError
        ``without`` is not the id of a title.
    """
    fitted, profile = visitor.fitted, visitor.profile
    rated = dict(zip(fitted.item_ids[profile.items].tolist(), profile.stars.tolist(), strict=True))
    left_out = None if without is None else fitted.item_ids[fitted.dataset.position(without)]
    other = {item_id: stars for item_id, stars in rated.items() if item_id != left_out}
    other |= {id_text(item_id) or item_id: stars for item_id, stars in (changed or {}).items()}
    fitted.model(model)
    return WhatIf(visitor, Visitor(fitted, other, visitor.steering), model)
