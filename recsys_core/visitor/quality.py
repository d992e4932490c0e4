"""Measure a visitor's list: number of genres, diversity, expected stars, and how much of it everybody knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys_core.data import ranking
from recsys_core.fitted import FittedModels
from recsys_core.visitor.visitor import Visitor

BEST_KNOWN, SHARE_KNOWN = 100, 0.1
"""So many titles count as the best known, or this share of a small catalogue."""


def quality_of_list(visitor: Visitor, item_ids: Sequence[str], model: str = "hybrid") -> ranking.ListQuality:
    """Measure the diversity and the expected stars of a list. Raises :class:`UnknownItemError`."""
    fitted = visitor.fitted
    positions = [fitted.dataset.position(item_id) for item_id in item_ids]
    return ranking.list_quality(fitted.dataset, fitted.features, positions, visitor.predict(model))


def best_known(fitted: FittedModels) -> np.ndarray:
    """Return the best-known titles (positions): those with most raters, or most famous where nobody has rated anything."""
    dataset = fitted.dataset
    n = min(BEST_KNOWN, max(1, round(SHARE_KNOWN * dataset.n_items)))
    order = dataset.by_popularity if dataset.n_ratings else np.argsort(-fitted.baseline.likes, kind="stable")
    return np.asarray(order[:n])


def n_best_known(fitted: FittedModels, item_ids: Sequence[str]) -> int:
    """Count the titles of a list that are among :func:`best_known`. Raises :class:`UnknownItemError`."""
    return int(np.isin([fitted.dataset.position(item_id) for item_id in item_ids], best_known(fitted)).sum())
