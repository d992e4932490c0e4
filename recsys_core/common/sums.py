"""Sums that do not depend on the order of what is added, so that blocks of it give the same as the whole."""

from __future__ import annotations

import numpy as np

STEP = 2.0**-24
"""Multiples of it add up exactly to half a billion, in double precision."""


def sums_at(places: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Return the sum of the values at each of ``n`` places in two parts, shape (2, n): those of blocks add up, then ``sum(axis=0)``.

    The first part holds multiples of :data:`STEP` and is exact; the second, of what is left, is so small that its rounding errors
    lie far below the last digit of the sum.

    >>> values = np.array([0.1, 0.2, 0.3])
    >>> one = sums_at(np.zeros(2, int), values[:2], 1) + sums_at(np.zeros(1, int), values[2:], 1)
    >>> other = sums_at(np.zeros(1, int), values[:1], 1) + sums_at(np.zeros(2, int), values[1:], 1)
    >>> bool(one.sum() == other.sum()), bool((values[0] + values[1]) + values[2] == values[0] + (values[1] + values[2]))
    (True, False)
    """
    coarse = np.round(values / STEP) * STEP
    return np.stack([np.bincount(places, coarse, n), np.bincount(places, values - coarse, n)])
