"""Measure a visitor's list: number of genres, diversity and expected stars."""

from __future__ import annotations

from collections.abc import Sequence

from recsys_core.data import ranking
from recsys_core.visitor.visitor import Visitor


def quality_of_list(visitor: Visitor, item_ids: Sequence[str], model: str = "hybrid") -> ranking.ListQuality:
    """Measure the diversity and the expected stars of a list. Raises :class:`UnknownItemError`."""
    fitted = visitor.fitted
    positions = [fitted.dataset.position(item_id) for item_id in item_ids]
    return ranking.list_quality(fitted.dataset, fitted.features, positions, visitor.predict(model))
