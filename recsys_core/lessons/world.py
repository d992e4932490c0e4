"""Lesson 7: can hidden tastes be found again from a few stars? Matrix factorisation by stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Round:
    """Tastes P (n, k), traits Q (m, k), and how far people (n,) and titles (m,) lie above the mean."""

    P: np.ndarray
    Q: np.ndarray
    b_people: np.ndarray
    b_titles: np.ndarray
    mean: float


def sgd(R: np.ndarray, k: int, step: float, lam: float, start: float, seed: int) -> Iterator[Round]:
    """Learn P (n, k) and Q (m, k) from the known cells of R (n, m); a Round after each pass over them, in random order.

    It makes Σ (r_ui − mean − b_u − b_i − p_u·q_i)² + λ (b_u² + b_i² + |p_u|² + |q_i|²) small, and ends
    by itself only if the steps are so long that the numbers overflow.

    Source: Koren, Bell & Volinsky (2009), after Funk (2006).
    """
    rng = np.random.default_rng(seed)
    n, m = R.shape
    P, Q = start * rng.normal(size=(n, k)), start * rng.normal(size=(m, k))
    b_people, b_titles = np.zeros(n), np.zeros(m)
    mean = float(np.nanmean(R))
    known = np.argwhere(~np.isnan(R))
    while np.isfinite(P).all():
        one_pass(R - mean, rng.permutation(known), b_people, b_titles, P, Q, step, lam)
        yield Round(P.copy(), Q.copy(), b_people.copy(), b_titles.copy(), mean)


def one_pass(
    R: np.ndarray, cells: np.ndarray, b_people: np.ndarray, b_titles: np.ndarray, P: np.ndarray, Q: np.ndarray,
    step: float, lam: float,
) -> None:  # fmt: skip
    """One step down the slope for each cell (u, i) of R (n, m): it changes b, P and Q in place."""
    with np.errstate(over="ignore", invalid="ignore"):  # too long a step ends in infinity, as the lesson shows
        for u, i in cells:
            e = R[u, i] - b_people[u] - b_titles[i] - P[u] @ Q[i]
            b_people[u] += step * (e - lam * b_people[u])
            b_titles[i] += step * (e - lam * b_titles[i])
            P[u], Q[i] = P[u] + step * (e * Q[i] - lam * P[u]), Q[i] + step * (e * P[u] - lam * Q[i])


def predict(r: Round) -> np.ndarray:
    """The stars of all cells, (n, m), kept within the scale of 1 to 5."""
    return np.clip(r.mean + r.b_people[:, None] + r.b_titles + r.P @ r.Q.T, 1, 5)


def best_unseen(stars: np.ndarray, row: np.ndarray, n: int) -> np.ndarray:
    """The n titles with the most stars (m,) that a person has not rated, NaN in their row (m,); best first."""
    return np.argsort(np.where(np.isnan(row), -stars, np.inf), kind="stable")[:n]


def agreement(A: np.ndarray, B: np.ndarray) -> float:
    """How much the columns of A (n, k) and B (n, k) span the same space: 1 if so, about k/n by chance.

    The mean cos² of the angles between the spaces, each column less its mean. Source: Björck & Golub (1973).
    """
    A, B = np.linalg.qr(A - A.mean(axis=0))[0], np.linalg.qr(B - B.mean(axis=0))[0]
    return float(np.mean(np.linalg.svd(A.T @ B, compute_uv=False) ** 2))


def rotation(k: int, seed: int) -> np.ndarray:
    """A random turn T (k, k) with T Tᵀ = 1, so that P T and Q T predict what P and Q do. Source: Stewart (1980)."""
    T, upper = np.linalg.qr(np.random.default_rng(seed).normal(size=(k, k)))
    return T * np.sign(np.diag(upper))
