"""The default: a weighted sum of the other models, so that it explains itself as they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from recsys_core.additive import AdditiveScore
from recsys_core.dataset import Dataset
from recsys_core.models.base import Model
from recsys_core.models.content import Content
from recsys_core.models.item_knn import ItemKNN
from recsys_core.models.popularity import log_popularity, standardised
from recsys_core.models.svd import SVD
from recsys_core.profile import NEUTRAL_STARS, Profile

SCORE_WEIGHTS = {"content": 0.35, "item-knn": 0.35, "svd": 0.3}
STAR_WEIGHTS = {"content": 0.4, "item-knn": 0.2, "svd": 0.4}
NEGLIGIBLE = 1e-9
"""A spread of contributions below this is rounding error."""
COHERENCE_GAIN = 9.0
N_SAMPLED, N_LIKED = 500, 5
"""People, and liked titles of each, from which the usual coherence of a data set is measured."""


class Hybrid(Model):
    """Weighted sums of the models' contributions, one for the list and one for the stars.

        score[j] = w_pop · prior[j] + n / (n + 1) · Σ_m w_m · (contributions of model m to j) / spread_m
        stars[j] = Σ_m v_m · stars_m[j]

    ``n`` is the number of rated titles: the first rating moves the list, ten decide it. ``spread_m`` is the
    standard deviation of model m's contributions over all titles for this visitor, so that a weight means the
    same for every model; it is one number per visitor and model, so the score stays a sum over the rated titles.
    Content gains weight for a visitor whose liked titles are about the same things: with c their mean pairwise
    cosine, its weight grows by ``9 · max(0, c - c₀)``, where nineteen in twenty people of the data set stay below
    c₀. Somebody who names three westerns wants westerns. A title that nobody rated has no collaborative part:
    content alone carries it, with the whole weight, so that it stands neither higher nor lower for being unrated.

    Parameters
    ----------
    parts : sequence of Model, optional
        A content, an item-knn and an svd model with other settings than the default; :meth:`fit` fits them.
    popularity_weight : float
        How much standardised log popularity counts in the list.
    """

    name: ClassVar[str] = "hybrid"
    fitted: ClassVar[tuple[str, ...]] = ("prior_", "raters_", "usual_coherence_")

    def __init__(self, parts: Sequence[Model] | None = None, *, popularity_weight: float = 0.3) -> None:
        self.parts: Mapping[str, Model] = {part.name: part for part in (parts or (Content(), ItemKNN(), SVD()))}
        self.popularity_weight = popularity_weight

    def _fit(self, dataset: Dataset) -> None:
        for part in self.parts.values():
            part.fit(dataset)
        self.prior_ = standardised(log_popularity(dataset))
        self.raters_ = dataset.raters
        self.usual_coherence_ = self._usual_coherence(dataset)

    def _score(self, profile: Profile) -> AdditiveScore:
        # A title without raters is not unpopular, it is unknown: give it the mean popularity.
        blend = AdditiveScore(self.popularity_weight * np.where(self.raters_ > 0, self.prior_, 0.0))
        confidence = len(profile) / (len(profile) + 1.0)
        weights = SCORE_WEIGHTS | {"content": SCORE_WEIGHTS["content"] + self._content_gain(profile)}
        total_weight = sum(weights.values())
        for name, weight in weights.items():
            contributed = AdditiveScore(np.zeros(len(self.prior_)), self.parts[name].additive_score(profile).terms)
            spread = float(contributed.total().std())
            spread = spread if spread > NEGLIGIBLE else 1.0  # else rounding errors would be blown up to full size
            carried = np.where(self.raters_ > 0, weight, total_weight if name == "content" else 0.0)
            blend = blend + contributed.scaled(carried * confidence / spread)
        return blend

    def _content_gain(self, profile: Profile) -> float:
        """How much more content counts because the liked titles are alike."""
        return COHERENCE_GAIN * max(0.0, self._coherence(profile.items[profile.likes > 0]) - self.usual_coherence_)

    def _coherence(self, items: np.ndarray) -> float:
        """Mean pairwise cosine of some titles' contents; 0 for fewer than two."""
        content, n = self.parts["content"], len(items)
        if n < 2 or not isinstance(content, Content):
            return 0.0
        total = np.asarray(content.features_[items].sum(axis=0)).ravel()
        return float(total @ total - n) / (n * (n - 1))  # rows have length one

    def _usual_coherence(self, dataset: Dataset) -> float:
        """What nineteen in twenty people do not reach with a few titles that they liked."""
        rng = np.random.default_rng(0)
        by_id = np.argsort(dataset.item_ids)  # the same draw whatever the order of the rows
        place = np.argsort(by_id)
        found = []
        for user in rng.permutation(dataset.n_users)[:N_SAMPLED]:
            row = slice(*dataset.ratings.indptr[user : user + 2])
            liked = dataset.ratings.indices[row][dataset.ratings.data[row] > NEUTRAL_STARS]
            if len(liked) >= N_LIKED:
                found.append(self._coherence(by_id[rng.choice(np.sort(place[liked]), N_LIKED, replace=False)]))
        return float(np.quantile(found, 0.95)) if found else 1.0

    def _stars(self, profile: Profile) -> AdditiveScore:
        blend = AdditiveScore(np.zeros(len(self.prior_)))
        for name, weight in STAR_WEIGHTS.items():
            stars = self.parts[name].additive_stars(profile)
            carried = np.where(self.raters_ > 0, weight, 1.0 if name == "content" else 0.0)
            known = AdditiveScore(np.where(carried > 0, stars.baseline, 0.0), stars.terms)
            blend = blend + known.scaled(carried)
        return blend

    def _similarities(self, item: int) -> np.ndarray:
        content = self.parts["content"].similarities(item)
        collaborative = self.parts["item-knn"].similarities(item)
        scale = float(np.nan_to_num(np.delete(collaborative, item)).max(initial=0.0)) or 1.0
        return 0.5 * content + 0.5 * np.nan_to_num(collaborative / scale)
