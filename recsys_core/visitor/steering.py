"""Steering: a visitor pulls the list towards or away from a factor or a keyword."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recsys_core.errors import ProfileError
from recsys_core.fitted import FittedModels

FACTOR, KEYWORD, GENRE = "factor", "keyword", "genre"
COLUMNS = {KEYWORD: "keywords", GENRE: "genres"}
"""The column of the titles that each kind of tag stands in."""
MOST = 3.0
"""The strongest pull."""
UNIT = 0.4
"""What a pull of 1 is worth, in standard deviations of the score. A list is the thin end of a distribution: along a factor a
quarter of it serves best those who say no more than which end they prefer, and three turn a list round."""
OF_TAG = 4.0
"""How much further a keyword or genre is moved than a factor: its titles are few, and the first of a list are far out."""


def factor_name(factor: int) -> str:
    """The name under which a factor (from 0) is steered: "factor:3"."""
    return f"{FACTOR}:{factor}"


def tag_name(kind: str, tag: str) -> str:
    """The name under which a keyword or a genre is steered: "keyword:heist"."""
    return f"{kind}:{tag}"


def direction(fitted: FittedModels, name: str) -> np.ndarray:
    """How much each title gets of a pull, shape (n_items,).

    A factor: ``fame_j · loading_jf``, divided by its standard deviation over the titles with raters, which is what moving
    the visitor's own vector along the factor adds to the score of ``svd``. A keyword or genre: :data:`OF_TAG` for the
    titles that have it.

    Raises
    ------
    ProfileError
        There is no such factor, keyword or genre in the data set.
    """
    kind, _, which = name.partition(":")
    if kind == FACTOR and which.isdecimal() and int(which) < len(fitted.factors):
        moved = fitted.svd.fame_ * fitted.factors.loadings[:, int(which)]
        spread = float(moved[fitted.dataset.raters > 0].std())
        return np.asarray(moved / (spread if spread > 0 else 1.0))
    if kind in COLUMNS:
        tags = fitted.dataset.tags(COLUMNS[kind])
        if which in tags:
            added = np.zeros(fitted.dataset.n_items)
            added[tags.members(which)] = OF_TAG
            return added
    raise ProfileError(f"The list cannot be steered by {name!r}: {fitted.dataset.name!r} has no such thing.")


def pulls(fitted: FittedModels, steering: Mapping[str, float], score: np.ndarray) -> dict[str, np.ndarray]:
    """What each pull adds to a score, by name, each of shape (n_items,).

        added[j] = 0.4 · amount · sd(score) · direction[j]

    so that one step of a slider moves the list of every model equally far.

    Parameters
    ----------
    steering : mapping of name to amount in [-3, 3]
    score : ndarray of shape (n_items,)
        The score without steering; NaN where a title cannot be scored.

    Raises
    ------
    ProfileError
        An amount that is not a number from -3 to 3, or an unknown name.
    """
    for name, amount in steering.items():
        if not isinstance(amount, (int, float)) or not -MOST <= amount <= MOST:
            raise ProfileError(f"The pull of {name!r} is {amount!r}; a pull is a number from {-MOST:g} to {MOST:g}.")
    known = score[~np.isnan(score)]
    spread = (float(known.std()) if len(known) else 0.0) or 1.0
    found = {name: direction(fitted, name) for name in steering}
    return {name: amount * UNIT * spread * found[name] for name, amount in steering.items() if amount}
