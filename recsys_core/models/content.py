"""Content-based recommendation: ridge regression on TF-IDF features of the titles."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term, scale_at
from recsys_core.models.base import Model
from recsys_core.models.baseline import Baseline
from recsys_core.models.features import content_features
from recsys_core.models.kernel import Kernel
from recsys_core.models.linear.leave_one_out import dual_without_each

MOST = 800
"""Ratings that the regression listens to, the newest ones: its cost grows with their cube, four seconds for 2,000 ratings."""
USUAL = "usual:"
"""In a sum over features: what a blend takes out of it, because any title as well known would get it."""


class Content(Model):
    """Ridge regression from TF-IDF features to the visitor's ratings, without intercept.

    A free intercept would explain a single rating, or equal ratings, completely and leave nothing for the features.
    So the target ``y`` is a deviation from a baseline: query weights for the ranking, residual stars for the
    prediction. In kernel form, with ``K = X Xᵀ`` and R the rated titles,

        score[j] = baseline[j] + Σ_{i in R} y_i · [ (K_RR + alpha I)⁻¹ K_Rj ]_i

    The i-th summand is the contribution of title i: how much its rating alone moves the result, given which titles
    are rated. (The dual coefficients split the same sum in another way, but their shares do not tell the effect of
    changing one rating.) R holds the newest :data:`MOST` ratings; older ones contribute nothing.

    Parameters
    ----------
    alpha, alpha_stars : float
        Ridge penalties for the ranking and for the stars; a title's feature vector has length one.
    popularity_weight : float
        Weight of standardised log popularity in the ranking baseline. It decides between titles that are equally
        similar to the rated ones.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = Content().fit(dataset)
    >>> profile = Profile.from_ratings({"alien": 5}, dataset.item_index)
    >>> score = model.score(profile)
    >>> str(dataset.item_ids[1:][score[1:].argmax()])  # the best of the unrated titles
    'aliens'
    >>> baseline, words = model.word_contributions(profile, item=1)
    >>> max(words, key=words.get)
    'decade:1980s'

    References
    ----------
    Hoerl & Kennard (1970), "Ridge regression: biased estimation for nonorthogonal problems".
    """

    name: ClassVar[str] = "content"
    fitted: ClassVar[tuple[str, ...]] = ("features_", "feature_names_")
    needs_ratings: ClassVar[bool] = False

    def __init__(self, *, alpha: float = 2.0, alpha_stars: float = 4.0, popularity_weight: float = 0.02) -> None:
        self.alpha = alpha
        self.alpha_stars = alpha_stars
        self.popularity_weight = popularity_weight

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        self.features_, self.feature_names_ = content_features(dataset)

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (self._ridge(profile, profile.query_weights, self.alpha),)

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        kernel = Kernel(self.features_, profile.items[-MOST:])
        inverse, targets = self._inverse(kernel, self.alpha), profile.query_weights[-MOST:]
        unheard = np.tile(inverse @ targets, (len(profile) - len(targets), 1))  # leaving out what was not listened to changes nothing
        return (Term(np.vstack([unheard, dual_without_each(inverse, targets)]), kernel),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        return (self._ridge(profile, residuals, self.alpha_stars),)

    def _ridge(self, profile: Profile, targets: np.ndarray, alpha: float) -> Term:
        kernel = Kernel(self.features_, profile.items[-MOST:])
        left = targets[-MOST:, None] * self._inverse(kernel, alpha)
        return Term(np.vstack([np.zeros((len(targets) - len(left), left.shape[1])), left]), kernel)

    def _inverse(self, kernel: Kernel, alpha: float) -> np.ndarray:
        among = kernel.among_rated()
        return np.linalg.inv(among + alpha * np.eye(len(among)))

    def _similarities(self, item: int) -> np.ndarray:
        return (self.features_ @ self.features_[[item]].T).toarray().ravel()

    def word_contributions(self, profile: Profile, item: int) -> tuple[float, dict[str, float]]:
        """Return one title's score as a sum over its features instead of over the rated titles.

        Returns
        -------
        baseline : float
        contributions : dict of feature name to amount; only features that the title has
            ``x_jt · β_t`` with ``β = X_Rᵀ (K_RR + alpha I)⁻¹ y``; baseline and contributions sum to the score.
        """
        additive = self.additive_score(profile)
        return float(additive.baseline[item]), self.words_of(additive, item)

    def words_of(self, additive: AdditiveScore, item: int) -> dict[str, float]:
        """Return what each feature of a title (its position) adds to the score, as ``field:token`` to amount.

        The amounts add up to the sum of the title's contributions. ``additive`` is this model's own score, or the
        content part of a blend; then the amounts are scaled and weighted as in the blend, and :data:`USUAL` is what it took out.
        """
        words: dict[str, float] = {}
        for left, right, scale in additive.terms:
            if isinstance(right, Kernel):
                features, amounts = right.by_feature(item, left.sum(axis=0))
                names = self.feature_names_[features].tolist()
            else:  # a blend takes out what any title as well known would get
                names, amounts = [USUAL], (right[[item]] @ left.sum(axis=0))
            amounts = amounts * scale_at(scale, np.array([item]))
            for name, amount in zip(names, amounts.tolist(), strict=True):
                words[name] = words.get(name, 0.0) + amount
        return {name: amount for name, amount in words.items() if amount or name != USUAL}
