"""Latent factors for people: rotated, sign-fixed, ordered and named by what loads on both ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from recsys_core.dataset import LIST_SEPARATOR, Dataset

FEWEST_RATERS = 20
"""Titles with fewer raters have factors that are mostly chance: they do not name a factor."""
FEWEST_TITLES = 5
SHOWN = 16
"""The strongest factors are shown; the others refine the model, but nobody could tell them apart by eye."""
LABEL_THRESHOLD = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class FactorView:
    """The factors of all titles in a form made for reading.

    Attributes
    ----------
    rotation : ndarray of shape (n_factors, n_shown)
        Orthonormal columns; ``item_factors @ rotation == loadings``, and a visitor's factors turn the same way.
    loadings : ndarray of shape (n_items, n_shown)
        Ordered by the variance that each factor explains, largest first.
    labels : list of (low, high)
        Words for both ends; "…" where nothing stands out.
    """

    rotation: np.ndarray
    loadings: np.ndarray
    labels: list[tuple[str, str]]

    def extremes(self, factor: int, n: int, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the ``n`` lowest and the ``n`` highest titles of a factor among those ``known`` (bool)."""
        positions = np.flatnonzero(known)
        ordered = positions[np.argsort(self.loadings[positions, factor], kind="stable")]
        return ordered[:n], ordered[::-1][:n]


def view_factors(item_factors: np.ndarray, dataset: Dataset) -> FactorView:
    """Rotate, order, sign and label the factors.

    The sign is fixed so that the longer tail of well-rated-often titles points up; both ends are labelled by
    genres and keywords whose titles stand out there.

    Parameters
    ----------
    item_factors : ndarray of shape (n_items, n_factors), strongest factor first
    """
    rated_enough = dataset.raters >= min(FEWEST_RATERS, int(np.median(dataset.raters[dataset.raters > 0])))
    first = 1 if _is_general(item_factors[rated_enough]) else 0
    strongest = np.eye(item_factors.shape[1])[:, first : first + SHOWN]
    rotation = strongest @ varimax(item_factors[rated_enough] @ strongest)
    loadings = item_factors @ rotation
    order = np.argsort(-loadings[rated_enough].var(axis=0), kind="stable")
    loadings = loadings[:, order]
    centred = loadings[rated_enough] - loadings[rated_enough].mean(axis=0)
    signs = np.where((centred**3).sum(axis=0) < 0, -1.0, 1.0)
    loadings = loadings * signs
    tags = dataset.items["genres"] + LIST_SEPARATOR + dataset.items["keywords"]
    named_by = dataset.raters >= np.median(dataset.raters[rated_enough])
    labels = _labels(loadings[named_by], tags[named_by].tolist())
    return FactorView(rotation[:, order] * signs, loadings, labels)


def _is_general(loadings: np.ndarray) -> bool:
    """Whether nearly all titles stand on one side of the first factor: then it is how much people watch, not a taste."""
    above = float((loadings[:, 0] > 0).mean()) if len(loadings) else 0.5
    return loadings.shape[1] > 1 and max(above, 1.0 - above) >= 0.9


def varimax(loadings: np.ndarray, *, max_rounds: int = 200, tolerance: float = 1e-9) -> np.ndarray:
    """The orthogonal rotation that makes each factor load on few titles (Kaiser 1958).

    Maximises ``Σ_f var(loadings[:, f]²)`` by repeated singular value decompositions. Dot products of rotated
    vectors are those of the original ones, so no score changes.

    Returns
    -------
    ndarray of shape (n_factors, n_factors), orthogonal
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


def _labels(loadings: np.ndarray, tags: list[str], words: int = 2) -> list[tuple[str, str]]:
    """Tags whose titles stand out at each end.

    A tag's statistic is a z-test of its titles' mean loading against that of all titles:
    ``z = (mean_tag - mean) / (sd / √n_tag)``; a tag counts with at least five titles and |z| ≥ 3.
    """
    counter = CountVectorizer(tokenizer=_split, token_pattern=None, binary=True, min_df=min(FEWEST_TITLES, len(tags)))
    try:
        member = counter.fit_transform(tags)
    except ValueError:  # no tag has enough titles
        return [("…", "…")] * loadings.shape[1]
    names = counter.get_feature_names_out()
    spread = loadings.std(axis=0)
    spread[spread == 0] = 1.0
    z = (member.T @ ((loadings - loadings.mean(axis=0)) / spread)).T / np.sqrt(np.asarray(member.sum(axis=0)).ravel())
    labels = []
    for scores in z:
        low = [names[i] for i in np.argsort(scores, kind="stable") if scores[i] <= -LABEL_THRESHOLD]
        high = [names[i] for i in np.argsort(-scores, kind="stable") if scores[i] >= LABEL_THRESHOLD]
        labels.append((_phrase(low, words), _phrase(high, words)))
    return labels


def _split(tags: str) -> list[str]:
    return [tag for tag in tags.split(LIST_SEPARATOR) if tag]


def _phrase(tags: list[str], words: int) -> str:
    """The first few tags as text."""
    return ", ".join(tags[:words]) or "…"
