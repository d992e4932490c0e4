"""Why a title is recommended: its score as an exact sum over the rated titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore


@dataclass(frozen=True, slots=True)
class Explanation:
    """One title's score as the sum that it is: ``baseline + Σ contributions == score``.

    Attributes
    ----------
    baseline : float
        What no rated title explains: how many people like the title, and steering.
    contributions : dict of rated item id to amount
        In the order in which the titles were rated.
    steering : dict of name to amount
        The part of ``baseline`` that comes from each of the visitor's pulls; see :mod:`recsys_core.visitor.steering`.
    """

    item_id: str
    model: str
    baseline: float
    contributions: dict[str, float]
    score: float
    steering: dict[str, float] = field(default_factory=dict)

    @property
    def because(self) -> str | None:
        """The rated title that speaks most for this one; None if no rated title speaks for it."""
        best = max(self.contributions, key=lambda item_id: self.contributions[item_id], default=None)
        return best if best is not None and self.contributions[best] > 0 else None


def explain(
    sum_of: AdditiveScore,
    profile: Profile,
    dataset: Dataset,
    positions: Sequence[int] | np.ndarray,
    model: str,
    pulls: Mapping[str, np.ndarray] | None = None,
) -> list[Explanation]:
    """Explanations of some titles, from the very sum that scored them.

    Parameters
    ----------
    pulls : mapping of name to ndarray of shape (n_items,), optional
        What steering added to the baseline.
    """
    chosen = np.asarray(positions, dtype=np.int64)
    amounts = sum_of.contributions(chosen)
    rated = dataset.item_ids[profile.items].tolist()
    return [
        Explanation(
            item_id=str(dataset.item_ids[position]),
            model=model,
            baseline=float(sum_of.baseline[position]),
            contributions=dict(zip(rated, amounts[:, column].tolist(), strict=True)),
            score=float(sum_of.baseline[position] + amounts[:, column].sum()),
            steering={name: float(added[position]) for name, added in (pulls or {}).items()},
        )
        for column, position in enumerate(chosen)
    ]
