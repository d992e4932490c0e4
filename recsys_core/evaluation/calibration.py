"""Calibration of the predicted stars and coverage of their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd


def calibration_table(predicted: np.ndarray, true: np.ndarray) -> pd.DataFrame:
    """Average the true ratings by predicted stars (a reliability diagram as a table).

    Bins are half a star wide, centred at 0.5, 1.0, …, 5.0, and include their lower edge. For a calibrated model
    ``mean_true`` is close to ``mean_predicted`` in every bin. Pairs without a prediction (NaN) are left out.

    Parameters
    ----------
    predicted, true : ndarray of shape (n_pairs,), stars

    Returns
    -------
    DataFrame, one row per bin that is not empty
        ``stars`` (its centre), ``mean_predicted``, ``mean_true``, ``n``.

    Examples
    --------
    >>> calibration_table(np.array([3.1, 2.9, 4.5]), np.array([4.0, 3.0, 5.0]))
       stars  mean_predicted  mean_true  n
    0    3.0             3.0        3.5  2
    1    4.5             4.5        5.0  1

    References
    ----------
    Murphy & Winkler (1977), "Reliability of subjective probability forecasts of precipitation and temperature".
    """
    known = ~np.isnan(predicted)
    pairs = pd.DataFrame({"predicted": predicted[known], "true": true[known]})
    pairs["stars"] = np.floor(pairs["predicted"] * 2 + 0.5) / 2
    table = pairs.groupby("stars").agg(mean_predicted=("predicted", "mean"), mean_true=("true", "mean"), n=("true", "size"))
    return table.reset_index()


def interval_coverage(low: np.ndarray, high: np.ndarray, true: np.ndarray) -> float:
    """Return the share of the true ratings within their intervals, ends included; 0.8 for calibrated 80 % intervals.

    Parameters
    ----------
    low, high, true : ndarray of shape (n_pairs,), stars
        Pairs with a NaN end are left out; the result is NaN if none remain.

    Examples
    --------
    >>> interval_coverage(np.array([2.0, 3.0]), np.array([4.0, 5.0]), np.array([3.5, 2.0]))
    0.5
    """
    known = ~(np.isnan(low) | np.isnan(high))
    inside = (low[known] <= true[known]) & (true[known] <= high[known])
    return float(inside.mean()) if len(inside) else float("nan")
