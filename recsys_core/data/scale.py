"""The rating scale and how ratings are turned into weights."""

from __future__ import annotations

from typing import overload

import numpy as np

MIN_STARS, MAX_STARS = 0.5, 5.0
LIKED_STARS = 4.0
"""A rating of this many stars or more counts as a like: for popularity, and for relevance in held-out data."""
NEUTRAL_STARS = 2.0
"""A visitor's rating above this point asks for similar titles, one below asks for different ones. It lies below the middle
of the scale, because choosing a title is itself a sign of interest."""
WEAK_STARS = 3.3
"""A title that a visitor is expected to give less may still be the best there is, but it is not praised: its card says so."""
WATCHED_STARS = 1.5
"""The neutral point for ratings in the training data."""


def is_stars(value: object) -> bool:
    """Tell whether a value is a number from 0.5 to 5.

    >>> is_stars(4.5), is_stars(0), is_stars("4")
    (True, False, False)
    """
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return is_number and bool(MIN_STARS <= value <= MAX_STARS)  # type: ignore[operator]


def training_weight(stars: np.ndarray) -> np.ndarray:
    """Return the weight of a rating in the training data, ``(stars - 1.5) / 3.5``: 1 for five stars, 0 for one and a half.

    Two stars still have a small positive weight, because choosing a title is itself a sign of interest.

    >>> training_weight(np.array([5.0, 1.5]))
    array([1., 0.])
    """
    return (stars - WATCHED_STARS) / (MAX_STARS - WATCHED_STARS)


@overload
def query_weight(stars: float) -> float: ...
@overload
def query_weight(stars: np.ndarray) -> np.ndarray: ...
def query_weight(stars: float | np.ndarray) -> float | np.ndarray:
    """Return the weight of a visitor's rating, ``(stars - 2) / 3``, in [-0.5, 1].

    >>> query_weight(5.0), query_weight(0.5)
    (1.0, -0.5)
    """
    return (stars - NEUTRAL_STARS) / (MAX_STARS - NEUTRAL_STARS)


def within_scale(stars: np.ndarray, low: float, high: float) -> np.ndarray:
    """Press expected stars softly into the scale: those from ``low`` to ``high`` stay, those beyond approach 0.5 and 5.

    Beyond ``high`` the distance left to 5 shrinks as ``exp(-(stars - high) / (5 - high))``, likewise below ``low``. The
    slope is 1 at both knees and never 0, so titles that a model expects to differ still differ.

    >>> within_scale(np.array([3.0, 4.5, 5.0, 6.0]), low=1.0, high=4.5).round(2).tolist()
    [3.0, 4.5, 4.82, 4.98]
    """
    above, below = max(MAX_STARS - high, 1e-9), max(low - MIN_STARS, 1e-9)
    upper = high + above * -np.expm1(-np.maximum(stars - high, 0.0) / above)
    lower = low - below * -np.expm1(-np.maximum(low - stars, 0.0) / below)
    return np.where(stars > high, upper, np.where(stars < low, lower, stars))
