"""What a visitor's list offers: genres, variety and expected stars."""

from __future__ import annotations

from collections.abc import Sequence

from recsys_core.data import ranking
from recsys_core.visitor.visitor import Visitor


def quality_of_list(visitor: Visitor, item_ids: Sequence[str], model: str = "hybrid") -> ranking.ListQuality:
    """Measure a list: what diversity gives and what it costs. Raises :class:`UnknownItemError`."""
    fitted = visitor.fitted
    positions = [fitted.dataset.position(item_id) for item_id in item_ids]
    return ranking.list_quality(fitted.dataset, fitted.features, positions, visitor.predict(model))
