"""A student's own list among the titles of the room, with the classmate whose ratings counted most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.methods import NEIGHBOURS, over_mean, people_weights
from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.lessons.neighbours import means


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A title that a student has not rated.

    Attributes
    ----------
    stars : float
        What is expected, by the classmates most alike (user-kNN).
    classmate : int
        The row of the one who counted most.
    share : float
        The part of all weight that this one had, from 0 to 1.
    """

    item_id: str
    stars: float
    classmate: int
    share: float


def own_list(matrix: ClassMatrix, student: str) -> list[OwnLine]:
    """The titles that a student, by id, has not rated and that somebody alike has, best first; empty where there is no such."""
    if student not in matrix.ids:
        return []
    me, R = matrix.ids.index(student), matrix.R
    above, weights = people_weights(R, NEIGHBOURS, over_mean(R))
    stars = np.clip(means(R)[me] + above[me], MIN_STARS, MAX_STARS)
    found = []
    for title in np.flatnonzero((R[me] == 0) & np.isfinite(stars)):
        counted = weights[me, :, title]
        found.append(OwnLine(matrix.titles[title], float(stars[title]), int(counted.argmax()), float(counted.max() / counted.sum())))
    return sorted(found, key=lambda line: (-line.stars, line.item_id))


def most_like(matrix: ClassMatrix, student: str, n: int = NEIGHBOURS) -> list[tuple[int, float]]:
    """The rows of the classmates whose stars go up and down with a student's, and their part of the weight, largest first."""
    if student not in matrix.ids:
        return []
    weights = people_weights(matrix.R, n, over_mean(matrix.R))[1][matrix.ids.index(student)].sum(axis=1)
    total = weights.sum()
    order = np.argsort(-weights, kind="stable")
    return [(int(row), float(weights[row] / total)) for row in order if weights[row] > 0]
