"""The influence of each rating on the visitor's list, by leave-one-out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys_core.data.ranking import best_list, top_n
from recsys_core.visitor.steering import pulls
from recsys_core.visitor.title_pulls import title_pulls
from recsys_core.visitor.visitor import Visitor
from recsys_core.visitor.what_if import ListChange

MOST_FOLDED = 100
"""Where tastes take turns, each rating left out needs a fold-in of its own: of more ratings, the weightiest are measured."""


@dataclass(frozen=True, slots=True)
class Influence:
    """The influence of one rating on the list.

    Attributes
    ----------
    item_id : str
        The rated title.
    amount : float in [0, 1]
        How different the list would be without the rating: 0 = the same list, 1 = no title in common; see
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
    """Measure the influence of each rating on the visitor's first ``n`` titles, largest first, ties in the order of rating.

    Each rating is left out in turn, all titles are scored again (:meth:`Model.scores_without_each`), and the two lists are
    compared. The title whose rating is left out stays off the list, because the visitor has seen it.

    Parameters
    ----------
    allowed : ndarray of bool, shape (n_items,), optional
        Which titles may be listed; by default ``visitor.candidates()``.
    at_most : int, optional
        Measure only this many ratings, those with the largest total contributions to the first ``2 n`` titles. It bounds the
        time for a thousand ratings in a catalogue of a hundred thousand titles. By default all.

    Raises
    ------
    UnknownModelError
    """
    ids = visitor.fitted.item_ids
    allowed = visitor.candidates() if allowed is None else allowed
    before = tuple(ids[visitor.best(n, model, allowed)].tolist())
    rows = np.arange(len(visitor.profile))
    if model == visitor.fitted.hybrid.name and visitor.fitted.hybrid.tastes(visitor.profile):
        at_most = min(MOST_FOLDED, len(rows) if at_most is None else at_most)
    if at_most is not None and at_most < len(rows):
        best = top_n(visitor.score(model), ids, 2 * n, allowed)
        weights = np.abs(visitor.additive_score(model).contributions(best)).sum(axis=1)
        rows = np.sort(np.argsort(-weights, kind="stable")[:at_most])
    found = []
    for item_id, without in zip(ids[visitor.profile.items[rows]].tolist(), _lists_without(visitor, model, rows, n, allowed), strict=True):
        lists = ListChange(before, tuple(ids[without].tolist()))
        found.append(Influence(item_id, lists.difference, lists))
    return sorted(found, key=lambda influence: -influence.amount)


def _lists_without(visitor: Visitor, model: str, rows: np.ndarray, n: int, allowed: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the first ``n`` titles (positions) without each of the ratings ``rows``.

    Where tastes take turns, each list needs its own fold-in; elsewhere the closed forms of the models give all scores at once.
    """
    fitted, profile = visitor.fitted, visitor.profile
    hybrid = fitted.hybrid if model == fitted.hybrid.name else None
    rated = fitted.item_ids[profile.items].tolist()
    for row, scores in zip(rows.tolist(), _scores_without(visitor, model, rows), strict=True):
        if hybrid and hybrid.tastes(profile.without(row)):
            others = {item_id: stars for i, (item_id, stars) in enumerate(zip(rated, profile.stars.tolist(), strict=True)) if i != row}
            yield Visitor(fitted, others, visitor.steering).best(n, model, allowed)
        else:
            yield best_list(scores, fitted.dataset, n, allowed)


def _scores_without(visitor: Visitor, model: str, rows: np.ndarray) -> np.ndarray:
    """Return :meth:`Visitor.score` without each of the ratings ``rows``, shape (len(rows), n_items)."""
    fitted, profile = visitor.fitted, visitor.profile
    if len(profile) < 2:  # without the only rating, the visitor gets the popularity list
        return np.tile(Visitor(fitted, {}, visitor.steering).score(model), (len(rows), 1))
    scores = fitted.model(model).scores_without_each(profile, rows)
    if steering := visitor.steering_of(model):
        for rating, row in zip(rows.tolist(), scores, strict=True):
            by_title = title_pulls(fitted, profile.without(rating), steering, row, model).total()
            row += sum(pulls(fitted, steering, row).values()) + by_title
    return scores
