"""Latent factors for people: rotated, sign-fixed, ordered and named by what loads on both ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from recsys_core.dataset import Dataset

FEWEST_RATERS = 20
"""Titles with fewer raters have factors that are mostly chance: they do not name a factor."""
FEWEST_TITLES = 5
LABEL_THRESHOLD = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class FactorView:
    """The factors of all titles in a form made for reading.

    Attributes
    ----------
    rotation : ndarray of shape (n_factors, n_factors)
        Orthogonal; ``item_factors @ rotation == loadings``, and a visitor's factors turn the same way.
    loadings : ndarray of shape (n_items, n_factors)
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
    item_factors : ndarray of shape (n_items, n_factors)
    """
    rated_enough = dataset.raters >= min(FEWEST_RATERS, int(np.median(dataset.raters[dataset.raters > 0])))
    rotation = varimax(item_factors[rated_enough])
    loadings = item_factors @ rotation
    order = np.argsort(-loadings[rated_enough].var(axis=0), kind="stable")
    loadings = loadings[:, order]
    centred = loadings[rated_enough] - loadings[rated_enough].mean(axis=0)
    signs = np.where((centred**3).sum(axis=0) < 0, -1.0, 1.0)
    loadings = loadings * signs
    labels = _labels(loadings[rated_enough], [_tags(dataset, i) for i in np.flatnonzero(rated_enough).tolist()])
    return FactorView(rotation[:, order] * signs, loadings, labels)


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


def _tags(dataset: Dataset, position: int) -> set[str]:
    row = dataset.items.iloc[position]
    genres = {f"genre:{value}" for value in str(row["genres"]).split("|") if value}
    return genres | {f"keyword:{value}" for value in str(row["keywords"]).split("|") if value}


def _labels(loadings: np.ndarray, tags: list[set[str]], words: int = 2) -> list[tuple[str, str]]:
    """Tags whose titles stand out at each end.

    A tag's statistic is a z-test of its titles' mean loading against that of all titles:
    ``z = (mean_tag - mean) / (sd / √n_tag)``; a tag counts with at least five titles and |z| ≥ 3.
    """
    counts = Counter(tag for of_title in tags for tag in of_title)
    names = sorted(tag for tag, n in counts.items() if n >= FEWEST_TITLES)
    column = {tag: i for i, tag in enumerate(names)}
    member = np.zeros((len(tags), len(names)))
    for row, of_title in enumerate(tags):
        member[row, [column[tag] for tag in of_title if tag in column]] = 1.0
    sizes = member.sum(axis=0)
    spread = loadings.std(axis=0)
    spread[spread == 0] = 1.0
    z = ((loadings - loadings.mean(axis=0)) / spread).T @ member / np.sqrt(np.maximum(sizes, 1.0))
    labels = []
    for scores in z:
        low = [names[i] for i in np.argsort(scores, kind="stable") if scores[i] <= -LABEL_THRESHOLD]
        high = [names[i] for i in np.argsort(-scores, kind="stable") if scores[i] >= LABEL_THRESHOLD]
        labels.append((_phrase(low, words), _phrase(high, words)))
    return labels


def _phrase(tags: list[str], words: int) -> str:
    """The first few different words of a list of tags, without their kind."""
    seen = list(dict.fromkeys(tag.split(":", 1)[1].lower() for tag in tags))
    return ", ".join(seen[:words]) or "…"
