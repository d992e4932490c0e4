"""Gaussian process regression over titles, with a covariance that is learned from all users."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, NamedTuple

import numpy as np
from scipy import sparse
from scipy.linalg import LinAlgError, blas, cho_factor, cho_solve, eigh, lapack

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.additive import AdditiveScore, Term
from recsys_core.models.base import Model
from recsys_core.models.baseline import Baseline, biases
from recsys_core.models.linear.leave_one_out import dual_without_each
from recsys_core.models.many import at

CORE = 3000
"""The covariance is learned for at most this many titles, those with the most raters; the others follow from the prior."""
PEOPLE, RATINGS = 1000, 300
"""Largest number of users per EM iteration, sampled anew in each one, and of ratings per user."""
BLOCK = 2048
EVERYBODY, GENRES, YEARS, WATCHED, OWN = 0.1, 0.1, 0.05, 0.2, 0.2
"""Variances of the parts of the prior covariance, in stars²."""
DECADE = 8.0
"""Length scale of the covariance by year: at this distance in years it has fallen to e^(-1/2)."""


class GaussianProcess(Model):
    """Gaussian process regression with a covariance learned from the users.

    A user's stars are ``r_u = m + f_u + noise`` with ``f_u ~ N(0, K)`` and independent noise of variance ``noise``.
    K, titles × titles, tells which opinions go together. A visitor's expected stars are the conditional mean given the
    stars of the rated titles R, which is linear in them:

        stars[j] = m_j + K_jR (K_RR + noise I)⁻¹ (r_R - m_R)

    so the contribution of title i is ``(r_i - m_i) · [(K_RR + noise I)⁻¹ K_Rj]_i``. K is learned by EM, starting from a
    prior K₀ that is a sum of five parts: a constant (generous users rate all titles higher), common genres (cosine),
    closeness in years, common raters (cosine), and a variance of each title's own. Each of ``n_iter`` iterations
    computes ``A = (K_RR + noise I)⁻¹`` and ``a = A (r - m_R)`` for a sample of U users, and then

        S = Σ_u (a aᵀ - A),    K ← (U (K + h/U · K S K) + h ν K₀) / (U + h ν),    m ← m + K Σ_u a / U

    h > 1 takes longer steps than plain EM, and is halved until K stays positive definite. K₀ counts as much as ν users.
    The result is stored as ``K ≈ F Fᵀ + diag(d)``.

    Titles are ranked by popularity plus the deviation of the conditional mean from m: how much better than other users
    the visitor would find them.

    Parameters
    ----------
    n_factors : int
        Columns of F.
    noise : float
        Variance of the ratings that no taste explains, in stars².
    n_iter : int
    prior_people : float
        ν, the weight of the prior in users.
    popularity_weight : float
        Weight of standardised log popularity in the ranking baseline.
    random_state : int
        Seeds the sampling of users.

    Attributes
    ----------
    factors_ : ndarray of shape (n_items, n_factors)
    own_ : ndarray of shape (n_items,)
        d, in stars².
    means_ : ndarray of shape (n_items,)
        m, in stars.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = GaussianProcess().fit(dataset)
    >>> profile = Profile.from_ratings({"alien": 5}, dataset.item_index)
    >>> score = model.score(profile)
    >>> str(dataset.item_ids[1:][score[1:].argmax()])  # the best of the unrated titles
    'aliens'
    >>> std = model.stars_std(profile)
    >>> bool(std[1] < std[2])  # after "alien", more is known about "aliens" than about "amelie"
    True

    References
    ----------
    Yu, Zhu, Lafferty & Gong (2009), "Fast nonparametric matrix factorization for large-scale collaborative filtering".
    """

    name: ClassVar[str] = "gp"
    fitted: ClassVar[tuple[str, ...]] = ("factors_", "own_", "means_")
    max_users: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_factors: int = 128,
        noise: float = 0.75,
        n_iter: int = 8,
        prior_people: float = 150.0,
        popularity_weight: float = 0.03,
        random_state: int = 0,
    ) -> None:
        self.n_factors = n_factors
        self.noise = noise
        self.n_iter = n_iter
        self.prior_people = prior_people
        self.popularity_weight = popularity_weight
        self.random_state = random_state

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        mean, of_item, _ = biases(dataset, item_shrinkage=3.0)
        prior = _PriorCovariance(dataset)
        most_raters = np.lexsort((dataset.item_ids, -dataset.raters))
        core, others = np.sort(most_raters[:CORE]), np.sort(most_raters[CORE:])
        start = prior.between(core, core)
        means = mean + of_item
        covariance, core_means = self._learn(dataset, core, start, means[core])
        factors = _leading_factors(covariance, self.n_factors)
        self.factors_ = np.zeros((dataset.n_items, factors.shape[1]), dtype=np.float32)
        self.own_ = np.zeros(dataset.n_items)
        self.factors_[core] = factors
        self.own_[core] = np.maximum(np.diag(covariance) - (factors.astype(np.float64) ** 2).sum(axis=1), 0.0)
        if len(others):
            solved, moved = cho_factor(start, lower=True), core_means - means[core]
            for block in np.array_split(others, range(BLOCK, len(others), BLOCK)):
                known = prior.between(block, core)
                weights = cho_solve(solved, known.T).T  # of each title's regression on the core
                means[block] += weights @ moved
                self.factors_[block] = weights @ factors
                unexplained = prior.variance(block) - np.einsum("oc,oc->o", weights, known)
                self.own_[block] = np.maximum(unexplained, 0.0) + weights**2 @ self.own_[core]
        means[core] = core_means
        self.means_ = means

    def _learn(self, dataset: Dataset, core: np.ndarray, start: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Run EM over the core titles; returns their covariance (n_core, n_core) and means (n_core,)."""
        users = _Users(dataset, core)
        rng = np.random.default_rng(self.random_state)
        covariance = start.copy()
        for _ in range(self.n_iter):
            drawn = users.draw(rng)
            gain, pulls = np.zeros_like(covariance), np.zeros((len(drawn), len(core)), dtype=np.float32)
            for pull, (titles, stars) in zip(pulls, drawn, strict=True):
                cells = titles[:, None] * len(core) + titles
                precision = _inverse(covariance.take(cells) + np.float32(self.noise) * np.eye(len(titles), dtype=np.float32))
                pull[titles] = blas.ssymv(1.0, precision, stars - means[titles], lower=1)
                gain.reshape(-1)[cells] -= precision
            gain += np.tril(gain.T, -1) + np.triu(gain.T, 1)  # each pair was added to one triangle only; mirror it
            gain += pulls.T @ pulls
            means = means + covariance @ pulls.mean(axis=0)
            step = covariance @ gain @ covariance / np.float32(len(drawn))
            covariance = self._stepped(covariance, (step + step.T) / 2, start, len(users))
        return covariance, means

    def _stepped(self, covariance: np.ndarray, step: np.ndarray, start: np.ndarray, n_users: int) -> np.ndarray:
        """Take the longest step that leaves the covariance positive definite, then shrink towards the prior."""
        length = 4.0
        while True:
            moved = covariance + np.float32(length) * step
            if length <= 1.0 or lapack.spotrf(moved, lower=1)[1] == 0:
                break
            length /= 2
        share = np.float32(n_users / (n_users + length * self.prior_people))
        return share * moved + (1 - share) * start

    def additive_stars(self, profile: Profile, items: np.ndarray | None = None) -> AdditiveScore:
        """Return the conditional mean, with the model's own means as baseline."""
        self._check_fitted()
        term = self._term(profile)
        baseline = np.where(at(self.scorable, items), at(self.means_, items), np.nan)
        return AdditiveScore(baseline, (term if items is None else term.among(items),))

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return (self._term(profile),)

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        rated = self.factors_[profile.items].astype(np.float64)
        inverse = np.linalg.inv(rated @ rated.T + np.diag(self.own_[profile.items] + self.noise))
        return (Term(dual_without_each(inverse, profile.stars - self.means_[profile.items]) @ rated, self.factors_),)

    def _term(self, profile: Profile) -> Term:
        residuals = profile.stars - self.means_[profile.items]
        return Term(residuals[:, None] * self._solved(profile), self.factors_)

    def _solved(self, profile: Profile) -> np.ndarray:
        """``(K_RR + noise I)⁻¹ F_R``, shape (n_rated, n_factors)."""
        rated = self.factors_[profile.items].astype(np.float64)
        covariance = rated @ rated.T + np.diag(self.own_[profile.items] + self.noise)
        return np.linalg.solve(covariance, rated) if len(rated) else rated

    def stars_std(self, profile: Profile) -> np.ndarray:
        """Return the posterior standard deviation of the visitor's rating of each title, in stars, shape (n_items,).

        ``√(K_jj - K_jR (K_RR + noise I)⁻¹ K_Rj + noise)``; without ratings, the prior one. NaN = unknown.
        """
        self._check_fitted()
        explained = np.linalg.cholesky(np.eye(self.factors_.shape[1]) - self.factors_[profile.items].T @ self._solved(profile))
        left = ((self.factors_ @ explained.astype(np.float32)) ** 2).sum(axis=1)
        return np.where(self.scorable, np.sqrt(left + self.own_ + self.noise), np.nan)

    def _similarities(self, item: int) -> np.ndarray:
        deviations = np.sqrt((self.factors_.astype(np.float64) ** 2).sum(axis=1) + self.own_)
        correlations = (self.factors_ @ self.factors_[item]) / np.maximum(deviations * deviations[item], 1e-12)
        correlations[item] = 1.0
        return np.asarray(correlations)


class _PriorCovariance:
    """The prior covariance K₀, computed block by block on demand."""

    def __init__(self, dataset: Dataset) -> None:
        watched = dataset.ratings.astype(np.float32)
        watched.data = np.ones_like(watched.data)
        # Users who watched everything tell less about which titles go together.
        activity = np.maximum(np.diff(watched.indptr), 1) ** -0.25
        watched = sparse.csr_array(watched.multiply(activity[:, None].astype(np.float32)))
        lengths = np.sqrt(np.bincount(watched.indices, watched.data.astype(np.float64) ** 2, dataset.n_items) + 1.0)
        self._watched = sparse.csc_array(watched.multiply((1.0 / lengths)[None, :]))
        self._watched_variance = np.asarray(self._watched.multiply(self._watched).sum(axis=0)).ravel()
        genres = dataset.tags("genres").matrix.astype(np.float32).toarray()
        self._genres = genres / np.sqrt(np.maximum(genres.sum(axis=1, keepdims=True), 1.0))
        self._years = dataset.items["year"].to_numpy(np.float32)

    def between(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the covariance between titles, shape (len(left), len(right)), float32."""
        covariance = WATCHED * (self._watched[:, left].T @ self._watched[:, right]).toarray() + np.float32(EVERYBODY)
        covariance += np.float32(GENRES) * (self._genres[left] @ self._genres[right].T)
        apart = (self._years[left][:, None] - self._years[right][None, :]) / np.float32(DECADE)
        covariance += np.float32(YEARS) * np.nan_to_num(np.exp(-0.5 * apart**2))
        covariance[left[:, None] == right[None, :]] += OWN
        return covariance.astype(np.float32)

    def variance(self, items: np.ndarray) -> np.ndarray:
        """Return the variance of some titles, shape (len(items),)."""
        dated = YEARS * ~np.isnan(self._years[items])
        return EVERYBODY + GENRES * (self._genres[items] ** 2).sum(axis=1) + dated + WATCHED * self._watched_variance[items] + OWN


class _Rated(NamedTuple):
    titles: np.ndarray
    """Positions within the core."""
    stars: np.ndarray


class _Users:
    """All users' ratings of the core titles, in the order of ids, so that sampling does not depend on the order of rows."""

    def __init__(self, dataset: Dataset, core: np.ndarray) -> None:
        by_id = core[np.argsort(dataset.item_ids[core])]
        ratings = sparse.csr_array(dataset.ratings[np.argsort(dataset.user_ids)][:, by_id])
        ratings.sort_indices()
        in_core = np.searchsorted(core, by_id)
        self._rated = [
            _Rated(in_core[ratings.indices[start:stop]], ratings.data[start:stop].astype(np.float64))
            for start, stop in pairwise(ratings.indptr)
            if stop > start
        ]

    def __len__(self) -> int:
        return len(self._rated)

    def draw(self, rng: np.random.Generator) -> list[_Rated]:
        """Sample up to :data:`PEOPLE` users, each with up to :data:`RATINGS` ratings."""
        chosen = rng.permutation(len(self))[:PEOPLE] if len(self) > PEOPLE else np.arange(len(self))
        return [self._sample_ratings(self._rated[user], rng) for user in chosen]

    def _sample_ratings(self, rated: _Rated, rng: np.random.Generator) -> _Rated:
        if len(rated.titles) <= RATINGS:
            return rated
        kept = rng.permutation(len(rated.titles))[:RATINGS]
        return _Rated(rated.titles[kept], rated.stars[kept])


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Return the lower triangle of the inverse of a symmetric positive definite matrix, by calling LAPACK directly.

    It takes a quarter of the time of ``numpy.linalg.inv``. Single precision is enough, because the noise keeps the matrix
    well conditioned.
    """
    factor, failed = lapack.spotrf(matrix.T, lower=1, overwrite_a=1)
    if failed:
        raise LinAlgError("The covariance is not positive definite.")
    return np.asarray(lapack.spotri(factor, lower=1, overwrite_c=1)[0])


def _leading_factors(covariance: np.ndarray, rank: int) -> np.ndarray:
    """Return F of the closest ``F Fᵀ + c I``, shape (n, rank), where c is the mean of the remaining eigenvalues."""
    n = len(covariance)
    rank = min(rank, n)
    values, vectors = eigh(covariance, subset_by_index=(n - rank, n - 1))
    floor = (np.trace(covariance) - values.sum()) / max(n - rank, 1)
    return np.asarray(vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1] - floor, 0.0)))
