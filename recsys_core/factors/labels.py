"""Label both ends of each latent factor by tags that are statistically over-represented there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.stats import norm

from recsys_core.data.dataset import Dataset
from recsys_core.data.tags import split_list

FEWEST_TITLES = {"person": 4, "any other": 5}
"""Tags with fewer titles are not used as labels; the bound is lower for people, who rarely have many titles."""
SMALLEST_EFFECT = 0.5
"""In standard deviations. With thousands of titles even tiny effects are significant, but they are not informative."""
SIGNIFICANCE = 0.05
MAX_WORDS = 3
_KINDS = {"movie": "movies", "show": "TV shows"}


class LabelWord(NamedTuple):
    """A tag that labels one end of a factor.

    Attributes
    ----------
    effect : float
        Distance of the mean of its titles from the mean of all titles, in standard deviations.
    z : float
        The same distance in standard errors.
    """

    text: str
    effect: float
    z: float
    n_titles: int


class Ends(NamedTuple):
    """The labels of a factor's low and high end, strongest first; empty if no tag passes the test."""

    low: tuple[LabelWord, ...]
    high: tuple[LabelWord, ...]


def label_ends(loadings: np.ndarray, dataset: Dataset, titles: np.ndarray) -> list[Ends]:
    """Find the genres, keywords, people, decades and languages that characterise both ends of each factor.

    The statistic of a tag at the high end is ``z = √n · d`` with n the number of its titles and ``d`` their mean loading,
    in standard deviations from the mean of all titles. A tag qualifies if ``d ≥ 0.5`` and z is significant at 5 % with
    Bonferroni correction for the number of tags and ends. The strongest tag becomes the first label. Its effect is
    subtracted from the loadings of its titles before the next one is selected (forward selection), so that the second
    label adds information to the first.

    Parameters
    ----------
    loadings : ndarray of shape (n_items, n_factors)
    titles : ndarray of int
        Positions of the well-known titles, from which the labels are derived.

    Returns
    -------
    list of Ends, one per factor
    """
    names, member = tags_of(dataset, titles)
    bound = significant(len(names))
    columns = standardised(loadings, titles).T
    return [Ends(_words(-column, names, member, bound), _words(column, names, member, bound)) for column in columns]


def significant(n_tags: int) -> float:
    """The statistic from which on a tag counts: 5 %, corrected for the number of tags and both ends (Bonferroni)."""
    return float(norm.isf(SIGNIFICANCE / (2 * max(n_tags, 1))))


def standardised(loadings: np.ndarray, titles: np.ndarray) -> np.ndarray:
    """The titles' loadings in standard deviations from their mean, shape (len(titles), n_factors)."""
    spread = loadings[titles].std(axis=0)
    return np.asarray((loadings[titles] - loadings[titles].mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _words(values: np.ndarray, names: list[str], member: sparse.csr_array, bound: float) -> tuple[LabelWord, ...]:
    n = np.diff(member.indptr)
    left = values.copy()
    words: list[LabelWord] = []
    while names and len(words) < MAX_WORDS:
        effect = (member @ left) / n
        z = np.where(effect >= SMALLEST_EFFECT, effect * np.sqrt(n), 0.0)
        best = int(z.argmax())
        if z[best] < bound:
            break
        words.append(LabelWord(names[best], float(effect[best]), float(z[best]), int(n[best])))
        mine = member.indices[member.indptr[best] : member.indptr[best + 1]]
        left[mine] -= left[mine].mean()
    return tuple(words)


def tags_of(dataset: Dataset, titles: np.ndarray) -> tuple[list[str], sparse.csr_array]:
    """Return the names of the tags with enough titles, and their titles as a matrix of shape (n_tags, len(titles))."""
    columns = ("genres", "keywords", "creators", "cast", "year", "language", "kind")
    found: dict[tuple[str, str], list[int]] = {}
    for row, values in enumerate(dataset.items[list(columns)].iloc[titles].itertuples(index=False)):
        genres, keywords, creators, cast, year, language, kind = values
        own = {("person", name) for name in (*split_list(creators), *split_list(cast))}
        own |= {("any other", text.lower()) for text in (*split_list(genres), *split_list(keywords))}
        if np.isfinite(year):
            own.add(("any other", f"{int(year) // 10 * 10}s"))
        if language and language not in {"English", "en"}:
            own.add(("any other", language))
        if kind in _KINDS:
            own.add(("any other", _KINDS[kind]))
        for tag in own:
            found.setdefault(tag, []).append(row)
    kept = sorted((tag, rows) for tag, rows in found.items() if FEWEST_TITLES[tag[0]] <= len(rows) < len(titles))
    indptr = np.cumsum([0, *(len(rows) for _, rows in kept)])
    indices = np.concatenate([rows for _, rows in kept]) if kept else np.empty(0, int)
    member = sparse.csr_array((np.ones(len(indices)), indices, indptr), shape=(len(kept), len(titles)))
    return [name for (_, name), _ in kept], member
