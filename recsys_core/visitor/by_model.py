"""A blend's score of one title, split by the model that each amount comes from, and each of these by rated title."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore


@dataclass(frozen=True, slots=True)
class ModelPart:
    """What one model of a blend adds to a title's score: ``amount == Σ contributions``.

    Over all parts, ``baseline + Σ amount`` is the blend's score, and the contributions of one rated title add up to the
    blend's contribution of that title.

    Attributes
    ----------
    model : str
    amount : float
        As the blend counts it: scaled and weighted.
    contributions : dict of rated item id to amount
        In the order in which the titles were rated.
    can_score : bool
        False where the model has nothing to say about the title; the amount is then 0.
    """

    model: str
    amount: float
    contributions: dict[str, float]
    can_score: bool


def split_by_model(sum_of: AdditiveScore, profile: Profile, dataset: Dataset, item: int) -> list[ModelPart]:
    """The parts of a title's score (``item`` is its position), in the blend's order, from the very terms that made the score.

    Empty for a model that is no blend.
    """
    rated = dataset.item_ids[profile.items].tolist()
    parts = []
    for name, part in sum_of.parts.items():
        amounts = part.contributions(np.array([item]))[:, 0]
        contributions = dict(zip(rated, amounts.tolist(), strict=True))
        parts.append(ModelPart(name, float(amounts.sum()), contributions, not np.isnan(part.baseline[item])))
    return parts
