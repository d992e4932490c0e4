"""Steering: a visitor pulls the list towards or away from a factor, a keyword or a genre."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recsys_core.errors import ProfileError
from recsys_core.fitted import FittedModels

FACTOR, KEYWORD, GENRE = "factor", "keyword", "genre"
COLUMNS = {KEYWORD: "keywords", GENRE: "genres"}
"""The column of the items table for each kind of tag."""
MOST = 3.0
"""The strongest pull."""
UNIT = 0.4
"""Effect of a pull of 1, in standard deviations of the score. The top of a list is the tail of the score distribution, so
small shifts matter: along a factor, a pull of 0.25 is best for visitors who only say which end they prefer, and a pull of 3
reverses a list."""
OF_TAG = 4.0
"""How much stronger a pull acts on a keyword or genre than on a factor: few titles have the tag, and they have to overtake the
top of the list."""


def factor_name(factor: int) -> str:
    """Return the steering name of a factor (from 0).

    >>> factor_name(3)
    'factor:3'
    """
    return f"{FACTOR}:{factor}"


def tag_name(kind: str, tag: str) -> str:
    """Return the steering name of a keyword or genre.

    >>> tag_name(KEYWORD, "heist")
    'keyword:heist'
    """
    return f"{kind}:{tag}"


def direction(fitted: FittedModels, name: str) -> np.ndarray:
    """Return the effect of a pull on each title, shape (n_items,).

    For a factor it is ``fame_j · loading_jf``, divided by its standard deviation over the rated titles: what moving the
    visitor's vector along the factor adds to the score of ``svd``. For a keyword or genre it is :data:`OF_TAG` for the
    titles that have it, else 0.

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
    """Return what each pull adds to a score, by name, each of shape (n_items,).

        added[j] = 0.4 · amount · sd(score) · direction[j]

    The standard deviation of the score makes a pull equally strong for every model.

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
