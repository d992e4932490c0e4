"""What would this person give this title? The mean of neighbours' stars, and the slip that asks everybody but the person.

R (n, m) holds the stars of n people for m titles. Here 0 means *not rated*, as in many a course: see what it leads to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.lessons.similarity import pearson


@dataclass(frozen=True)
class Answer:
    """Stars, and the people or titles that they come from with their weights, nearest first; NaN if there are none."""

    value: float
    neighbours: np.ndarray
    weights: np.ndarray


def cosine_filled(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of a (m,) and b (m,) with 0 for what is missing; NaN for a row without stars."""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths else np.nan


def means(R: np.ndarray) -> np.ndarray:
    """Each person's mean (n,) over what they have rated."""
    return R.sum(axis=1) / np.maximum((R > 0).sum(axis=1), 1)


def centre(R: np.ndarray) -> np.ndarray:
    """R minus each person's mean, 0 where missing: now 0 means *as usual*, and filling the gaps with it does little harm."""
    return np.where(R > 0, R - means(R)[:, None], 0)


def nearest(who: np.ndarray, likeness: list[float], k: int, positive: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """The k of ``who`` with the largest likeness, and the likeness; those without any, or unlike, are left out."""
    s = np.array(likeness)
    use = (s > 0) if positive else ~np.isnan(s)
    who, s = who[use], s[use]
    first = np.argsort(-s, kind="stable")[:k]
    return who[first], s[first]


def weighted_mean(x: np.ndarray, w: np.ndarray) -> float:
    """Σ w x / Σ |w|, NaN for nothing."""
    return float(w @ x / np.abs(w).sum()) if np.any(w) else np.nan


def by_people(
    R: np.ndarray, person: int, item: int, k: int, *, centred: bool = False, weighted: bool = True, positive: bool = True
) -> Answer:
    """The mean stars of the k people most like this one among those who rated the title, weighted by likeness.

    Centred: how far they put it above or below their own mean, added to the person's mean; alike is then Pearson's correlation.
    Source: Resnick, Iacovou, Suchak, Bergstrom & Riedl (1994), GroupLens.
    """
    raters = np.flatnonzero((R[:, item] > 0) & (np.arange(len(R)) != person))
    alike = pearson if centred else cosine_filled
    v, s = nearest(raters, [alike(R[person], R[u]) for u in raters], k, positive)
    w = s if weighted else np.ones(len(v))
    if not centred:
        return Answer(weighted_mean(R[v, item], w), v, w)
    mean = means(R)
    return Answer(float(mean[person] + weighted_mean(R[v, item] - mean[v], w)), v, w)


def by_titles(
    R: np.ndarray, person: int, item: int, k: int, *, centred: bool = False, weighted: bool = True, positive: bool = True
) -> Answer:
    """The mean of *the person's own* stars for the k titles most like this one that they rated, weighted by likeness.

    Centred: likeness is the cosine after each person's mean is taken away, so that it can be negative.
    Source: Sarwar, Karypis, Konstan & Riedl (2001), item-based collaborative filtering.
    """
    B = centre(R) if centred else R
    rated = np.flatnonzero((R[person] > 0) & (np.arange(R.shape[1]) != item))
    j, s = nearest(rated, [cosine_filled(B[:, item], B[:, i]) for i in rated], k, positive)
    w = s if weighted else np.ones(len(j))
    return Answer(weighted_mean(R[person, j], w), j, w)


def by_titles_slip(R: np.ndarray, item: int, k: int, *, skip_zeros: bool = False, skip_itself: bool = False) -> Answer:
    """The mistake: the mean of the *block* of the k titles most like this one × everyone who rated it. Who asks is not in it.

    The title is its own nearest neighbour, and what is not rated counts as 0 stars; each can be repaired, the answer stays the
    same for everybody.
    """
    s = [cosine_filled(R[:, item], R[:, j]) for j in range(R.shape[1])]
    j, _ = nearest(np.arange(R.shape[1]), s, k)
    if skip_itself:
        j = j[j != item]
    stars = slip_block(R, item, j)
    use = stars > 0 if skip_zeros else np.ones(stars.shape, dtype=bool)
    return Answer(float(stars[use].mean()) if use.any() else np.nan, j, np.ones(len(j)))


def slip_block(R: np.ndarray, item: int, titles: np.ndarray) -> np.ndarray:
    """The numbers that the slip averages: a row for everyone who rated the title, a column for each similar title."""
    return R[R[:, item] > 0][:, titles]
