"""What several people watch together: one list, as a sum of what each of them would say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from recsys_core.data import ranking
from recsys_core.data.filters import EVERYTHING, Filters
from recsys_core.errors import ProfileError
from recsys_core.visitor.visitor import Visitor

Fairness = Literal["average", "least misery", "turns"]
FEWEST, MOST = 2, 8
"""People in a group."""
NOTICED = 0.5
"""Expected stars below the others' mean from which on somebody gives way."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One title of a group's list.

    Attributes
    ----------
    rank : int
        From 1.
    score : float
        The sum of ``parts``; no unit.
    parts : dict of str to float
        What each person adds, by name.
    stars : dict of str to float
        The stars that each is expected to give; NaN if they cannot be predicted.
    turn : str or None
        Whose turn it was, where people take turns.
    gives_way : str or None
        Who would like the title clearly less than the others do.
    """

    item_id: str
    rank: int
    score: float
    parts: dict[str, float]
    stars: dict[str, float]
    turn: str | None = None
    gives_way: str | None = None


class Group:
    """Two to eight people before the same models.

    Scores of different people have different scales: who has rated much has larger ones. So each person's scores are standardised
    over the titles that may be listed,

        value[p, j] = (score[p, j] - mean of score[p]) / (standard deviation of score[p])

    and a fairness says how they become one number, with weights that sum to 1:

    - average: ``score[j] = Σ_p value[p, j] / n_people``.
    - least misery: ``score[j] = min_p value[p, j]``; only the least pleased counts.
    - turns: each person in turn puts the best title of their own list; its score is that person's value.

    Parameters
    ----------
    members : mapping of name to Visitor
        In the order in which they take turns. Somebody without ratings says what most people like.
    most : int
        How many there may be; a whole class needs a quick model.

    Raises
    ------
    ProfileError
        Fewer than two people, or more than that.

    References
    ----------
    O'Connor, Cosley, Konstan & Riedl (2001), "PolyLens: a recommender system for groups of users";
    Masthoff (2004), "Group modeling: selecting a sequence of television items to suit a group of viewers".
    """

    def __init__(self, members: Mapping[str, Visitor], most: int = MOST) -> None:
        if not FEWEST <= len(members) <= most:
            raise ProfileError(f"A group has {FEWEST} to {most} people; these are {len(members)}.")
        self.members = dict(members)
        self._fitted = next(iter(self.members.values())).fitted

    def candidates(self, filters: Filters = EVERYTHING) -> np.ndarray:
        """Return which titles may be listed: those that nobody has rated and that pass the filters; bool, shape (n_items,)."""
        return np.logical_and.reduce([visitor.candidates(filters) for visitor in self.members.values()])

    def values(self, allowed: np.ndarray, model: str = "hybrid") -> np.ndarray:
        """Return each person's standardised scores, shape (n_people, n_items); NaN = cannot score."""
        scores = np.array([visitor.score(model) for visitor in self.members.values()])
        among = np.where(allowed, scores, np.nan)
        if not np.isfinite(among).any():
            return scores * np.nan
        spread = np.nanstd(among, axis=1, keepdims=True)
        return (scores - np.nanmean(among, axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)

    def recommend(
        self, n: int = 10, fairness: Fairness = "average", model: str = "hybrid", filters: Filters = EVERYTHING
    ) -> list[GroupLine]:
        """Return the ``n`` best titles for all. Raises :class:`ValueError` for an unknown fairness."""
        allowed, names = self.candidates(filters), list(self.members)
        values = self.values(allowed, model)
        turns: dict[int, int] = {}
        if fairness == "average":
            weights = np.full(values.shape, 1 / len(names))
            chosen = ranking.best_list((weights * values).sum(axis=0), self._fitted.dataset, n, allowed)
        elif fairness == "least misery":
            lowest = values.min(axis=0)  # NaN where anybody cannot score
            weights = (values.argmin(axis=0) == np.arange(len(names))[:, None]).astype(float)
            chosen = ranking.best_list(lowest, self._fitted.dataset, n, allowed)
        elif fairness == "turns":
            orders = [visitor.best(n * len(names), model, allowed) for visitor in self.members.values()]
            turns = _take_turns(orders, n)
            chosen, weights = np.array(list(turns), dtype=np.int64), np.zeros(values.shape)
            weights[list(turns.values()), list(turns)] = 1.0
        else:
            raise ValueError(f"There is no fairness {fairness!r}. There are: {', '.join(get_args(Fairness))}.")
        parts = weights[:, chosen] * values[:, chosen]
        stars = np.array([visitor.predict_at(chosen, model) for visitor in self.members.values()])
        return [
            GroupLine(
                item_id=str(self._fitted.item_ids[position]),
                rank=place + 1,
                score=float(parts[:, place].sum()),
                parts=dict(zip(names, parts[:, place].tolist(), strict=True)),
                stars=dict(zip(names, stars[:, place].tolist(), strict=True)),
                turn=names[turns[int(position)]] if turns else None,
                gives_way=_gives_way(names, stars[:, place]),
            )
            for place, position in enumerate(chosen)
        ]

    def given_up(self, lines: Sequence[GroupLine], model: str = "hybrid", filters: Filters = EVERYTHING) -> dict[str, float]:
        """Return the expected stars that each person gives up: the mean of their own list of that length minus the mean of this one.

        It may be below zero, for a list is made by scores and not by stars; NaN where they cannot be predicted or nothing is listed.
        """
        allowed = self.candidates(filters)
        lost: dict[str, float] = {}
        for name, visitor in self.members.items():
            own = visitor.predict_at(visitor.best(len(lines), model, allowed), model)
            here = [line.stars[name] for line in lines]
            lost[name] = float(np.mean(own) - np.mean(here)) if here and len(own) else float("nan")
        return lost


def _take_turns(orders: Sequence[np.ndarray], n: int) -> dict[int, int]:
    """Position to whose turn it was (from 0): each in turn their best title that is not yet listed.

    >>> _take_turns([np.array([4, 7, 1]), np.array([4, 2])], n=4)
    {4: 0, 2: 1, 7: 0, 1: 0}
    """
    left = [[int(position) for position in order] for order in orders]
    listed: dict[int, int] = {}
    while len(listed) < n and any(left):
        for person, order in enumerate(left):
            while order and order[0] in listed:
                order.pop(0)
            if order and len(listed) < n:
                listed[order.pop(0)] = person
    return listed


def _gives_way(names: Sequence[str], stars: np.ndarray) -> str | None:
    """Who is expected to like a title by :data:`NOTICED` stars less than the others on average; None if nobody is."""
    if np.isnan(stars).any():
        return None
    least = int(stars.argmin())
    return names[least] if np.delete(stars, least).mean() - stars[least] >= NOTICED else None
