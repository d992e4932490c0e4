"""Lesson 12: first fetch some candidates cheaply, then rank only these."""

from __future__ import annotations

import numpy as np

N_GENRES = 3


def nearest_to_each(vectors: np.ndarray, chosen: np.ndarray, n: int) -> np.ndarray:
    """The n titles at the smallest angle to each chosen one, (chosen, n), given the vectors of all titles (m, d)."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1)
    cosines = unit[chosen] @ unit.T
    cosines[np.arange(len(chosen)), chosen] = -np.inf  # a title is not its own neighbour
    return np.argsort(-cosines, axis=1, kind="stable")[:, :n]


def retrieve(
    vectors: np.ndarray,
    liked: np.ndarray,
    genres: np.ndarray,
    raters: np.ndarray,
    seen: np.ndarray,
    n_near: int,
    n_genre: int,
    n_popular: int,
) -> np.ndarray:
    """Candidates for someone who likes some titles: near these, popular in their three genres, or with everyone.

    Without doubles and without what they have ``seen``, ascending. Each title has a vector (m, d), genres
    (m, g), 0 or 1, and a number of raters (m,). Source: Covington, Adams & Sargin (2016).
    """
    popular = np.argsort(-raters, kind="stable")
    favourite = np.argsort(-genres[liked].sum(axis=0), kind="stable")[:N_GENRES]
    of_genres = [popular[genres[popular, g] > 0][:n_genre] for g in favourite]
    found = [nearest_to_each(vectors, liked, n_near).ravel(), *of_genres, popular[:n_popular]]
    return np.setdiff1d(np.concatenate(found), seen)
