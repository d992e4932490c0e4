"""The default model: a weighted sum of other models, and so an additive score that can be explained like theirs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model
from recsys_core.models.baseline import Baseline
from recsys_core.models.content import Content
from recsys_core.models.ease import EASE
from recsys_core.models.gp import GaussianProcess
from recsys_core.models.hybrid.coherence import MAX_LIKED, coherence, coherence_without_each, usual_coherence
from recsys_core.models.hybrid.weights import POPULARITY, BlendWeights
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.svd import SVD
from recsys_core.models.watched import Watched

NEGLIGIBLE = 1e-9
"""A standard deviation of contributions below this is rounding error."""
PARTS: Mapping[str, type[Model]] = {part.name: part for part in (Content, EASE, ItemKNN, SVD, GaussianProcess, Watched)}
"""The models that a blend may consist of."""


class Hybrid(Model):
    """Weighted sum of the contributions of several models, with separate weights for the ranking and for the stars.

        score[j] = w_pop · prior[j] + Σ_m w_m · (contributions of model m to j) / spread_m
        stars[j] = μ + b_j + b_v + Σ_m v_m · (stars_m[j] - μ - b_j - b_v)

    The weights were learned on held-out users (:mod:`recsys_core.evaluation.blending`) for several numbers of ratings,
    because a long profile calls for other models than a short one. ``spread_m`` is the standard deviation of model m's
    contributions over all titles for this visitor, so that weights are comparable between models. It is one number
    per visitor and model, so the score remains a sum over the rated titles.

    The content model gains weight if the liked titles are similar to each other: with c their mean pairwise cosine, its
    weight grows by ``gain · max(0, c - c₀)`` times the sum of weights, where c₀ is the 95th percentile over users with
    the same number of liked titles. A visitor who names three westerns wants westerns. The gain was learned with the
    weights. If a part cannot score a title, because it has no raters, content takes over its weight; the stars of such
    a title are those of the content model.

    Parameters
    ----------
    parts : sequence of Model, optional
        The parts of the blend, if they shall have other settings than the default. In a data set without ratings,
        content alone is enough.
    weights : BlendWeights, optional
        Default: those in ``weights.json``.
    refit_parts : bool
        Whether :meth:`fit` fits the parts; False if they are fitted already.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = Hybrid().fit(dataset)
    >>> additive = model.additive_score(Profile.from_ratings({"alien": 5}, dataset.item_index))
    >>> str(dataset.item_ids[1:][additive.total()[1:].argmax()])  # the best of the unrated titles
    'aliens'
    >>> list(additive.parts)
    ['content', 'ease', 'item-knn', 'svd', 'gp', 'watched']
    """

    name: ClassVar[str] = "hybrid"
    fitted: ClassVar[tuple[str, ...]] = ("usual_coherence_", "unexplained_")
    needs_ratings: ClassVar[bool] = False

    def __init__(
        self,
        parts: Sequence[Model] | None = None,
        *,
        weights: BlendWeights | None = None,
        refit_parts: bool = True,
    ) -> None:
        self.refit_parts = refit_parts
        self.weights = weights or BlendWeights.read()
        self.parts: Mapping[str, Model] = {part.name: part for part in (parts or (PARTS[name]() for name in self.weights.parts))}

    def settings(self) -> dict[str, Any]:
        """Return a fingerprint of the weights: a save is out of date once they have been learned again."""
        return {"weights": self.weights.fingerprint}

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        if self.refit_parts:
            for part in self.parts.values():
                part.fit(dataset, baseline)
        self.usual_coherence_ = usual_coherence(dataset, self._features)
        residuals = baseline.residuals(dataset).data.astype(np.float64)
        self.unexplained_ = float(np.sqrt((residuals**2).mean())) if len(residuals) else 1.0

    @property
    def _features(self) -> sparse.csr_array:
        content = self.parts["content"]
        assert isinstance(content, Content)
        return content.features_

    @property
    def _known_popularity(self) -> np.ndarray:
        """Popularity, but the mean for titles without raters: they are not unpopular, their popularity is unknown."""
        rated = self.baseline_.rated
        return np.where(rated | ~rated.any(), self.baseline_.popularity, 0.0)

    def _weights_at(self, n: int) -> tuple[float, dict[str, float]]:
        """Return the ranking weights of popularity and of each part for a visitor with ``n`` ratings."""
        weights = self.weights.score_at(n)
        of_popularity = weights.pop(POPULARITY, 0.0)
        return of_popularity, {"content": 0.0} | {name: weight for name, weight in weights.items() if name in self.parts}

    def additive_score(self, profile: Profile) -> AdditiveScore:
        """Return the weighted sum of the parts; the terms of each part are also kept apart in ``parts``."""
        self._check_fitted()
        of_popularity, weights = self._weights_at(len(profile))
        weights["content"] += sum(weights.values()) * self._content_gain(profile)
        parts = self.standard_parts(profile, weights)
        by_title = {name: np.where(np.isnan(part.baseline), 0.0, weights[name]) for name, part in parts.items()}
        by_title["content"] += sum(weights.values()) - sum(by_title.values())  # content replaces parts that cannot score a title
        baseline = of_popularity * self._known_popularity
        scores = baseline.copy()
        for name, part in parts.items():
            scores += by_title[name] * np.nan_to_num(part.total())
        weighted = {name: part.scaled(by_title[name]) for name, part in parts.items()}
        terms = tuple(term for part in weighted.values() for term in part.terms)
        return AdditiveScore(baseline, terms, scores, weighted)

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return self.additive_score(profile).terms

    def standard_parts(self, profile: Profile, names: Collection[str]) -> dict[str, AdditiveScore]:
        """Return the contributions of each part, divided by their standard deviation over all titles; the baseline is 0 or NaN.

        Contributions that are nothing but rounding errors are left as they are, since scaling would blow them up.
        """
        parts = {}
        for name in names:
            given = self.parts[name].additive_score(profile)
            contributed = AdditiveScore(0.0 * given.baseline, given.terms)
            total = contributed.total()
            spread = float(total[~np.isnan(total)].std())
            scale = 1.0 / spread if spread > NEGLIGIBLE else 1.0
            parts[name] = AdditiveScore(contributed.baseline, contributed.scaled(scale).terms, scale * total)
        return parts

    def without_each(self, profile: Profile) -> AdditiveScore:
        """Raise NotImplementedError: there is no single sum, since spreads differ by rating. Use :meth:`scores_without_each`."""
        raise NotImplementedError("The hybrid has no single leave-one-out sum; use scores_without_each.")

    def scores_without_each(self, profile: Profile, rows: np.ndarray | None = None) -> np.ndarray:
        """Return leave-one-out scores from the closed forms of the parts; see :meth:`Model.scores_without_each`.

        Weights, spreads and the content gain are those of n - 1 ratings, so row k equals
        ``score(profile.without(rows[k]))`` up to rounding.
        """
        self._check_fitted()
        if not len(profile):
            return np.empty((0, len(self.baseline_.raters)))
        rows = np.arange(len(profile)) if rows is None else rows
        of_popularity, weights = self._weights_at(len(profile) - 1)
        total = sum(weights.values())
        of_content = weights.pop("content") + total * self._content_gains_without_each(profile)[rows, None]
        unused = np.zeros(len(self.baseline_.raters))  # weight of the parts that cannot score a title: content takes it over
        scores = np.tile(of_popularity * self._known_popularity, (len(rows), 1))
        for name, weight in weights.items():
            contributions, cannot_score = self._standard_contributions(name, profile, rows)
            contributions *= weight
            scores += contributions
            unused += weight * cannot_score
        scores += (of_content + unused) * self._standard_contributions("content", profile, rows)[0]
        return scores

    def _standard_contributions(self, name: str, profile: Profile, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a part's leave-one-out sums, scaled as in :meth:`standard_parts`, and which titles it cannot score."""
        rest = self.parts[name].without_each(profile)
        sums = rest.rows(rows)
        cannot_score = np.isnan(rest.baseline)
        spreads = sums[:, ~cannot_score].std(axis=1) if cannot_score.any() else sums.std(axis=1)
        sums[:, cannot_score] = 0.0
        sums /= np.where(spreads > NEGLIGIBLE, spreads, 1.0)[:, None]
        return sums, cannot_score

    def _content_gain(self, profile: Profile) -> float:
        """Return by how much the weight of content grows because the liked titles are similar."""
        return self.weights.coherence_at(len(profile)) * self.unusual_coherence(profile)

    def _content_gains_without_each(self, profile: Profile) -> np.ndarray:
        """Return :meth:`_content_gain` without each rating, shape (n_rated,)."""
        liked = np.flatnonzero(profile.query_weights > 0)
        items = profile.items[liked]
        found = np.full(len(profile), coherence(self._features, items))
        found[liked] = coherence_without_each(self._features, items)
        n_liked = np.full(len(profile), len(liked))
        n_liked[liked] -= 1
        return self.weights.coherence_at(len(profile) - 1) * np.maximum(found - self.usual_coherence(n_liked), 0.0)

    def unusual_coherence(self, profile: Profile) -> float:
        """Return by how much the coherence of the liked titles exceeds :meth:`usual_coherence`; 0 for most visitors."""
        liked = profile.items[profile.query_weights > 0]
        return max(0.0, coherence(self._features, liked) - float(self.usual_coherence(len(liked))))

    def usual_coherence(self, n: int | np.ndarray) -> np.ndarray:
        """Return the 95th percentile of coherence over users with ``n`` liked titles, shape of ``n``."""
        return np.asarray(self.usual_coherence_[np.minimum(n, MAX_LIKED)])

    def additive_stars(self, profile: Profile) -> AdditiveScore:
        """Return the biases plus what each part expects beyond them; for an unrated title, the content model alone."""
        self._check_fitted()
        weights = {name: weight for name, weight in self.weights.stars_at(len(profile)).items() if name in self.parts}
        rated = self.baseline_.rated
        bias, _ = self.baseline_.fold_in(profile)
        blend = bias.scaled(np.where(rated, 1.0 - sum(weights.values()), 0.0))
        for name in {"content": 0.0} | weights:
            stars = self.parts[name].additive_stars(profile)
            carried = np.where(rated, weights.get(name, 0.0), 1.0 if name == "content" else 0.0)
            blend = blend + AdditiveScore(np.where(rated | (name == "content"), stars.baseline, 0.0), stars.terms).scaled(carried)
        return blend

    @property
    def star_range(self) -> tuple[float, float]:
        """The range to which expected stars are clipped, learned with the weights: predictions beyond it were too extreme."""
        return self.weights.star_range

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
