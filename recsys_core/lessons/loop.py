"""Lesson 13: what happens when the list makes the data that it learns from? A simulation: all numbers are invented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Titles:
    """Each title's shares of the kinds T (m, kinds), how hard it is to leave alone (m,) and how good it is (m,)."""

    T: np.ndarray
    hook: np.ndarray
    quality: np.ndarray


@dataclass(frozen=True)
class State:
    """After a round: what people like now, what they came with and what is guessed of them (n, kinds); how often
    each title was chosen so far (m,); and of this round the mean satisfaction by the tastes of now and by those
    of the start, and the mean minutes.
    """

    W: np.ndarray
    first: np.ndarray
    G: np.ndarray
    chosen: np.ndarray
    satisfaction: float
    by_first: float
    minutes: float


def simulate(
    n: int = 60, m: int = 120, kinds: int = 6, slate: int = 5, aim: float = 0, explore: float = 0, variety: float = 0,
    drift: float = 0.05, learn: float = 0.3, seed: int = 0,
) -> Iterator[State]:  # fmt: skip
    """Each round, n people get a list and choose a title; what is guessed of them and what they like move towards it.

    Lists aim at quality (``aim`` 0) or at what holds people (1). After Chaney, Stewart & Engelhardt (2018).
    """
    rng = np.random.default_rng(seed)
    titles = make_titles(m, kinds, rng)
    W = rng.dirichlet(np.ones(kinds), n)
    first, G, chosen = W.copy(), np.full((n, kinds), 1 / kinds), np.zeros(m, dtype=int)
    likeness = cosines(titles.T, titles.T)
    while True:
        came, choice = W.copy(), np.zeros(n, dtype=int)
        for u in range(n):
            shown = make_list(worth_of(titles, G[u], aim), likeness, slate, explore, variety, rng)
            choice[u] = i = shown[choose(titles.T[shown] @ W[u], titles.hook[shown], rng)]
            G[u] += learn * (titles.T[i] - G[u])
            W[u] += drift * (titles.T[i] - W[u])
        chosen = chosen + np.bincount(choice, minlength=m)
        yield State(W.copy(), first, G.copy(), chosen, *round_means(titles, choice, came, first))


def make_titles(m: int, kinds: int, rng: np.random.Generator) -> Titles:
    """Invent m titles; the more they hook, the less good they are on average."""
    T, hook = rng.dirichlet(np.full(kinds, 0.3), m), rng.beta(1.2, 3, m)
    return Titles(T, hook, np.clip(0.75 - 0.5 * hook + 0.12 * rng.normal(size=m), 0, 1))


def worth_of(titles: Titles, guess: np.ndarray, aim: float) -> np.ndarray:
    """What each title is worth to a list (m,), 1 for the best: fit to the guessed taste (kinds,) × the aim."""
    value = (titles.T @ guess) * ((1 - aim) * titles.quality + aim * titles.hook)
    return value / value.max()


def make_list(
    worth: np.ndarray, likeness: np.ndarray, slate: int, explore: float, variety: float, rng: np.random.Generator
) -> list[int]:  # fmt: skip
    """Fill the places with titles of great worth (m,) that are not like those above them, likeness (m, m).

    A place goes to a random title with the chance ``explore``. Variety: Carbonell & Goldstein (1998).
    """
    shown: list[int] = []
    for _ in range(slate):
        if rng.random() < explore:
            i = int(rng.integers(len(worth)))
            while i in shown:
                i = int(rng.integers(len(worth)))
        else:
            near = likeness[shown].max(axis=0, initial=0)
            gain = (1 - variety) * worth - variety * near
            gain[shown] = -np.inf
            i = int(gain.argmax())
        shown.append(i)
    return shown


def choose(fit: np.ndarray, hook: np.ndarray, rng: np.random.Generator) -> int:
    """Which place of a list someone takes, if its titles fit (slate,) and hook (slate,) so much. Source: Luce (1959)."""
    chance = np.exp(6 * fit + 3 * hook)
    return int(rng.choice(len(fit), p=chance / chance.sum()))


def cosines(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """The cosine of each row of A (a, kinds) with each of B (b, kinds): (a, b)."""
    return (A @ B.T) / (np.linalg.norm(A, axis=1)[:, None] * np.linalg.norm(B, axis=1))


def round_means(titles: Titles, choice: np.ndarray, W: np.ndarray, first: np.ndarray) -> tuple[float, float, float]:
    """Means over the choices (n,): satisfaction by tastes W (n, kinds), by the first ones (n, kinds), and minutes."""
    quality, hook = titles.quality[choice], titles.hook[choice]
    now, then = (np.diag(cosines(tastes, titles.T[choice])) for tastes in (W, first))
    return float(np.mean(now * quality)), float(np.mean(then * quality)), float(np.mean(20 + 60 * hook + 20 * now))


def kinds_left(W: np.ndarray) -> float:
    """How many kinds a person likes, the mean over the rows of W (n, kinds): e to the entropy. Source: Hill (1973)."""
    share = np.where(W > 0, W, 1)
    return float(np.mean(np.exp(-np.sum(W * np.log(share), axis=1))))


def moved(state: State) -> float:
    """How far tastes are from where they began: the mean of 1 − cosine over people."""
    return float(np.mean(1 - np.diag(cosines(state.W, state.first))))


def alike(W: np.ndarray) -> float:
    """How alike people are: the mean cosine over all pairs of different rows of W (n, kinds)."""
    n = len(W)
    return float((cosines(W, W).sum() - n) / (n * (n - 1)))
