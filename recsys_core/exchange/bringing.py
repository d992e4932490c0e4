"""Bring ratings in at once, and take that back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recsys_core.storage.feedback import Feedback
from recsys_core.storage.ratings import VisitorRatings


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes an import back.

    Attributes
    ----------
    put : tuple of Feedback
        What was brought in.
    before : dict of item id to Feedback
        What was said about these titles before, with when.
    dataset : str
        ``Dataset.key`` of the data set.
    """

    put: tuple[Feedback, ...]
    before: dict[str, Feedback]
    dataset: str


def bring_in(ratings: VisitorRatings, put: Sequence[Feedback]) -> Undo:
    """Write what a file says, in one transaction. Raises :class:`StoreError`; then nothing was changed."""
    coming = {one.item_id for one in put}
    before = {one.item_id: one for one in ratings.history() if one.item_id in coming}
    ratings.put_all(put)
    return Undo(tuple(put), before, ratings.dataset)


def take_back(ratings: VisitorRatings, undo: Undo) -> int:
    """Restore what was said before; how many titles. What was said differently since then stays.

    Raises :class:`StoreError`; then nothing was changed.
    """
    now = {one.item_id: (one.mark, one.stars) for one in ratings.history()}
    untouched = [one.item_id for one in undo.put if now.get(one.item_id) == (one.mark, one.stars)]
    restored = [undo.before[item_id] for item_id in untouched if item_id in undo.before]
    ratings.put_all(restored, [item_id for item_id in untouched if item_id not in undo.before])
    return len(untouched)
