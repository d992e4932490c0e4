"""Interpretable latent factors: rotated, sorted, labelled at both ends, and tested for stability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from scipy import sparse

from recsys_core.common.arrays import pack_strings, unpack_strings
from recsys_core.data.dataset import Dataset
from recsys_core.data.tags import LIST_SEPARATOR, split_list
from recsys_core.factors.labels import Ends, LabelWord, label_ends
from recsys_core.factors.names import EndName, name_ends
from recsys_core.factors.stability import STABLE, stability
from recsys_core.models.base import graded_likes
from recsys_core.models.svd import SVD

KNOWN_SHARE, FEWEST_KNOWN, FEWEST_RATERS = 0.2, 300, 10
"""The best-known fifth of the titles determines rotation, order and labels of the factors. The factors of the other titles
are mostly noise, and few people know these titles."""
SHOWN = 16
"""Number of factors that are shown, the strongest ones; the others refine the model but cannot be told apart by eye."""
N_AUDIENCE = 2_000
"""Number of users whose factors are kept, to compare a visitor with."""
MOST_PEOPLE = 20_000
"""Number of users from which the refits for stability are sampled; more would only take longer."""


@dataclass(frozen=True, slots=True, eq=False)
class FactorView:
    """The factors of all titles, prepared for display.

    Attributes
    ----------
    rotation : ndarray of shape (n_factors, n_shown)
        Orthonormal columns; ``item_factors @ rotation == loadings``. A visitor's factors are rotated in the same way.
    loadings : ndarray of shape (n_items, n_shown)
        Sorted by the variance that each factor explains, largest first.
    known : ndarray of bool, shape (n_items,)
        The well-known titles, which determine rotation, order and labels.
    centre, spread : ndarray of shape (n_shown,)
        Mean and standard deviation of the well-known titles' loadings.
    ends : list of Ends
        The labels of the low and of the high end: what stands out there, in each factor for itself.
    names : list of (EndName, EndName)
        What the low and the high end are called, so that the factors can be told apart.
    stability : ndarray of shape (n_shown,), in [0, 1]
        See :func:`recsys_core.factors.stability.stability`; NaN = not measured.
    audience : ndarray of shape (n_people, n_shown)
        Factors of a sample of users, folded in like a visitor.
    """

    rotation: np.ndarray
    loadings: np.ndarray
    known: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    ends: list[Ends]
    names: list[tuple[EndName, EndName]]
    stability: np.ndarray
    audience: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.ends)

    @classmethod
    def empty(cls, n_items: int) -> Self:
        """Return a view without factors, for a data set without ratings."""
        none = np.zeros(0)
        return cls(np.zeros((0, 0)), np.zeros((n_items, 0)), np.zeros(n_items, dtype=bool), none, none, [], [], none, np.zeros((0, 0)))

    @property
    def labels(self) -> list[tuple[str, str]]:
        """The first labels of both ends as text; "…" if there are none. They identify a factor: names of visitors are kept under them."""
        return [(_phrase(low), _phrase(high)) for low, high in self.ends]

    @property
    def stable(self) -> np.ndarray:
        """Which factors are stable enough to be named, bool, shape (n_shown,)."""
        return np.asarray(self.stability >= STABLE)

    def standard(self, items: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return standardised loadings of some titles (positions), relative to the well-known titles, shape (len(items), n_shown)."""
        return np.asarray((self.loadings[items] - self.centre) / self.spread)

    def turned(self, vector: np.ndarray) -> np.ndarray:
        """Rotate a visitor's factors like the loadings, shape (n_shown,)."""
        return np.asarray(vector @ self.rotation)

    def percentiles(self, shown: np.ndarray) -> np.ndarray:
        """Return a visitor's percentile among the users on each factor, in percent, shape (n_shown,)."""
        below = (self.audience < shown).mean(axis=0) + 0.5 * (self.audience == shown).mean(axis=0)
        return np.asarray(100.0 * below)

    def standing(self, shown: np.ndarray, factor: int) -> tuple[int, float]:
        """Towards which end of a factor a visitor leans (0 low, 1 high), and beyond how many percent of the audience."""
        share = float(self.percentiles(shown)[factor])
        return (1, share) if share >= 50.0 else (0, 100.0 - share)

    def furthest(self, shown: np.ndarray) -> int:
        """The factor on which a visitor stands furthest from the middle of the audience."""
        return int(np.abs(self.percentiles(shown) - 50.0).argmax())

    def extremes(self, factor: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of the ``n`` lowest and the ``n`` highest well-known titles of a factor."""
        positions = np.flatnonzero(self.known)
        ordered = positions[np.argsort(self.loadings[positions, factor], kind="stable")]
        return ordered[:n], ordered[::-1][:n]

    def state(self) -> dict[str, np.ndarray]:
        """Return everything as plain arrays, for saving."""
        words = [(factor, side, *word) for factor, ends in enumerate(self.ends) for side, end in enumerate(ends) for word in end]
        return {
            "rotation": self.rotation,
            "loadings": self.loadings,
            "known": self.known,
            "centre": self.centre,
            "spread": self.spread,
            "stability": self.stability,
            "audience": self.audience,
            "names": pack_strings([text for pair in self.names for end in pair for text in (LIST_SEPARATOR.join(end.words), end.title)]),
            "words": pack_strings([str(word[2]) for word in words]),
            "word_numbers": np.array([[word[0], word[1], *word[3:]] for word in words], dtype=np.float64).reshape(-1, 5),
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Restore what :meth:`state` returned. Raises ``KeyError`` if an array is missing."""
        words: list[tuple[list[LabelWord], list[LabelWord]]] = [([], []) for _ in arrays["stability"]]
        for text, (factor, side, effect, z, n) in zip(unpack_strings(arrays["words"]), arrays["word_numbers"].tolist(), strict=True):
            words[int(factor)][int(side)].append(LabelWord(text, effect, z, int(n)))
        ends = [Ends(tuple(low), tuple(high)) for low, high in words]
        texts = unpack_strings(arrays["names"])
        named = [EndName(split_list(own), title) for own, title in zip(texts[::2], texts[1::2], strict=True)]
        names = list(zip(named[::2], named[1::2], strict=True))
        plain = {name: arrays[name] for name in ("rotation", "loadings", "known", "centre", "spread", "stability", "audience")}
        return cls(ends=ends, names=names, **plain)


def view_factors(item_factors: np.ndarray, dataset: Dataset) -> FactorView:
    """Rotate, sort, orient and label the factors.

    A first factor on which nearly all titles have the same sign is left out, because it measures how much users watch. The
    sign of each factor is chosen such that the longer tail of the well-known titles is positive.

    Parameters
    ----------
    item_factors : ndarray of shape (n_items, n_factors), strongest factor first
    """
    titles = well_known(dataset)
    rotation = readable_rotation(item_factors[titles])
    loadings = item_factors @ rotation
    order = np.argsort(-loadings[titles].var(axis=0), kind="stable")
    centred = loadings[titles] - loadings[titles].mean(axis=0)
    signs = np.where((centred**3).sum(axis=0) < 0, -1.0, 1.0)[order]
    loadings = loadings[:, order] * signs
    return FactorView(
        rotation=rotation[:, order] * signs,
        loadings=loadings,
        known=titles,
        centre=loadings[titles].mean(axis=0),
        spread=np.maximum(loadings[titles].std(axis=0), 1e-12),
        ends=label_ends(loadings, dataset, np.flatnonzero(titles)),
        names=name_ends(loadings, dataset, np.flatnonzero(titles)),
        stability=np.full(loadings.shape[1], np.nan),
        audience=np.zeros((0, loadings.shape[1])),
    )


def view_model(svd: SVD, dataset: Dataset, *, random_state: int = 0) -> FactorView:
    """Return :func:`view_factors` of a fitted model, with the stability of the factors and the factors of a sample of users."""
    view = view_factors(svd.item_factors_, dataset)
    titles = view.known
    finder = SVD(n_factors=min(SHOWN + 1, svd.n_factors), damping=svd.damping)

    def find(likes: sparse.csr_array, seed: int) -> np.ndarray:
        finder.random_state = seed
        factors, _ = finder.find_factors(likes, np.bincount(likes.indices, minlength=dataset.n_items))
        return np.asarray(factors @ readable_rotation(factors[titles]))

    likes = graded_likes(dataset.sample_users(MOST_PEOPLE))
    measured = stability(view.loadings, likes, find, titles, random_state=random_state)
    names = name_ends(view.loadings, dataset, np.flatnonzero(titles), measured >= STABLE)
    return replace(view, names=names, stability=measured, audience=_audience(svd, dataset, view))


def _audience(svd: SVD, dataset: Dataset, view: FactorView) -> np.ndarray:
    """Return the rotated factors of a sample of users, shape (at most N_AUDIENCE, n_shown)."""
    sample = dataset.sample_users(N_AUDIENCE)
    rotated = [view.turned(svd.fold_in(sample.profile_of(user))) for user in range(sample.n_users)]
    return np.array(rotated).reshape(-1, len(view))


def well_known(dataset: Dataset) -> np.ndarray:
    """Return the best-known fifth of the titles, at least 300 if as many have enough raters; bool, shape (n_items,)."""
    n = max(FEWEST_KNOWN, round(KNOWN_SHARE * dataset.n_items))
    order = np.lexsort((dataset.item_ids, -dataset.raters))
    known = np.zeros(dataset.n_items, dtype=bool)
    known[order[:n]] = True
    return known & (dataset.raters >= min(FEWEST_RATERS, np.median(dataset.raters[dataset.raters > 0])))


def readable_rotation(factors: np.ndarray) -> np.ndarray:
    """Return the varimax rotation of the strongest specific factors, shape (n_factors, n_shown), orthonormal columns."""
    first = 1 if _is_general(factors) else 0
    strongest = np.eye(factors.shape[1])[:, first : first + SHOWN]
    return np.asarray(strongest @ varimax(factors @ strongest))


def _is_general(loadings: np.ndarray) -> bool:
    """Tell whether nearly all titles have the same sign on the first factor; it then measures activity, not taste."""
    above = float((loadings[:, 0] > 0).mean()) if len(loadings) else 0.5
    return loadings.shape[1] > 1 and max(above, 1.0 - above) >= 0.9


def varimax(loadings: np.ndarray, *, max_rounds: int = 200, tolerance: float = 1e-9) -> np.ndarray:
    """Return the orthogonal rotation that makes each factor load on few titles.

    It maximises ``Σ_f var(loadings[:, f]²)`` by repeated singular value decompositions. A rotation preserves dot products,
    so no score changes.

    Returns
    -------
    ndarray of shape (n_factors, n_factors), orthogonal

    References
    ----------
    Kaiser (1958), "The varimax criterion for analytic rotation in factor analysis".
    """
    n, k = loadings.shape
    rotation = np.eye(k)
    if n == 0:
        return rotation
    before = 0.0
    for _ in range(max_rounds):
        rotated = loadings @ rotation
        gradient = loadings.T @ (rotated**3 - rotated * (rotated**2).mean(axis=0))
        left, values, right = np.linalg.svd(gradient)
        rotation = left @ right
        if values.sum() <= before * (1 + tolerance):
            break
        before = values.sum()
    return rotation


def _phrase(words: tuple[LabelWord, ...]) -> str:
    """Join the first two labels to a text."""
    return ", ".join(word.text for word in words[:2]) or "…"
