"""Names on the taste map: which titles and regions are named, and where the words go so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.factors.labels import tags_of
from recsys_core.factors.names import is_poor

N_REGIONS, N_TITLES = 8, 32
NEAR = 0.09
"""Radius of a region, as a share of the map's width."""
FEWEST_MEMBERS = 6
LETTER, LINE = 0.56, 1.25
"""Width of a letter and height of a line, as shares of the size of the letters: mean of Figtree, measured in Chromium, rounded up."""
GAP = 2.0
"""Pixels that stay free between two labels."""
Areas: TypeAlias = Sequence[tuple[int, int]]
WIDE: Areas = ((640, 500), (900, 520), (1200, 540), (1500, 560), (1800, 560))
NARROW: Areas = ((300, 480), (350, 500), (420, 520), (560, 520))
"""Sizes of the area in pixels at which labels are checked: beside each other at one width they may meet at another."""
SIDES = {
    "middle right": (1, 0), "middle left": (-1, 0), "top center": (0, 1), "bottom center": (0, -1),
    "top right": (1, 1), "bottom right": (1, -1), "top left": (-1, 1), "bottom left": (-1, -1),
}  # fmt: skip
"""Where a label may stand beside its point, best first: Plotly's name, and the direction."""
AROUND = {"middle center": (0, 0), "top center": (0, 1), "bottom center": (0, -1), "middle right": (1, 0), "middle left": (-1, 0)}
"""The same for a label without a dot, which names a region: on its point or right beside it."""


class Label(NamedTuple):
    """A text beside a point.

    Attributes
    ----------
    x, y : float
        The point, as shares of the area: 0 is left or bottom, 1 right or top.
    size : float
        Of the letters, in pixels.
    reach : float
        From the point to the edge of the text, in pixels; 0 puts the text on the point.
    """

    text: str
    x: float
    y: float
    size: float
    reach: float

    @property
    def sides(self) -> dict[str, tuple[int, int]]:
        """Where it may stand, best first."""
        return SIDES if self.reach else AROUND

    def box(self, side: str, width: float, height: float) -> np.ndarray:
        """Left, bottom, right and top of the text in an area of so many pixels, in pixels from its lower left corner."""
        across, up = self.sides[side]
        half = np.array([LETTER * self.size * len(self.text), LINE * self.size]) / 2
        middle = np.array([self.x * width, self.y * height]) + np.array([across, up]) * (half + self.reach)
        return np.concatenate([middle - half, middle + half])


class Placed(NamedTuple):
    """A label that found room.

    Attributes
    ----------
    label : int
        Which of the labels it is.
    side : str
        One of :data:`SIDES` or :data:`AROUND`.
    narrow : bool
        Whether there is room for it on a phone, too.
    """

    label: int
    side: str
    narrow: bool


def place(labels: Sequence[Label], most: int, wide: Areas = WIDE, narrow: Areas = NARROW) -> list[Placed]:
    """Find room for labels, the first ones first: none covers another at any size of ``wide``, nor of ``narrow`` where it is shown.

    Greedy: each label takes the first side on which it is inside the area and free of all labels before it; one that finds no
    room is left out.

    References
    ----------
    Christensen, Marks & Shieber (1995), "An empirical study of algorithms for point-feature label placement".
    """
    taken: dict[tuple[int, int], list[np.ndarray]] = {area: [] for area in (*wide, *narrow)}
    found: list[Placed] = []
    for index, label in enumerate(labels):
        for areas in ((*wide, *narrow), wide):
            side = next((side for side in label.sides if all(_is_free(label.box(side, *area), area, taken[area]) for area in areas)), None)
            if side is not None:
                for area in areas:
                    taken[area].append(label.box(side, *area))
                found.append(Placed(index, side, len(areas) > len(wide)))
                break
        if len(found) == most:
            break
    return found


def _is_free(box: np.ndarray, area: tuple[int, int], others: list[np.ndarray]) -> bool:
    if (box[:2] < 0).any() or (box[2:] > np.array(area)).any():
        return False
    if not others:
        return True
    there = np.array(others)
    apart = (there[:, :2] >= box[2:] + GAP) | (there[:, 2:] + GAP <= box[:2])
    return bool(apart.any(axis=1).all())


def regions(points: np.ndarray, dataset: Dataset, known: np.ndarray, n: int = N_REGIONS) -> list[tuple[str, float, float]]:
    """Name parts of the map by the genres and keywords that gather there.

    For each tag the title is found around which, within :data:`NEAR`, ``m² / c`` is largest, with m of the c well-known titles
    there having the tag: many, and few others. The strongest come first; none lies in a region that is named already.

    Parameters
    ----------
    points : ndarray of shape (n_items, 2)
    known : ndarray of int
        Positions of the well-known titles.

    Returns
    -------
    list of (name, x, y)
        In the units of ``points``; the middle of the titles with the tag in the region.
    """
    names, member = tags_of(dataset, known)
    at = points[known]
    if len(at) < 2 * FEWEST_MEMBERS or not names:
        return []
    reach = NEAR * max(float(np.ptp(at[:, 0])), float(np.ptp(at[:, 1])), 1e-12)
    near = sparse.csr_array(((at[:, None, :] - at[None, :, :]) ** 2).sum(axis=2) <= reach**2).astype(np.float64)
    members = (near @ member.T).toarray()
    crowd = np.asarray(near.sum(axis=1))[:, None]
    share = np.asarray(member.sum(axis=1)) / len(at)
    strength = np.where((members >= FEWEST_MEMBERS) & (members / crowd >= 2 * share), members**2 / crowd, 0.0)
    strength[:, [is_poor(name) or name[:1].isupper() for name in names]] = 0.0  # no decades, people, languages
    found: list[tuple[str, float, float]] = []
    while len(found) < n and strength.max(initial=0.0) > 0.0:
        row, tag = np.unravel_index(int(strength.argmax()), strength.shape)
        inside = near[[row]].toarray()[0] * member[[tag]].toarray()[0]
        x, y = (inside @ at) / inside.sum()
        found.append((names[tag], float(x), float(y)))
        strength[:, tag] = 0.0
        strength[((at - [x, y]) ** 2).sum(axis=1) <= (2 * reach) ** 2] = 0.0
    return found
