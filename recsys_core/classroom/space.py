"""The factors of a class: people and titles as points of one plane, found by the lesson's singular value decomposition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys_core.classroom.matrix import ClassMatrix, lot
from recsys_core.classroom.methods import ROUNDS
from recsys_core.lessons import svd

FEWEST_PEOPLE, FEWEST_TITLES = 3, 3
ENDS = 3
"""Titles that are shown at each end of an axis."""


@dataclass(frozen=True)
class Plane:
    """Two directions in which the class differs most.

    Attributes
    ----------
    people, titles : ndarray of shape (n, 2) and (m, 2)
        Points from -1 to 1: who lies where a title lies rates it above what is expected.
    shares : ndarray of shape (2,)
        Of the squares of what deviates from expected, the part that each direction holds.
    """

    people: np.ndarray
    titles: np.ndarray
    shares: np.ndarray

    def ends(self, axis: int) -> tuple[list[int], list[int]]:
        """The columns of the titles at the low and at the high end of an axis, the outermost first."""
        order = [int(title) for title in np.argsort(self.titles[:, axis], kind="stable")]
        return order[:ENDS], order[::-1][:ENDS]


def plane(matrix: ClassMatrix) -> Plane | None:
    """The two directions; None where the class is too small or does not differ in two ways."""
    R = matrix.R
    if (R > 0).any(axis=1).sum() < FEWEST_PEOPLE or (R > 0).any(axis=0).sum() < FEWEST_TITLES:
        return None
    X, _ = svd.fill(np.where(R > 0, R, np.nan), "residuals")
    if np.linalg.matrix_rank(X) < 2:
        return None
    U, s, V = svd.leading(X, 2, ROUNDS, seed=0)
    people, titles = U * s, V * s
    return Plane(people / np.abs(people).max(axis=0), titles / np.abs(titles).max(axis=0), s**2 / np.sum(X**2))


def names_for(low: Sequence[Sequence[str]], high: Sequence[Sequence[str]], n: int = 4) -> list[tuple[str, str]]:
    """Names that an axis may get, from what the titles at its ends have more often there than at the other end.

    >>> names_for([["Horror", "Drama"], ["Horror"]], [["Comedy", "Drama"], ["Comedy", "Family"]], n=2)
    [('Horror', 'Comedy'), ('Horror', 'Family')]
    """
    here, there = (Counter(tag for tags in end for tag in dict.fromkeys(tags)) for end in (low, high))
    lows, highs = _more_often(here, there), _more_often(there, here)
    found = [(a, b) for a in lows for b in highs]
    rank: Mapping[tuple[str, str], int] = {(a, b): lows.index(a) + highs.index(b) for a, b in found}
    return sorted(found, key=lambda names: (rank[names], names))[:n]


def axis_options(matrix: ClassMatrix, found: Plane, axis: int, tags: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Names that the class may give an axis, for its low and its high end; ``tags`` are the genres of each title."""
    low, high = ([tags.get(matrix.titles[title], ()) for title in end] for end in found.ends(axis))
    return names_for(low, high)


def axis_question(axis: int) -> str:
    """What the votes on an axis are kept under."""
    return f"axis {axis}"


def axis_answer(names: tuple[str, str]) -> float:
    """The number that stands for names of an axis among votes: the same however many names there are beside it."""
    return float(round(1e6 * lot(*names)))


def axis_name(votes: Mapping[str, float], options: Sequence[tuple[str, str]]) -> tuple[tuple[str, str] | None, int]:
    """The names that most voted for, and how many did; None where nobody has voted for any of them."""
    counts = Counter(votes.values())
    best = max(options, key=lambda names: counts[axis_answer(names)], default=None)
    n = counts[axis_answer(best)] if best else 0
    return (best, n) if n else (None, 0)


def _more_often(here: Counter[str], there: Counter[str]) -> list[str]:
    more = {tag: here[tag] - there[tag] for tag in here if here[tag] > there[tag]}
    return sorted(more, key=lambda tag: (-more[tag], tag))
