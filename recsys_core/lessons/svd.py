"""What is left when only a few directions may stay? The singular value decomposition by power iteration.

Row convention: a row x (m,) times V (m, k) lands in k dimensions; X (n, m) ≈ U S Vᵀ with S the diagonal matrix of s (k,).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Arrow:
    """A direction v (m,) of length 1 and how far X stretches it: the estimate of the largest singular value."""

    v: np.ndarray
    estimate: float


def unit(v: np.ndarray) -> np.ndarray:
    """The same direction with length 1; a zero stays zero."""
    length = np.linalg.norm(v)
    return v / length if length else v


def power(X: np.ndarray, seed: int) -> Iterator[Arrow]:
    """Multiply a random direction by XᵀX (m, m), round after round: it turns to the one that X (n, m) stretches most.

    What is left of the others shrinks by (s₂/s₁)² a round. Source: von Mises & Pollaczek-Geiringer (1929).
    """
    v = unit(np.random.default_rng(seed).normal(size=len(X.T)))
    while True:
        v = unit(X.T @ (X @ v))
        yield Arrow(v, float(np.linalg.norm(X @ v)))


def leading(X: np.ndarray, k: int, rounds: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The k strongest directions of X (n, m): U (n, k), s (k,), V (m, k), by power iteration on what the ones before left.

    The sign is free: turned so that the largest entry of each column of V is positive. Source: Hotelling (1933), deflation.
    """
    rest, U, s, V = X.astype(float), [], [], []
    for _ in range(k):
        arrows = power(rest, seed)
        for _ in range(rounds):
            v = next(arrows).v
        v = v * np.sign(v[np.argmax(np.abs(v))])
        stretched = rest @ v
        U.append(unit(stretched))
        s.append(np.linalg.norm(stretched))
        V.append(v)
        rest = rest - np.outer(stretched, v)
    return np.array(U).T, np.array(s), np.array(V).T


def rebuild(U: np.ndarray, s: np.ndarray, V: np.ndarray) -> np.ndarray:
    """U S Vᵀ, (n, m): of all matrices of rank k the nearest to X. (Eckart & Young 1936)"""
    return (U * s) @ V.T


# --- how much is kept: three answers to one question -----------------------------------------------------------------


def share_of_squares(X: np.ndarray, k: int) -> float:
    """Of the sum of squares of X (n, m)."""
    s = np.linalg.svd(X, compute_uv=False)
    return float(np.sum(s[:k] ** 2) / np.sum(s**2))


def share_of_variance(X: np.ndarray, k: int) -> float:
    """Of the variance of the columns of X (n, m), which are not centred before the decomposition."""
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return float(rebuild(U[:, :k], s[:k], Vt[:k].T).var(axis=0).sum() / X.var(axis=0).sum())


def share_centred(X: np.ndarray, k: int) -> float:
    """Of the sum of squares after the mean of each column is taken away: principal components. (Pearson 1901)"""
    return share_of_squares(X - X.mean(axis=0), k)


# --- a newcomer ------------------------------------------------------------------------------------------------------


def fold_in(x: np.ndarray, V: np.ndarray) -> np.ndarray:
    """The place x V (k,) of a new row x (m,), in which 0 means 0. (Deerwester et al. 1990)"""
    return x @ V


def fold_in_known(x: np.ndarray, V: np.ndarray, penalty: float) -> np.ndarray:
    """The place (k,) that explains the *known* cells of x (m,) best, NaN for unknown: ridge on the rows of V (m, k) that count.

    Without a penalty there is no answer where nothing known speaks of a direction.
    """
    known = ~np.isnan(x)
    A = V[known]
    return np.linalg.solve(A.T @ A + penalty * np.eye(V.shape[1]), A.T @ x[known])


# --- on ratings ------------------------------------------------------------------------------------------------------

FILLS = ("zeros", "titles", "people", "residuals")


def fill(R: np.ndarray, how: str) -> tuple[np.ndarray, np.ndarray]:
    """Fill the gaps (NaN) of R (n, m), so that it can be decomposed: X (n, m) and what is to be added afterwards (n, m).

    The mistake is ``zeros``. ``titles`` and ``people`` fill in the means; ``residuals`` takes person's mean + title's mean - mean away
    first, so that a gap says *as expected*.
    """
    mean = np.nanmean(R)
    people = known_mean(R, mean)[:, None] + np.zeros_like(R)
    titles = known_mean(R.T, mean) + np.zeros_like(R)
    if how == "residuals":
        base = people + titles - mean
        return np.where(np.isnan(R), 0, R - base), base
    gap = {"zeros": np.zeros_like(R), "titles": titles, "people": people}[how]
    return np.where(np.isnan(R), gap, R), np.zeros_like(R)


def known_mean(R: np.ndarray, otherwise: float) -> np.ndarray:
    """The mean of each row of R (n, m) over what is known, (n,)."""
    known = ~np.isnan(R)
    return np.where(known.any(axis=1), np.nansum(R, axis=1) / np.maximum(known.sum(axis=1), 1), otherwise)


def stars(U: np.ndarray, s: np.ndarray, V: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Predicted stars (n, m) from 0.5 to 5."""
    return np.clip(base + rebuild(U, s, V), 0.5, 5)


def numbers_kept(n: int, m: int, k: int) -> int:
    """How many numbers the k directions need: (n + m) k, beside the number of ratings that they are learned from."""
    return (n + m) * k


# --- parts that never cancel -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Parts:
    """W (n, k) and H (k, m) without negative numbers, and Σ (X - W H)²."""

    W: np.ndarray
    H: np.ndarray
    error: float


def parts(X: np.ndarray, k: int, rounds: int, seed: int) -> Iterator[Parts]:
    """X (n, m) ≈ W H with W (n, k) and H (k, m) ≥ 0: multiplied, round after round, by what is too small over what is too large.

    Source: Lee & Seung (2001), algorithms for non-negative matrix factorization.
    """
    rng = np.random.default_rng(seed)
    W, H = rng.random((X.shape[0], k)), rng.random((k, X.shape[1]))
    for _ in range(rounds):
        H = H * (W.T @ X) / (W.T @ W @ H + 1e-12)
        W = W * (X @ H.T) / (W @ H @ H.T + 1e-12)
        yield Parts(W, H, float(np.sum((X - W @ H) ** 2)))
