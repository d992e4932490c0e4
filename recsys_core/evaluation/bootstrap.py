"""How sure a figure is: percentile bootstrap over users (Efron 1979; Efron & Tibshirani 1993, ch. 13).

Users are drawn with replacement, never ratings: the ratings of one person belong together. Every figure here is a
function of sums over users, so one resample is a sum over drawn rows. Equal seed and number of users give equal
draws, so figures of several models differ by the models and not by the draw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

N_RESAMPLES, LEVEL = 1000, 0.95
_CELLS = 2_000_000
"""Drawn at once at most: bounds the memory."""


class Interval(NamedTuple):
    """A figure and the ends of its interval (95 % unless said otherwise), in the figure's own unit."""

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
    """The figure over all users and the percentiles of the same figure over resampled users.

    Parameters
    ----------
    columns : ndarray of shape (n_users, n_columns)
        What is summed over users. No users: all NaN.
    statistic : callable
        From sums of shape (n, n_columns) to figures of shape (n,).
    """
    columns = np.asarray(columns, dtype=np.float64)
    n = len(columns)
    if not n:
        return NOTHING
    rng = np.random.default_rng(seed)
    at_once = max(1, _CELLS // columns.size)
    sizes = [min(at_once, n_resamples - start) for start in range(0, n_resamples, at_once)]
    sums = np.concatenate([columns[rng.integers(n, size=(size, n))].sum(axis=1) for size in sizes])
    with np.errstate(divide="ignore", invalid="ignore"):  # a resample may draw only users who count nothing
        value, resampled = float(statistic(columns.sum(axis=0, keepdims=True))[0]), statistic(sums)
    resampled = resampled[np.isfinite(resampled)]
    if not len(resampled):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))


def mean_interval(values: np.ndarray, *, seed: int = 0) -> Interval:
    """Mean of one value per user. Users whose value is NaN are left out."""
    kept = values[~np.isnan(values)]
    return ratio_interval(kept, np.ones(len(kept)), seed=seed)


def ratio_interval(numerators: np.ndarray, denominators: np.ndarray, *, seed: int = 0) -> Interval:
    """``Σ numerators / Σ denominators``, such as a mean over ratings with its sum and count per user."""
    return bootstrap(np.column_stack([numerators, denominators]), lambda sums: sums[:, 0] / sums[:, 1], seed=seed)


def rmse_interval(squared_errors: np.ndarray, counts: np.ndarray, *, seed: int = 0) -> Interval:
    """``√(Σ squared errors / Σ counts)``, in stars, from each user's sum of squared errors and number of ratings."""
    return bootstrap(np.column_stack([squared_errors, counts]), lambda sums: np.sqrt(sums[:, 0] / sums[:, 1]), seed=seed)


def paired_difference(
    ours: np.ndarray, theirs: np.ndarray, counts: np.ndarray | None = None, *, root: bool = False, seed: int = 0
) -> Interval:
    """Mean of one model minus mean of another for the same users: ``Σ ours / Σ counts - Σ theirs / Σ counts``.

    Far narrower than two single intervals suggest, because a user who is hard for one is hard for the other.

    Parameters
    ----------
    ours, theirs : ndarray of shape (n_users,)
        Each user's sum (or value) for either model; users for whom either is NaN are left out.
    counts : ndarray of shape (n_users,), optional
        What the sums are over; one each by default.
    root : bool
        Take the root of each mean before subtracting: the difference of two RMSE.
    """
    columns = _paired(ours, theirs, counts)

    def difference(sums: np.ndarray) -> np.ndarray:
        means = sums[:, :2] / sums[:, 2:]
        return (np.sqrt(means) if root else means) @ np.array([1.0, -1.0])

    return bootstrap(columns, difference, seed=seed)


def paired_ratio(ours: np.ndarray, theirs: np.ndarray, *, root: bool = False, seed: int = 0) -> Interval:
    """Mean of one model over mean of another for the same users: ``Σ ours / Σ theirs``, with ``root`` its square root."""

    def ratio(sums: np.ndarray) -> np.ndarray:
        quotient = sums[:, 0] / sums[:, 1]
        return np.sqrt(quotient) if root else quotient

    return bootstrap(_paired(ours, theirs, None), ratio, seed=seed)


def _paired(ours: np.ndarray, theirs: np.ndarray, counts: np.ndarray | None) -> np.ndarray:
    columns = np.column_stack([ours, theirs, np.ones(len(ours)) if counts is None else counts])
    return columns[~np.isnan(columns).any(axis=1)]
