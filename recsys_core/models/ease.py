"""EASE for short profiles: closed-form item-item regression on random parts of each user's ratings."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import numpy as np
from scipy import sparse
from scipy.linalg import cho_solve, eigh, lapack, solve_triangular

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.scale import training_weight
from recsys_core.models.additive import Matrix, Term
from recsys_core.models.base import Model, graded_likes
from recsys_core.models.baseline import Baseline
from recsys_core.models.linear.leave_one_out import others

MAX_SIDE = 5000
"""Largest dense matrix to invert. Its side is the number of users or of titles, whichever is smaller. If both are larger
than this, only the titles with the most raters take part, and the others cannot be scored."""
DENSE_SIDE = 600
"""Up to so many titles, all eigenvectors are computed."""
OVERSAMPLED, N_POWER = 30, 16
"""Extra vectors and rounds of the power iteration. On 1,661 titles, scores then differed from the exact ones by at most 1.5e-6,
where their standard deviation was 0.048."""
RARE_TITLE_FLOOR = 0.02
"""Penalty weight of a title without raters, as a share of the mean title's; see Λ in :class:`EASE`."""


class EASE(Model):
    """Embarrassingly shallow autoencoder (EASE), trained for visitors who give only a few ratings.

    EASE regresses all of a user's likes on all of them, but a visitor gives five or twenty ratings, not all. So let
    each user u reveal a random ``n`` of their n_u ratings, that is each rating with probability ``q_u = n / n_u``, and
    predict the likes that were not revealed. In expectation over these draws (Steck 2020 does this with one q for all
    users), the regression of the likes Y on the revealed likes X is

        G = Σ_u w_u (q_u² x_u x_uᵀ + q_u (1 - q_u) diag(x_u²)),    C = Σ_u w_u q_u (1 - q_u) x_u y_uᵀ off the diagonal
        B = argmin  tr(Bᵀ G B) - 2 tr(Bᵀ C) + tr(Bᵀ Λ B)  with  B_ii = 0,    Λ_i = alpha · mean(q) · (G_ii / mean + 0.02)^½

    which has the closed form ``B = P (C - diag(γ))`` with ``P = (G + Λ)⁻¹`` and γ such that the diagonal is zero. If
    there are fewer users than titles, P is computed from a users × users matrix (Woodbury identity). The predictions of B
    for the training users are then reduced to ``n_factors`` dimensions (reduced-rank regression, Izenman 1975):
    with V their leading right singular vectors, ``B ≈ (B V) Vᵀ``, which is small, fast, and more accurate on real data.

        score[j] = baseline[j] + Σ_i like_i · (B V)_i · V_j

    One B is fitted for each entry of ``n_given``; a visitor with n ratings gets the interpolation, linear in log n, of
    the two nearest. Expected stars are the biases alone: this model ranks, it does not predict ratings.

    Parameters
    ----------
    n_given : tuple of int, ascending
        Numbers of ratings for which a B is fitted.
    alpha : float
        Ridge penalty; see Λ above.
    activity : float
        Weight of a user, ``w_u = n_u^activity`` scaled to a mean of 1: active users tell more about each title.
    n_factors : int
    popularity_weight : float
        Weight of standardised log popularity in the ranking baseline.

    Attributes
    ----------
    covered_ : ndarray of bool, shape (n_items,)
        Titles that can be scored: they have raters, and are within :data:`MAX_SIDE`.

    Examples
    --------
    >>> from recsys_core.data.example import example_dataset
    >>> dataset = example_dataset()
    >>> model = EASE().fit(dataset)
    >>> score = model.score(Profile.from_ratings({"alien": 5}, dataset.item_index))
    >>> str(dataset.item_ids[1:][score[1:].argmax()])  # the best of the unrated titles
    'aliens'

    References
    ----------
    Steck (2019), "Embarrassingly shallow autoencoders for sparse data".
    Steck (2020), "Autoencoders that don't overfit towards the identity".
    Izenman (1975), "Reduced-rank regression for the multivariate linear model".
    """

    name: ClassVar[str] = "ease"
    fitted: ClassVar[tuple[str, ...]] = ("given_factors_", "item_factors_", "covered_")
    max_users: ClassVar[int | None] = 20_000

    def __init__(
        self,
        *,
        n_given: tuple[int, ...] = (8, 20, 80),
        alpha: float = 12.0,
        activity: float = 0.3,
        n_factors: int = 50,
        popularity_weight: float = 0.0,
    ) -> None:
        self.n_given = n_given
        self.alpha = alpha
        self.activity = activity
        self.n_factors = n_factors
        self.popularity_weight = popularity_weight

    def _fit(self, dataset: Dataset, baseline: Baseline) -> None:
        self.covered_ = _covered(dataset)
        titles = np.flatnonzero(self.covered_)
        likes = sparse.csr_array(graded_likes(dataset).astype(np.float64)[:, titles])
        shape = (len(self.n_given), dataset.n_items, min(self.n_factors, len(titles), dataset.n_users))
        self.given_factors_, self.item_factors_ = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        solve = _solve_by_users if dataset.n_users < len(titles) else _solve_by_titles
        for row, n in enumerate(self.n_given):
            moments = _expected_moments(likes, n, self.activity, self.alpha)
            self.given_factors_[row, titles], self.item_factors_[row, titles] = solve(moments, shape[2])

    @property
    def scorable(self) -> np.ndarray:
        """:attr:`covered_`."""
        return self.covered_

    def _score_terms(self, profile: Profile) -> tuple[Term, ...]:
        return self._terms(profile, len(profile))

    def _score_terms_without_each(self, profile: Profile) -> tuple[Term, ...]:
        return tuple(term._replace(left=others(term.left)) for term in self._terms(profile, len(profile) - 1))

    def _terms(self, profile: Profile, n: int) -> tuple[Term, ...]:
        """Return the contributions of the rated titles, interpolated for ``n`` ratings."""
        likes = training_weight(profile.stars)[:, None]
        fitted = zip(self._mixture(n), self.given_factors_, self.item_factors_, strict=True)
        return tuple(Term(weight * likes * given[profile.items], items) for weight, given, items in fitted if weight)

    def _mixture(self, n: int) -> np.ndarray:
        """Return the weight of each fitted B for a visitor with ``n`` ratings, shape (len(n_given),), summing to one."""
        corners = np.eye(len(self.n_given))
        return np.array([np.interp(np.log(max(n, 1)), np.log(self.n_given), corner) for corner in corners])

    def _similarities(self, item: int) -> np.ndarray:
        return np.asarray(self.item_factors_[0] @ self.given_factors_[0][item])


def _covered(dataset: Dataset) -> np.ndarray:
    """Return which titles take part in the regression; ties in the number of raters are broken by item id."""
    covered = dataset.raters > 0
    if min(dataset.n_users, int(covered.sum())) > MAX_SIDE:
        covered[np.lexsort((dataset.item_ids, -dataset.raters))[MAX_SIDE:]] = False
    return covered


class _Moments(NamedTuple):
    """The matrices of the regression in factored form: ``G + Λ = diag(rest) + givenᵀ given``, ``C = givenᵀ wanted - diag(own)``."""

    given: sparse.csr_array
    wanted: sparse.csr_array
    rest: np.ndarray
    own: np.ndarray


def _expected_moments(likes: sparse.csr_array, n: float, activity: float, alpha: float) -> _Moments:
    """Compute the moments in expectation over all draws of ``n`` ratings of each user."""
    counts = np.maximum(np.diff(likes.indptr).astype(np.float64), 1.0)
    chance = np.minimum(n / counts, 0.9)
    weight = counts**activity
    weight /= weight.mean()
    given = sparse.csr_array(likes.multiply((chance * np.sqrt(weight))[:, None]))
    wanted = sparse.csr_array(likes.multiply(((1.0 - chance) * np.sqrt(weight))[:, None]))
    squares = likes.multiply(likes)
    diagonal = _column_sums(squares.multiply((chance * weight)[:, None]))
    ridge = alpha * chance.mean() * np.sqrt(diagonal / max(diagonal.mean(), 1e-12) + RARE_TITLE_FLOOR)
    rest = diagonal - _column_sums(given.multiply(given)) + ridge
    return _Moments(given, wanted, rest, _column_sums(given.multiply(wanted)))


def _solve_by_titles(moments: _Moments, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Solve the regression with a titles × titles matrix; returns B V and V.

    ``B = P (givenᵀ wanted - diag(own + γ))``: only P is formed, and B is applied to a few vectors at a time.
    """
    given, wanted, rest, own = moments
    gram = (given.T @ given).toarray()
    gram[np.diag_indices_from(gram)] += rest
    inverse = _inverse(gram)
    cross = (given.T @ wanted).toarray()
    cross[np.diag_indices_from(cross)] -= own
    taken_off = own + np.einsum("ij,ji->i", inverse, cross) / np.diag(inverse)

    def predict(vectors: np.ndarray) -> np.ndarray:
        return inverse @ (given.T @ (wanted @ vectors) - taken_off[:, None] * vectors)

    def explained(vectors: np.ndarray) -> np.ndarray:  # Bᵀ givenᵀ given B
        back = inverse @ (given.T @ (given @ predict(vectors)))
        return wanted.T @ (given @ back) - taken_off[:, None] * back

    vectors = _leading_of(explained, len(gram), rank)
    return predict(vectors), vectors


def _solve_by_users(moments: _Moments, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Solve the regression with a users × users matrix; returns B V and V.

    ``P = D⁻¹ - TᵀT`` with ``T = L⁻¹ X D⁻¹`` and ``L Lᵀ = I + X D⁻¹ Xᵀ``.
    """
    given, wanted, rest, own = moments
    scaled = sparse.csr_array(given.multiply(1.0 / rest[None, :]))
    among = (scaled @ given.T).toarray()
    lower = np.linalg.cholesky(among + np.eye(len(among)))
    thin = solve_triangular(lower, scaled.toarray(), lower=True)
    solved = cho_solve((lower, True), wanted.toarray())  # P Xᵀ Y = (X D⁻¹)ᵀ (I + X D⁻¹ Xᵀ)⁻¹ Y
    inverse_diagonal = 1.0 / rest - (thin**2).sum(axis=0)
    diagonal = _column_sums(scaled.multiply(solved)) - inverse_diagonal * own
    shift = own + diagonal / inverse_diagonal
    users_by_inverse = solve_triangular(lower, thin, lower=True, trans="T")  # X P = (I + X D⁻¹ Xᵀ)⁻¹ X D⁻¹
    predicted = among @ solved - users_by_inverse * shift
    left = _leading(predicted @ predicted.T, rank)
    vectors = np.linalg.qr(predicted.T @ left)[0]
    shifted = shift[:, None] * vectors
    return scaled.T @ (solved @ vectors) - (shifted / rest[:, None] - thin.T @ (thin @ shifted)), vectors


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """The inverse of a symmetric positive definite matrix by its Cholesky factor, in a third of the time of solving for it."""
    factor, _ = lapack.dpotrf(matrix, lower=1, overwrite_a=1)
    inverse, failed = lapack.dpotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise np.linalg.LinAlgError("The moments of the audience are not positive definite.")
    return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T)


def _leading_of(apply: Callable[[np.ndarray], np.ndarray], n: int, rank: int) -> np.ndarray:
    """Eigenvectors of the largest eigenvalues of a symmetric n × n matrix that is known by its products, shape (n, rank).

    Exact where n is small; else by block power iteration from a random start with more vectors than wanted.

    References
    ----------
    Halko, Martinsson & Tropp (2011), "Finding structure with randomness", algorithm 4.4.
    """
    if n <= DENSE_SIDE:
        dense = apply(np.eye(n))
        return _leading((dense + dense.T) / 2, rank)
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(n, rank + OVERSAMPLED)))[0]
    for _ in range(N_POWER):
        basis = np.linalg.qr(apply(basis))[0]
    small = basis.T @ apply(basis)
    return np.asarray(basis @ _leading((small + small.T) / 2, rank))


def _leading(symmetric: np.ndarray, rank: int) -> np.ndarray:
    """Return the eigenvectors of the largest eigenvalues, shape (n, rank); fewer if the matrix is smaller."""
    n = len(symmetric)
    return eigh(symmetric, subset_by_index=(max(0, n - rank), n - 1))[1][:, ::-1]


def _column_sums(matrix: Matrix) -> np.ndarray:
    return np.asarray(matrix.sum(axis=0)).ravel()
