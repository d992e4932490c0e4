"""The default: a weighted sum of the other models, so that it explains itself as they do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

import numpy as np

from recsys_core.data.dataset import MAX_STARS, MIN_STARS, Dataset
from recsys_core.data.profile import NEUTRAL_STARS, Profile
from recsys_core.models.additive import AdditiveScore
from recsys_core.models.base import Model
from recsys_core.models.bias import Bias, visitor_bias
from recsys_core.models.content import Content
from recsys_core.models.ease import EASE
from recsys_core.models.gp import GaussianProcess
from recsys_core.models.hybrid.weights import POPULARITY, BlendWeights
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.popularity import log_popularity, standardised
from recsys_core.models.svd import SVD
from recsys_core.models.watched import Watched

NEGLIGIBLE = 1e-9
"""A spread of contributions below this is rounding error."""
N_SAMPLED, MOST_LIKED = 500, 10
"""People, and liked titles of each, from which the usual coherence of a data set is measured."""
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
    cosine, its weight grows by ``gain · max(0, c - c₀)`` times the sum of weights, where nineteen in twenty people of the
    data set stay below c₀ with as many liked titles: two are alike by chance more often than ten. Somebody who names
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
    fitted: ClassVar[tuple[str, ...]] = ("prior_", "raters_", "usual_coherence_", "mean_", "item_bias_", "unexplained_")
    needs_ratings: ClassVar[bool] = False

    def __init__(
        self,
        parts: Sequence[Model] | None = None,
        *,
        weights: BlendWeights | None = None,
        user_shrinkage: float = 5.0,
        refit_parts: bool = True,
    ) -> None:
        self.refit_parts = refit_parts
        self.weights = weights or BlendWeights.read()
        self.parts: Mapping[str, Model] = {part.name: part for part in (parts or (PARTS[name]() for name in self.weights.parts))}
        self.user_shrinkage = user_shrinkage

    def _fit(self, dataset: Dataset) -> None:
        if self.refit_parts:
            for part in self.parts.values():
                part.fit(dataset)
        bias = Bias(user_shrinkage=self.user_shrinkage).fit(dataset)
        self.prior_ = standardised(log_popularity(dataset))
        self.raters_ = dataset.raters
        self.usual_coherence_ = self._usual_coherence(dataset)
        self.mean_, self.item_bias_ = bias.mean_, bias.item_
        left = bias.residuals(dataset).data.astype(np.float64)
        self.unexplained_ = float(np.sqrt((left**2).mean())) if len(left) else 1.0

    def _score(self, profile: Profile) -> AdditiveScore:
        weights = self.weights.score_at(len(profile))
        of_prior = weights.pop(POPULARITY, 0.0)
        weights = {name: weight for name, weight in weights.items() if name in self.parts}
        total = sum(weights.values())
        weights["content"] = weights.get("content", 0.0) + total * self._content_gain(profile)
        parts = self.standard_parts(profile, weights)
        speaking = {name: np.where(np.isnan(part.baseline), 0.0, weights[name]) for name, part in parts.items()}
        speaking["content"] += sum(weights.values()) - sum(speaking.values())  # in the place of parts that cannot score a title
        # A title without raters is not unpopular, it is unknown: give it the mean popularity.
        baseline = of_prior * np.where((self.raters_ > 0) | ~self.raters_.any(), self.prior_, 0.0)
        scores = baseline.copy()
        for name, part in parts.items():
            scores += speaking[name] * np.nan_to_num(part.total())
        weighted = {name: part.scaled(speaking[name]) for name, part in parts.items()}
        terms = tuple(term for part in weighted.values() for term in part.terms)
        return AdditiveScore(baseline, terms, scores, weighted)

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

    def scores_without_each(self, profile: Profile, places: np.ndarray | None = None) -> np.ndarray:
        """Row k: :meth:`score` as if the rating at ``places[k]`` were not there, from the closed forms of the parts."""
        from recsys_core.models.hybrid.without_each import hybrid_without_each  # which builds on this class

        return hybrid_without_each(self, profile, np.arange(len(profile)) if places is None else places)

    def _content_gain(self, profile: Profile) -> float:
        """How much more content counts because the liked titles are alike."""
        return self.weights.coherence_at(len(profile)) * self.unusual_coherence(profile)

    def unusual_coherence(self, profile: Profile) -> float:
        """By how much the liked titles are more alike than those of nineteen in twenty people who like as many; 0 for most."""
        liked = profile.items[profile.likes > 0]
        return max(0.0, self._coherence(liked) - float(self.usual_coherence(len(liked))))

    def usual_coherence(self, n: int | np.ndarray) -> np.ndarray:
        """What nineteen in twenty people do not reach with ``n`` titles that they liked, shape of ``n``."""
        return np.asarray(self.usual_coherence_[np.minimum(n, MOST_LIKED)])

    def _coherence(self, items: np.ndarray) -> float:
        """Mean pairwise cosine of some titles' contents; 0 for fewer than two."""
        content, n = self.parts["content"], len(items)
        if n < 2 or not isinstance(content, Content):
            return 0.0
        rows = content.features_[items]
        total = np.asarray(rows.sum(axis=0)).ravel()
        return float(total @ total - rows.multiply(rows).sum()) / (n * (n - 1))

    def _usual_coherence(self, dataset: Dataset) -> np.ndarray:
        """:meth:`usual_coherence` of 0, 1, … MOST_LIKED titles; 1 where nobody liked so many."""
        rng = np.random.default_rng(0)
        by_id = np.argsort(dataset.item_ids)  # the same draw whatever the order of the rows
        place = np.argsort(by_id)
        found: list[list[float]] = [[] for _ in range(MOST_LIKED + 1)]
        for user in rng.permutation(dataset.n_users)[:N_SAMPLED]:
            row = slice(*dataset.ratings.indptr[user : user + 2])
            liked = dataset.ratings.indices[row][dataset.ratings.data[row] > NEUTRAL_STARS]
            drawn = by_id[rng.permutation(np.sort(place[liked]))[:MOST_LIKED]]
            for n in range(2, len(drawn) + 1):
                found[n].append(self._coherence(drawn[:n]))
        return np.array([np.quantile(values, 0.95) if values else 1.0 for values in found])

    def _stars(self, profile: Profile) -> AdditiveScore:
        weights = {name: weight for name, weight in self.weights.stars_at(len(profile)).items() if name in self.parts}
        rated = self.raters_ > 0
        bias, _ = visitor_bias(profile, self.mean_, self.item_bias_, self.user_shrinkage)
        blend = bias.scaled(np.where(rated, 1.0 - sum(weights.values()), 0.0))
        for name in {"content": 0.0} | weights:
            stars = self.parts[name].additive_stars(profile)
            carried = np.where(rated, weights.get(name, 0.0), 1.0 if name == "content" else 0.0)
            blend = blend + AdditiveScore(np.where(rated | (name == "content"), stars.baseline, 0.0), stars.terms).scaled(carried)
        return blend

    @property
    def star_range(self) -> tuple[float, float]:
        """Learned with the weights: expectations beyond these did not hold."""
        return self.weights.ends

    def stars_interval(self, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
        """Where a rating would lie with a chance of 80 %: ``(low, high)``, each of shape (n_items,), within the scale.

            stars ± spread · σ · √(0.8 + 0.3 / √n + 1 / (n_j + 2))

        with σ what the biases leave unexplained in this data set (root mean square, stars), n the visitor's ratings and
        n_j the title's raters. ``spread`` was learned on held-out people with the weights.
        """
        stars = self.predict(profile)
        width = self.half_interval(len(profile), self.raters_)
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
