"""Latent factors from a truncated SVD of the graded likes, with ridge fold-in for visitors."""

from __future__ import annotations

from copy import copy
from typing import ClassVar, Self

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import Term
from recsys_core.models.base import Model, cosines_with, graded_likes
from recsys_core.models.baseline import SHRINKAGE, Baseline
from recsys_core.models.linear.leave_one_out import primal_without_each
from recsys_core.models.linear.ridge import fold_in

DENSE_SIZE = 300
"""Matrices with at most this many rows or columns are decomposed densely."""
KNOWN_RATERS = 20
"""A title with at least this many raters is well known; the factors are scaled by these titles."""


class SVD(Model):
    """Latent factors of the titles from a truncated SVD, with ridge fold-in for visitors.

    The factors come from a truncated SVD of the graded likes with zeros for unrated titles (PureSVD): which titles users
    choose to watch says more about their taste than the stars that they give. Rows and columns are scaled down by
    activity and popularity, and the factors of a title by its number of raters,

        D_u^(-1/4) L D_i^(-1/4) ≈ U S Vᵀ,    q_i = v_i √(s / s_1) / √(n_i + damping),

    with D the sums of squares, so that the factors separate kinds of titles rather than famous from obscure ones.

    A visitor is folded in by ridge regression on the factors Q of the rated titles R:

        p = (Q_Rᵀ Q_R + alpha I)⁻¹ Q_Rᵀ y
        score[j] = baseline[j] + (n_j / n)^¼ · q_j · p        with y the query weights
        stars[j] = μ + b_j + b_v + q_j · p                    with y the residual stars and alpha_stars

    Both are linear in y: the contribution of title i to title j is ``y_i · q_iᵀ (Q_Rᵀ Q_R + alpha I)⁻¹ q_j``. For the
    ranking it is multiplied by ``(n_j / n)^¼`` (n the median number of raters), because a well-known title is the safer
    suggestion.

    Parameters
    ----------
    n_factors : int
    alpha, alpha_stars : float
        Ridge penalties; the factors of well-known titles have a mean squared length of one.
    damping : float
        Number of raters added to each title's, so that the factors of a title with few raters stay short.
    popularity_weight : float
        Weight of standardised log popularity in the ranking baseline.
    random_state : int
        Seeds the start of the iteration that finds the singular vectors.

    Attributes
    ----------
    item_factors_ : ndarray of shape (n_items, n_factors)

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = SVD(n_factors=2).fit(dataset)
    >>> profile = Profile.from_ratings({"alien": 5}, dataset.item_index)
    >>> score = model.score(profile)
    >>> str(dataset.item_ids[1:][score[1:].argmax()])  # the best of the unrated titles
    'aliens'
    >>> model.item_factors_.shape, model.fold_in(profile).shape
    ((4, 2), (2,))

    References
    ----------
    Cremonesi, Koren & Turrin (2010), "Performance of recommender algorithms on top-N recommendation tasks" (PureSVD).
    """

    name: ClassVar[str] = "svd"
    fitted: ClassVar[tuple[str, ...]] = ("item_factors_", "fame_")

    def __init__(
        self,
        *,
        n_factors: int = 48,
        alpha: float = 10.0,
        alpha_stars: float = 5.0,
        damping: float = 10.0,
        popularity_weight: float = 0.03,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.alpha = alpha
        self.alpha_stars = alpha_stars
        self.damping = damping
        self.popularity_weight = popularity_weight
        self.random_state = random_state

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        self.item_factors_, _ = self.find_factors(graded_likes(dataset), baseline.raters)
        self.fame_ = fame(baseline.raters)

    def find_factors(self, likes: sparse.csr_array, raters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the titles' factors in the given graded likes, shape (n_items, n_factors), and their singular values.

        :meth:`fit` passes the likes of all users; passing those of a sample shows how stable the factors are.
        """
        vectors, values = right_singular_vectors(scaled_down(likes), self.n_factors, self.random_state)
        return self.factors_of(vectors, values, raters), values

    def factors_of(self, vectors: np.ndarray, values: np.ndarray, raters: np.ndarray) -> np.ndarray:
        """Return the titles' factors given the leading right singular vectors and values of :func:`scaled_down` likes."""
        factors = vectors * np.sqrt(values / max(values.max(initial=0.0), 1e-12)) / np.sqrt(raters + self.damping)[:, None]
        known = raters >= min(KNOWN_RATERS, raters.max(initial=0))
        return np.asarray(factors / max(np.sqrt((factors[known] ** 2).sum(axis=1).mean()), 1e-12))

    def with_factors(self, item_factors: np.ndarray) -> Self:
        """Return a copy of the fitted model with other item factors, shape (n_items, any number)."""
        self._check_fitted()
        other = copy(self)
        other.item_factors_, other.n_factors = item_factors, item_factors.shape[1]
        return other

    def among(self, titles: np.ndarray) -> Self:
        """Return a copy of the fitted model for some titles (positions) only, in that order."""
        other = self.with_factors(self.item_factors_[titles])
        other._forget_derived()
        other.fame_, other.baseline_ = self.fame_[titles], self.baseline_.among(titles)
        return other

    def fold_in(self, profile: Profile) -> np.ndarray:
        """Return the visitor's factors as used for the ranking, shape (n_factors,); zeros without ratings."""
        self._check_fitted()
        return self._term(profile, profile.query_weights, self.alpha).left.sum(axis=0)

    def uncertainty(self, profile: Profile) -> np.ndarray:
        """Return the posterior covariance of the visitor's factors up to the noise variance, shape (n_factors, n_factors).

            (Q_Rᵀ Q_R + alpha I)⁻¹

        The solution of the ridge regression is the mean of a Gaussian posterior, and σ² times this matrix is its
        covariance. Without ratings it is the prior, ``I / alpha``.

        References
        ----------
        Lindley & Smith (1972), "Bayes estimates for the linear model".
        """
        self._check_fitted()
        rated = self.item_factors_[profile.items]
        return np.linalg.inv(rated.T @ rated + self.alpha * np.eye(self.item_factors_.shape[1]))

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (self._term(profile, profile.query_weights, self.alpha)._replace(scale=self.fame_),)

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        left = primal_without_each(self.item_factors_[profile.items], profile.query_weights, self.alpha)
        return (Term(left, self.item_factors_, self.fame_),)

    def _star_terms(self, profile: Profile, residuals: np.ndarray) -> tuple[Term, ...]:
        return (self._term(profile, residuals, self.alpha_stars),)

    def _term(self, profile: Profile, targets: np.ndarray, alpha: float) -> Term:
        return Term(fold_in(self.item_factors_[profile.items], targets, alpha), self.item_factors_)

    def rated_stars_without_each(self, profile: Profile) -> np.ndarray:
        """Predict each rated title from the visitor's other ratings (leave one out), in stars, shape (n_rated,).

        With e the stars minus μ + b_i, the visitor's bias without title i is ``b = (Σ e - e_i) / (n - 1 + shrinkage)`` and
        the targets of the regression are ``e - b``. It is linear in them, so ``p⁽⁻ⁱ⁾ = p(e)⁽⁻ⁱ⁾ - b · p(1)⁽⁻ⁱ⁾``, each in
        closed form.
        """
        self._check_fitted()
        rated = self.item_factors_[profile.items]
        item_means = self.baseline_.mean + self.baseline_.item_bias[profile.items]
        deviations = profile.stars - item_means
        bias = (deviations.sum() - deviations) / (len(profile) - 1 + SHRINKAGE)
        of_deviations = primal_without_each(rated, deviations, self.alpha_stars)
        of_ones = primal_without_each(rated, np.ones(len(profile)), self.alpha_stars)
        expected = item_means + bias + (rated * (of_deviations - bias[:, None] * of_ones)).sum(axis=1)
        return self.to_scale(np.where(self.baseline_.rated[profile.items], expected, np.nan))

    def _similarities(self, item: int) -> np.ndarray:
        return cosines_with(self.item_factors_, item)


def fame(raters: np.ndarray) -> np.ndarray:
    """Return ``(n_j / n)^¼``, with n the median number of raters of the well-known titles, shape (n_items,)."""
    known = raters >= min(KNOWN_RATERS, raters.max())
    return np.asarray((raters / np.median(raters[known])) ** 0.25)


def scaled_down(likes: sparse.csr_array, column_squares: np.ndarray | None = None) -> sparse.csr_array:
    """Divide each entry by the fourth root of its row's and of its column's sum of squares.

    The columns' sums of squares may be given: those of everybody, where ``likes`` are those of some users.
    The sums are accumulated in double precision: single precision would lose digits over millions of ratings.
    """
    values = likes.astype(np.float64)
    squares = values.multiply(values)
    row_scale = np.maximum(squares.sum(axis=1), 1e-12) ** -0.25
    column_squares = squares.sum(axis=0) if column_squares is None else column_squares
    column_scale = np.maximum(column_squares, 1e-12) ** -0.25
    return sparse.csr_array(values.multiply(row_scale[:, None]).multiply(column_scale[None, :]))


def right_singular_vectors(matrix: sparse.csr_array, k: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ``k`` leading right singular vectors, shape (n_columns, k), and their singular values, largest first.

    There are fewer if the matrix has fewer rows or columns. The signs are arbitrary; no score depends on them.
    """
    k = min(k, *matrix.shape)
    if min(matrix.shape) <= DENSE_SIZE or k >= min(matrix.shape):
        _, values, rows = np.linalg.svd(matrix.toarray().astype(np.float64), full_matrices=False)
        return rows[:k].T.copy(), values[:k]
    start = np.random.default_rng(random_state).normal(size=min(matrix.shape))
    _, values, rows = svds(matrix.astype(np.float64), k=k, v0=start)
    order = np.argsort(-values)
    return rows[order].T.copy(), values[order]
