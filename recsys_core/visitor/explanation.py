"""Explain a recommendation: the title's score as an exact sum over the rated titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore


@dataclass(frozen=True, slots=True)
class Explanation:
    """One title's score as a sum: ``baseline + Σ contributions == score``.

    Attributes
    ----------
    baseline : float
        The part that no rated title explains: popularity and steering.
    contributions : dict of rated item id to amount
        In the order in which the titles were rated.
    steering : dict of name to amount
        The part of ``baseline`` that comes from each of the visitor's pulls; see :mod:`recsys_core.visitor.steering`.

    Examples
    --------
    >>> explanation = Explanation("aliens", "svd", baseline=0.5, contributions={"alien": 1.0, "amelie": -0.25}, score=1.25)
    >>> explanation.baseline + sum(explanation.contributions.values()) == explanation.score
    True
    >>> explanation.because
    'alien'
    """

    item_id: str
    model: str
    baseline: float
    contributions: dict[str, float]
    score: float
    steering: dict[str, float] = field(default_factory=dict)

    @property
    def because(self) -> str | None:
        """The rated title with the largest contribution; None if no contribution is positive."""
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
    """Explain some titles from the same sum that scored them.

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
