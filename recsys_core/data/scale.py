"""The scale of stars, and what a number of stars says about liking."""

from __future__ import annotations

from typing import overload

import numpy as np

MIN_STARS, MAX_STARS = 0.5, 5.0
LIKED_STARS = 4.0
"""Who gave so many stars or more liked the title: what popularity counts, and what is relevant in a held-out list."""
NEUTRAL_STARS = 2.0
"""A visitor's rating above it says "like this", one below "unlike this". Below the middle of the scale: to have chosen a
title says something too."""
WATCHED_STARS = 1.5
"""The same point for people whom models learn from."""


def is_stars(value: object) -> bool:
    """Whether a value from outside is a number from 0.5 to 5."""
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and bool(MIN_STARS <= value <= MAX_STARS)


def training_weight(stars: np.ndarray) -> np.ndarray:
    """The graded like of a rating that models learn from, ``(stars - 1.5) / 3.5``: 1 for five stars, 0 for one and a half.

    Two stars still count a little: to choose a title to watch says something, whatever came of it.
    """
    return (stars - WATCHED_STARS) / (MAX_STARS - WATCHED_STARS)


@overload
def query_weight(stars: float) -> float: ...
@overload
def query_weight(stars: np.ndarray) -> np.ndarray: ...
def query_weight(stars: float | np.ndarray) -> float | np.ndarray:
    """The graded like of a visitor's rating, ``(stars - 2) / 3``, in [-0.5, 1]."""
    return (stars - NEUTRAL_STARS) / (MAX_STARS - NEUTRAL_STARS)
