"""One visitor: folded into the fitted models once, asked many things."""

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
"""The model that answers for a visitor who has rated nothing."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One line of a list.

    Attributes
    ----------
    rank : int
        From 1.
    score : float
        What the list is ordered by; no unit.
    predicted_rating : float
        Expected stars; NaN if they cannot be predicted.
    because : str or None
        The rated title that speaks most for this one.
    """

    item_id: str
    rank: int
    score: float
    predicted_rating: float
    because: str | None


class Visitor:
    """A visitor's ratings and what the models say about them.

    Lives as long as one request: it keeps each model's answer so that the list, its reasons and its stars come from
    one fold-in. It is never stored in anything that visitors share.
    """

    def __init__(self, fitted: FittedModels, ratings: Mapping[str, float], steering: Mapping[str, float] | None = None) -> None:
        self.fitted = fitted
        self.profile = Profile.from_ratings(ratings, fitted.dataset.item_index)
        self.steering = dict(steering or {})
        """Pulls by name, which move the lists of every model; see :mod:`recsys_core.visitor.steering`. They change no expected stars."""
        self._pulls: dict[str, dict[str, np.ndarray]] = {}
        self._scores: dict[str, AdditiveScore] = {}
        self._stars: dict[str, np.ndarray] = {}

    def answering(self, model: str) -> str:
        """The name of the model that answers: ``popularity`` as long as nothing is rated. Raises on unknown names."""
        self.fitted.model(model)
        return model if len(self.profile) else WITHOUT_RATINGS

    def additive_score(self, model: str = "hybrid") -> AdditiveScore:
        """The score as a sum, folded in at the first call; what steering adds is part of the baseline."""
        name = self.answering(model)
        if name not in self._scores:
            own = self.fitted.model(name).additive_score(self.profile)
            self._pulls[name] = pulls(self.fitted, self.steering, own.total()) if self.steering else {}
            for added in self._pulls[name].values():
                own = own.plus(added)
            self._scores[name] = own
        return self._scores[name]

    def score(self, model: str = "hybrid") -> np.ndarray:
        """What the list is ordered by, shape (n_items,); NaN = cannot score."""
        return self.additive_score(model).total()

    def predict(self, model: str = "hybrid") -> np.ndarray:
        """Expected stars, shape (n_items,), in [0.5, 5]; NaN = cannot predict."""
        name = self.answering(model)
        if name not in self._stars:
            self._stars[name] = self.fitted.model(name).predict(self.profile)
        return self._stars[name]

    def predict_at(self, items: np.ndarray, model: str = "hybrid") -> np.ndarray:
        """Expected stars of some titles (positions), shape (len(items),): all titles' would take as long as the list itself."""
        return self.fitted.model(self.answering(model)).predict_at(self.profile, items)

    def stars_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the visitor's own rating would lie with a chance of 80 %, by the hybrid: ``(low, high)``, each (n_items,)."""
        return self.fitted.hybrid.stars_interval(self.profile)

    def recommend(self, n: int = 10, model: str = "hybrid", diversity: float = 0.0, filters: Filters = EVERYTHING) -> list[Recommendation]:
        """The best ``n`` titles that are not rated; see :meth:`Engine.recommend`."""
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
        """Which titles may be listed: not rated, and within the filters; bool, shape (n_items,)."""
        allowed = filters.allowed(self.fitted.dataset)
        allowed[self.profile.items] = False
        return allowed

    def explain(self, item_id: str, model: str = "hybrid") -> Explanation:
        """One title's score as an exact sum."""
        return self.explain_all([item_id], model)[0]

    def explain_all(self, item_ids: Sequence[str], model: str = "hybrid") -> list[Explanation]:
        """Explanations of several titles from one fold-in."""
        return self._explain([self.fitted.dataset.position(item_id) for item_id in item_ids], model)

    def _explain(self, positions: Sequence[int] | np.ndarray, model: str) -> list[Explanation]:
        additive, name = self.additive_score(model), self.answering(model)
        return explain(additive, self.profile, self.fitted.dataset, positions, name, self._pulls[name])
