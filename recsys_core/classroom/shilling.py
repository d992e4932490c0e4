"""Three made-up students push a title: whose predictions move?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.methods import METHODS, title_means
from recsys_core.data.scale import MAX_STARS

ATTACKERS = 3
FEWEST_WATCHED = 5
"""People for whom the title is new; where fewer have not rated it, the stars of some are hidden by lot."""


@dataclass(frozen=True)
class Push:
    """A title before and after an attack, for the people to whom it is new.

    Attributes
    ----------
    title : int
        Its column.
    watched : tuple of int
        Rows of the people to whom it is new.
    before, after : dict of float
        By method, their mean predicted stars; NaN where it cannot say.
    rank_before, rank_after : dict of float
        By method, the mean place of the title in their lists of all titles, from 1.
    """

    title: int
    watched: tuple[int, ...]
    before: Mapping[str, float]
    after: Mapping[str, float]
    rank_before: Mapping[str, float]
    rank_after: Mapping[str, float]


def weakest(matrix: ClassMatrix) -> int:
    """The column of the title with the lowest mean: the one that gains most from being pushed."""
    return int(np.nanargmin(title_means(matrix.R)[0])) if matrix.R.any() else 0


def made_up(R: np.ndarray, title: int, n: int = ATTACKERS) -> np.ndarray:
    """People who rate everything as the class does on average, and the pushed title with five stars (n, m).

    So they look like everybody: the *average attack*. Source: Lam & Riedl (2004), "Shilling recommender systems for fun and profit".
    """
    average = np.nan_to_num(title_means(R)[0], nan=0.0)
    rows = np.tile(np.round(2 * average) / 2, (n, 1))
    rows[:, title] = MAX_STARS
    return rows


def push(matrix: ClassMatrix, title: int) -> Push:
    """Predict for the people to whom the title is new, without the made-up students and with them."""
    R = matrix.R.copy()
    raters = np.flatnonzero(R[:, title] > 0)
    n_hidden = max(0, min(FEWEST_WATCHED - (len(R) - len(raters)), len(raters) - 1))
    R[raters[np.argsort(matrix.lots()[raters, title])][:n_hidden], title] = 0.0
    watched = np.flatnonzero(R[:, title] == 0)
    attacked = np.vstack([R, made_up(R, title)])
    calm = {name: method(R)[watched] for name, method in METHODS.items()}
    pushed = {name: method(attacked)[watched] for name, method in METHODS.items()}
    return Push(
        title,
        tuple(int(person) for person in watched),
        {name: _mean(said[:, title]) for name, said in calm.items()},
        {name: _mean(said[:, title]) for name, said in pushed.items()},
        {name: _mean(_places(said, title)) for name, said in calm.items()},
        {name: _mean(_places(said, title)) for name, said in pushed.items()},
    )


def _places(said: np.ndarray, title: int) -> np.ndarray:
    """The place of a title among those that can be predicted, for each row; NaN where it cannot be."""
    known = np.nan_to_num(said, nan=-1.0)
    places = 1.0 + (known > known[:, [title]] + 1e-9).sum(axis=1)
    return np.where(np.isfinite(said[:, title]), places, np.nan)


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
