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
from recsys_core.models.many import many
from recsys_core.visitor.candidates import Ranked, best_estimates
from recsys_core.visitor.explanation import Explanation, explain
from recsys_core.visitor.reason import reasons_of_list
from recsys_core.visitor.steering import FAME, pulls
from recsys_core.visitor.title_pulls import TitlePulls, seen_titles, title_pulls
from recsys_core.visitor.traits import shared_traits
from recsys_core.visitor.usual import usual_contributions

WEAK = 0.25
"""A title that the visitor is expected to like by so many stars less than people like titles on average gives way to better ones
of the same taste."""
LONGEST = 240
"""Lists of up to so many titles look at the same candidates."""
N_BEST = 200
"""Among very many titles, the pull of fame is measured on so many of the best, of which it needs 60."""
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
        The liked title whose rating is most specific to this one; see :mod:`recsys_core.visitor.reason`.
    unlike : str or None
        A disliked title that speaks for this one by being unlike it, if no liked one does.
    pull : str or None
        The pull that outweighs every rating here.
    shared : tuple of str
        Up to three traits that the title shares with ``because``, as the catalogue spells them.
    """

    item_id: str
    rank: int
    score: float
    predicted_rating: float
    because: str | None
    unlike: str | None = None
    pull: str | None = None
    shared: tuple[str, ...] = ()


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
    """

    def __init__(self, fitted: FittedModels, ratings: Mapping[str, float], steering: Mapping[str, float] | None = None) -> None:
        self.fitted = fitted
        self.steering = dict(steering or {})
        """Pulls by name; see :mod:`recsys_core.visitor.steering` and :mod:`recsys_core.visitor.title_pulls`. They change the ranking of
        every model, but no expected stars; what was seen without stars changes those."""
        self.profile = Profile.from_ratings(ratings, fitted.dataset.item_index, seen_titles(self.steering))
        self._pulls: dict[str, dict[str, np.ndarray]] = {}
        self._title_pulls: dict[str, TitlePulls] = {}
        self._scores: dict[str, AdditiveScore] = {}
        self._star_sums: dict[str, AdditiveScore] = {}
        self._stars: dict[str, np.ndarray] = {}
        self._usual: dict[str, np.ndarray] = {}

    def answering(self, model: str) -> str:
        """Return the name of the model that answers: ``popularity`` without ratings. Raises :class:`UnknownModelError`."""
        self.fitted.model(model)
        return model if len(self.profile) else WITHOUT_RATINGS

    def steering_of(self, model: str) -> dict[str, float]:
        """Return the pulls that act on a model's scores: all but that of fame, where nothing but fame speaks anyway."""
        return {name: amount for name, amount in self.steering.items() if name != FAME or model != WITHOUT_RATINGS}

    def additive_score(self, model: str = "hybrid") -> AdditiveScore:
        """Return the ranking scores as a sum over the rated titles; steering is part of the baseline."""
        name = self.answering(model)
        if name not in self._scores:
            own = self.fitted.model(name).additive_score(self.profile)
            steering = self.steering_of(name)
            score, best = self._measures(own, name) if steering else (np.empty(0), np.empty(0))
            self._pulls[name] = pulls(self.fitted, steering, score, best)
            self._title_pulls[name] = title_pulls(self.fitted, self.profile, steering, score, name)
            for added in self._pulls[name].values():
                own = own.plus(added)
            if self._title_pulls[name].names:
                own = own.plus(self._title_pulls[name].total())
            self._scores[name] = own
        return self._scores[name]

    def _measures(self, own: AdditiveScore, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the scores whose spread measures pulls, and those among which the best are that measure the pull of fame."""
        typical = self.fitted.model(name).typical
        if typical is None:
            score = own.total()
            return score, score
        score = typical.of(own).total()
        if FAME not in self.steering_of(name):
            return score, score
        return score, own.among(best_estimates(self.fitted.estimator.total(own), N_BEST)).total()

    def usual(self, model: str = "hybrid") -> np.ndarray:
        """Return what each rating adds to titles in general, shape (n_rated,)."""
        name = self.answering(model)
        if name not in self._usual:
            score, typical = self.additive_score(model), self.fitted.model(name).typical
            self._usual[name] = usual_contributions(typical.of(score) if typical else score)
        return self._usual[name]

    def score(self, model: str = "hybrid") -> np.ndarray:
        """Return the ranking scores, shape (n_items,); NaN = cannot score."""
        return self.additive_score(model).total()

    def predict(self, model: str = "hybrid") -> np.ndarray:
        """Return the expected stars in [0.5, 5], shape (n_items,); NaN = cannot predict."""
        name = self.answering(model)
        if name not in self._stars:
            self._stars[name] = self.fitted.model(name).to_scale(self._star_sum(name).total())
        return self._stars[name]

    def predict_at(self, items: np.ndarray, model: str = "hybrid") -> np.ndarray:
        """Return the expected stars of some titles (positions), shape (len(items),), without computing all of them."""
        name = self.answering(model)
        if many(self.fitted.dataset.n_items) and name not in self._star_sums:
            return self.fitted.model(name).to_scale(self.fitted.model(name).additive_stars(self.profile, items).total())
        return self.fitted.model(name).to_scale(self._star_sum(name).at(items))

    def _star_sum(self, name: str) -> AdditiveScore:
        if name not in self._star_sums:
            self._star_sums[name] = self.fitted.model(name).additive_stars(self.profile)
        return self._star_sums[name]

    def stars_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the hybrid's 80 % prediction intervals of the visitor's ratings: ``(low, high)``, each (n_items,)."""
        return self.fitted.hybrid.stars_interval(self.profile)

    def recommend(self, n: int = 10, model: str = "hybrid", diversity: float = 0.0, filters: Filters = EVERYTHING) -> list[Recommendation]:
        """Return the ``n`` best unrated titles; see :meth:`Engine.recommend`."""
        fitted = self.fitted
        allowed = self.candidates(filters)
        ranked = Ranked.of(fitted, self.additive_score(model), allowed)
        scores = ranked.score.total()
        if diversity == 0.0:
            chosen = self._best(n, model, ranked)
        else:
            pool = self._best(ranking.POOL * n, model, ranked)
            within = pool[ranking.within_franchise_limit(pool, fitted.dataset)]
            pool = within if len(within) >= n else pool
            relevance = np.sort(ranked.at(pool, scores))[::-1]  # where tastes took turns, a title is as relevant as its place
            chosen = pool[ranking.diversify(np.arange(len(pool)), relevance, fitted.features[pool], n, diversity)]
        stars = self.predict_at(chosen, model)
        listed: list[Recommendation] = []
        told = zip(ranked.at(chosen, scores).tolist(), stars.tolist(), reasons_of_list(self._explain(chosen, model)), strict=True)
        for position, (score, expected, reason) in zip(chosen.tolist(), told, strict=True):
            shared = shared_traits(fitted, position, fitted.dataset.position(reason.because)) if reason.because else ()
            item_id = str(fitted.item_ids[position])
            listed.append(Recommendation(item_id, len(listed) + 1, score, expected, *reason, shared))
        return listed

    def best(self, n: int, model: str, allowed: np.ndarray) -> np.ndarray:
        """Return the positions of the ``n`` titles that the visitor is shown first, shape (at most n,).

        They are the best scores (:func:`~recsys_core.data.ranking.best_list`). Where the hybrid finds several clear tastes
        (:meth:`Hybrid.tastes`), these take turns in proportion to their numbers of likes. A title's worth to a taste is the
        taste's share of its score:

            share · baseline[j] + Σ_{i in taste} contribution[i, j] + share · Σ_{i disliked} contribution[i, j]

        with ``share`` the taste's part of all likes. So the score remains one sum, of which each taste has its own part; the
        likes that belong to no taste are served by the score itself. A title with too few expected stars comes behind the
        better ones of its taste.

        Parameters
        ----------
        allowed : ndarray of bool, shape (n_items,)
        """
        return self._best(n, model, Ranked.of(self.fitted, self.additive_score(model), allowed))

    def _best(self, n: int, model: str, ranked: Ranked) -> np.ndarray:
        dataset, additive = self.fitted.dataset, ranked.score
        tastes = self.fitted.hybrid.tastes(self.profile) if self.answering(model) == self.fitted.hybrid.name else []
        if not tastes:
            return ranking.best_list(additive.total(), dataset, n, ranked.allowed, ranked.titles)
        liked = np.flatnonzero(self.profile.query_weights > 0)
        disliked = np.setdiff1d(np.arange(len(self.profile)), liked)
        parts = additive.sums([*tastes, disliked])
        shares = [len(taste) / len(liked) for taste in tastes]
        worth = [share * (additive.baseline + parts[-1]) + part for share, part in zip(shares, parts, strict=False)]
        if (rest := 1.0 - sum(shares)) > 1e-9:
            shares, worth = [*shares, rest], [*worth, additive.total()]
        reach = max(n, LONGEST) + ranking.FRANCHISE_POOL  # the same for short lists, so that a longer one begins with a shorter one
        orders = [self._weak_last(ranked.best(one, dataset, reach)) for one in worth]
        return ranking.take_turns(orders, shares, dataset, n)

    def _weak_last(self, order: np.ndarray) -> np.ndarray:
        """Put the titles that the visitor is expected to like too little (:data:`WEAK`) behind the others."""
        stars = self.predict_at(order) if many(self.fitted.dataset.n_items) else self.predict()[order]
        weak = stars < self.fitted.baseline.mean - WEAK
        return np.concatenate([order[~weak], order[weak]])

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
        chosen = np.asarray(positions, dtype=np.int64)
        steering = {pull: added[chosen] for pull, added in self._pulls[name].items()} | self._title_pulls[name].at(chosen)
        return explain(additive, self.profile, self.fitted.dataset, chosen, name, steering, self.usual(model))
