"""The implicit part of SVD++: which titles a user chose to watch, regardless of the stars."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model, cosines_with
from recsys_core.models.baseline import Baseline
from recsys_core.models.linear.leave_one_out import others
from recsys_core.models.linear.ridge import ridge_rows
from recsys_core.models.many import at
from recsys_core.models.svd import right_singular_vectors

NEGLIGIBLE = 1e-6


class Watched(Model):
    """Latent factors of implicit feedback, as in the implicit part of SVD++.

    A user's factors are the sum of those of the watched titles R, regardless of the stars:

        x_u = Σ_{i in R} y_i / √n
        stars[j] = μ + b_j + b_v + w_j · x_u
        score[j] = baseline[j] + v_j · x_u

    y are the leading right singular vectors of the binary matrix of watched titles, its rows divided by √n_u and its
    columns by the fourth root of their raters, scaled so that the mean squared length of x is 1. Each title's w is a
    ridge regression of its residual stars on x; v are the unscaled singular vectors (PureSVD of watched titles). So a
    rated title contributes the same whether it got one star or five, and R holds the titles that were seen and not rated, too: in
    the stars they are part of the baseline, as they are no rated titles; in the ranking they are pulls of their own
    (:mod:`recsys_core.visitor.title_pulls`).

    Parameters
    ----------
    n_factors : int
    alpha : float
        Ridge penalty of each title's regression.
    popularity_weight : float
        Weight of standardised log popularity in the ranking baseline.
    random_state : int
        Seeds the start of the iteration that finds the singular vectors.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = Watched(n_factors=2).fit(dataset)
    >>> score = model.score(Profile.from_ratings({"alien": 5}, dataset.item_index))
    >>> bool((score == model.score(Profile.from_ratings({"alien": 1}, dataset.item_index))).all())  # stars do not count
    True

    References
    ----------
    Koren (2008), "Factorization meets the neighborhood: a multifaceted collaborative filtering model".
    """

    name: ClassVar[str] = "watched"
    fitted: ClassVar[tuple[str, ...]] = ("person_factors_", "star_factors_", "item_factors_")
    max_users: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_factors: int = 40,
        alpha: float = 5.0,
        popularity_weight: float = 0.03,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.alpha = alpha
        self.popularity_weight = popularity_weight
        self.random_state = random_state

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        damped = (dataset.raters + 1.0) ** -0.25
        watched = dataset.ratings.astype(np.float64)
        watched.data = np.ones_like(watched.data)
        watched = sparse.csr_array(watched.multiply(1.0 / np.sqrt(np.maximum(np.diff(watched.indptr), 1))[:, None]))
        scaled = sparse.csr_array(watched.multiply(damped[None, :]))
        vectors, values = right_singular_vectors(scaled, self.n_factors, self.random_state)
        vectors = np.ascontiguousarray(vectors[:, values > NEGLIGIBLE * values.max(initial=0.0)])  # the others are arbitrary
        users = scaled @ vectors
        size = max(np.sqrt((users**2).sum(axis=1).mean()), 1e-12)
        self.person_factors_ = damped[:, None] * vectors / size
        self.item_factors_ = vectors
        self.star_factors_ = ridge_rows(sparse.csr_array(baseline.residuals(dataset).T), users / size, self.alpha)

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (Term(self.steps(profile.items, profile), self.item_factors_),)

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        left = others(self.person_factors_[profile.items]) / np.sqrt(max(len(profile) - 1 + len(profile.seen), 1))
        return (Term(left, self.item_factors_),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        return (Term(self.steps(profile.items, profile), self.star_factors_),)

    def additive_stars(self, profile: Profile, items: np.ndarray | None = None) -> AdditiveScore:
        """Return the expected stars as a sum over the rated titles; what was seen and not rated is part of the baseline."""
        stars = super().additive_stars(profile, items)
        if not len(profile.seen):
            return stars
        return stars.plus(at(self.star_factors_, items) @ self.steps(profile.seen, profile).sum(axis=0))

    def steps(self, items: np.ndarray, profile: Profile) -> np.ndarray:
        """Return the shares of some watched titles (positions) in the visitor's factors, shape (len(items), n_factors)."""
        return self.person_factors_[items] / np.sqrt(max(len(profile) + len(profile.seen), 1))

    def _similarities(self, item: int) -> np.ndarray:
        return cosines_with(self.item_factors_, item)
