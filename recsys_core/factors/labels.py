"""Words for both ends of a latent factor, each with the statistic that it had to pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.stats import norm

from recsys_core.data.dataset import Dataset
from recsys_core.data.tags import LIST_SEPARATOR

FEWEST_TITLES = {"person": 4, "any other": 5}
"""A tag of fewer titles names nothing; a person has rarely made many."""
SMALLEST_EFFECT = 0.5
"""Standard deviations. With thousands of titles a tiny difference is certain, and says nothing."""
SIGNIFICANCE = 0.05
MAX_WORDS = 3
_KINDS = {"movie": "movies", "show": "TV shows"}


class LabelWord(NamedTuple):
    """A tag whose titles stand out at one end of a factor.

    Attributes
    ----------
    effect : float
        How far its titles lie on that side of the mean title, in standard deviations of all titles.
    z : float
        The same in standard errors of their mean.
    """

    text: str
    effect: float
    z: float
    n_titles: int


class Ends(NamedTuple):
    """The words of a factor's low and high end, strongest first; empty where nothing stands out."""

    low: tuple[LabelWord, ...]
    high: tuple[LabelWord, ...]


def label_ends(loadings: np.ndarray, dataset: Dataset, titles: np.ndarray) -> list[Ends]:
    """Genres, keywords, people, decades and languages that stand out at both ends of each factor.

    A tag's statistic at the high end is ``z = √n · d`` with n its titles and ``d`` their mean loading, in standard
    deviations from the mean of all. It counts with ``d ≥ 0.5`` and with z beyond the 5 % bound of a normal distribution,
    divided by the number of tags and ends that were tried (Bonferroni 1936). The strongest names the end; what it
    explains is taken from the loadings of its titles before the next is looked for (forward selection), so the second
    word says something that the first does not.

    Parameters
    ----------
    loadings : ndarray of shape (n_items, n_factors)
    titles : ndarray of int
        Positions of the titles that may name a factor: those known well enough.

    Returns
    -------
    list of Ends, one per factor
    """
    names, member = _tags(dataset, titles)
    spread = loadings[titles].std(axis=0)
    standard = (loadings[titles] - loadings[titles].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    bound = float(norm.isf(SIGNIFICANCE / (2 * max(len(names), 1))))
    return [Ends(_words(-column, names, member, bound), _words(column, names, member, bound)) for column in standard.T]


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


def _tags(dataset: Dataset, titles: np.ndarray) -> tuple[list[str], sparse.csr_array]:
    """Names of the tags that have enough titles, and which titles have them: shape (n_tags, len(titles))."""
    columns = ("genres", "keywords", "creators", "cast", "year", "language", "kind")
    found: dict[tuple[str, str], list[int]] = {}
    for row, values in enumerate(dataset.items[list(columns)].iloc[titles].itertuples(index=False)):
        genres, keywords, creators, cast, year, language, kind = values
        own = {("any other", text.lower()) for text in [*genres.split(LIST_SEPARATOR), *keywords.split(LIST_SEPARATOR)]}
        own |= {("person", text) for text in [*creators.split(LIST_SEPARATOR), *cast.split(LIST_SEPARATOR)]}
        own |= {("any other", f"{int(year) // 10 * 10}s") if year == year else ("any other", "")}
        own |= {("any other", "" if language in {"English", "en"} else language), ("any other", _KINDS.get(kind, ""))}
        for tag in own:
            if tag[1]:
                found.setdefault(tag, []).append(row)
    kept = sorted((tag, rows) for tag, rows in found.items() if FEWEST_TITLES[tag[0]] <= len(rows) < len(titles))
    indptr = np.cumsum([0, *(len(rows) for _, rows in kept)])
    indices = np.concatenate([rows for _, rows in kept]) if kept else np.empty(0, int)
    member = sparse.csr_array((np.ones(len(indices)), indices, indptr), shape=(len(kept), len(titles)))
    return [name for (_, name), _ in kept], member
