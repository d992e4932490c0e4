"""Which of the visitor's ratings shaped the list most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.ranking import best_list, top_n
from recsys_core.visitor.steering import UNIT, direction
from recsys_core.visitor.visitor import Visitor
from recsys_core.visitor.what_if import ListChange


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
    a visitor with the other ratings would get; :meth:`Model.scores_without_each` has them all at once. The title
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
    dataset, ids = visitor.fitted.dataset, visitor.fitted.item_ids
    allowed = visitor.candidates() if allowed is None else allowed
    scores = visitor.score(model)
    before = _listed(scores, dataset, n, allowed)
    places = np.arange(len(visitor.profile))
    if at_most is not None and at_most < len(places):
        weights = np.abs(visitor.additive_score(model).contributions(top_n(scores, ids, 2 * n, allowed))).sum(axis=1)
        places = np.sort(np.argsort(-weights, kind="stable")[:at_most])
    found = []
    for rated, scores in zip(ids[visitor.profile.items[places]].tolist(), _scores_without(visitor, model, places), strict=True):
        lists = ListChange(before, _listed(scores, dataset, n, allowed))
        found.append(Influence(rated, lists.difference, lists))
    return sorted(found, key=lambda influence: -influence.amount)


def _listed(scores: np.ndarray, dataset: Dataset, n: int, allowed: np.ndarray) -> tuple[str, ...]:
    return tuple(dataset.item_ids[best_list(scores, dataset, n, allowed)].tolist())


def _scores_without(visitor: Visitor, model: str, places: np.ndarray) -> np.ndarray:
    """Row k: what :meth:`Visitor.score` would be without the rating at ``places[k]``, shape (len(places), n_items)."""
    fitted, profile = visitor.fitted, visitor.profile
    if len(profile) < 2:  # nothing is left to score by: the visitor gets what everybody gets
        return np.tile(Visitor(fitted, {}, visitor.steering).score(model), (len(places), 1))
    scores = fitted.model(model).scores_without_each(profile, places)
    if visitor.steering:
        spreads = np.nanstd(scores, axis=1, keepdims=True)
        pull = np.sum([amount * direction(fitted, name) for name, amount in visitor.steering.items() if amount], axis=0)
        scores += np.where(spreads > 0, spreads, 1.0) * UNIT * pull
    return scores
