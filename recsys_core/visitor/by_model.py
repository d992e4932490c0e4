"""Split a blend's score of one title by model, and each part by rated title."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore


@dataclass(frozen=True, slots=True)
class ModelPart:
    """The part of a blend's score that comes from one model: ``amount == Σ contributions``.

    Over all parts, ``baseline + Σ amount`` is the blend's score, and the contributions of a rated title add up to its
    contribution to the blend.

    Attributes
    ----------
    model : str
    amount : float
        Scaled and weighted as in the blend.
    contributions : dict of rated item id to amount
        In the order in which the titles were rated.
    can_score : bool
        False if the model cannot score the title; the amount is then 0.
    """

    model: str
    amount: float
    contributions: dict[str, float]
    can_score: bool


def split_by_model(sum_of: AdditiveScore, profile: Profile, dataset: Dataset, item: int) -> list[ModelPart]:
    """Return the parts of a title's score (``item`` is its position) in the blend's order; empty if the model is not a blend.

    They are computed from the same terms as the score itself.
    """
    rated = dataset.item_ids[profile.items].tolist()
    parts = []
    for name, part in sum_of.parts.items():
        amounts = part.contributions(np.array([item]))[:, 0]
        contributions = dict(zip(rated, amounts.tolist(), strict=True))
        parts.append(ModelPart(name, float(amounts.sum()), contributions, not np.isnan(part.baseline[item])))
    return parts
