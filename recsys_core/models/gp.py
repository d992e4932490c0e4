"""A Gaussian process over titles: which tastes go together is learned from everybody, a visitor is a conditional mean."""

from __future__ import annotations

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

CORE = 3000
"""At most so many titles, those with most raters, have a learned covariance; the others follow by the prior."""
PEOPLE, RATINGS = 1000, 300
"""At most so many people in one round of learning, drawn afresh for each, and so many ratings of each."""
BLOCK = 2048
EVERYBODY, GENRES, YEARS, WATCHED, OWN = 0.1, 0.1, 0.05, 0.2, 0.2
"""Variances, in stars², of the parts of the prior covariance."""
DECADE = 8.0
"""Years apart at which two titles' covariance by year has fallen to e^(-1/2)."""


class GaussianProcess(Model):
    """Gaussian process regression with a covariance learned from the audience (Yu, Zhu, Lafferty & Gong 2009).

    A person's stars are ``r_u = m + f_u + noise`` with ``f_u ~ N(0, K)`` and independent noise of variance ``noise``.
    K, titles × titles, says which opinions go together. A visitor's stars are the conditional mean given those of the
    rated titles R, which is linear in them:

        stars[j] = m_j + K_jR (K_RR + noise I)⁻¹ (r_R - m_R)

    so the contribution of title i is ``(r_i - m_i) · [(K_RR + noise I)⁻¹ K_Rj]_i``. K is learned by EM from a prior K₀
    of what is known without ratings: one part for everybody (a generous person), genres in common (cosine), years close
    together, the same people having watched both (cosine), and each title its own. Each of ``n_iter`` rounds computes
    ``A = (K_RR + noise I)⁻¹``, ``a = A (r - m_R)`` for people and, with U their number,

        S = Σ_u (a aᵀ - A),    K ← (U (K + h/U · K S K) + h ν K₀) / (U + h ν),    m ← m + K Σ_u a / U

    h > 1 takes longer steps than EM's own, and is halved where K would not stay positive definite. K₀ counts like ν
    people. What is kept is ``K ≈ F Fᵀ + diag(d)``.

    The list is ordered by the same conditional mean on top of popularity: how much better than others would find it.

    Parameters
    ----------
    n_factors : int
        Columns of F.
    noise : float
        Variance of what no taste explains, in stars².
    n_iter : int
    prior_people : float
        ν.
    popularity_weight : float
        How much standardised log popularity counts in the list's baseline.
    random_state : int
        Seeds which people are drawn where there are many.

    Attributes
    ----------
    factors_ : ndarray of shape (n_items, n_factors)
    own_ : ndarray of shape (n_items,)
        d, in stars².
    means_ : ndarray of shape (n_items,)
        m, in stars.
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
        """EM over the core: covariance (n_core, n_core) and means (n_core,)."""
        people = _People(dataset, core)
        rng = np.random.default_rng(self.random_state)
        covariance = start.copy()
        for _ in range(self.n_iter):
            drawn = people.draw(rng)
            gain, pulls = np.zeros_like(covariance), np.zeros((len(drawn), len(core)), dtype=np.float32)
            for pull, (titles, stars) in zip(pulls, drawn, strict=True):
                cells = titles[:, None] * len(core) + titles
                precision = _inverse(covariance.take(cells) + np.float32(self.noise) * np.eye(len(titles), dtype=np.float32))
                pull[titles] = blas.ssymv(1.0, precision, stars - means[titles], lower=1)
                gain.reshape(-1)[cells] -= precision
            gain += np.tril(gain.T, -1) + np.triu(gain.T, 1)  # each pair of titles was counted once, on either side
            gain += pulls.T @ pulls
            means = means + covariance @ pulls.mean(axis=0)
            step = covariance @ gain @ covariance / np.float32(len(drawn))
            covariance = self._stepped(covariance, (step + step.T) / 2, start, len(people))
        return covariance, means

    def _stepped(self, covariance: np.ndarray, step: np.ndarray, start: np.ndarray, n_people: int) -> np.ndarray:
        """The longest step that leaves the covariance positive definite, drawn towards the prior."""
        length = 4.0
        while True:
            moved = covariance + np.float32(length) * step
            if length <= 1.0 or lapack.spotrf(moved, lower=1)[1] == 0:
                break
            length /= 2
        share = np.float32(n_people / (n_people + length * self.prior_people))
        return share * moved + (1 - share) * start

    def additive_stars(self, profile: Profile) -> AdditiveScore:
        """The conditional mean itself, on the model's own means."""
        self._check_fitted()
        return AdditiveScore(np.where(self.scorable, self.means_, np.nan), (self._term(profile),))

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
        """How far a rating may lie from what is expected: posterior standard deviation in stars, shape (n_items,).

        ``√(K_jj - K_jR (K_RR + noise I)⁻¹ K_Rj + noise)``; without ratings, that of a stranger. NaN = cannot say.
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
    """K₀, computed in blocks as far as it is asked for."""

    def __init__(self, dataset: Dataset) -> None:
        watched = dataset.ratings.astype(np.float32)
        watched.data = np.ones_like(watched.data)
        activity = np.maximum(np.diff(watched.indptr), 1) ** -0.25  # who watched everything says less about what goes together
        watched = sparse.csr_array(watched.multiply(activity[:, None].astype(np.float32)))
        lengths = np.sqrt(np.bincount(watched.indices, watched.data.astype(np.float64) ** 2, dataset.n_items) + 1.0)
        self._watched = sparse.csc_array(watched.multiply((1.0 / lengths)[None, :]))
        self._watched_variance = np.asarray(self._watched.multiply(self._watched).sum(axis=0)).ravel()
        genres = dataset.tags("genres").matrix.astype(np.float32).toarray()
        self._genres = genres / np.sqrt(np.maximum(genres.sum(axis=1, keepdims=True), 1.0))
        self._years = dataset.items["year"].to_numpy(np.float32)

    def between(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Covariance of titles, shape (len(left), len(right)), float32."""
        covariance = WATCHED * (self._watched[:, left].T @ self._watched[:, right]).toarray() + np.float32(EVERYBODY)
        covariance += np.float32(GENRES) * (self._genres[left] @ self._genres[right].T)
        apart = (self._years[left][:, None] - self._years[right][None, :]) / np.float32(DECADE)
        covariance += np.float32(YEARS) * np.nan_to_num(np.exp(-0.5 * apart**2))
        covariance[left[:, None] == right[None, :]] += OWN
        return covariance.astype(np.float32)

    def variance(self, items: np.ndarray) -> np.ndarray:
        """The diagonal, shape (len(items),)."""
        dated = YEARS * ~np.isnan(self._years[items])
        return EVERYBODY + GENRES * (self._genres[items] ** 2).sum(axis=1) + dated + WATCHED * self._watched_variance[items] + OWN


class _Rated(NamedTuple):
    titles: np.ndarray
    """Positions within the core."""
    stars: np.ndarray


class _People:
    """Everybody's ratings of the core, in the order of the ids, so that draws do not depend on the order of the rows."""

    def __init__(self, dataset: Dataset, core: np.ndarray) -> None:
        by_id = core[np.argsort(dataset.item_ids[core])]
        ratings = sparse.csr_array(dataset.ratings[np.argsort(dataset.user_ids)][:, by_id])
        ratings.sort_indices()
        places = np.searchsorted(core, by_id)
        bounds = zip(ratings.indptr[:-1], ratings.indptr[1:], strict=True)
        self._rated = [_Rated(places[ratings.indices[a:b]], ratings.data[a:b].astype(np.float64)) for a, b in bounds if b > a]

    def __len__(self) -> int:
        return len(self._rated)

    def draw(self, rng: np.random.Generator) -> list[_Rated]:
        """Some people, or all if they are few, with some of their ratings."""
        chosen = rng.permutation(len(self))[:PEOPLE] if len(self) > PEOPLE else np.arange(len(self))
        return [self._some(self._rated[person], rng) for person in chosen]

    def _some(self, rated: _Rated, rng: np.random.Generator) -> _Rated:
        if len(rated.titles) <= RATINGS:
            return rated
        kept = rng.permutation(len(rated.titles))[:RATINGS]
        return _Rated(rated.titles[kept], rated.stars[kept])


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Lower triangle, and zeros, of the inverse of a symmetric positive definite matrix, by LAPACK directly.

    A quarter of the time of ``numpy.linalg.inv``. Single precision will do: the noise keeps the matrix well conditioned.
    """
    factor, failed = lapack.spotrf(matrix.T, lower=1, overwrite_a=1)
    if failed:
        raise LinAlgError("The covariance is not positive definite.")
    return np.asarray(lapack.spotri(factor, lower=1, overwrite_c=1)[0])


def _leading_factors(covariance: np.ndarray, rank: int) -> np.ndarray:
    """F of the closest ``F Fᵀ + c I``, shape (n, rank): c, the mean of the other eigenvalues, belongs to the diagonal."""
    n = len(covariance)
    rank = min(rank, n)
    values, vectors = eigh(covariance, subset_by_index=(n - rank, n - 1))
    floor = (np.trace(covariance) - values.sum()) / max(n - rank, 1)
    return np.asarray(vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1] - floor, 0.0)))
