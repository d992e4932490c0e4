"""The default: a weighted sum of the other models, so that it explains itself as they do."""

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
"""A spread of contributions below this is rounding error."""
PARTS: Mapping[str, type[Model]] = {part.name: part for part in (Content, EASE, ItemKNN, SVD, GaussianProcess, Watched)}
"""The models that a blend may be made of."""


class Hybrid(Model):
    """Weighted sums of the models' contributions, one for the list and one for the stars.

        score[j] = w_pop · prior[j] + Σ_m w_m · (contributions of model m to j) / spread_m
        stars[j] = μ + b_j + b_v + Σ_m v_m · (stars_m[j] - μ - b_j - b_v)

    The weights were learned on people who were held out (:mod:`recsys_core.evaluation.blending`), for several numbers
    of ratings: the first rating moves the list, ten decide it. ``spread_m`` is the standard deviation of model m's
    contributions over all titles for this visitor, so that a weight means the same for every model; it is one number
    per visitor and model, so the score stays a sum over the rated titles.

    Content gains weight for a visitor whose liked titles are about the same things: with c their mean pairwise
    cosine, its weight grows by ``gain · max(0, c - c₀)`` times the sum of weights, where c₀ is the 95th
    percentile over users with as many liked titles: two are alike by chance more often than ten. Somebody who names
    three westerns wants westerns. The gain was learned with the weights. Where a part cannot score a title, because nobody
    rated it, content speaks in its place with its weight; the stars of such a title are those of content.

    Parameters
    ----------
    parts : sequence of Model, optional
        Models with other settings than the default for the parts of the blend; :meth:`fit` fits them. Where nobody has
        rated anything, content alone is enough.
    weights : BlendWeights, optional
        Default: those in ``weights.json``.
    refit_parts : bool
        False where somebody else fits the parts before.
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
        """Those of the weights: a save is out of date when they were learned anew."""
        return {"weights": self.weights.fingerprint}

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        if self.refit_parts:
            for part in self.parts.values():
                part.fit(dataset, baseline)
        self.usual_coherence_ = usual_coherence(dataset, self._features)
        left = baseline.residuals(dataset).data.astype(np.float64)
        self.unexplained_ = float(np.sqrt((left**2).mean())) if len(left) else 1.0

    @property
    def _features(self) -> sparse.csr_array:
        content = self.parts["content"]
        assert isinstance(content, Content)
        return content.features_

    @property
    def _known_popularity(self) -> np.ndarray:
        """Popularity, but its mean for a title without raters: that one is not unpopular, it is unknown."""
        rated = self.baseline_.rated
        return np.where(rated | ~rated.any(), self.baseline_.popularity, 0.0)

    def _weights_at(self, n: int) -> tuple[float, dict[str, float]]:
        """The list's weight of popularity, and that of each part, for a visitor with ``n`` ratings."""
        weights = self.weights.score_at(n)
        of_popularity = weights.pop(POPULARITY, 0.0)
        return of_popularity, {"content": 0.0} | {name: weight for name, weight in weights.items() if name in self.parts}

    def additive_score(self, profile: Profile) -> AdditiveScore:
        """The weighted sum of the parts, which keeps each part's terms apart."""
        self._check_fitted()
        of_popularity, weights = self._weights_at(len(profile))
        weights["content"] += sum(weights.values()) * self._content_gain(profile)
        parts = self.standard_parts(profile, weights)
        speaking = {name: np.where(np.isnan(part.baseline), 0.0, weights[name]) for name, part in parts.items()}
        speaking["content"] += sum(weights.values()) - sum(speaking.values())  # in the place of parts that cannot score a title
        baseline = of_popularity * self._known_popularity
        scores = baseline.copy()
        for name, part in parts.items():
            scores += speaking[name] * np.nan_to_num(part.total())
        weighted = {name: part.scaled(speaking[name]) for name, part in parts.items()}
        terms = tuple(term for part in weighted.values() for term in part.terms)
        return AdditiveScore(baseline, terms, scores, weighted)

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return self.additive_score(profile).terms

    def standard_parts(self, profile: Profile, names: Collection[str]) -> dict[str, AdditiveScore]:
        """The parts' contributions, each divided by its standard deviation over all titles; the baseline is 0, or NaN.

        A spread of nothing but rounding errors is left as it is, else they would be blown up to full size.
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
        """Not to be had as one sum, since each rating has its own spreads; see :meth:`scores_without_each`."""
        raise NotImplementedError("Ask the hybrid for scores_without_each.")

    def scores_without_each(self, profile: Profile, places: np.ndarray | None = None) -> np.ndarray:
        """Row k: :meth:`score` as if the rating at ``places[k]`` were not there, from the closed forms of the parts.

        Everything in them is that of n - 1 ratings: weights, spreads, and what content gains. Equal to
        ``score(profile.without(places[k]))`` but for rounding.
        """
        self._check_fitted()
        if not len(profile):
            return np.empty((0, len(self.baseline_.raters)))
        places = np.arange(len(profile)) if places is None else places
        of_popularity, weights = self._weights_at(len(profile) - 1)
        total = sum(weights.values())
        of_content = weights.pop("content") + total * self._content_gains_without_each(profile)[places, None]
        unheard = np.zeros(len(self.baseline_.raters))  # the weight of parts that cannot score a title: content speaks in their place
        scores = np.tile(of_popularity * self._known_popularity, (len(places), 1))
        for name, weight in weights.items():
            rows, cannot = self._standard_rows(name, profile, places)
            rows *= weight
            scores += rows
            unheard += weight * cannot
        scores += (of_content + unheard) * self._standard_rows("content", profile, places)[0]
        return scores

    def _standard_rows(self, name: str, profile: Profile, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A part's contributions over their spread, as :meth:`standard_parts`; and which titles it cannot score."""
        rest = self.parts[name].without_each(profile)
        rows = rest.rows(places)
        cannot = np.isnan(rest.baseline)
        spreads = rows[:, ~cannot].std(axis=1) if cannot.any() else rows.std(axis=1)
        rows[:, cannot] = 0.0
        rows /= np.where(spreads > NEGLIGIBLE, spreads, 1.0)[:, None]
        return rows, cannot

    def _content_gain(self, profile: Profile) -> float:
        """How much more content counts because the liked titles are alike."""
        return self.weights.coherence_at(len(profile)) * self.unusual_coherence(profile)

    def _content_gains_without_each(self, profile: Profile) -> np.ndarray:
        """:meth:`_content_gain` without each rating, shape (n_rated,)."""
        liked = np.flatnonzero(profile.query_weights > 0)
        items = profile.items[liked]
        found = np.full(len(profile), coherence(self._features, items))
        found[liked] = coherence_without_each(self._features, items)
        left = np.full(len(profile), len(liked))
        left[liked] -= 1
        return self.weights.coherence_at(len(profile) - 1) * np.maximum(found - self.usual_coherence(left), 0.0)

    def unusual_coherence(self, profile: Profile) -> float:
        """By how much the liked titles are more alike than those of nineteen in twenty people who like as many; 0 for most."""
        liked = profile.items[profile.query_weights > 0]
        return max(0.0, coherence(self._features, liked) - float(self.usual_coherence(len(liked))))

    def usual_coherence(self, n: int | np.ndarray) -> np.ndarray:
        """The 95th percentile over users with ``n`` liked titles, shape of ``n``."""
        return np.asarray(self.usual_coherence_[np.minimum(n, MAX_LIKED)])

    def additive_stars(self, profile: Profile) -> AdditiveScore:
        """The biases and what each part expects beyond them; content alone where nobody has rated a title."""
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
        """Learned with the weights: expectations beyond these did not hold."""
        return self.weights.star_range

    def stars_interval(self, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
        """Where a rating would lie with a chance of 80 %: ``(low, high)``, each of shape (n_items,), within the scale.

            stars ± spread · σ · √(0.8 + 0.3 / √n + 1 / (n_j + 2))

        with σ what the biases leave unexplained in this data set (root mean square, stars), n the visitor's ratings and
        n_j the title's raters. ``spread`` was learned on held-out people with the weights.
        """
        stars = self.predict(profile)
        width = self.half_interval(len(profile), self.baseline_.raters)
        return np.clip(stars - width, MIN_STARS, MAX_STARS), np.clip(stars + width, MIN_STARS, MAX_STARS)

    def half_interval(self, n: int, raters: np.ndarray) -> np.ndarray:
        """Half the width of :meth:`stars_interval` in stars, before it is held within the scale, shape of ``raters``."""
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
    """How the uncertainty of expected stars falls with the visitor's ratings and the title's raters, shape of ``raters``."""
    return np.sqrt(0.8 + 0.3 / np.sqrt(n) + 1.0 / (raters + 2.0))
