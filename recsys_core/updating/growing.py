"""Make room for new titles in what was fitted without them: as for titles without raters in a whole fit."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from recsys_core.factors.rate_next import RateNext
from recsys_core.fitted import Studies
from recsys_core.models import SVD, Model
from recsys_core.models.baseline import Baseline

ROWS, COLUMNS, BOTH, NONE = (0,), (1,), (0, 1), ()
AXES: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "popularity": {},
    "content": {"features_": ROWS, "feature_names_": NONE},
    "ease": {"given_factors_": COLUMNS, "item_factors_": COLUMNS, "covered_": ROWS},
    "item-knn": {"like_similarities_": BOTH, "star_similarities_": BOTH},
    "svd": {"item_factors_": ROWS, "fame_": ROWS},
    "gp": {"factors_": ROWS, "own_": ROWS, "means_": ROWS},
    "watched": {"person_factors_": ROWS, "star_factors_": ROWS, "item_factors_": ROWS},
    "user-knn": {"likes_": COLUMNS, "lengths_": NONE, "residuals_": COLUMNS},
    "als": {"item_factors_": ROWS},
    "nmf": {"item_factors_": ROWS},
    "hybrid": {"usual_companionship_": NONE, "unexplained_": NONE, "mixed_": NONE},
}
"""By model and learned attribute, the axes along which there is one entry for each title."""

M = TypeVar("M", bound=Model)


def grown_model(model: M, n_items: int, baseline: Baseline) -> M:
    """Return a copy of a fitted model with zeros for new titles at the end. With a baseline that knows of no raters of these, or
    a model's own list of what it covers, it cannot score them."""
    arrays = dict(model.state())
    for name, axes in AXES[model.name].items():
        if f"{name}.data" in arrays:
            shape = arrays[f"{name}.shape"].copy()
            if 0 in axes:
                starts = arrays[f"{name}.indptr"]
                arrays[f"{name}.indptr"] = np.pad(starts, (0, n_items - shape[0]), mode="edge")
            shape[list(axes)] = n_items
            arrays[f"{name}.shape"] = shape
        elif axes:
            arrays[name] = _padded(arrays[name], n_items, axes[0])
    return copy(model).restore(baseline, arrays)


def grown_baseline(baseline: Baseline, n_items: int) -> Baseline:
    """Return a baseline with new titles at the end, which nobody has rated."""
    likes, raters, item_bias = (_padded(array, n_items) for array in (baseline.likes, baseline.raters, baseline.item_bias))
    return Baseline(likes, raters, baseline.mean, item_bias)


def grown_studies(studies: Studies, svd: SVD | None, n_items: int) -> Studies:
    """Return the studies with new titles at the end: without factors, without a place on the map, and nothing to ask about.

    Parameters
    ----------
    svd : SVD, optional
        The factors of all titles, new ones included; not needed for the studies of a data set without ratings.
    """
    factors, taste_map, dimensions, questions = studies
    view = replace(factors, loadings=_padded(factors.loadings, n_items), known=_padded(factors.known, n_items))
    if taste_map is not None:
        points = _padded(taste_map.points, n_items, fill=np.nan)
        taste_map = replace(taste_map, placed=_padded(taste_map.placed, n_items), points=points)
    if dimensions is not None:
        dimensions = replace(dimensions, item_factors=_padded(dimensions.item_factors, n_items))
    if questions is not None and svd is not None:
        state = questions.state()
        questions = RateNext.restored(state | {"liked": _padded(state["liked"], n_items)}, svd)
    return Studies(view, taste_map, dimensions, questions)


def _padded(array: np.ndarray, n: int, axis: int = 0, fill: Any = 0) -> np.ndarray:
    """Return an array with ``n`` entries along an axis, the new ones at its end."""
    wider = [(0, 0)] * array.ndim
    wider[axis] = (0, n - array.shape[axis])
    return np.pad(array, wider, constant_values=fill)
