"""The taste map: titles and the visitor as points on a plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

MOST_FITTED = 2_000
"""Number of best-known titles that t-SNE is fitted to. The others are placed among them, as fitting all would take minutes."""
FEWEST_FITTED = 12
"""With fewer titles t-SNE makes no sense, and the principal components are used instead."""
FEWEST_RATERS = 10
"""Factors of titles with fewer raters are mostly noise, so these titles are placed and not fitted."""
LEAST_SPREAD = 1e-6
"""Standard deviation below which the titles' directions are one: t-SNE would divide by zero, which ends the whole process."""
NEIGHBOURS = 8
DRAWS = 40
CONFIDENCE = 0.8
SHAPES = ("principal components", "neighbourhoods")


class Place(NamedTuple):
    """The position of a visitor on a plane, and its uncertainty.

    Attributes
    ----------
    centre : ndarray of shape (2,)
    axes : ndarray of shape (2, 2), or None
        Semi-axes (rows) of the ellipse that contains the true position with a probability of 80 %; None on the t-SNE
        plane, where the region is not an ellipse.
    draws : ndarray of shape (n, 2)
        Samples from the posterior of the position; empty if there is an ellipse.
    """

    centre: np.ndarray
    axes: np.ndarray | None
    draws: np.ndarray

    def outline(self, n: int = 60) -> np.ndarray:
        """Return points on the ellipse, shape (n, 2), the first repeated at the end; none without an ellipse."""
        if self.axes is None:
            return np.zeros((0, 2))
        angle = np.linspace(0.0, 2.0 * np.pi, n)[:, None]
        return np.asarray(self.centre + np.cos(angle) * self.axes[0] + np.sin(angle) * self.axes[1])


@dataclass(frozen=True, slots=True, eq=False)
class TasteMap:
    """Two planes of the latent factors, computed once per fit.

    *Principal components* span the plane on which the titles vary most: distances are meaningful, but much is left out.
    *Neighbourhoods* (t-SNE) keep similar titles together: distances between groups are not meaningful. The visitor, and
    titles to which t-SNE was not fitted, are placed at the mean of their nearest fitted titles, weighted by their cosine.

    Attributes
    ----------
    placed : ndarray of bool, shape (n_items,)
        Titles with raters. Only they have factors and a point; the points of the others are NaN.
    components : ndarray of shape (n_shown, 2)
    middle : ndarray of shape (n_shown,)
        The mean title, the origin of the principal components.
    points : ndarray of shape (n_items, 2)
        The titles on the t-SNE plane.
    fitted : ndarray of int, shape (n_fitted,)
        Positions of the titles to which t-SNE was fitted.

    References
    ----------
    Pearson (1901), "On lines and planes of closest fit to systems of points in space".
    van der Maaten & Hinton (2008), "Visualizing data using t-SNE".
    """

    placed: np.ndarray
    components: np.ndarray
    middle: np.ndarray
    points: np.ndarray
    fitted: np.ndarray

    @classmethod
    def fit(cls, loadings: np.ndarray, raters: np.ndarray, known: np.ndarray, *, random_state: int = 0) -> Self:
        """Compute both planes.

        Parameters
        ----------
        loadings : ndarray of shape (n_items, n_shown)
        raters : ndarray of int, shape (n_items,)
        known : ndarray of bool, shape (n_items,)
            The well-known titles, from which the principal components are computed.
        """
        n_items, n_shown = loadings.shape
        placed = raters > 0
        middle = loadings[known].mean(axis=0) if known.any() else np.zeros(n_shown)
        components = np.zeros((n_shown, 2))
        points = np.full((n_items, 2), np.nan)
        if known.sum() < 2 or n_shown < 2:
            points[placed] = 0.0
            return cls(placed, components, middle, points, np.empty(0, np.int64))
        with np.errstate(invalid="ignore"):  # scikit-learn divides by the variance, which is zero where all titles are alike
            found = PCA(2).fit(loadings[known]).components_
        components = (found * np.where((found**3).sum(axis=1) < 0, -1.0, 1.0)[:, None]).T
        best_known = np.argsort(-raters, kind="stable")
        fitted = best_known[raters[best_known] >= min(FEWEST_RATERS, int(raters.max()))][:MOST_FITTED]
        directions = _unit(loadings[fitted])
        if len(fitted) < FEWEST_FITTED or not directions.std(axis=0).max() > LEAST_SPREAD:
            points[placed] = (loadings[placed] - middle) @ components
            return cls(placed, components, middle, points, np.empty(0, np.int64))
        tsne = TSNE(perplexity=min(30.0, (len(fitted) - 1) / 3), init="pca", random_state=random_state)
        arranged = np.asarray(tsne.fit_transform(directions), dtype=np.float64)
        arranged /= max(float(np.abs(arranged).max()), 1e-12)
        draft = cls(placed, components, middle, points, fitted)
        points[fitted] = arranged
        others = np.setdiff1d(np.flatnonzero(placed), fitted)
        points[others] = draft.near(loadings, loadings[others])
        return draft

    def near(self, loadings: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Place vectors of the factor space on the t-SNE plane, shape (len(vectors), 2)."""
        towards = _unit(loadings[self.fitted])
        found = np.zeros((len(vectors), 2))
        for start in range(0, len(vectors), 2_000):  # 2,000 × 2,000 cosines at a time
            cosines = _unit(vectors[start : start + 2_000]) @ towards.T
            n = min(NEIGHBOURS, cosines.shape[1])
            nearest = np.argpartition(-cosines, n - 1, axis=1)[:, :n]
            weights = np.maximum(np.take_along_axis(cosines, nearest, axis=1), 1e-6) ** 4
            points = self.points[self.fitted[nearest]]
            found[start : start + 2_000] = (weights[:, :, None] * points).sum(axis=1) / weights.sum(axis=1)[:, None]
        return found

    def titles(self, loadings: np.ndarray, plane: str | tuple[int, int]) -> np.ndarray:
        """Return all titles as points on a plane, shape (n_items, 2); NaN without raters.

        Parameters
        ----------
        plane : one of SHAPES, or two factors (x, y)
        """
        if plane == SHAPES[1]:
            return self.points
        return np.where(self.placed[:, None], self._flat(loadings, plane), np.nan)

    def visitor(self, loadings: np.ndarray, own: np.ndarray, covariance: np.ndarray, scale: float, plane: str | tuple[int, int]) -> Place:
        """Return the visitor's position and its uncertainty.

        Parameters
        ----------
        own : ndarray of shape (n_shown,)
            The visitor's factors, rotated like the titles'.
        covariance : ndarray of shape (n_shown, n_shown)
            Covariance of the visitor's factors.
        scale : float
            Length of a typical title's factors divided by that of a typical user's, so that both fit on one plane.
        """
        if plane == SHAPES[1] and len(self.fitted):
            drawn = np.random.default_rng(0).multivariate_normal(own, covariance, DRAWS, method="eigh")
            places = self.near(loadings, np.vstack([own, drawn]))
            return Place(places[0], None, places[1:])
        plane = SHAPES[0] if plane == SHAPES[1] else plane
        axes = self._axes(plane)
        values, vectors = np.linalg.eigh(scale**2 * axes.T @ covariance @ axes)
        reach = np.sqrt(-2.0 * np.log(1.0 - CONFIDENCE))  # radius of the region, in standard deviations of a 2-d normal
        half = reach * vectors * np.sqrt(np.maximum(values, 0.0))
        return Place(self._flat(scale * own[None, :], plane)[0], half.T[::-1], np.zeros((0, 2)))

    def state(self) -> dict[str, np.ndarray]:
        """Return everything as plain arrays, for saving."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Restore what :meth:`state` returned. Raises ``KeyError`` if an array is missing."""
        return cls(**{name: arrays[name] for name in cls.__slots__})

    def _axes(self, plane: str | tuple[int, int]) -> np.ndarray:
        return self.components if isinstance(plane, str) else np.eye(len(self.components))[:, list(plane)]

    def _flat(self, vectors: np.ndarray, plane: str | tuple[int, int]) -> np.ndarray:
        return np.asarray((vectors - (self.middle if isinstance(plane, str) else 0.0)) @ self._axes(plane))


def neighbours(loadings: np.ndarray, item: int, n: int, allowed: np.ndarray, *, cosine: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest titles in the space of all factors: positions and similarities, most similar first.

    The cosine ignores how well known titles are; with the dot product, ``|q_i| |q_j| cos``, the well-known titles, which
    have long factors, come first everywhere.

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
