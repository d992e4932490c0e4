"""Four methods of the lessons that predict a class's stars, for everybody and every title at once.

One prediction is what :mod:`recsys_core.lessons.neighbours` and :mod:`recsys_core.lessons.svd` say, to rounding; a class of 100 people
and 40 titles has 4,000 of them, so sums over people are products of matrices here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recsys_core.data.scale import MAX_STARS, MIN_STARS
from recsys_core.lessons import svd
from recsys_core.lessons.neighbours import centre, means

NEIGHBOURS = 10
DIRECTIONS, ROUNDS = 2, 25
"""Of the singular value decomposition, and of the power iteration that finds each."""


def title_means(R: np.ndarray) -> np.ndarray:
    """Each title's mean over who rated it, for everybody alike (n, m); NaN where nobody has."""
    raters = (R > 0).sum(axis=0)
    mean = np.where(raters > 0, R.sum(axis=0) / np.maximum(raters, 1), np.nan)
    return np.tile(mean, (len(R), 1))


def by_people(R: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Each person's mean plus what the k people most like them put a title above theirs (n, m); NaN where nobody alike has rated it."""
    return _inside(means(R)[:, None] + people_weights(R, k, over_mean(R))[0])


def over_mean(R: np.ndarray) -> np.ndarray:
    """How far each rating lies above its person's mean (n, m); 0 where missing."""
    return np.where(R > 0, R - means(R)[:, None], 0.0)


def people_weights(R: np.ndarray, k: int, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean of X (n, m) over each person's k nearest who rated a title, (n, m), and the weights (n people, n neighbours, m)."""
    alike, rated = likeness_of_people(R), R > 0
    weights = np.zeros((len(R), *R.shape))
    for person, likeness in enumerate(alike):
        order = np.argsort(np.where(likeness > 0, -likeness, np.inf), kind="stable")
        asked = rated[order] & (likeness[order] > 0)[:, None]
        asked &= np.cumsum(asked, axis=0) <= k
        weights[person, order] = np.where(asked, likeness[order][:, None], 0.0)
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.einsum("pvj,vj->pj", weights, X) / np.where(total > 0, total, np.nan), weights


def likeness_of_people(R: np.ndarray) -> np.ndarray:
    """Pearson's correlation of all pairs over the titles that both rated (n, n); NaN on the diagonal and where there is none."""
    rated = (R > 0).astype(float)
    both, xy = rated @ rated.T, R @ R.T
    x, xx = R @ rated.T, (R * R) @ rated.T  # x[a, b]: the sum of a's stars for what b rated, too
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = xx - x * x / both
        product = spread * spread.T
        r = (xy - x * x.T / both) / np.sqrt(np.where((spread > 1e-9) & (spread.T > 1e-9), product, np.nan))
    np.fill_diagonal(r, np.nan)
    return r


def by_titles(R: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Each person's own stars for the k titles most like one, weighted by likeness (n, m); NaN where they rated none like it."""
    B, rated = centre(R), R > 0
    lengths = np.linalg.norm(B, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        alike = B.T @ B / np.outer(lengths, lengths)
    np.fill_diagonal(alike, np.nan)
    predicted = np.full(R.shape, np.nan)
    for title, likeness in enumerate(alike):
        order = np.argsort(np.where(likeness > 0, -likeness, np.inf), kind="stable")
        asked = rated[:, order] & (likeness[order] > 0)
        asked &= np.cumsum(asked, axis=1) <= k
        weights = np.where(asked, likeness[order], 0.0)
        total = weights.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            predicted[:, title] = (weights * R[:, order]).sum(axis=1) / np.where(total > 0, total, np.nan)
    return _inside(predicted)


def by_svd(R: np.ndarray, k: int = DIRECTIONS) -> np.ndarray:
    """The nearest matrix of rank k to what deviates from person's mean + title's mean - mean (n, m)."""
    if not (R > 0).any():
        return np.full(R.shape, np.nan)
    X, base = svd.fill(np.where(R > 0, R, np.nan), "residuals")
    if not X.any():
        return np.asarray(np.clip(base, MIN_STARS, MAX_STARS))
    return svd.stars(*svd.leading(X, min(k, *X.shape), ROUNDS, seed=0), base)


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Title's mean": title_means,
    "User-kNN": by_people,
    "Item-kNN": by_titles,
    "SVD": by_svd,
}
"""By the name on screen."""


def _inside(stars: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(stars, MIN_STARS, MAX_STARS))
