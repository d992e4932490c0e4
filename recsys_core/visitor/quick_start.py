"""Quick preference elicitation: pick favourites from groups of titles, or choose between the two ends of factors."""

from __future__ import annotations

from itertools import zip_longest
from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans

from recsys_core.data.dataset import Dataset
from recsys_core.data.profile import Profile
from recsys_core.data.ranking import diversify
from recsys_core.factors.labels import LabelWord, label_ends
from recsys_core.fitted import FittedModels

WELL_KNOWN = 400
"""Number of titles with the most raters to choose from; a visitor knows some of them."""
FEWEST_MEMBERS = 3
VARIETY = 0.3
"""Diversity of the titles shown for a group; see :func:`recsys_core.data.ranking.diversify`."""
CANDIDATES = 25
"""Number of titles at each end of a factor from which a set is chosen."""
FEWEST_TITLES = 2
"""Smallest size of a set; one title would ask about that title, not about a taste."""
SIDEWAYS = 0.7
"""Penalty for differences in anything but the factor, per standard deviation."""
BALANCE = 3.0
"""Additional weight of differences in fame and in stars, relative to other factors."""
PULL = 0.25
"""Steering by one answer, a tenth of a standard deviation of the score: the best of the strengths that were tried
(``benchmarks/results/quick_start.md``)."""

NOBODY = Profile(np.empty(0, np.int64), np.empty(0))
"""A visitor without ratings."""


class Group(NamedTuple):
    """Well-known titles that the same people like.

    Attributes
    ----------
    name : str
        The tags that characterise the group, or one of its titles if there are none.
    titles : ndarray of int
        Positions of the titles to show, best known first.
    n_members : int
        Number of well-known titles in the group.
    """

    name: str
    titles: np.ndarray
    n_members: int


class Pair(NamedTuple):
    """Two sets of titles (positions) of equal size at the two ends of one factor.

    ``stable`` tells whether a sample of other users would have given the same factor.
    """

    factor: int
    low: np.ndarray
    high: np.ndarray
    stable: bool


def best_known(dataset: Dataset, n: int = WELL_KNOWN) -> np.ndarray:
    """Return the positions of the ``n`` titles with the most raters, most first, without unrated titles."""
    order = dataset.by_popularity[:n]
    return order[dataset.raters[order] > 0]


def groups(fitted: FittedModels, n_groups: int = 6, n_titles: int = 6, *, random_state: int = 0) -> list[Group]:
    """Group well-known titles, so that a visitor can pick favourites from each group.

    The groups are found by k-means over the titles' factors, scaled to length one. Their squared distances are then
    ``2 - 2 · cosine``, so the direction of the factors counts and not their length. A group is named by the tags whose
    titles are closest to its centre, by the statistic of :func:`recsys_core.factors.labels.label_ends`. The titles to
    show are its best-known ones, different in content, shows and movies in turn.

    Returns
    -------
    list of Group
        The group with the best-known title first; fewer than ``n_groups`` if there are few titles, none in a data set
        without ratings.

    References
    ----------
    Chang, Harper & Terveen (2015), "Using groups of items for preference elicitation in recommender systems".
    """
    known = best_known(fitted.dataset)
    if not len(fitted.factors) or not len(known):
        return []
    loadings = fitted.factors.loadings[known]
    unit = loadings / np.maximum(np.linalg.norm(loadings, axis=1, keepdims=True), 1e-12)
    possible = min(n_groups, len(known) // FEWEST_MEMBERS, len(np.unique(unit, axis=0)))
    found = KMeans(max(1, possible), n_init=10, random_state=random_state).fit(unit)
    centres = found.cluster_centers_ / np.maximum(np.linalg.norm(found.cluster_centers_, axis=1, keepdims=True), 1e-12)
    nearness = np.zeros((fitted.dataset.n_items, len(centres)))
    nearness[known] = unit @ centres.T
    words = [ends.high for ends in label_ends(nearness, fitted.dataset, known)]
    result: list[Group] = []
    for group in dict.fromkeys(found.labels_.tolist()):  # in the order of their best-known titles
        members = known[found.labels_ == group]
        central = members[nearness[members, group] >= np.quantile(nearness[members, group], 1 / 3)]
        titles = _various(fitted, central if len(central) >= n_titles else members, n_titles)
        best = fitted.dataset.title(int(titles[0])).title
        result.append(Group(_name(words[group], best, [other.name for other in result]), titles, len(members)))
    return result


def pairs(fitted: FittedModels, n_pairs: int = 5, n_titles: int = 5) -> list[Pair]:
    """Build pairs of title sets; choosing between the sets of a pair locates a visitor on one factor.

    Each pair asks about one factor: first the stable factors that explain most, then the most stable of the others. The
    candidates for a set are well-known titles that are extreme on the factor and average on all others,
    ``z_f - rms(z_others)``. Titles are added two at a time, one at each end, so that the sum ``s`` of the differences
    points along the factor only: each time the two that maximise

        s_f - SIDEWAYS · |s_others|

    Fame, ``log(raters)``, and the mean stars are among the others: choices would otherwise drift to popular titles (Graus
    & Willemsen), and if one set is simply better, nearly everyone chooses it, which says nothing about taste. All values
    are in standard deviations over the well-known titles. No title is shown twice.

    Returns
    -------
    list of Pair
        Fewer than ``n_pairs`` if there are few factors or titles, none in a data set without ratings.

    References
    ----------
    Loepp, Hussein & Ziegler (2014), "Choice-based preference elicitation for collaborative filtering recommender systems".
    Graus & Willemsen (2015), "Improving the user experience during cold start through choice-based preference elicitation".
    """
    view, known = fitted.factors, best_known(fitted.dataset)
    steady = [factor for factor in range(len(view)) if view.stable[factor]]
    others = sorted(set(range(len(view))) - set(steady), key=lambda factor: -view.stability[factor])
    asked = [*steady, *others][:n_pairs]
    if not asked:
        return []
    fame = np.log(np.maximum(fitted.dataset.raters, 1.0))
    values = np.column_stack([view.loadings, fame, fitted.hybrid.predict(NOBODY)])
    values = (values - values[known].mean(axis=0)) / np.maximum(values[known].std(axis=0), 1e-12)
    values[:, -2:] *= BALANCE
    n = min(n_titles, max(FEWEST_TITLES, len(known) // (2 * len(asked))))
    found: list[Pair] = []
    for factor in asked:
        if len(known) < 2 * n:
            break
        low, high = _opposed(values[known], factor, n)
        found.append(Pair(factor, known[low], known[high], factor in steady))
        known = np.delete(known, [*low, *high])
    return found


def _opposed(values: np.ndarray, factor: int, n: int) -> tuple[list[int], list[int]]:
    """Return the rows of ``n`` titles at the low and ``n`` at the high end that differ in the factor and little else."""
    others = np.arange(values.shape[1]) != factor
    sideways = np.sqrt((values[:, others] ** 2).mean(axis=1))
    half = min(CANDIDATES, len(values) // 2)
    by_end = np.argsort(values[:, factor], kind="stable")
    lower, upper = by_end[: len(values) // 2], by_end[len(values) // 2 :]
    lower = lower[np.argsort((values[:, factor] + sideways)[lower], kind="stable")][:half]
    upper = upper[np.argsort((sideways - values[:, factor])[upper], kind="stable")][:half]
    difference = values[upper][None, :, :] - values[lower][:, None, :]
    total = np.zeros(values.shape[1])
    low: list[int] = []
    high: list[int] = []
    for _ in range(n):
        sums = total + difference
        worth = sums[:, :, factor] - SIDEWAYS * np.linalg.norm(sums[:, :, others], axis=2)
        worth[low, :] = worth[:, high] = -np.inf
        one, other = np.unravel_index(int(worth.argmax()), worth.shape)
        low.append(int(one))
        high.append(int(other))
        total = sums[one, other]
    return lower[low].tolist(), upper[high].tolist()


def _various(fitted: FittedModels, members: np.ndarray, n: int) -> np.ndarray:
    """Choose well-known titles of a group (positions, best known first), different in content, the kinds in turn."""
    kinds = np.array([fitted.dataset.title(int(position)).kind for position in members])
    fame = np.log1p(fitted.dataset.raters)
    by_kind = []
    for kind in dict.fromkeys(kinds.tolist()):
        best_known = members[kinds == kind][: 4 * n]
        by_kind.append(diversify(best_known, fame, fitted.features, n, VARIETY).tolist())
    mixed = [position for one_of_each in zip_longest(*by_kind) for position in one_of_each if position is not None]
    return np.array(mixed[:n], dtype=np.int64)


def _name(words: tuple[LabelWord, ...], best: str, taken: list[str]) -> str:
    """Return the group's first two words; its best-known title is used if there are none, or added if the name is taken."""
    text = ", ".join(word.text for word in words[:2])
    name = text[:1].upper() + text[1:]
    if not name:
        return f"Like {best}"
    return f"{name}, like {best}" if name in taken else name
