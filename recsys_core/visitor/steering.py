"""Steering: a visitor pulls the list towards or away from a factor, a keyword or a genre, or from what is well known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recsys_core.errors import ProfileError
from recsys_core.fitted import FittedModels

FACTOR, KEYWORD, GENRE = "factor", "keyword", "genre"
FAME = "fame"
"""The name of the pull towards well-known titles; a negative amount pulls towards little-known ones."""
BY_TITLE = ("title:", "seen:")
"""How the names of pulls begin that :mod:`recsys_core.visitor.title_pulls` knows."""
COLUMNS = {KEYWORD: "keywords", GENRE: "genres"}
"""The column of the items table for each kind of tag."""
MOST = 3.0
"""The strongest pull."""
UNIT = 0.4
"""Effect of a pull of 1, in standard deviations of the score. The top of a list is the tail of the score distribution, so
small shifts matter: along a factor, a pull of 0.25 is best for visitors who only say which end they prefer, and a pull of 3
reverses a list."""
FULL = 3.0
"""How much stronger the strongest pull acts than in proportion to :data:`UNIT`. Whoever pulls to the end asks for a list of that kind:
with 2, five of ten titles were not of that kind for a fan of crime; with 3 they are, for visitors with 0 to 20 ratings."""
OF_TAG = 4.0
"""How much stronger a pull acts on a keyword or genre than on a factor: few titles have the tag, and they have to overtake the
top of the list."""
FAME_STEPS = {2: 1.0, 1: 0.4, 0: 0.0, -1: -0.35, -2: -0.6}
"""The pull of each step from very well known (2) to hidden gems (-2). Chosen on the tastes of ``benchmarks/friends`` so that a step
exchanges two or three of ten titles on average: ``python -m benchmarks.fame_steps``."""
NEAR, FAR = 10, 60
"""The pull of :data:`FAME` is measured by how far the scores of these ranks lie apart. One in standard deviations of all scores left
the list of one visitor as it was and exchanged that of another completely."""


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


def strength(amount: float) -> float:
    """Return how strongly a pull acts, in units of :data:`UNIT`: small pulls in proportion, the strongest :data:`FULL` times as much.

        strength = amount · (1 + (FULL - 1) · (amount / 3)²)

    >>> strength(3.0), strength(-3.0), round(strength(0.25), 2)
    (9.0, -9.0, 0.25)
    """
    return amount * (1.0 + (FULL - 1.0) * (amount / MOST) ** 2)


def direction(fitted: FittedModels, name: str) -> np.ndarray:
    """Return the effect of a pull on each title, shape (n_items,).

    For a factor it is ``fame_j · loading_jf``, divided by its standard deviation over the rated titles: what moving the
    visitor's vector along the factor adds to the score of ``svd``. For a keyword or genre it is :data:`OF_TAG` for the
    titles that have it, else 0. For :data:`FAME` it is the standardised log popularity, 0 for titles without
    raters: how well known they are is unknown.

    Raises
    ------
    ProfileError
        There is no such factor, keyword or genre in the data set.
    """
    if name == FAME:
        rated = fitted.baseline.rated
        return np.where(rated | ~rated.any(), fitted.baseline.popularity, 0.0)
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


def pulls(fitted: FittedModels, steering: Mapping[str, float], score: np.ndarray, best: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return what each pull but those by titles (:data:`BY_TITLE`) adds to a score, by name, each of shape (n_items,).

        added[j] = 0.4 · strength(amount) · sd(score) · direction[j]

    The standard deviation of the score makes a pull equally strong for every model. :data:`FAME` has the amount times the distance
    between the 10th and the 60th best score instead of ``0.4 · sd(score)``: it shall exchange a part of every list, and titles at the top
    of a list lie far apart for some visitors and close together for others.

    Parameters
    ----------
    steering : mapping of name to amount in [-3, 3]
    score : ndarray of shape (n_items,)
        The score without steering; NaN where a title cannot be scored. Of very many titles, that of those which tell its spread.
    best : ndarray, optional
        Scores among which are the best of all titles; by default ``score``.

    Raises
    ------
    ProfileError
        An amount that is not a number from -3 to 3, or an unknown name.
    """
    steering = {name: amount for name, amount in steering.items() if not name.startswith(BY_TITLE)}
    if not steering:
        return {}
    for name, amount in steering.items():
        if not isinstance(amount, (int, float)) or not -MOST <= amount <= MOST:
            raise ProfileError(f"The pull of {name!r} is {amount!r}; a pull is a number from {-MOST:g} to {MOST:g}.")
    known = score[~np.isnan(score)]
    unit = UNIT * ((float(known.std()) if len(known) else 0.0) or 1.0)
    found = {name: direction(fitted, name) for name in steering}
    best = known if best is None else best[~np.isnan(best)]
    shifts = {name: amount * _reach(best) if name == FAME else strength(amount) * unit for name, amount in steering.items() if amount}
    return {name: shift * found[name] for name, shift in shifts.items()}


def _reach(scores: np.ndarray) -> float:
    """Return how far the 10th and the 60th best score lie apart; of few scores, those after the best quarter and the worst."""
    n = len(scores)
    near, far = min(NEAR, n // 4), min(FAR, n - 1)
    if not near < far:
        return UNIT
    ranked = np.partition(scores, (n - 1 - near, n - 1 - far))
    return float(ranked[n - 1 - near] - ranked[n - 1 - far]) or UNIT
