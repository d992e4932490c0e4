"""Can the description of a film be learned as well? Regressions for each person, for each title, and for both at once.

Y (m, u) holds the stars of m titles by u people, NaN where not rated; X (m, k) describes the titles, W (u, k) and b (u,) the people.
The prediction is X Wᵀ + b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from recsys_core.lessons.toys import sigmoid

LIKED = 4


def cost(W: np.ndarray, b: np.ndarray, X: np.ndarray, Y: np.ndarray, lam: float) -> float:
    """½ Σ (X Wᵀ + b - Y)² over what is known + λ/2 (Σ W² + Σ X²), for W (u, k), b (u,), X (m, k), Y (m, u)."""
    E = X @ W.T + b - Y
    return float(np.nansum(E**2) / 2 + lam / 2 * (np.sum(W**2) + np.sum(X**2)))


def person(X: np.ndarray, y: np.ndarray, lam: float) -> tuple[np.ndarray, float]:
    """The best w (k,) and b for one person, from the features X (m, k) and their stars y (m,). b is not punished.

    Source: Hoerl & Kennard (1970), ridge regression.
    """
    known = ~np.isnan(y)
    A = np.column_stack([X[known], np.ones(known.sum())])
    punished = lam * np.diag([1.0] * X.shape[1] + [0.0])
    *w, b = np.linalg.solve(A.T @ A + punished, A.T @ y[known])
    return np.array(w), float(b)


def features(W: np.ndarray, b: np.ndarray, Y: np.ndarray, lam: float) -> np.ndarray:
    """Turned round: the best X (m, k) for given people W (u, k) and b (u,), a ridge regression for each title of Y (m, u)."""
    X = np.zeros((len(Y), W.shape[1]))
    for i, y in enumerate(Y):
        known = ~np.isnan(y)
        A = W[known]
        X[i] = np.linalg.solve(A.T @ A + lam * np.eye(W.shape[1]), A.T @ (y[known] - b[known]))
    return X


# --- neither is given ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fit:
    """W (u, k), b (u,), X (m, k), what is added for each title (m,), and the cost or loss."""

    W: np.ndarray
    b: np.ndarray
    X: np.ndarray
    mean: np.ndarray
    cost: float


def liked(Y: np.ndarray) -> np.ndarray:
    """1 for four stars or more, 0 for fewer, NaN where not rated, (m, u)."""
    return np.where(np.isnan(Y), np.nan, Y >= LIKED)


def log_loss(W: np.ndarray, b: np.ndarray, X: np.ndarray, Y: np.ndarray, lam: float) -> float:
    """-Σ (y ln p + (1 - y) ln(1 - p)) over what is known + λ/2 (Σ W² + Σ X²), with p = σ(X Wᵀ + b) and Y (m, u) of 0 and 1."""
    Z = X @ W.T + b
    return float(np.nansum(np.logaddexp(0, Z) - Y * Z) + lam / 2 * (np.sum(W**2) + np.sum(X**2)))


def slopes(
    W: np.ndarray, b: np.ndarray, X: np.ndarray, Y: np.ndarray, lam: float, logistic: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How the cost or loss changes with W, b and X: three arrays of their shapes. E is the same for both, prediction - Y."""
    Z = X @ W.T + b
    E = np.nan_to_num((sigmoid(Z) if logistic else Z) - Y)
    return E.T @ X + lam * W, E.sum(axis=0), E @ W + lam * X


def plain(alpha: float) -> Callable:
    """One step against the slope, α times as long as it is steep."""

    def move(values: list[np.ndarray], gradients: tuple[np.ndarray, ...]) -> list[np.ndarray]:
        """Move each array against its slope."""
        return [value - alpha * g for value, g in zip(values, gradients, strict=True)]

    return move


def adam(alpha: float) -> Callable:
    """Steps of about α whatever the slope: a mean of slopes over the root of a mean of their squares. (Kingma & Ba 2015)"""
    means: list = [0, 0, 0]
    squares: list = [0, 0, 0]
    turn = 0

    def move(values: list[np.ndarray], gradients: tuple[np.ndarray, ...]) -> list[np.ndarray]:
        """Move each array, and remember its slopes."""
        nonlocal turn
        turn += 1
        for i, g in enumerate(gradients):
            means[i] = 0.9 * means[i] + 0.1 * g
            squares[i] = 0.999 * squares[i] + 0.001 * g**2
        m, v = [x / (1 - 0.9**turn) for x in means], [x / (1 - 0.999**turn) for x in squares]
        return [value - alpha * a / (np.sqrt(s) + 1e-8) for value, a, s in zip(values, m, v, strict=True)]

    return move


def descend(
    Y: np.ndarray, k: int, lam: float, alpha: float, seed: int, *, centre: bool = False, logistic: bool = False, method: Callable = plain
) -> Iterator[Fit]:
    """Learn people and titles at once, a step on W, b and X together each round; first comes the random start.

    Centred: each title's mean is taken away before and added afterwards. With a step that is too long, numbers grow without end.
    """
    rng = np.random.default_rng(seed)
    W, X = 0.1 * rng.normal(size=(Y.shape[1], k)), 0.1 * rng.normal(size=(len(Y), k))
    b, mean = np.zeros(Y.shape[1]), np.nanmean(Y, axis=1) if centre else np.zeros(len(Y))
    Y = Y - mean[:, None]
    move, price = method(alpha), log_loss if logistic else cost
    while True:
        yield Fit(W, b, X, mean, price(W, b, X, Y, lam))
        W, b, X = move([W, b, X], slopes(W, b, X, Y, lam, logistic))


def predict(fit: Fit) -> np.ndarray:
    """Stars (m, u) of every title for everybody; for likes the sigmoid of it is the chance."""
    return fit.X @ fit.W.T + fit.b + fit.mean[:, None]


def closest(X: np.ndarray, item: int) -> np.ndarray:
    """The other titles (m - 1,) by the distance of their features X (m, k) to those of one title, nearest first."""
    order = np.argsort(np.linalg.norm(X - X[item], axis=1), kind="stable")
    return order[order != item]


# --- one weight ------------------------------------------------------------------------------------------------------


def by_hand(w: float) -> float:
    """The slope of (w - 1)²: 2 (w - 1)."""
    return 2 * (w - 1)


def by_difference(f: Callable, w: float, h: float = 1e-5) -> float:
    """The slope of any f at w, measured: (f(w + h) - f(w - h)) / 2h."""
    return (f(w + h) - f(w - h)) / (2 * h)


def one_weight(w: float = 3.0, alpha: float = 0.01, steps: int = 30) -> Iterator[float]:
    """Where w stands after each step down (w - 1)²."""
    for _ in range(steps):
        w = w - alpha * by_hand(w)
        yield w
