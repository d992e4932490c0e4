"""The ratings of one visitor, as a query to fitted models. A visitor is never part of the training data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from recsys_core.common.text import id_text
from recsys_core.data.scale import MAX_STARS, MIN_STARS, is_stars, query_weight
from recsys_core.errors import ProfileError


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A visitor's ratings, oldest first.

    Attributes
    ----------
    items : ndarray of int64, shape (n_rated,)
        Positions of the rated titles in the data set.
    stars : ndarray of float64, shape (n_rated,)
    unknown : tuple of str
        Rated ids that are not in the data set. They are reported, not refused.
    seen : ndarray of int64, shape (n_seen,)
        Positions of titles that the visitor has watched and not rated. Only the model ``watched`` asks for them.

    Examples
    --------
    >>> profile = Profile.from_ratings({"alien": 5, "dune": 3}, item_index={"amelie": 0, "alien": 1})
    >>> profile.items, profile.stars, profile.unknown
    (array([1]), array([5.]), ('dune',))
    >>> len(profile.without(0))
    0
    """

    items: np.ndarray
    stars: np.ndarray
    unknown: tuple[str, ...] = ()
    seen: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @classmethod
    def from_ratings(cls, ratings: Mapping[str, float], item_index: Mapping[str, int], seen: Collection[str] = ()) -> Profile:
        """Build a profile from ``{item_id: stars}``; ids may be whole numbers. Of ``seen``, what is rated or unknown is left out.

        Raises
        ------
        ProfileError
            A rating that is not a number from 0.5 to 5, what is no id, or an id that occurs as a text and as a number.
        """
        given: dict[str, float] = {}
        for item_id, value in ratings.items():
            name = id_text(item_id)
            if name is None:
                raise ProfileError(f"{item_id!r} is no id of a title. An id is a text or a whole number.")
            if name in given:
                raise ProfileError(f"There are two ratings of {name!r}, once as a text and once as a number. Give one.")
            if not is_stars(value):
                raise ProfileError(f"The rating of {item_id!r} is {value!r}; a rating is a number from {MIN_STARS} to {MAX_STARS:g}.")
            given[name] = value
        known = [item_id for item_id in given if item_id in item_index]
        items = np.array([item_index[item_id] for item_id in known], dtype=np.int64)
        stars = np.array([given[item_id] for item_id in known], dtype=np.float64)
        watched = np.array(
            [item_index[item_id] for item_id in dict.fromkeys(seen) if item_id in item_index and item_id not in given], dtype=np.int64
        )
        for array in (items, stars, watched):
            array.setflags(write=False)
        return cls(items, stars, tuple(item_id for item_id in given if item_id not in item_index), watched)

    def __len__(self) -> int:
        return len(self.items)

    def without(self, row: int) -> Profile:
        """Return the profile without rating number ``row`` (from 0)."""
        return Profile(np.delete(self.items, row), np.delete(self.stars, row), self.unknown, self.seen)

    @property
    def query_weights(self) -> np.ndarray:
        """Weights of the ratings in [-0.5, 1], shape (n_rated,); see :func:`~recsys_core.data.scale.query_weight`.

        Ranking uses these instead of deviations from the visitor's mean, so that a single rating, or ratings that are
        all equal, carry information too.
        """
        return query_weight(self.stars)
