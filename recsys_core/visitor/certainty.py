"""The uncertainty of a title's expected stars, and what causes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.data.profile import Profile
from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.models.hybrid.model import Hybrid

MANY_RATINGS, MANY_RATERS = 50, 100
"""Numbers beyond which more ratings or raters hardly narrow the range."""
LARGE_SPREAD = 0.33
"""In stars: the 90th percentile of :attr:`Certainty.spread` over titles, measured on the showcase and on ml-latest-small. On
ml-latest-small a larger spread means larger errors (0.80 stars, against 0.54 where the models agree best), but not on the
showcase, so it does not widen the range."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """The 80 % prediction interval of the visitor's rating of a title, and what makes it wide.

    Attributes
    ----------
    stars, low, high : float
        Expected stars and the ends of the interval, within the scale.
    n_ratings, n_raters : int
        Numbers of ratings by the visitor, and of raters of the title.
    from_few_ratings, from_few_raters : float
        By how many stars the interval would be narrower, for the same expected stars, if the visitor had
        :data:`MANY_RATINGS` ratings, or the title :data:`MANY_RATERS` raters; 0 if there are as many already.
    by_model : dict of model name to stars
        The expected stars of each model of the blend, without the models that cannot predict the title.
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
    def spread(self) -> float:
        """The largest minus the smallest of the models' expected stars; 0 for fewer than two models."""
        return max(self.by_model.values()) - min(self.by_model.values()) if self.by_model else 0.0


def certainty(hybrid: Hybrid, profile: Profile, item: int) -> Certainty:
    """Return the uncertainty of the hybrid's prediction for a title (its position); see :meth:`Hybrid.stars_interval`."""
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
