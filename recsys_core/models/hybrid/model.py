"""The default model: a weighted sum of other models, and so an additive score that can be explained like theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import MAX_STARS, MIN_STARS, within_scale
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model
from recsys_core.models.baseline import Baseline
from recsys_core.models.content import Content
from recsys_core.models.ease import EASE
from recsys_core.models.gp import GaussianProcess
from recsys_core.models.hybrid import learning
from recsys_core.models.hybrid.tastes import (
    MAX_LIKED,
    companionship,
    companionship_without_each,
    cosines_among,
    group,
    usual_companionship,
    warmth,
)
from recsys_core.models.hybrid.weights import POPULARITY, BlendWeights, interpolated
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.many import PerTitle, at, many
from recsys_core.models.svd import SVD
from recsys_core.models.typical import Typical
from recsys_core.models.watched import Watched

NEGLIGIBLE = 1e-9
"""A standard deviation of contributions below this is rounding error."""
LEARNED_AT = (5, 20)
"""Numbers of ratings at which the weights are learned for a data set; the change is interpolated in between, and stays beyond."""
LEAST_DEVOTION = 0.3
"""From this devotion on, the tastes of a visitor take turns in the list."""
PARTS: Mapping[str, type[Model]] = {part.name: part for part in (Content, EASE, ItemKNN, SVD, GaussianProcess, Watched)}
"""The models that a blend may consist of."""


class Hybrid(Model):
    """Weighted sum of the contributions of several models, with separate weights for the ranking and for the stars.

        score[j] = w_pop · prior[j] + Σ_m w_m · (contributions of model m to j, popularity taken out) / spread_m
        stars[j] = μ + b_j + b_v + Σ_m v_m · (stars_m[j] - μ - b_j - b_v)

    Every collaborative model prefers well-known titles, so popularity hides in every part. It is regressed out of each
    part's contributions, which leaves a sum over the rated titles, and put back once, with its own weight. ``spread_m``
    is the standard deviation of what is left over all titles for this visitor, so that weights are comparable.

    The weights depend on the visitor. For several numbers of ratings they are learned on held-out users
    (:mod:`recsys_core.models.hybrid.learning`), most of whom gave a random handful: that rewards guessing what everybody has
    seen. A visitor whose likes are clearly about something (see :meth:`devotion`) gets the weights ``devoted`` instead, in
    which content counts most; in between, both are mixed in proportion. So the weights are one vector per visitor, and the
    score remains a sum. If a part cannot score a title, because it has no raters, content takes over its weight; the stars
    of such a title are those of the content model.

    Parameters
    ----------
    parts : sequence of Model, optional
        The parts of the blend, if they shall have other settings than the default. In a data set without ratings,
        content alone is enough.
    weights : BlendWeights, optional
        Default: those in ``weights.json``.
    refit_parts : bool
        Whether :meth:`fit` fits the parts; False if they are fitted already.
    learns : bool
        Whether :meth:`fit` learns weights for the data set as well, see :meth:`learn`. If the parts are fitted already, call it.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = Hybrid().fit(dataset)
    >>> additive = model.additive_score(Profile.from_ratings({"alien": 5}, dataset.item_index))
    >>> str(dataset.item_ids[1:][additive.total()[1:].argmax()])  # the best of the unrated titles
    'aliens'
    >>> list(additive.parts)
    ['content', 'ease', 'item-knn', 'svd']
    """

    name: ClassVar[str] = "hybrid"
    fitted: ClassVar[tuple[str, ...]] = ("usual_companionship_", "unexplained_", "mixed_")
    needs_ratings: ClassVar[bool] = False

    def __init__(
        self,
        parts: Sequence[Model] | None = None,
        *,
        weights: BlendWeights | None = None,
        refit_parts: bool = True,
        learns: bool = True,
    ) -> None:
        self.refit_parts = refit_parts
        self.learns = learns
        self.weights = weights or BlendWeights.read()
        self.parts: Mapping[str, Model] = {part.name: part for part in (parts or (PARTS[name]() for name in self.weights.parts))}

    def settings(self) -> dict[str, Any]:
        """Return a fingerprint of the weights: a save is out of date once they have been learned again."""
        return {"weights": self.weights.fingerprint}

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        if self.refit_parts:
            for part in self.parts.values():
                part.fit(dataset, baseline)
        self.usual_companionship_ = usual_companionship(dataset, self._features)
        residuals = baseline.residuals(dataset).data.astype(np.float64)
        self.unexplained_ = float(np.sqrt((residuals**2).mean())) if len(residuals) else 1.0
        self.mixed_ = np.array([self.weights.score[name] for name in self.weights.score])
        if self.refit_parts and self.learns:
            self.learn(dataset)

    def learn(self, dataset: Dataset) -> Self:
        """Learn the ranking weights for this data set on some of its users, who are held out from a second, smaller fit.

        Weights at :data:`LEARNED_AT` ratings are found by :func:`~recsys_core.models.hybrid.learning.ascend` from the shipped
        ones, which stay where there are fewer than :data:`~recsys_core.models.hybrid.learning.FEWEST_PEOPLE` users. Those of
        devoted visitors are the same for every data set: no held-out ratings tell what such a visitor would be glad to be told of.
        """
        if dataset.n_users < learning.FEWEST_PEOPLE or not dataset.n_ratings:
            return self
        names = list(self.weights.score)
        train, held_out = learning.hold_out(dataset)
        trial = type(self)([self._unfitted(name) for name in (*names, "content") if name != POPULARITY], weights=self.weights, learns=False)
        with threadpool_limits(limits=1):
            trial.fit(train)
        found = []
        for n in LEARNED_AT:
            asked = learning.visits(dataset, held_out, n)
            heads = learning.heads(lambda profile: trial.summands(profile, names), asked, train.raters)
            start = np.array([self.weights.score_at(n)[name] for name in names])
            best = (
                start if not asked else learning.ascend([heads], start, np.array([-1.0 if name == POPULARITY else 0.0 for name in names]))
            )
            found.append(best - start)
        change = [[np.interp(np.log(n), np.log(LEARNED_AT), row) for n in self.weights.n_ratings] for row in np.transpose(found)]
        least = np.array([[-1.0 if name == POPULARITY else 0.0] for name in names])
        self.mixed_ = np.maximum(np.array([self.weights.score[name] for name in names]) + np.array(change), least)
        self._freeze()
        return self

    def _unfitted(self, name: str) -> Model:
        return PARTS[name](**self.parts[name].settings()) if name in self.parts else PARTS[name]()

    @property
    def _features(self) -> sparse.csr_array:
        content = self.parts["content"]
        assert isinstance(content, Content)
        return content.features_

    def list_weights(self, n: int, devotion: float) -> dict[str, float]:
        """Return the ranking weights of popularity and of each part for a visitor with ``n`` ratings; see :meth:`devotion`."""
        shipped = self.weights
        mixed = dict(zip(shipped.score, interpolated(self.mixed_, shipped.n_ratings, n).tolist(), strict=True))
        names = dict.fromkeys((POPULARITY, "content", *shipped.score, *shipped.devoted))
        return {
            name: (1.0 - devotion) * mixed.get(name, 0.0) + devotion * shipped.devoted.get(name, 0.0)
            for name in names
            if name == POPULARITY or name in self.parts
        }

    def devotion(self, profile: Profile) -> float:
        """Return how clearly the visitor is devoted to something, in [0, 1]: the product of two shares.

        The first tells how closely the likes belong together. It is 0 if they have no closer companions among themselves than
        most profiles of the data set with as many likes, and 1 if closer than nearly all; see
        :func:`~recsys_core.models.hybrid.tastes.companionship`. A single like is about itself: 1. The second is the mean of
        :func:`~recsys_core.models.hybrid.tastes.warmth`: titles that belong together say little if they were rated coolly.
        """
        liked = self._described_likes(profile)
        cosines = cosines_among(self._features, profile.items[liked[-MAX_LIKED:]])
        together = self._togetherness(companionship(cosines), np.array(len(liked)))
        return float(together * (warmth(profile.stars[liked]).mean() if len(liked) else 0.0))

    def _described_likes(self, profile: Profile) -> np.ndarray:
        """Return the rows of the liked titles of which something is known, oldest first. The newest :data:`MAX_LIKED` are compared."""
        described = np.diff(self._features.indptr)[profile.items] > 0
        return np.flatnonzero((profile.query_weights > 0) & described)

    def _togetherness(self, found: float | np.ndarray, n_liked: np.ndarray) -> np.ndarray:
        low, high = self.usual_companionship_[np.minimum(n_liked, MAX_LIKED)].T
        share = np.clip((found - low) / np.maximum(high - low, NEGLIGIBLE), 0.0, 1.0)
        return np.where(n_liked == 1, 1.0, np.where(n_liked == 0, 0.0, share))

    def _devotion_without_each(self, profile: Profile) -> np.ndarray:
        """Return :meth:`devotion` without each rating, shape (n_rated,)."""
        liked = self._described_likes(profile)
        compared = liked[-MAX_LIKED - 1 :]  # without one of the newest, the next older one moves up
        cosines = cosines_among(self._features, profile.items[compared])
        n_liked, found = np.full(len(profile), len(liked)), np.full(len(profile), companionship(cosines[-MAX_LIKED:, -MAX_LIKED:]))
        n_liked[liked] -= 1
        found[compared] = companionship_without_each(cosines)
        warm = np.zeros(len(profile))
        warm[liked] = warmth(profile.stars[liked])
        return self._togetherness(found, n_liked) * (warm.sum() - warm) / np.maximum(n_liked, 1)

    def tastes(self, profile: Profile) -> list[np.ndarray]:
        """Return the clear tastes of a devoted visitor: for each, the rows of its two or more liked titles; largest first.

        Liked titles are grouped by average linkage in content space, as long as the groups are more alike than two likes of
        one user usually are. Empty for a visitor whose likes are as mixed as most, or all belong to one taste.
        """
        liked = self._described_likes(profile)
        if len(liked) < 3 or self.devotion(profile) < LEAST_DEVOTION:
            return []
        groups = group(cosines_among(self._features, profile.items[liked]), float(self.usual_companionship_[2, 0]))
        clear = [liked[rows] for rows in groups if len(rows) > 1]
        return clear if len(groups) > 1 else []

    def additive_score(self, profile: Profile) -> AdditiveScore:
        """Return the weighted sum of the parts; the terms of each part are also kept apart in ``parts``."""
        self._check_fitted()
        weights = self.list_weights(len(profile), self.devotion(profile))
        baseline = weights.pop(POPULARITY) * self.baseline_.known_popularity
        parts = self.standard_parts(profile, weights)
        by_title = self._weights_by_title(weights)
        weighted = {name: part.weighted(by_title[name]) for name, part in parts.items()}
        terms = tuple(term for part in weighted.values() for term in part.terms)
        if many(len(baseline)):
            return AdditiveScore(baseline, terms, parts=weighted)
        scores = baseline.copy()
        for name, part in parts.items():
            scores += by_title[name] * np.nan_to_num(part.total())
        return AdditiveScore(baseline, terms, scores, weighted)

    def _weights_by_title(self, weights: Mapping[str, float]) -> dict[str, Any]:
        """Return the weight of each part for each title, shape (n_items,): content replaces parts that cannot score a title."""
        if many(len(self.baseline_.raters)):
            n_groups = 2 ** len(weights)
            tables = {name: weight * (np.arange(n_groups) >> place & 1) for place, (name, weight) in enumerate(weights.items())}
            tables["content"] = tables["content"] + sum(weights.values()) - sum(tables.values())
            return {name: PerTitle(table, self._who_scores) for name, table in tables.items()}
        by_title = {name: np.where(self.parts[name].scorable, weight, 0.0) for name, weight in weights.items()}
        by_title["content"] += sum(weights.values()) - sum(by_title.values())
        return by_title

    @cached_property
    def _who_scores(self) -> np.ndarray:
        """Which parts can score each title, shape (n_items,): bit k stands for the k-th of the ranking weights after popularity."""
        names = [name for name in self.list_weights(1, 0.0) if name != POPULARITY]
        found = np.zeros(len(self.baseline_.raters), dtype=np.intp)
        for place, name in enumerate(names):
            found |= self.parts[name].scorable.astype(np.intp) << place
        found.setflags(write=False)
        return found

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return self.additive_score(profile).terms

    def summands(self, profile: Profile, names: Sequence[str]) -> np.ndarray:
        """Return the summands of the score before weighting, shape (len(names), n_items), with content in the place of parts
        that cannot score a title."""
        parts = self.standard_parts(profile, {*names, "content"} - {POPULARITY})
        content = parts["content"].total()
        own = {name: part.total() for name, part in parts.items()} | {POPULARITY: self.baseline_.known_popularity}
        return np.array([np.where(np.isnan(own[name]), content, own[name]) for name in names])

    def standard_parts(self, profile: Profile, names: Collection[str]) -> dict[str, AdditiveScore]:
        """Return the contributions of each part without their mean and popularity, divided by their standard deviation over all
        titles, or of very many over those that are :attr:`typical`; the baseline is 0 or NaN.

        Contributions that are nothing but rounding errors are left as they are, since scaling would blow them up.
        """
        parts = {}
        for name in names:
            given = self.parts[name].contributed(profile)
            if many(len(given.baseline)):
                rest, spreads = self._unexplained(name, given, np.ones((1, len(profile))))
                parts[name] = rest.weighted(1.0 / spreads[0] if spreads[0] > NEGLIGIBLE else 1.0)
                continue
            known = ~np.isnan(given.baseline)
            rest = given.without(self.baseline_.constant_and_popularity, known & self.baseline_.fame_known)
            total = rest.total()
            spread = float(total[known].std()) if known.any() else 0.0
            scale = 1.0 / spread if spread > NEGLIGIBLE else 1.0
            parts[name] = AdditiveScore(rest.baseline, rest.weighted(scale).terms, scale * total)
        return parts

    @cached_property
    def _typical_of_parts(self) -> dict[str, Typical]:
        """For each part the titles over which its spread is taken; popularity is that of everybody, whoever the part learned from."""
        known, explained = self.baseline_.fame_known, self.baseline_.constant_and_popularity
        return {name: Typical(part.scorable & known, explained) for name, part in self.parts.items()}

    def _unexplained(self, name: str, given: AdditiveScore, sums: np.ndarray) -> tuple[AdditiveScore, np.ndarray]:
        """Return what is left of a part's contributions without what popularity explains, and the spreads of some of their sums."""
        coefficients, spreads = self._typical_of_parts[name].regressed(given, sums)
        return AdditiveScore(given.baseline, (*given.terms, Term(-coefficients, self.baseline_.constant_and_popularity))), spreads

    def without_each(self, profile: Profile) -> AdditiveScore:
        """Raise NotImplementedError: there is no single sum, since spreads differ by rating. Use :meth:`scores_without_each`."""
        raise NotImplementedError("The hybrid has no single leave-one-out sum; use scores_without_each.")

    def scores_without_each(self, profile: Profile, rows: np.ndarray | None = None) -> np.ndarray:
        """Return leave-one-out scores from the closed forms of the parts; see :meth:`Model.scores_without_each`.

        Weights and spreads are those of n - 1 ratings, so row k equals ``score(profile.without(rows[k]))`` up to rounding.
        """
        self._check_fitted()
        if not len(profile):
            return np.empty((0, len(self.baseline_.raters)))
        rows = np.arange(len(profile)) if rows is None else rows
        devotion = self._devotion_without_each(profile)[rows]
        ends = [self.list_weights(len(profile) - 1, share) for share in (0.0, 1.0)]  # weights are linear in devotion
        weights = {name: (1.0 - devotion) * ends[0][name] + devotion * ends[1][name] for name in ends[0]}
        scores = weights.pop(POPULARITY)[:, None] * self.baseline_.known_popularity
        unused = np.zeros_like(scores)  # weight of the parts that cannot score a title: content takes it over
        of_content = weights.pop("content")[:, None]
        for name, weight in weights.items():
            contributions, cannot_score = self._standard_contributions(name, profile, rows)
            contributions *= weight[:, None]
            scores += contributions
            unused[:, cannot_score] += weight[:, None]
        scores += (of_content + unused) * self._standard_contributions("content", profile, rows)[0]
        return scores

    def _standard_contributions(self, name: str, profile: Profile, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a part's leave-one-out sums, scaled as in :meth:`standard_parts`, and which titles it cannot score."""
        rest = self.parts[name].without_each(profile)
        cannot_score = np.isnan(rest.baseline)
        if many(len(cannot_score)):
            rest, spreads = self._unexplained(name, rest, np.eye(len(profile))[rows])
            sums = rest.rows(rows)
        else:
            sums = rest.without(self.baseline_.constant_and_popularity, ~cannot_score & self.baseline_.fame_known).rows(rows)
            spreads = sums[:, ~cannot_score].std(axis=1) if cannot_score.any() else sums.std(axis=1)
        sums[:, cannot_score] = 0.0
        sums /= np.where(spreads > NEGLIGIBLE, spreads, 1.0)[:, None]
        return sums, cannot_score

    def additive_stars(self, profile: Profile, items: np.ndarray | None = None) -> AdditiveScore:
        """Return the biases plus what each part expects beyond them; for an unrated title, the content model alone.

        A rated title that some parts cannot predict, as none of the people they learned from had rated it, stands in between, by the
        share of their weight."""
        self._check_fitted()
        weights = {name: weight for name, weight in self.weights.stars_at(len(profile)).items() if name in self.parts}
        rated = at(self.baseline_.rated, items)
        bias, _ = self.baseline_.fold_in(profile, items=items)
        parts = {name: self.parts[name].additive_stars(profile, items) for name in {"content": 0.0} | weights}
        known = {name: ~np.isnan(stars.baseline) for name, stars in parts.items()}
        carried = {name: weights.get(name, 0.0) * (rated & known[name]) for name in parts}
        whole = sum(weight for name, weight in weights.items() if name != "content")
        lacking = sum(weight * ~known[name] for name, weight in weights.items()) / whole if whole else 0.0
        carried["content"] = np.where(rated, carried["content"] + lacking * (1.0 - carried["content"]), 1.0)
        blend = bias.scaled(np.where(rated, 1.0 - sum(carried.values()), 0.0))
        for name, stars in parts.items():
            blend = blend + AdditiveScore(np.nan_to_num(stars.baseline), stars.terms).scaled(carried[name])
        return blend

    def to_scale(self, stars: np.ndarray) -> np.ndarray:
        """Press stars into the scale beyond the learned knees (:func:`~recsys_core.data.scale.within_scale`): predictions beyond
        them were too extreme for held-out users, but their order was right."""
        return within_scale(stars, *self.weights.knees)

    def stars_interval(self, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
        """Return 80 % prediction intervals for the visitor's ratings: ``(low, high)``, each (n_items,), clipped to the scale.

            stars ± spread · σ · √(0.8 + 0.3 / √n + 1 / (n_j + 2))

        with σ the root mean square of the residuals after the biases, in stars, n the number of the visitor's ratings and
        n_j that of the title's raters. ``spread`` was learned on held-out users with the weights.
        """
        stars = self.predict(profile)
        width = self.half_interval(len(profile), self.baseline_.raters)
        return np.clip(stars - width, MIN_STARS, MAX_STARS), np.clip(stars + width, MIN_STARS, MAX_STARS)

    def half_interval(self, n: int, raters: np.ndarray) -> np.ndarray:
        """Return half the width of :meth:`stars_interval` in stars, before clipping to the scale, shape of ``raters``."""
        self._check_fitted()
        return self.weights.spread * self.unexplained_ * interval_shape(max(n, 1), raters)

    def _similarities(self, item: int) -> np.ndarray:
        content = self.parts["content"].similarities(item)
        if "item-knn" not in self.parts:
            return content
        collaborative = self.parts["item-knn"].similarities(item)
        scale = float(np.nan_to_num(np.delete(collaborative, item)).max(initial=0.0)) or 1.0
        return 0.5 * content + 0.5 * np.nan_to_num(collaborative / scale)


def interval_shape(n: int, raters: np.ndarray) -> np.ndarray:
    """Return the relative width of the intervals, given the numbers of ratings and of raters, shape of ``raters``."""
    return np.sqrt(0.8 + 0.3 / np.sqrt(n) + 1.0 / (raters + 2.0))
