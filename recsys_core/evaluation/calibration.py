"""Do predicted stars mean what they say, and do intervals hold as often as they promise?"""

from __future__ import annotations

import numpy as np
import pandas as pd


def calibration_table(predicted: np.ndarray, true: np.ndarray) -> pd.DataFrame:
    """Mean true rating by predicted stars (a reliability diagram as a table; Murphy & Winkler 1977).

    Bins are half a star wide around 0.5, 1.0, …, 5.0; the lower edge belongs to the bin. A calibrated model has
    ``mean_true`` near ``mean_predicted`` in every bin. Pairs without a prediction (NaN) are left out.

    Parameters
    ----------
    predicted, true : ndarray of shape (n_pairs,), stars

    Returns
    -------
    DataFrame, one row per bin that is not empty
        ``stars`` (its centre), ``mean_predicted``, ``mean_true``, ``n``.
    """
    known = ~np.isnan(predicted)
    pairs = pd.DataFrame({"predicted": predicted[known], "true": true[known]})
    pairs["stars"] = np.floor(pairs["predicted"] * 2 + 0.5) / 2
    table = pairs.groupby("stars").agg(mean_predicted=("predicted", "mean"), mean_true=("true", "mean"), n=("true", "size"))
    return table.reset_index()


def interval_coverage(low: np.ndarray, high: np.ndarray, true: np.ndarray) -> float:
    """Share of the true ratings within their interval, ends included; an honest 80 % band has 0.8.

    Parameters
    ----------
    low, high, true : ndarray of shape (n_pairs,), stars
        Pairs with a NaN end are left out; NaN if none remains.
    """
    known = ~(np.isnan(low) | np.isnan(high))
    inside = (low[known] <= true[known]) & (true[known] <= high[known])
    return float(inside.mean()) if len(inside) else float("nan")
