"""What if: the same visitor with a rating taken away or changed, and which rating shaped the list most."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from recsys_core.data import ranking
from recsys_core.visitor.compare import rank_of
from recsys_core.visitor.steering import UNIT, direction
from recsys_core.visitor.visitor import Visitor

PERSISTENCE = 0.9
"""How far down a list people read, by :func:`rank_biased_overlap`: nine of ten who look at a rank look at the next."""


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

    def rank(self, item_id: str, exclude: Collection[str] = ()) -> RankChange:
        """Where a title stands among all that may be listed. Raises :class:`UnknownItemError`."""
        position = self.after.engine.dataset.position(item_id)
        allowed = self._candidates(exclude=exclude)
        allowed[position] = True
        scores = (self.before.score(self.model), self.score)
        return RankChange(*(rank_of(position, score, self.after.engine.item_ids, allowed) for score in scores))

    def stars(self, item_id: str) -> Change:
        """A title's expected stars. Raises :class:`UnknownItemError`."""
        position = np.array([self.after.engine.dataset.position(item_id)])
        return Change(*(float(visitor.predict_at(position, self.model)[0]) for visitor in (self.before, self.after)))

    def lists(
        self,
        n: int = 10,
        kind: str | None = None,
        genres: Collection[str] | None = None,
        years: tuple[float, float] | None = None,
        exclude: Collection[str] = (),
    ) -> ListChange:
        """The first ``n`` titles before and after, in plain order, with the filters of :meth:`Engine.recommend`."""
        allowed = self._candidates(kind=kind, genres=genres, years=years, exclude=exclude)
        ids = self.after.engine.item_ids
        best = (ranking.top_n(score, ids, n, allowed) for score in (self.before.score(self.model), self.score))
        return ListChange(*(tuple(ids[positions].tolist()) for positions in best))

    def _candidates(self, **filters: Any) -> np.ndarray:
        """Titles that are rated neither before nor after: a rating that is taken away does not make its title unseen."""
        return self.before.candidates(**filters) & self.after.candidates(**filters)


def what_if(visitor: Visitor, *, without: str | None = None, changed: Mapping[str, float] | None = None, model: str = "hybrid") -> WhatIf:
    """The visitor as if one rating were not there, or some were others; steering stays as it is.

    Raises
    ------
    UnknownModelError
    ProfileError
        ``changed`` has stars that are none.
    """
    engine, profile = visitor.engine, visitor.profile
    rated = dict(zip(engine.item_ids[profile.items].tolist(), profile.stars.tolist(), strict=True))
    other = {item_id: stars for item_id, stars in rated.items() if item_id != without} | dict(changed or {})
    engine.model(model)
    return WhatIf(visitor, engine.visitor(other, visitor.steering), model)


@dataclass(frozen=True, slots=True)
class Influence:
    """How much one rating shaped the list.

    Attributes
    ----------
    item_id : str
        The rated title.
    amount : float in [0, 1]
        How different the list would be without the rating: 0 the same list, 1 no title in common, see
        :attr:`ListChange.difference`.
    lists : ListChange
        The list with all ratings, and without this one.
    """

    item_id: str
    amount: float
    lists: ListChange


def influences(
    visitor: Visitor, n: int = 10, model: str = "hybrid", allowed: np.ndarray | None = None, at_most: int | None = None
) -> list[Influence]:
    """How much each rating shaped the visitor's first ``n`` titles, the most first; the earlier rated first among equals.

    The rating is left out, all titles are scored again, and the two lists are compared. Every list is the one that
    ``engine.visitor(the other ratings)`` would get; :meth:`Model.scores_without_each` has them all at once. The title
    whose rating is left out stays off the list: it has been seen.

    Parameters
    ----------
    allowed : ndarray of bool, shape (n_items,), optional
        Which titles may be listed; default ``visitor.candidates()``.
    at_most : int, optional
        Only so many ratings are left out in turn: those whose contributions to the first ``2 n`` titles are largest in
        sum. For a thousand ratings of a catalogue of a hundred thousand titles; default all.

    Raises
    ------
    UnknownModelError
    """
    ids = visitor.engine.item_ids
    allowed = visitor.candidates() if allowed is None else allowed
    scores = visitor.score(model)
    before = _listed(scores, ids, n, allowed)
    places = np.arange(len(visitor.profile))
    if at_most is not None and at_most < len(places):
        weights = np.abs(visitor.additive_score(model).contributions(ranking.top_n(scores, ids, 2 * n, allowed))).sum(axis=1)
        places = np.sort(np.argsort(-weights, kind="stable")[:at_most])
    found = []
    for rated, scores in zip(ids[visitor.profile.items[places]].tolist(), _scores_without(visitor, model, places), strict=True):
        lists = ListChange(before, _listed(scores, ids, n, allowed))
        found.append(Influence(rated, lists.difference, lists))
    return sorted(found, key=lambda influence: -influence.amount)


def _listed(scores: np.ndarray, ids: np.ndarray, n: int, allowed: np.ndarray) -> tuple[str, ...]:
    return tuple(ids[ranking.top_n(scores, ids, n, allowed)].tolist())


def _scores_without(visitor: Visitor, model: str, places: np.ndarray) -> np.ndarray:
    """Row k: what :meth:`Visitor.score` would be without the rating at ``places[k]``, shape (len(places), n_items)."""
    engine, profile = visitor.engine, visitor.profile
    if len(profile) < 2:  # nothing is left to score by: the visitor gets what everybody gets
        return np.tile(engine.visitor({}, visitor.steering).score(model), (len(places), 1))
    scores = engine.model(model).scores_without_each(profile, places)
    if visitor.steering:
        spreads = np.nanstd(scores, axis=1, keepdims=True)
        pull = np.sum([amount * direction(engine, name) for name, amount in visitor.steering.items() if amount], axis=0)
        scores += np.where(spreads > 0, spreads, 1.0) * UNIT * pull
    return scores


def rank_biased_overlap(first: Collection[str], second: Collection[str], persistence: float = PERSISTENCE) -> float:
    """How alike two ranked lists are, in [0, 1]: 1 the same in the same order, 0 nothing in common.

    Rank-biased overlap, extrapolated from the depth that is seen (Webber, Moffat & Zobel 2010, "A similarity measure for
    indefinite rankings"): with A_d the share of titles that the first d of both have in common, k the
    depth and p the ``persistence``,

        RBO = A_k · p^k + (1 - p) / p · Σ_{d=1..k} A_d · p^d

    A reader who looks at one rank goes on to the next with the chance p, so upper ranks count more: with p = 0.9 the
    first ten weigh 86 %. Two empty lists are alike.

    Parameters
    ----------
    first, second : ordered collections of ids without repetition
        Where one is shorter, ``A_d = 2 · common / (titles that the first d of both have)``.
    persistence : float, above 0 and below 1
    """
    depth = max(len(first), len(second))
    if not depth:
        return 1.0
    place = {item_id: rank for rank, item_id in enumerate(first)}
    met = [max(place[item_id], rank) for rank, item_id in enumerate(second) if item_id in place]
    ranks = np.arange(1, depth + 1)
    common = np.cumsum(np.bincount(np.array(met, dtype=np.int64), minlength=depth))
    agreement = 2.0 * common / (np.minimum(ranks, len(first)) + np.minimum(ranks, len(second)))
    weights = persistence**ranks
    return float(agreement[-1] * weights[-1] + (1.0 - persistence) / persistence * (agreement @ weights))
