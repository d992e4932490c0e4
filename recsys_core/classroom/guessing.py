"""Hide and guess: one rating of each person is hidden, four methods predict it from the rest, and their errors say what each is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.methods import METHODS
from recsys_core.evaluation.bootstrap import Interval, bootstrap

FEWEST_STARS = 3
"""Stars that a person needs before one of them is hidden."""
CASES = 3
"""Hidden ratings that the class guesses itself."""
RESAMPLES = 400
"""Of the people, for an interval: enough for the one digit that is shown, and quick."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden rating: row and column, and what it is."""

    person: int
    title: int
    stars: float


@dataclass(frozen=True)
class Guessed:
    """What was hidden, and what each method says.

    Attributes
    ----------
    hidden : tuple of Hidden
        One for each person with stars enough, in the order of rows.
    predicted : dict of ndarray
        By method, stars for each hidden rating; NaN where it cannot say.
    errors : dict of Interval
        By method, the mean absolute error in stars over what it could say, with the 95 % interval over people.
    answered : dict of int
        By method, how many it could say.
    """

    hidden: tuple[Hidden, ...]
    predicted: Mapping[str, np.ndarray]
    errors: Mapping[str, Interval]
    answered: Mapping[str, int]


def hide_one(matrix: ClassMatrix) -> tuple[Hidden, ...]:
    """One rating of each person, by lot: what others say changes nothing, further stars of the person seldom do."""
    lots = np.where(matrix.R > 0, matrix.lots(), np.inf)
    enough = (matrix.R > 0).sum(axis=1) >= FEWEST_STARS
    return tuple(
        Hidden(int(person), title := int(lots[person].argmin()), float(matrix.R[person, title])) for person in np.flatnonzero(enough)
    )


def guess(matrix: ClassMatrix) -> Guessed:
    """Hide, predict and compare."""
    hidden = hide_one(matrix)
    rows, columns = [one.person for one in hidden], [one.title for one in hidden]
    left = matrix.R.copy()
    left[rows, columns] = 0.0
    truth = np.array([one.stars for one in hidden])
    predicted = {name: method(left)[rows, columns] if hidden else np.array([]) for name, method in METHODS.items()}
    return Guessed(
        hidden,
        predicted,
        {name: mean_error(said - truth) for name, said in predicted.items()},
        {name: int(np.isfinite(said).sum()) for name, said in predicted.items()},
    )


def mean_error(errors: np.ndarray) -> Interval:
    """The mean absolute error of what could be said, with its interval over people; NaN for nothing."""
    said = np.abs(errors[np.isfinite(errors)])
    return bootstrap(np.column_stack([said, np.ones_like(said)]), lambda sums: sums[:, 0] / sums[:, 1], n_resamples=RESAMPLES)


def cases(matrix: ClassMatrix, n: int = CASES) -> tuple[Hidden, ...]:
    """The hidden ratings that the class guesses: of titles that many rated, each of another title where that is possible."""
    raters = (matrix.R > 0).sum(axis=0)
    given = (matrix.R > 0).sum(axis=1)
    order = sorted(hide_one(matrix), key=lambda one: (-raters[one.title], -given[one.person], one.person))
    chosen = list({one.title: one for one in reversed(order)}.values())[::-1]
    return tuple(sorted(chosen, key=order.index)[:n])


def question(matrix: ClassMatrix, case: Hidden) -> str:
    """What a class's guesses at a hidden rating are kept under: 60 characters at most."""
    return f"guess {matrix.ids[case.person][:16]} {matrix.titles[case.title]}"[:60]
