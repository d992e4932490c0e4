"""Every title, and the visitor, as a point on a plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

MOST_FITTED = 2_000
"""The best-known titles that t-SNE arranges; the others are placed among them, as fitting them would take minutes."""
FEWEST_FITTED = 12
"""For fewer titles there is no neighbourhood to keep: their map is that of the principal components."""
FEWEST_RATERS = 10
"""Factors of titles with fewer raters are mostly chance: they are placed, not fitted."""
NEIGHBOURS = 8
DRAWS = 40
CONFIDENCE = 0.8
SHAPES = ("principal components", "neighbourhoods")


class Place(NamedTuple):
    """Where a visitor is on a plane, and how uncertain that is.

    Attributes
    ----------
    centre : ndarray of shape (2,)
    axes : ndarray of shape (2, 2), or None
        Half axes (rows) of the ellipse that holds the true place with a chance of 80 %; None on the neighbourhoods, where
        the uncertainty is no ellipse.
    draws : ndarray of shape (n, 2)
        Places that are as likely as any; empty where there is an ellipse.
    """

    centre: np.ndarray
    axes: np.ndarray | None
    draws: np.ndarray

    def outline(self, n: int = 60) -> np.ndarray:
        """Points on the ellipse, shape (n, 2), the first repeated at the end; none without ellipse."""
        if self.axes is None:
            return np.zeros((0, 2))
        turn = np.linspace(0.0, 2.0 * np.pi, n)[:, None]
        return np.asarray(self.centre + np.cos(turn) * self.axes[0] + np.sin(turn) * self.axes[1])


@dataclass(frozen=True, slots=True, eq=False)
class TasteMap:
    """Two planes of the latent factors, computed once per fit.

    *Principal components* (Pearson 1901) are the plane on which the titles spread most; distances are true but much is
    left out. *Neighbourhoods* (t-SNE, van der Maaten & Hinton 2008) keep alike titles together; how far apart the groups
    lie means nothing. The visitor and titles that were not fitted are placed at the mean of their nearest fitted titles,
    weighted by their cosine.

    Attributes
    ----------
    placed : ndarray of bool, shape (n_items,)
        Titles with raters: only they have factors, and a point. The others' points are NaN.
    components : ndarray of shape (n_shown, 2)
    middle : ndarray of shape (n_shown,)
        The mean title, the origin of the principal components.
    points : ndarray of shape (n_items, 2)
        The titles' neighbourhoods.
    fitted : ndarray of int, shape (n_fitted,)
        Positions of the titles that t-SNE arranged.
    """

    placed: np.ndarray
    components: np.ndarray
    middle: np.ndarray
    points: np.ndarray
    fitted: np.ndarray

    @classmethod
    def fit(cls, loadings: np.ndarray, raters: np.ndarray, known: np.ndarray, *, random_state: int = 0) -> Self:
        """Arrange the titles.

        Parameters
        ----------
        loadings : ndarray of shape (n_items, n_shown)
        raters : ndarray of int, shape (n_items,)
        known : ndarray of bool, shape (n_items,)
            The well-known titles: they span the plane of the principal components.
        """
        n_items, n_shown = loadings.shape
        placed = raters > 0
        middle = loadings[known].mean(axis=0) if known.any() else np.zeros(n_shown)
        components = np.zeros((n_shown, 2))
        points = np.full((n_items, 2), np.nan)
        if known.sum() < 2 or n_shown < 2:
            points[placed] = 0.0
            return cls(placed, components, middle, points, np.empty(0, np.int64))
        found = PCA(2).fit(loadings[known]).components_
        components = (found * np.where((found**3).sum(axis=1) < 0, -1.0, 1.0)[:, None]).T
        best_known = np.argsort(-raters, kind="stable")
        fitted = best_known[raters[best_known] >= min(FEWEST_RATERS, int(raters.max()))][:MOST_FITTED]
        if len(fitted) < FEWEST_FITTED:
            points[placed] = (loadings[placed] - middle) @ components
            return cls(placed, components, middle, points, np.empty(0, np.int64))
        directions = _unit(loadings[fitted])
        tsne = TSNE(perplexity=min(30.0, (len(fitted) - 1) / 3), init="pca", random_state=random_state)
        arranged = np.asarray(tsne.fit_transform(directions), dtype=np.float64)
        arranged /= max(float(np.abs(arranged).max()), 1e-12)
        draft = cls(placed, components, middle, points, fitted)
        points[fitted] = arranged
        others = np.setdiff1d(np.flatnonzero(placed), fitted)
        points[others] = draft.near(loadings, loadings[others])
        return draft

    def near(self, loadings: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Where vectors in the factors' space lie among the neighbourhoods, shape (len(vectors), 2)."""
        towards = _unit(loadings[self.fitted])
        found = np.zeros((len(vectors), 2))
        for start in range(0, len(vectors), 2_000):  # 2,000 × 2,000 cosines at a time
            cosines = _unit(vectors[start : start + 2_000]) @ towards.T
            n = min(NEIGHBOURS, cosines.shape[1])
            nearest = np.argpartition(-cosines, n - 1, axis=1)[:, :n]
            weights = np.maximum(np.take_along_axis(cosines, nearest, axis=1), 1e-6) ** 4
            places = self.points[self.fitted[nearest]]
            found[start : start + 2_000] = (weights[:, :, None] * places).sum(axis=1) / weights.sum(axis=1)[:, None]
        return found

    def titles(self, loadings: np.ndarray, plane: str | tuple[int, int]) -> np.ndarray:
        """All titles on a plane, shape (n_items, 2); NaN without raters.

        Parameters
        ----------
        plane : one of SHAPES, or two factors (x, y)
        """
        if plane == SHAPES[1]:
            return self.points
        return np.where(self.placed[:, None], self._flat(loadings, plane), np.nan)

    def visitor(self, loadings: np.ndarray, own: np.ndarray, covariance: np.ndarray, scale: float, plane: str | tuple[int, int]) -> Place:
        """Where the visitor is, and how far that is uncertain.

        Parameters
        ----------
        own : ndarray of shape (n_shown,)
            The visitor's factors, turned like the titles'.
        covariance : ndarray of shape (n_shown, n_shown)
            Of the visitor's factors.
        scale : float
            Length of a typical title's factors over that of a typical person's: one plane for both.
        """
        if plane == SHAPES[1] and len(self.fitted):
            drawn = np.random.default_rng(0).multivariate_normal(own, covariance, DRAWS, method="eigh")
            places = self.near(loadings, np.vstack([own, drawn]))
            return Place(places[0], None, places[1:])
        plane = SHAPES[0] if plane == SHAPES[1] else plane
        axes = self._axes(plane)
        values, vectors = np.linalg.eigh(scale**2 * axes.T @ covariance @ axes)
        reach = np.sqrt(-2.0 * np.log(1.0 - CONFIDENCE))  # of a normal distribution on a plane, in standard deviations
        half = reach * vectors * np.sqrt(np.maximum(values, 0.0))
        return Place(self._flat(scale * own[None, :], plane)[0], half.T[::-1], np.zeros((0, 2)))

    def state(self) -> dict[str, np.ndarray]:
        """Everything as plain arrays, for saving."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """The inverse of :meth:`state`. Raises ``KeyError`` where an array is missing."""
        return cls(**{name: arrays[name] for name in cls.__slots__})

    def _axes(self, plane: str | tuple[int, int]) -> np.ndarray:
        return self.components if isinstance(plane, str) else np.eye(len(self.components))[:, list(plane)]

    def _flat(self, vectors: np.ndarray, plane: str | tuple[int, int]) -> np.ndarray:
        return np.asarray((vectors - (self.middle if isinstance(plane, str) else 0.0)) @ self._axes(plane))


def neighbours(loadings: np.ndarray, item: int, n: int, allowed: np.ndarray, *, cosine: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """The nearest titles in the space of all factors: positions and similarities, most alike first.

    By cosine, titles of the same direction are near, however few know them; by dot product, ``|q_i| |q_j| cos``, those
    with long factors, which are the well-known ones, come first everywhere.

    Parameters
    ----------
    loadings : ndarray of shape (n_items, n_factors)
    allowed : ndarray of bool, shape (n_items,)
    """
    vectors = _unit(loadings) if cosine else loadings
    alike = vectors @ vectors[item]
    usable = np.flatnonzero(allowed & (np.arange(len(loadings)) != item))
    best = usable[np.argsort(-alike[usable], kind="stable")[:n]]
    return best, alike[best]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
