"""Lesson 8: why take turns? Matrix factorisation by alternating least squares (ALS)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys_core.lessons.toys import sigmoid


@dataclass(frozen=True)
class Turn:
    """People U (n, d) and titles V (m, d) after both have had their turn, and the sum that got smaller by it."""

    U: np.ndarray
    V: np.ndarray
    objective: float


def turn(R: np.ndarray, F: np.ndarray, lam: float) -> np.ndarray:
    """The best vector of each row of R (n, m), given the vectors F (m, d) of the columns: (n, d).

    With F fixed, each row is a ridge regression on its known cells K: u = (F_Kᵀ F_K + λ I)⁻¹ F_Kᵀ r_K.
    Without a penalty (λ = 0), a row with fewer known cells than d has no single answer: an error.

    Source: Zhou, Wilkinson, Schreiber & Pan (2008).
    """
    U = np.zeros((len(R), F.shape[1]))
    for u, r in enumerate(R):
        known = ~np.isnan(r)
        F_K = F[known]
        U[u] = np.linalg.solve(F_K.T @ F_K + lam * np.eye(F.shape[1]), F_K.T @ r[known])
    return U


def objective(R: np.ndarray, U: np.ndarray, V: np.ndarray, lam: float) -> float:
    """Σ (r_ui − u·v)² over the known cells of R (n, m) + λ (Σ U² + Σ V²): what each turn makes smaller.

    With λ = σ²/σ_u² the smallest one is the most probable: stars vary by σ² around u·v, tastes by σ_u² around 0.

    Source: Salakhutdinov & Mnih (2008), "Probabilistic matrix factorization".
    """
    return float(np.nansum((R - U @ V.T) ** 2) + lam * (np.sum(U**2) + np.sum(V**2)))


def alternate(R: np.ndarray, d: int, lam: float, seed: int) -> Iterator[Turn]:
    """Learn U (n, d) and V (m, d) such that U Vᵀ is close to R (n, m) where R is known; people and titles in turn.

    Source: Zhou, Wilkinson, Schreiber & Pan (2008).
    """
    V = 0.1 * np.random.default_rng(seed).normal(size=(R.shape[1], d))
    while True:
        U = turn(R, V, lam)
        V = turn(R.T, U, lam)
        yield Turn(U, V, objective(R, U, V, lam))


def standardised(R: np.ndarray) -> tuple[np.ndarray, float, float]:
    """R (n, m) as z = (stars − mean) / deviation, NaN where it was; the mean; the deviation."""
    mean, deviation = float(np.nanmean(R)), float(np.nanstd(R))
    return (R - mean) / deviation, mean, deviation


def to_stars(z: np.ndarray, mean: float, deviation: float, low: float, high: float) -> np.ndarray:
    """Back from standardised values to stars by the inverse, kept within the scale."""
    return np.clip(mean + deviation * z, low, high)


def to_stars_logistic(z: np.ndarray, low: float, high: float) -> np.ndarray:
    """Back to stars by a curve that never leaves the scale; but z = 0 becomes its middle and not the mean."""
    return low + (high - low) * sigmoid(z)


def without_means(R: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is left of R (n, m) after the means of people and titles, and B (n, m), what was taken away.

    B is person's mean + title's mean − mean of all; who has no known cell gets the mean of all.
    """
    known = ~np.isnan(R)
    mean = np.nanmean(R)
    above = np.where(known, R - mean, 0)
    people = above.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    titles = above.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    B = mean + people[:, None] + titles
    return R - B, B
