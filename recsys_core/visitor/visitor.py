"""One visitor before a fitted engine: folded in once, asked many things."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recsys_core.data import ranking
from recsys_core.data.profile import Profile
from recsys_core.factors.taste_map import Place
from recsys_core.models.additive import AdditiveScore
from recsys_core.visitor.explanation import BecauseRow, Explanation, because_rows, explain
from recsys_core.visitor.steering import pulls
from recsys_core.visitor.why import Reasons, reasons

if TYPE_CHECKING:
    from recsys_core.engine import Engine

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
    """A visitor's ratings and everything that the engine can say about them.

    Lives as long as one request: it keeps each model's answer so that the list, its reasons and its stars come from
    one fold-in. It is never stored in anything that visitors share.
    """

    def __init__(self, engine: Engine, ratings: Mapping[str, float], steering: Mapping[str, float] | None = None) -> None:
        self.engine = engine
        self.profile = Profile.from_ratings(ratings, engine.dataset.item_index)
        self.steering = dict(steering or {})
        """Pulls by name, which move the lists of every model; see :mod:`recsys_core.visitor.steering`. They change no expected stars."""
        self._pulls: dict[str, dict[str, np.ndarray]] = {}
        self._scores: dict[str, AdditiveScore] = {}
        self._stars: dict[str, np.ndarray] = {}

    def answering(self, model: str) -> str:
        """The name of the model that answers: ``popularity`` as long as nothing is rated. Raises on unknown names."""
        self.engine.model(model)
        return model if len(self.profile) else WITHOUT_RATINGS

    def additive_score(self, model: str = "hybrid") -> AdditiveScore:
        """The score as a sum, folded in at the first call; what steering adds is part of the baseline."""
        name = self.answering(model)
        if name not in self._scores:
            own = self.engine.model(name).additive_score(self.profile)
            self._pulls[name] = pulls(self.engine, self.steering, own.total()) if self.steering else {}
            for added in self._pulls[name].values():
                own = own.raised(added)
            self._scores[name] = own
        return self._scores[name]

    def score(self, model: str = "hybrid") -> np.ndarray:
        """What the list is ordered by, shape (n_items,); NaN = cannot score."""
        return self.additive_score(model).total()

    def predict(self, model: str = "hybrid") -> np.ndarray:
        """Expected stars, shape (n_items,), in [0.5, 5]; NaN = cannot predict."""
        name = self.answering(model)
        if name not in self._stars:
            self._stars[name] = self.engine.model(name).predict(self.profile)
        return self._stars[name]

    def predict_at(self, items: np.ndarray, model: str = "hybrid") -> np.ndarray:
        """Expected stars of some titles (positions), shape (len(items),): all titles' would take as long as the list itself."""
        return self.engine.model(self.answering(model)).predict_at(self.profile, items)

    def factors(self) -> np.ndarray:
        """The visitor's own factors, turned like the titles' in ``engine.factors``, shape (n_shown,); zeros without ratings."""
        return self.engine.factors.turned(self.engine.svd.fold_in(self.profile))

    def place(self, plane: str | tuple[int, int]) -> Place:
        """Where the visitor is on a plane of the taste map, and how uncertain that is.

        The covariance of the visitor's factors is ``σ² (Q_Rᵀ Q_R + penalty I)⁻¹`` with σ² such that without ratings it is as
        wide as the audience: what a person may be before anything is known. People's factors are longer or shorter than
        titles', so they are scaled to the titles' root mean square length.
        """
        engine, view = self.engine, self.engine.factors
        noise = engine.svd.penalty * float(view.audience.var(axis=0).mean())
        covariance = noise * view.rotation.T @ engine.svd.uncertainty(self.profile) @ view.rotation
        titles, people = (float((vectors**2).sum(axis=1).mean()) for vectors in (view.loadings[engine.taste_map.placed], view.audience))
        scale = (titles / max(people, 1e-24)) ** 0.5
        return engine.taste_map.visitor(view.loadings, self.factors(), covariance, scale, plane)

    def stars_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the visitor's own rating would lie with a chance of 80 %, by the hybrid: ``(low, high)``, each (n_items,)."""
        return self.engine.hybrid.stars_interval(self.profile)

    def recommend(
        self,
        n: int = 10,
        model: str = "hybrid",
        diversity: float = 0.0,
        kind: str | None = None,
        genres: Collection[str] | None = None,
        years: tuple[float, float] | None = None,
        exclude: Collection[str] = (),
    ) -> list[Recommendation]:
        """The best ``n`` titles that are not rated; see :meth:`Engine.recommend`."""
        engine = self.engine
        allowed = self.candidates(kind=kind, genres=genres, years=years, exclude=exclude)
        additive = self.additive_score(model)
        scores = additive.total()
        pool = n if diversity == 0.0 else ranking.POOL * n
        ranked = ranking.top_n(scores, engine.item_ids, pool, allowed)
        chosen = ranking.diversify(ranked, scores, engine.features, n, diversity)
        stars = self.predict_at(chosen, model)
        reasons = self._explain(chosen, model)
        return [
            Recommendation(reason.item_id, rank, float(scores[position]), expected, reason.because)
            for rank, (position, expected, reason) in enumerate(zip(chosen.tolist(), stars.tolist(), reasons, strict=True), start=1)
        ]

    def candidates(
        self,
        *,
        kind: str | None = None,
        genres: Collection[str] | None = None,
        years: tuple[float, float] | None = None,
        exclude: Collection[str] = (),
    ) -> np.ndarray:
        """Which titles may be listed: not rated, not excluded, within the filters; bool, shape (n_items,)."""
        index = self.engine.dataset.item_index
        barred = {*self.profile.items.tolist(), *(index[item_id] for item_id in exclude if item_id in index)}
        return ranking.candidates(self.engine.dataset, kind=kind, genres=genres, years=years, exclude=barred)

    def explain(self, item_id: str, model: str = "hybrid") -> Explanation:
        """One title's score as an exact sum."""
        return self.explain_all([item_id], model)[0]

    def explain_all(self, item_ids: Sequence[str], model: str = "hybrid") -> list[Explanation]:
        """Explanations of several titles from one fold-in."""
        return self._explain([self.engine.dataset.position(item_id) for item_id in item_ids], model)

    def _explain(self, positions: Sequence[int] | np.ndarray, model: str) -> list[Explanation]:
        additive, name = self.additive_score(model), self.answering(model)
        return explain(additive, self.profile, self.engine.dataset, positions, name, self._pulls[name])

    def reasons(self, item_id: str, model: str = "hybrid") -> Reasons:
        """Everything that there is to say about why one title is recommended."""
        return reasons(self, item_id, model)

    def because_rows(
        self,
        model: str = "hybrid",
        kind: str | None = None,
        genres: Collection[str] | None = None,
        years: tuple[float, float] | None = None,
        exclude: Collection[str] = (),
    ) -> list[BecauseRow]:
        """At most four rows "because you watched …"; see :func:`recsys_core.visitor.explanation.because_rows`."""
        allowed = self.candidates(kind=kind, genres=genres, years=years, exclude=exclude)
        return because_rows(self.additive_score(model), self.profile, self.engine.dataset, allowed)

    def list_quality(self, item_ids: Sequence[str], model: str = "hybrid") -> ranking.ListQuality:
        """Genres, distances and expected stars of a list: what diversity gives and what it costs."""
        positions = [self.engine.dataset.position(item_id) for item_id in item_ids]
        return ranking.list_quality(self.engine.dataset, self.engine.features, positions, self.predict(model))
