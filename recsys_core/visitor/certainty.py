"""How sure the expected stars of one title are, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.data.profile import Profile
from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.models.hybrid.model import Hybrid

MANY_RATINGS, MANY_RATERS = 50, 100
"""More than these narrow the range by very little."""
MUCH_DISAGREEMENT = 0.33
"""Stars; nine titles in ten stay below it, measured on the showcase and on ml-latest-small. More of it means larger errors
there (0.80 stars against 0.54 where the models agree best), but not on the showcase, so it does not widen the range."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """The range in which the visitor's own rating would lie with a chance of 80 %, and what makes it so wide.

    Attributes
    ----------
    stars, low, high : float
        Expected stars and the ends of the range, within the scale.
    n_ratings, n_raters : int
        The visitor's ratings and the people who rated the title.
    from_few_ratings, from_few_raters : float
        By how many stars the range would be narrower from end to end, for the same expectation, with
        :data:`MANY_RATINGS` ratings of the visitor, or with :data:`MANY_RATERS` raters; 0 where there are as many.
    by_model : dict of model name to stars
        What each model of the blend expects by itself; without those that cannot predict the title.
    """

    stars: float
    low: float
    high: float
    n_ratings: int
    n_raters: int
    from_few_ratings: float
    from_few_raters: float
    by_model: dict[str, float]

    @property
    def disagreement(self) -> float:
        """Highest minus lowest of what the models expect, in stars; 0 for fewer than two."""
        return max(self.by_model.values()) - min(self.by_model.values()) if self.by_model else 0.0


def certainty(hybrid: Hybrid, profile: Profile, item: int) -> Certainty:
    """How sure the hybrid is of a title (its position); the range is that of :meth:`Hybrid.stars_interval`."""
    here = np.array([item])
    stars = float(hybrid.predict_at(profile, here)[0])
    n, raters = len(profile), int(hybrid.baseline_.raters[item])

    def ends(n_ratings: int, n_raters: int) -> tuple[float, float]:
        half = float(hybrid.half_interval(n_ratings, np.array([n_raters]))[0])
        return max(stars - half, MIN_STARS), min(stars + half, MAX_STARS)

    low, high = ends(n, raters)
    low_by_ratings, high_by_ratings = ends(max(n, MANY_RATINGS), raters)
    low_by_raters, high_by_raters = ends(n, max(raters, MANY_RATERS))
    asked = [name for name, weight in hybrid.weights.stars_at(n).items() if weight and name in hybrid.parts]
    by_model = {name: float(hybrid.parts[name].predict_at(profile, here)[0]) for name in asked}
    return Certainty(
        stars=stars,
        low=low,
        high=high,
        n_ratings=n,
        n_raters=raters,
        from_few_ratings=(low_by_ratings - low) + (high - high_by_ratings),
        from_few_raters=(low_by_raters - low) + (high - high_by_raters),
        by_model={name: value for name, value in by_model.items() if not np.isnan(value)},
    )
