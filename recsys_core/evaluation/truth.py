"""Evaluate models against the true preferences of simulated viewers: their noise-free stars for every title.

Real ratings exist only for the titles that users chose to watch. The true stars exist for all titles, so a list is not
penalised here for a good title that the viewer did not happen to watch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
import pandas as pd

from recsys_core.common import metrics
from recsys_core.common.progress import Progress, silent
from recsys_core.data.dataset import Dataset
from recsys_core.data.ranking import top_n
from recsys_core.data.scale import LIKED_STARS
from recsys_core.datasets.sources.showcase import AXES, Audience
from recsys_core.evaluation.bootstrap import mean_interval, rmse_interval
from recsys_core.evaluation.protocols import Predictor, Scorer, cases
from recsys_core.evaluation.splits import Split

BEST, ANY = "best possible", "any titles"
"""Reference rows: the viewer's truly best titles, and the mean over all titles."""


def axis_agreement(loadings: np.ndarray, dataset: Dataset, titles: np.ndarray, audience: Audience, catalogue_ids: np.ndarray) -> np.ndarray:
    """Return the absolute correlations of learned factors with the true taste axes over some titles.

    Parameters
    ----------
    loadings : ndarray of shape (n_items, n_factors)
    titles : ndarray of bool, shape (n_items,)
        The titles with reliable loadings.

    Returns
    -------
    ndarray of shape (n_factors, len(AXES)), in [0, 1]
    """
    rows = pd.Index(catalogue_ids).get_indexer(pd.Index(dataset.item_ids[titles]))
    axes = audience.title_factors[rows, : len(AXES)].astype(np.float64)
    found, n = loadings[titles], loadings.shape[1]
    return np.abs(np.nan_to_num(np.corrcoef(found.T, axes.T)[:n, n:]))


class Asked(Scorer, Predictor, Protocol):
    """A model that both ranks titles and predicts stars."""


def true_stars(audience: Audience, dataset: Dataset, user_ids: list[str], catalogue_ids: np.ndarray) -> np.ndarray:
    """Return the true stars of some viewers for each title of the data set, shape (len(user_ids), n_items)."""
    rows = [int(user_id.rpartition("-")[2]) for user_id in user_ids]
    some = replace(
        audience,
        viewer_factors=audience.viewer_factors[rows],
        viewer_mean=audience.viewer_mean[rows],
        viewer_spread=audience.viewer_spread[rows],
    )
    columns = pd.Index(catalogue_ids).get_indexer(pd.Index(dataset.item_ids))
    return some.expected_stars()[:, columns]


def evaluate_truth(
    models: Mapping[str, Asked],
    dataset: Dataset,
    split: Split,
    truth: Mapping[str, np.ndarray],
    *,
    k: int = 10,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Compare rankings and predictions for all titles that were not given with the true stars.

    Parameters
    ----------
    truth : mapping of user id to true stars, shape (n_items,)
        Only these viewers are evaluated.

    Returns
    -------
    DataFrame, one row per model and viewer
        ``model, user_id, true stars@k, true ndcg@k, true correlation, squared_error, n_predicted``. A title with at
        least 4 true stars is relevant; NDCG is NaN for a viewer without relevant titles.
    """
    rows: list[dict[str, object]] = []
    asked = [case for case in cases(dataset, split) if case.user_id in truth]
    for number, case in enumerate(asked):
        progress(number / len(asked), f"the truth about {len(asked):,} viewers")
        stars, candidates = truth[case.user_id], np.ones(dataset.n_items, dtype=bool)
        candidates[case.profile.items] = False
        liked = candidates & (stars >= LIKED_STARS)
        best = np.sort(stars[candidates])[::-1][:k]
        rows.append({"model": BEST, "user_id": case.user_id, f"true stars@{k}": best.mean()})
        rows.append({"model": ANY, "user_id": case.user_id, f"true stars@{k}": stars[candidates].mean()})
        for name, model in models.items():
            head = top_n(model.score(case.profile), dataset.item_ids, k, candidates)
            predicted = model.predict(case.profile)
            known = candidates & ~np.isnan(predicted)
            errors = predicted[known] - stars[known]
            rows.append(
                {
                    "model": name,
                    "user_id": case.user_id,
                    f"true stars@{k}": stars[head].mean() if len(head) else np.nan,
                    f"true ndcg@{k}": metrics.ndcg_at_k(liked[head], k, int(liked.sum())) if liked.any() else np.nan,
                    "true correlation": _correlation(predicted[known], stars[known]),
                    "squared_error": float(errors @ errors),
                    "n_predicted": len(errors),
                }
            )
    progress(1.0, f"the truth about {len(asked):,} viewers")
    return pd.DataFrame(rows)


def summarise_truth(viewers: pd.DataFrame) -> pd.DataFrame:
    """Average over viewers, with 95 % intervals: ``model, metric, value, low, high, n_users``."""
    rows = []
    for metric in [column for column in viewers if str(column).startswith("true ")]:
        for name, own in viewers.groupby("model", sort=False):
            values = own[metric].to_numpy(np.float64)
            if not np.isnan(values).all():
                rows.append({"model": name, "metric": metric, **mean_interval(values)._asdict(), "n_users": int((~np.isnan(values)).sum())})
    for name, own in viewers.dropna(subset=["squared_error"]).groupby("model", sort=False):
        interval = rmse_interval(own["squared_error"].to_numpy(np.float64), own["n_predicted"].to_numpy(np.float64))
        rows.append({"model": name, "metric": "true rmse", **interval._asdict(), "n_users": len(own)})
    return pd.DataFrame(rows)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 2 or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])
