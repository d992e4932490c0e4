"""When are two people alike? Six measures of two rows of stars, in which 0 means *not rated*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

SCALE = 4.5
"""From half a star to five stars."""


def shared(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The stars of a (m,) and b (m,) for the titles that both have rated."""
    both = (a > 0) & (b > 0)
    return a[both], b[both]


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """Titles that both have rated, as a share of those that at least one has. It sees no stars. (Jaccard 1901)"""
    either = (a > 0) | (b > 0)
    return float(((a > 0) & (b > 0)).sum() / either.sum()) if either.any() else np.nan


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """a·b / (|a| |b|) over all titles, (m,) each, as if what is missing were 0 stars. (Salton & McGill 1983)"""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths else np.nan


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Correlation of the shared stars: do they go up and down together? NaN if one of them has no ups and downs.

    Source: Resnick, Iacovou, Suchak, Bergstrom & Riedl (1994), GroupLens.
    """
    x, y = shared(a, b)
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    x, y = x - x.mean(), y - y.mean()
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def l1(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference in stars, Σ|d| / n over the n shared titles; NaN without any."""
    x, y = shared(a, b)
    return float(np.mean(np.abs(x - y))) if len(x) else np.nan


def l2(a: np.ndarray, b: np.ndarray) -> float:
    """√(Σd² / n) over the n shared titles, in stars: large differences weigh more. NaN without any."""
    x, y = shared(a, b)
    return float(np.sqrt(np.mean((x - y) ** 2))) if len(x) else np.nan


def chebyshev(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference, max|d|, as a share of the scale of 4.5 stars; NaN without a shared title."""
    x, y = shared(a, b)
    return float(np.max(np.abs(x - y)) / SCALE) if len(x) else np.nan


# --- two mistakes ----------------------------------------------------------------------------------------------------


def l1_or_1(a: np.ndarray, b: np.ndarray) -> float:
    """The mistake: distance 1 where nothing is shared. Then strangers are closer than friends who differ by more than a star."""
    return l1(a, b) if len(shared(a, b)[0]) else 1.0


def l2_slip(a: np.ndarray, b: np.ndarray) -> float:
    """The mistake: √Σd² / n, with n outside the root. The more titles two people disagree on, the closer they seem."""
    x, y = shared(a, b)
    return float(np.sqrt(np.sum((x - y) ** 2)) / len(x)) if len(x) else np.nan


# --- is it a distance? -----------------------------------------------------------------------------------------------

MEASURES = (jaccard, cosine, pearson, l1, l2, chebyshev)
LIKENESS = (jaccard, cosine, pearson)
"""1 for the most alike; the other measures are 0 for the most alike."""


@dataclass(frozen=True)
class Counterexample:
    """An axiom, the rows that break it the most, and by how much; no rows and 0 where it holds."""

    axiom: str
    rows: tuple[int, ...]
    by: float


def distances(measure: Callable, rows: np.ndarray) -> np.ndarray:
    """The measure of all pairs of rows (n, m) as a distance (n, n): a likeness is turned round to 1 - likeness."""
    D = np.array([[measure(a, b) for b in rows] for a in rows])
    return 1 - D if measure in LIKENESS else D


def worst(axiom: str, wrong: np.ndarray) -> Counterexample:
    """The place of the largest number of an array, unless nothing is above 0 (or above what rounding leaves)."""
    wrong = np.nan_to_num(wrong, nan=0.0)
    place = np.unravel_index(np.argmax(wrong), wrong.shape)
    by = float(wrong[place])
    return Counterexample(axiom, tuple(int(i) for i in place), by) if by > 1e-9 else Counterexample(axiom, (), 0.0)


def worst_of_axioms(measure: Callable, rows: np.ndarray) -> tuple[Counterexample, ...]:
    """Look for rows (n, m) that break the four axioms of a distance: the worst example of each. (Fréchet 1906)

    d(a, b) ≥ 0 · d(a, b) = 0 only if a = b · d(a, b) = d(b, a) · d(a, c) ≤ d(a, b) + d(b, c).
    """
    D = distances(measure, rows)
    differ = np.array([[np.sum(a != b) for b in rows] for a in rows])
    detour = D[:, :, None] + D[None, :, :]  # from a by way of b to c
    return (
        worst("not negative", -D),
        worst("zero only for the same", np.where(np.abs(D) < 1e-9, differ, 0)),
        worst("the same both ways", np.abs(D - D.T)),
        worst("no detour is shorter", D[:, None, :] - detour),
    )
