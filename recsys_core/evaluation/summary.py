"""Summarise per-user results: means with confidence intervals, and paired comparisons of models.

There is one row per model and metric, with the columns :data:`COLUMNS`. Intervals are 95 % percentile bootstrap intervals
over users (:mod:`~recsys_core.evaluation.bootstrap`). A user in several runs (seeds, folds) is resampled as one.
``difference`` and ``ratio`` compare a model with the one named in ``versus``, on the users or ratings that both can answer;
without a comparison they are NaN.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from recsys_core.errors import UnknownModelError
from recsys_core.evaluation.bootstrap import NOTHING, Interval, paired_difference, paired_ratio, ratio_interval, rmse_interval

COLUMNS = (
    "model", "metric", "value", "low", "high", "n_users",
    "versus", "difference", "difference_low", "difference_high", "ratio", "ratio_low", "ratio_high",
)  # fmt: skip
_NOT_METRICS = ("run", "model", "user_id", "n_given", "n_relevant", "list_popularity", "profile_popularity")


def summarise_lists(users: pd.DataFrame, overall: Iterable[pd.DataFrame] = (), versus: str | None = None) -> pd.DataFrame:
    """Average the results of :func:`~recsys_core.evaluation.protocols.evaluate_lists` over users.

    Parameters
    ----------
    users : DataFrame
        ``ListResults.users`` of one run, or of several joined, with a column ``run``.
    overall : frames of ListResults.overall, optional
        Figures over all lists; they are averaged over runs, without intervals.
    versus : str, optional
        The model that the others are compared with.

    Raises
    ------
    UnknownModelError
        ``versus`` is not among the models.
    """
    if users.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    names = _names(users, versus)
    rows = []
    for metric in [column for column in users if column not in _NOT_METRICS]:
        values = _by_model(users, metric, ["user_id"])
        for name in names:
            known = values[name].dropna()
            counts = _per_user(known, "count")
            row = _row(name, metric, ratio_interval(_per_user(known, "sum"), counts), len(counts))
            if versus not in (None, name):
                shared = values[[name, versus]].dropna()
                ours, theirs, n = _per_user(shared[name], "sum"), _per_user(shared[versus], "sum"), _per_user(shared[name], "count")
                row |= _compared(str(versus), paired_difference(ours, theirs, n), paired_ratio(ours, theirs))
            rows.append(row)
    for name in names:
        known = users[users["model"] == name].dropna(subset=["list_popularity"]).set_index("user_id")
        listed, profile = _per_user(known["list_popularity"], "sum"), _per_user(known["profile_popularity"], "sum")
        rows.append(_row(name, "popularity lift", ratio_interval(listed, profile), len(listed)))
    everything = list(overall)
    if everything:
        means = pd.concat(everything).groupby("model").mean()
        rows += [_row(name, metric, NOTHING._replace(value=float(means.loc[name, metric])), 0) for metric in means for name in names]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summarise_stars(pairs: pd.DataFrame, versus: str | None = None) -> pd.DataFrame:
    """Compute RMSE, MAE and coverage from the results of :func:`~recsys_core.evaluation.protocols.evaluate_stars`.

    ``rmse`` and ``mae`` are over the ratings that a model can predict, and ``coverage`` is their share: read them
    together. Errors are pooled over folds; the mean of the folds' RMSE differs in the fourth digit.

    Parameters
    ----------
    pairs : DataFrame
        The result of one run, or of several joined, with a column ``run``.
    versus : str, optional
        The model that the others are compared with, on the ratings that both predict.

    Raises
    ------
    UnknownModelError
        ``versus`` is not among the models.
    """
    if pairs.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    names = _names(pairs, versus)
    predicted = _by_model(pairs, "predicted", ["user_id", "item_id", "rating"])
    errors = predicted.sub(predicted.index.get_level_values("rating"), axis=0)
    rows = []
    for name in names:
        own = errors[name].dropna()
        n = _per_user(own, "count")
        measured = {"rmse": rmse_interval(_per_user(own**2, "sum"), n), "mae": ratio_interval(_per_user(own.abs(), "sum"), n)}
        shared = errors[[name, versus]].dropna() if versus not in (None, name) else None
        for metric, interval in measured.items():
            row = _row(name, metric, interval, len(n))
            if shared is not None:
                root = metric == "rmse"
                sizes = shared**2 if root else shared.abs()
                ours, theirs = _per_user(sizes[name], "sum"), _per_user(sizes[versus], "sum")
                difference = paired_difference(ours, theirs, _per_user(sizes[name], "count"), root=root)
                row |= _compared(str(versus), difference, paired_ratio(ours, theirs, root=root))
            rows.append(row)
        answered = errors[name].notna()
        asked = _per_user(answered, "count")
        rows.append(_row(name, "coverage", ratio_interval(_per_user(answered, "sum"), asked), len(asked)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _names(results: pd.DataFrame, versus: str | None) -> list[str]:
    names = [str(name) for name in results["model"].unique()]
    if versus is not None and versus not in names:
        raise UnknownModelError(f"No model {versus!r} to compare with. There are: {', '.join(names)}.")
    return names


def _by_model(results: pd.DataFrame, column: str, keys: list[str]) -> pd.DataFrame:
    """Pivot to one column per model and one row per user or rating."""
    runs = results if "run" in results else results.assign(run=0)
    return runs.pivot(index=["run", *keys], columns="model", values=column)


def _per_user(values: pd.Series, how: str) -> np.ndarray:
    return values.groupby(level="user_id").agg(how).to_numpy(np.float64)


def _row(model: str, metric: str, interval: Interval, n_users: int) -> dict[str, object]:
    blank: dict[str, object] = dict.fromkeys(COLUMNS, float("nan"))
    return blank | {"model": model, "metric": metric, **interval._asdict(), "n_users": n_users, "versus": ""}


def _compared(versus: str, difference: Interval, ratio: Interval) -> dict[str, object]:
    return {
        "versus": versus,
        "difference": difference.value,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "ratio": ratio.value,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
    }
