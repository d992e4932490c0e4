"""A visitor: their ratings, folded into each model once, and what the models answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys_core.data import ranking
from recsys_core.data.filters import EVERYTHING, Filters
from recsys_core.data.profile import Profile
from recsys_core.fitted import FittedModels
from recsys_core.models.additive import AdditiveScore
from recsys_core.visitor.explanation import Explanation, explain
from recsys_core.visitor.steering import pulls

WITHOUT_RATINGS = "popularity"
"""The model that answers for a visitor without ratings."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One line of a recommendation list.

    Attributes
    ----------
    rank : int
        From 1.
    score : float
        The ranking score; no unit.
    predicted_rating : float
        Expected stars; NaN if they cannot be predicted.
    because : str or None
        The rated title with the largest positive contribution.
    """

    item_id: str
    rank: int
    score: float
    predicted_rating: float
    because: str | None


class Visitor:
    """A visitor's ratings and the models' answers to them.

    An instance lives for one request. It caches each model's answer, so that the list, its explanations and its stars
    come from one fold-in. It is never stored in anything that visitors share.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> visitor = Visitor(FittedModels.fit(example_dataset(), factors=False), {"alien": 5, "amelie": 1})
    >>> [line.item_id for line in visitor.recommend(n=2)]
    ['aliens', 'chocolat']
    >>> visitor.recommend(n=1)[0].because
    'alien'
    """

    def __init__(self, fitted: FittedModels, ratings: Mapping[str, float], steering: Mapping[str, float] | None = None) -> None:
        self.fitted = fitted
        self.profile = Profile.from_ratings(ratings, fitted.dataset.item_index)
        self.steering = dict(steering or {})
        """Pulls by name; see :mod:`recsys_core.visitor.steering`. They change the ranking of every model, but no expected stars."""
        self._pulls: dict[str, dict[str, np.ndarray]] = {}
        self._scores: dict[str, AdditiveScore] = {}
        self._stars: dict[str, np.ndarray] = {}

    def answering(self, model: str) -> str:
        """Return the name of the model that answers: ``popularity`` without ratings. Raises :class:`UnknownModelError`."""
        self.fitted.model(model)
        return model if len(self.profile) else WITHOUT_RATINGS

    def additive_score(self, model: str = "hybrid") -> AdditiveScore:
        """Return the ranking scores as a sum over the rated titles; steering is part of the baseline."""
        name = self.answering(model)
        if name not in self._scores:
            own = self.fitted.model(name).additive_score(self.profile)
            self._pulls[name] = pulls(self.fitted, self.steering, own.total()) if self.steering else {}
            for added in self._pulls[name].values():
                own = own.plus(added)
            self._scores[name] = own
        return self._scores[name]

    def score(self, model: str = "hybrid") -> np.ndarray:
        """Return the ranking scores, shape (n_items,); NaN = cannot score."""
        return self.additive_score(model).total()

    def predict(self, model: str = "hybrid") -> np.ndarray:
        """Return the expected stars in [0.5, 5], shape (n_items,); NaN = cannot predict."""
        name = self.answering(model)
        if name not in self._stars:
            self._stars[name] = self.fitted.model(name).predict(self.profile)
        return self._stars[name]

    def predict_at(self, items: np.ndarray, model: str = "hybrid") -> np.ndarray:
        """Return the expected stars of some titles (positions), shape (len(items),), without computing all of them."""
        return self.fitted.model(self.answering(model)).predict_at(self.profile, items)

    def stars_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the hybrid's 80 % prediction intervals of the visitor's ratings: ``(low, high)``, each (n_items,)."""
        return self.fitted.hybrid.stars_interval(self.profile)

    def recommend(self, n: int = 10, model: str = "hybrid", diversity: float = 0.0, filters: Filters = EVERYTHING) -> list[Recommendation]:
        """Return the ``n`` best unrated titles; see :meth:`Engine.recommend`."""
        fitted = self.fitted
        allowed = self.candidates(filters)
        scores = self.additive_score(model).total()
        if diversity == 0.0:
            chosen = ranking.best_list(scores, fitted.dataset, n, allowed)
        else:
            ranked = ranking.top_n(scores, fitted.item_ids, ranking.POOL * n, allowed)
            within = ranked[ranking.within_franchise_limit(ranked, fitted.dataset)]
            chosen = ranking.diversify(within if len(within) >= n else ranked, scores, fitted.features, n, diversity)
        stars = self.predict_at(chosen, model)
        reasons = self._explain(chosen, model)
        return [
            Recommendation(reason.item_id, rank, float(scores[position]), expected, reason.because)
            for rank, (position, expected, reason) in enumerate(zip(chosen.tolist(), stars.tolist(), reasons, strict=True), start=1)
        ]

    def candidates(self, filters: Filters = EVERYTHING) -> np.ndarray:
        """Return which titles may be listed: unrated ones that pass the filters; bool, shape (n_items,)."""
        allowed = filters.allowed(self.fitted.dataset)
        allowed[self.profile.items] = False
        return allowed

    def explain(self, item_id: str, model: str = "hybrid") -> Explanation:
        """Explain one title's score as an exact sum. Raises :class:`UnknownItemError`."""
        return self.explain_all([item_id], model)[0]

    def explain_all(self, item_ids: Sequence[str], model: str = "hybrid") -> list[Explanation]:
        """Explain several titles from one fold-in. Raises :class:`UnknownItemError`."""
        return self._explain([self.fitted.dataset.position(item_id) for item_id in item_ids], model)

    def _explain(self, positions: Sequence[int] | np.ndarray, model: str) -> list[Explanation]:
        additive, name = self.additive_score(model), self.answering(model)
        return explain(additive, self.profile, self.fitted.dataset, positions, name, self._pulls[name])
