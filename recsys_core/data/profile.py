"""One visitor's ratings as a query: models are frozen, the visitor is never a training row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys_core.data.scale import MAX_STARS, MIN_STARS, is_stars, query_weight
from recsys_core.errors import ProfileError


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A visitor's ratings in the order in which they were given, oldest first.

    Attributes
    ----------
    items : ndarray of int64, shape (n_rated,)
        Positions of the rated titles in the data set.
    stars : ndarray of float64, shape (n_rated,)
    unknown : tuple of str
        Rated ids that the data set does not hold: reported, not fatal.
    """

    items: np.ndarray
    stars: np.ndarray
    unknown: tuple[str, ...] = ()

    @classmethod
    def from_ratings(cls, ratings: Mapping[str, float], item_index: Mapping[str, int]) -> Profile:
        """Look the ids up and check the stars.

        Raises
        ------
        ProfileError
            A rating that is not a number from 0.5 to 5.
        """
        for item_id, value in ratings.items():
            if not is_stars(value):
                raise ProfileError(f"The rating of {item_id!r} is {value!r}; a rating is a number from {MIN_STARS} to {MAX_STARS:g}.")
        known = [item_id for item_id in ratings if item_id in item_index]
        items = np.array([item_index[item_id] for item_id in known], dtype=np.int64)
        stars = np.array([ratings[item_id] for item_id in known], dtype=np.float64)
        items.setflags(write=False)
        stars.setflags(write=False)
        return cls(items, stars, tuple(item_id for item_id in ratings if item_id not in item_index))

    def __len__(self) -> int:
        return len(self.items)

    def without(self, place: int) -> Profile:
        """The same visitor without the rating at ``place`` (from 0)."""
        return Profile(np.delete(self.items, place), np.delete(self.stars, place), self.unknown)

    @property
    def query_weights(self) -> np.ndarray:
        """Graded likes in [-0.5, 1], shape (n_rated,); see :func:`~recsys_core.data.scale.query_weight`.

        What lists are ordered by. It does not compare with the visitor's own mean, so one rating,
        or ratings that are all equal, still say something.
        """
        return query_weight(self.stars)
