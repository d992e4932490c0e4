"""Explain a recommendation: the title's score as an exact sum over the rated titles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import NEUTRAL_STARS
from recsys_core.models.additive import AdditiveScore

ROUNDING = 1e-9
"""Amounts up to this are rounding errors and no reasons."""


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
    usual : dict of rated item id to amount
        What each rating adds to titles in general; see :mod:`recsys_core.visitor.usual`. Empty = nothing.
    disliked : frozenset of str
        The rated titles that the visitor does not like: they can speak for a title only by being unlike it.

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
    usual: dict[str, float] = field(default_factory=dict)
    disliked: frozenset[str] = frozenset()

    @property
    def specific(self) -> dict[str, float]:
        """What each rating adds to this title beyond what it adds to titles in general, in the order of rating."""
        return {item_id: amount - self.usual.get(item_id, 0.0) for item_id, amount in self.contributions.items()}

    @property
    def because(self) -> str | None:
        """The liked title whose rating is most specific to this title; None if no rating of a liked title speaks for it."""
        return next(iter(self.speaking), None)

    @property
    def speaking(self) -> dict[str, float]:
        """The liked titles that speak for this one, with their :attr:`specific` amounts, largest first.

        If nothing is specific, the contributions themselves are the amounts. Empty if the title cannot be scored.
        """
        for amounts in (self.specific, self.contributions):
            positive = (item_id for item_id, amount in self.contributions.items() if amount > 0.0)
            liked = {item_id: amounts[item_id] for item_id in positive if item_id not in self.disliked}
            if found := self._positive(liked):
                return found
        return {}

    @property
    def unlike(self) -> str | None:
        """The disliked title that speaks most for this one, because the two are unlike each other; None if none does."""
        return next(
            iter(self._positive({item_id: self.specific[item_id] for item_id in self.contributions if item_id in self.disliked})), None
        )

    @property
    def pull(self) -> str | None:
        """The pull that speaks most for this title; None if none does."""
        return next(iter(self._positive(self.steering)), None)

    def _positive(self, amounts: Mapping[str, float]) -> dict[str, float]:
        if math.isnan(self.score):
            return {}
        return dict(sorted(((key, amount) for key, amount in amounts.items() if amount > ROUNDING), key=lambda pair: -pair[1]))


def explain(
    sum_of: AdditiveScore,
    profile: Profile,
    dataset: Dataset,
    positions: Sequence[int] | np.ndarray,
    model: str,
    pulls: Mapping[str, np.ndarray] | None = None,
    usual: np.ndarray | None = None,
) -> list[Explanation]:
    """Explain some titles from the same sum that scored them.

    Parameters
    ----------
    pulls : mapping of name to ndarray of shape (len(positions),), optional
        What steering added to the baseline of these titles.
    usual : ndarray of shape (n_rated,), optional
        What each rating adds to titles in general.
    """
    chosen = np.asarray(positions, dtype=np.int64)
    amounts = sum_of.contributions(chosen)
    rated = dataset.item_ids[profile.items].tolist()
    in_general = {} if usual is None else dict(zip(rated, usual.tolist(), strict=True))
    disliked = frozenset(item_id for item_id, stars in zip(rated, profile.stars.tolist(), strict=True) if stars <= NEUTRAL_STARS)
    return [
        Explanation(
            item_id=str(dataset.item_ids[position]),
            model=model,
            baseline=float(sum_of.baseline[position]),
            contributions=dict(zip(rated, amounts[:, column].tolist(), strict=True)),
            score=float(sum_of.baseline[position] + amounts[:, column].sum()),
            steering={name: float(added[column]) for name, added in (pulls or {}).items()},
            usual=in_general,
            disliked=disliked,
        )
        for column, position in enumerate(chosen)
    ]
