"""Confidence intervals by the percentile bootstrap over users.

Users are resampled, not ratings, because the ratings of one user are not independent. Every figure here is a function of
sums over users, so a resample is a sum over sampled rows. Equal seeds and numbers of users give equal resamples, so figures
of several models differ by the models and not by the sample.

References
----------
Efron (1979), "Bootstrap methods: another look at the jackknife".
Efron & Tibshirani (1993), "An introduction to the bootstrap", chapter 13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

N_RESAMPLES, LEVEL = 1000, 0.95
_CELLS = 2_000_000
"""Largest number of cells that are resampled at once, to bound the memory."""


class Interval(NamedTuple):
    """A figure and the ends of its interval (95 % unless stated otherwise), in the unit of the figure."""

    value: float
    low: float
    high: float


NOTHING = Interval(float("nan"), float("nan"), float("nan"))


def bootstrap(
    columns: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    *,
    n_resamples: int = N_RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """Compute a figure over all users, and its percentiles over resampled users.

    Parameters
    ----------
    columns : ndarray of shape (n_users, n_columns)
        The values to sum over users. Without users the result is NaN.
    statistic : callable
        Maps sums of shape (n, n_columns) to figures of shape (n,).
    """
    columns = np.asarray(columns, dtype=np.float64)
    n = len(columns)
    if not n:
        return NOTHING
    rng = np.random.default_rng(seed)
    at_once = max(1, _CELLS // columns.size)
    sizes = [min(at_once, n_resamples - start) for start in range(0, n_resamples, at_once)]
    sums = np.concatenate([columns[rng.integers(n, size=(size, n))].sum(axis=1) for size in sizes])
    with np.errstate(divide="ignore", invalid="ignore"):  # in a resample, all denominators may be zero
        value, resampled = float(statistic(columns.sum(axis=0, keepdims=True))[0]), statistic(sums)
    resampled = resampled[np.isfinite(resampled)]
    if not len(resampled):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))


def mean_interval(values: np.ndarray, *, seed: int = 0) -> Interval:
    """Return the mean of one value per user with its interval. Users whose value is NaN are left out.

    >>> mean_interval(np.array([1.0, 1.0, float("nan")]))
    Interval(value=1.0, low=1.0, high=1.0)
    """
    kept = values[~np.isnan(values)]
    return ratio_interval(kept, np.ones(len(kept)), seed=seed)


def ratio_interval(numerators: np.ndarray, denominators: np.ndarray, *, seed: int = 0) -> Interval:
    """Return ``Σ numerators / Σ denominators``, such as a mean over ratings from each user's sum and count."""
    return bootstrap(np.column_stack([numerators, denominators]), lambda sums: sums[:, 0] / sums[:, 1], seed=seed)


def rmse_interval(squared_errors: np.ndarray, counts: np.ndarray, *, seed: int = 0) -> Interval:
    """Return the RMSE ``√(Σ squared errors / Σ counts)``, in stars, from each user's sum of squared errors and count."""
    return bootstrap(np.column_stack([squared_errors, counts]), lambda sums: np.sqrt(sums[:, 0] / sums[:, 1]), seed=seed)


def paired_difference(
    ours: np.ndarray, theirs: np.ndarray, counts: np.ndarray | None = None, *, root: bool = False, seed: int = 0
) -> Interval:
    """Return the difference of two models' means on the same users: ``Σ ours / Σ counts - Σ theirs / Σ counts``.

    Its interval is much narrower than the models' own intervals suggest, because users who are hard to predict for one
    model are hard for the other as well.

    Parameters
    ----------
    ours, theirs : ndarray of shape (n_users,)
        Each user's sum (or value) for the two models; users with a NaN are left out.
    counts : ndarray of shape (n_users,), optional
        The number of values in each sum; one each by default.
    root : bool
        Whether to take the root of each mean before subtracting, for a difference of RMSEs.
    """
    columns = _paired(ours, theirs, counts)

    def difference(sums: np.ndarray) -> np.ndarray:
        means = sums[:, :2] / sums[:, 2:]
        return (np.sqrt(means) if root else means) @ np.array([1.0, -1.0])

    return bootstrap(columns, difference, seed=seed)


def paired_ratio(ours: np.ndarray, theirs: np.ndarray, *, root: bool = False, seed: int = 0) -> Interval:
    """Return the ratio of two models' means on the same users: ``Σ ours / Σ theirs``, or its square root with ``root``."""

    def ratio(sums: np.ndarray) -> np.ndarray:
        quotient = sums[:, 0] / sums[:, 1]
        return np.sqrt(quotient) if root else quotient

    return bootstrap(_paired(ours, theirs, None), ratio, seed=seed)


def _paired(ours: np.ndarray, theirs: np.ndarray, counts: np.ndarray | None) -> np.ndarray:
    columns = np.column_stack([ours, theirs, np.ones(len(ours)) if counts is None else counts])
    return columns[~np.isnan(columns).any(axis=1)]
