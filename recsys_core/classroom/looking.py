"""Looking at a class before anything is predicted: where it agrees, who is alike, and how it differs from a large audience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.methods import likeness_of_people
from recsys_core.data.dataset import Dataset
from recsys_core.lessons.similarity import LIKENESS, SCALE, chebyshev, cosine, jaccard, l1, l2, pearson

FEWEST_RATERS = 3
"""Stars that a title needs before its spread says anything."""
FEWEST_SHARED = 3
"""Titles that two people must both have rated before they can be alike."""


@dataclass(frozen=True, slots=True)
class TitleFigures:
    """How a class rates a title.

    Attributes
    ----------
    mean, spread : float
        Mean and standard deviation of the stars.
    n : int
        How many rated it.
    """

    item_id: str
    mean: float
    spread: float
    n: int


def titles(matrix: ClassMatrix) -> list[TitleFigures]:
    """The titles that enough people rated, from the one on which they agree most to the one on which they agree least."""
    found = []
    for item_id, column in zip(matrix.titles, matrix.R.T, strict=True):
        stars = column[column > 0]
        if len(stars) >= FEWEST_RATERS:
            found.append(TitleFigures(item_id, float(stars.mean()), float(stars.std()), len(stars)))
    return sorted(found, key=lambda title: (title.spread, -title.n, title.item_id))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people, by row, how alike they are by a measure, and how many titles both rated."""

    a: int
    b: int
    value: float
    shared: int


def pairs(matrix: ClassMatrix, measure: Callable[[np.ndarray, np.ndarray], float]) -> list[Pair]:
    """All pairs with enough shared titles, the most alike first by a measure of :mod:`recsys_core.lessons.similarity`."""
    rated = (matrix.R > 0).astype(int)
    shared, values = rated @ rated.T, of_all_pairs(matrix.R, measure)
    wanted = np.argwhere(np.triu((shared >= FEWEST_SHARED) & np.isfinite(values), k=1))
    found = [Pair(int(a), int(b), float(values[a, b]), int(shared[a, b])) for a, b in wanted]
    sign = -1 if measure in LIKENESS else 1
    return sorted(found, key=lambda pair: (sign * round(pair.value, 9), -pair.shared, pair.a, pair.b))


def of_all_pairs(R: np.ndarray, measure: Callable[[np.ndarray, np.ndarray], float]) -> np.ndarray:
    """A measure of :mod:`recsys_core.lessons.similarity` for all pairs of rows at once (n, n); NaN where it has no value."""
    if measure is pearson:
        return likeness_of_people(R)
    rated = R > 0
    both = rated[:, None] & rated[None]
    apart = np.where(both, np.abs(R[:, None] - R[None]), 0.0)
    lengths, n = np.linalg.norm(R, axis=1), both.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        if measure is jaccard:
            return np.asarray(n / (rated[:, None] | rated[None]).sum(axis=2))
        if measure is cosine:
            return np.asarray(R @ R.T / np.outer(lengths, lengths))
        if measure is l1:
            return np.asarray(apart.sum(axis=2) / n)
        if measure is l2:
            return np.asarray(np.sqrt((apart**2).sum(axis=2) / n))
        if measure is chebyshev:
            return np.where(n > 0, apart.max(axis=2, initial=0.0) / SCALE, np.nan)
    raise ValueError(f"{measure.__name__} is not one of the lesson's measures.")


@dataclass(frozen=True, slots=True)
class Beside:
    """A title before a class and before a large audience.

    Attributes
    ----------
    by : float
        How many stars more the class gives, each side counted from its own mean over these titles.
    error : float
        The standard error of that, from the class's spread: of 20 such differences about one is beyond twice this by chance.
    more_divided : float
        How much larger the standard deviation of the class is.
    """

    item_id: str
    mean: float
    audience_mean: float
    by: float
    error: float
    more_divided: float
    n: int
    audience_n: int


def beside(matrix: ClassMatrix, audience: list[TitleFigures]) -> list[Beside]:
    """The class beside an audience, from what it likes more to what it likes less."""
    other = {title.item_id: title for title in audience}
    mine = [title for title in titles(matrix) if title.item_id in other]
    if not mine:
        return []
    own_mean = np.mean([title.mean for title in mine])
    their_mean = np.mean([other[title.item_id].mean for title in mine])
    found = [
        Beside(
            title.item_id,
            title.mean,
            them.mean,
            float((title.mean - own_mean) - (them.mean - their_mean)),
            float(max(title.spread, 0.25) / np.sqrt(title.n)),  # a class that agrees by chance is not sure for that
            title.spread - them.spread,
            title.n,
            them.n,
        )
        for title in mine
        for them in [other[title.item_id]]
    ]
    return sorted(found, key=lambda line: (-line.by, line.item_id))


def audience_of(dataset: Dataset, item_ids: tuple[str, ...]) -> list[TitleFigures]:
    """How the audience of a data set rates these titles; those that too few rated there are left out."""
    positions = [dataset.position(item_id) for item_id in item_ids if item_id in dataset.item_index]
    columns = dataset.ratings[:, positions].tocsc()
    found = []
    for place, position in enumerate(positions):
        stars = columns.data[columns.indptr[place] : columns.indptr[place + 1]].astype(float)
        if len(stars) >= FEWEST_RATERS:
            found.append(TitleFigures(str(dataset.item_ids[position]), float(stars.mean()), float(stars.std()), len(stars)))
    return found
