"""Lesson 9: what does not watching mean? Factorisation of watched or not, by confidences and by pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys_core.lessons.als import Turn
from recsys_core.lessons.toys import sigmoid


def turn_weighted(L: np.ndarray, C: np.ndarray, F: np.ndarray, lam: float) -> np.ndarray:
    """The best vector of each row of L (n, m), 0 or 1, where cell (u, i) counts C (n, m) times, given F (m, d): (n, d).

    Every cell counts, also what was not watched: u = (Fᵀ diag(c) F + λ I)⁻¹ Fᵀ diag(c) l.

    Source: Hu, Koren & Volinsky (2008), "Collaborative filtering for implicit feedback datasets".
    """
    U = np.zeros((len(L), F.shape[1]))
    for u, (row, c) in enumerate(zip(L, C, strict=True)):
        U[u] = np.linalg.solve(F.T @ (c[:, None] * F) + lam * np.eye(F.shape[1]), F.T @ (c * row))
    return U


def implicit_als(L: np.ndarray, d: int, alpha: float, lam: float, seed: int) -> Iterator[Turn]:
    """Learn U (n, d) and V (m, d) from what was watched, L (n, m), 0 or 1; watched counts 1 + α, not watched 1.

    The objective is Σ c (l − u·v)² over all cells + λ (Σ U² + Σ V²).

    Source: Hu, Koren & Volinsky (2008).
    """
    C = 1 + alpha * L
    V = 0.1 * np.random.default_rng(seed).normal(size=(L.shape[1], d))
    while True:
        U = turn_weighted(L, C, V, lam)
        V = turn_weighted(L.T, C.T, U, lam)
        yield Turn(U, V, float(np.sum(C * (L - U @ V.T) ** 2) + lam * (np.sum(U**2) + np.sum(V**2))))


@dataclass(frozen=True)
class Ranking:
    """People X (n, d), titles Y (m, d), their fame b (m,), and how many of the last pairs were in the right order."""

    X: np.ndarray
    Y: np.ndarray
    b: np.ndarray
    share_right: float


def pair_step(x: np.ndarray, i: np.ndarray, j: np.ndarray, w: float, step: float, lam: float) -> tuple[np.ndarray, ...]:
    """Move a person x (d,) and two titles (d,) such that i, which was watched, gains on j, which was not.

    Down the slope of the loss −ln σ(x·i − x·j); w = 1 − σ is large if the pair stands in the wrong order.

    Source: Rendle, Freudenthaler, Gantner & Schmidt-Thieme (2009), "BPR".
    """
    return x + step * (w * (i - j) - lam * x), i + step * (w * x - lam * i), j + step * (-w * x - lam * j)


def bpr(L: np.ndarray, d: int, step: float, lam: float, seed: int, every: int = 500) -> Iterator[Ranking]:
    """Learn to rank what was watched above what was not, from L (n, m), 0 or 1; a Ranking after so many steps.

    A step draws a watched cell (u, i), and a title j that u has not watched. Source: Rendle et al. (2009).
    """
    rng = np.random.default_rng(seed)
    X, Y, b = 0.1 * rng.normal(size=(L.shape[0], d)), 0.1 * rng.normal(size=(L.shape[1], d)), np.zeros(L.shape[1])
    watched = np.argwhere(L == 1)
    while True:
        right = 0
        for _ in range(every):
            u, i = watched[rng.integers(len(watched))]
            j = unwatched(L[u], rng)
            difference = b[i] - b[j] + X[u] @ (Y[i] - Y[j])
            right += difference > 0
            w = float(sigmoid(-difference))
            b[i] += step * (w - lam * b[i])
            b[j] += step * (-w - lam * b[j])
            X[u], Y[i], Y[j] = pair_step(X[u], Y[i], Y[j], w, step, lam)
        yield Ranking(X.copy(), Y.copy(), b.copy(), right / every)


def unwatched(row: np.ndarray, rng: np.random.Generator) -> int:
    """A random title that a person has not watched, given their row (m,) of 0 and 1: draw until it is one."""
    while True:
        j = int(rng.integers(len(row)))
        if row[j] == 0:
            return j


def likes(stars: np.ndarray, least: float = 4) -> np.ndarray:
    """Turn stars (n, m), NaN where there are none, into 1 for at least so many stars and 0 for all else.

    Fewer cells are filled than before: low stars become 0, too, as if nobody had watched.
    """
    return (stars >= least).astype(float)
