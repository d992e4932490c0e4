"""Evaluation metrics on plain arrays.

Relevance is binary. A ranked list is given as ``hits``, a bool array with the best rank first: is the title at that rank
relevant? The metrics of one list lie in [0, 1]; a list shorter than ``k`` counts as if its missing ranks were misses.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize

# --- rating prediction ---------------------------------------------------------------------------------------------


def rmse(errors: np.ndarray) -> float:
    """Return the root mean squared error ``√(mean e²)``, in stars.

    Large errors weigh more than in :func:`mae`. It was the measure of the Netflix Prize (2006).

    >>> rmse(np.array([0.0, 0.0, 2.0, 0.0]))
    1.0
    """
    return float(np.sqrt(np.mean(np.square(errors))))


def mae(errors: np.ndarray) -> float:
    """Return the mean absolute error ``mean |e|``, in stars.

    >>> mae(np.array([0.0, 0.0, 2.0, 0.0]))
    0.5

    References
    ----------
    Breese, Heckerman & Kadie (1998), "Empirical analysis of predictive algorithms for collaborative filtering".
    """
    return float(np.mean(np.abs(errors)))


# --- one ranked list -----------------------------------------------------------------------------------------------


def precision_at_k(hits: np.ndarray, k: int) -> float:
    """Return the share of the first ``k`` ranks that are hits: ``hits@k / k``.

    >>> precision_at_k(np.array([True, False, True, True]), k=2)
    0.5

    References
    ----------
    Herlocker, Konstan, Terveen & Riedl (2004), "Evaluating collaborative filtering recommender systems".
    """
    return float(hits[:k].sum()) / k


def recall_at_k(hits: np.ndarray, k: int, n_relevant: int) -> float:
    """Return the share of the relevant titles that appear in the first ``k`` ranks: ``hits@k / n_relevant``.

    >>> recall_at_k(np.array([True, False, True, True]), k=2, n_relevant=4)
    0.25

    References
    ----------
    Herlocker, Konstan, Terveen & Riedl (2004), "Evaluating collaborative filtering recommender systems".
    """
    return float(hits[:k].sum()) / n_relevant


def hit_rate_at_k(hits: np.ndarray, k: int) -> float:
    """Return 1 if any of the first ``k`` ranks is a hit, else 0.

    >>> hit_rate_at_k(np.array([False, False, True]), k=2)
    0.0

    References
    ----------
    Deshpande & Karypis (2004), "Item-based top-N recommendation algorithms".
    """
    return float(hits[:k].any())


def average_precision_at_k(hits: np.ndarray, k: int, n_relevant: int) -> float:
    """Return the mean precision at the ranks of the hits; averaged over users it is MAP@k.

        Σ_{r ≤ k, hit at r} precision@r / min(k, n_relevant)

    It is 1 if and only if every rank that could be a hit is one.

    >>> average_precision_at_k(np.array([True, False, True]), k=3, n_relevant=2)  # (1/1 + 2/3) / 2
    0.8333333333333333

    References
    ----------
    Manning, Raghavan & Schütze (2008), "Introduction to information retrieval", section 8.4.
    """
    first = hits[:k]
    precisions = np.cumsum(first) / np.arange(1, len(first) + 1)
    return float(precisions[first].sum()) / min(k, n_relevant)


def ndcg_at_k(hits: np.ndarray, k: int, n_relevant: int) -> float:
    """Return the normalised discounted cumulative gain with binary gains.

    ``Σ_{r ≤ k, hit at r} 1 / log₂(r + 1)``, divided by the same sum for the ideal list, whose first
    ``min(k, n_relevant)`` ranks are hits.

    >>> ndcg_at_k(np.array([True, True, False]), k=3, n_relevant=2)
    1.0
    >>> ndcg_at_k(np.array([False, False, True]), k=3, n_relevant=1)  # 1 / log2(4)
    0.5

    References
    ----------
    Järvelin & Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques".
    """
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    first = hits[:k]
    return float(discounts[: len(first)][first].sum() / discounts[: min(k, n_relevant)].sum())


def rarity_gain(raters: np.ndarray) -> np.ndarray:
    """Return the gain of each title in :func:`stratified_ndcg_at_k`, ``1 / √(raters + 1)``, shape of ``raters``.

    Which ratings are held out depends on what people chose to rate, and they rate what is famous: ratings are missing not at
    random. A hit on a title that few have rated therefore stands for more people who would like it.

    >>> rarity_gain(np.array([0, 3, 99]))
    array([1. , 0.5, 0.1])

    References
    ----------
    Steck (2011), "Item popularity and recommendation accuracy" (stratified recall).
    """
    return np.asarray(1.0 / np.sqrt(raters + 1.0))


def stratified_ndcg_at_k(hit_gains: np.ndarray, k: int, relevant_gains: np.ndarray) -> float:
    """Return popularity-stratified NDCG: :func:`ndcg_at_k` in which a hit counts :func:`rarity_gain` instead of 1.

    Parameters
    ----------
    hit_gains : ndarray of shape (n_listed,)
        The gain of each rank, best rank first; 0 where it is no hit.
    relevant_gains : ndarray of shape (n_relevant,)
        The gains of all relevant titles. The ideal list has the largest first.

    Examples
    --------
    The list found the better-known one of two relevant titles at rank 1:

    >>> stratified_ndcg_at_k(np.array([0.1, 0.0]), k=1, relevant_gains=np.array([0.1, 0.5]))
    0.2
    """
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    first, ideal = hit_gains[:k], np.sort(relevant_gains)[::-1][:k]
    return float(discounts[: len(first)] @ first / (discounts[: len(ideal)] @ ideal))


def reciprocal_rank(hits: np.ndarray) -> float:
    """Return ``1 / rank`` of the first hit, 0 without one; averaged over users it is the MRR.

    >>> reciprocal_rank(np.array([False, True, True]))
    0.5

    References
    ----------
    Voorhees (1999), "The TREC-8 question answering track report".
    """
    ranks = np.flatnonzero(hits)
    return 1.0 / (int(ranks[0]) + 1) if len(ranks) else 0.0


def intra_list_diversity(titles: np.ndarray, features: sparse.csr_array | np.ndarray) -> float:
    """Return the mean of ``1 - cosine`` over all pairs of a list; NaN for fewer than two titles.

    Parameters
    ----------
    titles : ndarray of int, shape (n_listed,)
        Positions.
    features : matrix of shape (n_items, n_features)
        Content features, not ratings. A title without features has a cosine of 0 with every other.

    Examples
    --------
    >>> intra_list_diversity(np.array([0, 1]), np.array([[1.0, 0.0], [0.0, 1.0]]))
    1.0

    References
    ----------
    Ziegler, McNee, Konstan & Lausen (2005), "Improving recommendation lists through topic diversification".
    """
    n = len(titles)
    if n < 2:
        return float("nan")
    rows = normalize(sparse.csr_array(features[titles]))
    total = np.asarray(rows.sum(axis=0)).ravel()
    squares = float(rows.multiply(rows).sum())  # ‖Σ x‖² = Σ ‖x‖² + the sum over all ordered pairs
    return 1.0 - (float(total @ total) - squares) / (n * (n - 1))


def novelty(titles: np.ndarray, raters: np.ndarray, n_users: int) -> float:
    """Return the mean self-information ``-log₂(raters / n_users)`` in bits; NaN for an empty list.

    A title that every user rated has 0 bits. One that nobody rated counts as if it had a single rater.

    >>> novelty(np.array([0, 1]), raters=np.array([8, 2]), n_users=8)  # (0 + 2) / 2
    1.0

    References
    ----------
    Zhou, Kuscsik, Liu, Medo, Wakeling & Zhang (2010), "Solving the apparent diversity-accuracy dilemma of recommender systems".
    """
    if not len(titles):
        return float("nan")
    return float(np.mean(-np.log2(np.maximum(raters[titles], 1) / n_users)))


# --- all lists together --------------------------------------------------------------------------------------------


def catalogue_coverage(exposure: np.ndarray) -> float:
    """Return the share of the catalogue that appears in at least one list.

    Parameters
    ----------
    exposure : ndarray of int, shape (n_items,)
        Number of lists in which each title appears; see :func:`count_exposure`.

    Examples
    --------
    >>> catalogue_coverage(np.array([3, 0, 1, 0]))
    0.5

    References
    ----------
    Ge, Delgado-Battenfeld & Jannach (2010), "Beyond accuracy: evaluating recommender systems by coverage and serendipity".
    """
    return float(np.mean(exposure > 0))


def gini(exposure: np.ndarray) -> float:
    """Return the Gini coefficient of exposure: 0 if all titles are listed equally often, towards 1 if one takes all.

    ``Σ_i (2i - n - 1) x_i / (n Σ x)`` with x ascending and i from 1. NaN if nothing is listed.

    >>> gini(np.array([2, 2, 2, 2]))
    0.0
    >>> gini(np.array([0, 0, 0, 8]))
    0.75

    References
    ----------
    Fleder & Hosanagar (2009), "Blockbuster culture's next rise or fall".
    """
    ascending = np.sort(np.asarray(exposure, dtype=np.float64))
    n, total = len(ascending), ascending.sum()
    if total == 0:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ ascending / (n * total))


def count_exposure(lists: Sequence[np.ndarray], n_items: int) -> np.ndarray:
    """Count the lists in which each title appears, shape (n_items,).

    >>> count_exposure([np.array([0, 2]), np.array([2])], n_items=3)
    array([1, 0, 2])
    """
    return np.bincount(np.concatenate(lists), minlength=n_items) if lists else np.zeros(n_items, dtype=np.int64)


def popularity_lift(listed: np.ndarray, profile: np.ndarray) -> float:
    """Return how much more popular the listed titles are than those in the users' profiles.

    ``mean listed / mean profile``: at 1 the lists are as popular as the profiles, above 1 more so. The ΔGAP of the paper
    is this minus 1.

    Parameters
    ----------
    listed, profile : ndarray of shape (n_users,)
        Mean number (or share) of raters of the titles that each user was recommended, and of those that they rated.

    Examples
    --------
    >>> popularity_lift(np.array([30.0, 50.0]), np.array([10.0, 30.0]))
    2.0

    References
    ----------
    Abdollahpouri, Mansoury, Burke & Mobasher (2019), "The unfairness of popularity bias in recommendation".
    """
    return float(np.mean(listed) / np.mean(profile))


PERSISTENCE = 0.9
"""The reader model of :func:`rank_biased_overlap`: nine of ten readers who look at a rank look at the next one too."""


def rank_biased_overlap(first: Collection[str], second: Collection[str], persistence: float = PERSISTENCE) -> float:
    """Return the similarity of two ranked lists: 1 for the same titles in the same order, 0 for nothing in common.

    The extrapolated form of rank-biased overlap: with A_d the share of titles that the first d ranks of both lists have
    in common, k the depth of the lists and p the ``persistence``,

        RBO = A_k · p^k + (1 - p) / p · Σ_{d=1..k} A_d · p^d

    A reader goes on from one rank to the next with probability p, so upper ranks count more: with p = 0.9 the
    first ten have 86 % of the weight. Two empty lists are equal.

    Parameters
    ----------
    first, second : ordered collections of ids without repetition
        If one is shorter, ``A_d = 2 · common / (titles in the first d ranks of both lists together)``.
    persistence : float, above 0 and below 1

    Examples
    --------
    >>> rank_biased_overlap(["a", "b"], ["a", "b"])
    1.0
    >>> round(rank_biased_overlap(["a", "b"], ["b", "a"]), 2)  # A_1 = 0, A_2 = 1
    0.9
    >>> rank_biased_overlap(["a", "b"], ["c", "d"])
    0.0

    References
    ----------
    Webber, Moffat & Zobel (2010), "A similarity measure for indefinite rankings".
    """
    depth = max(len(first), len(second))
    if not depth:
        return 1.0
    rank_in_first = {item_id: rank for rank, item_id in enumerate(first)}
    # A title is common to both lists from the deeper one of its two ranks on.
    met = [max(rank_in_first[item_id], rank) for rank, item_id in enumerate(second) if item_id in rank_in_first]
    ranks = np.arange(1, depth + 1)
    common = np.cumsum(np.bincount(np.array(met, dtype=np.int64), minlength=depth))
    agreement = 2.0 * common / (np.minimum(ranks, len(first)) + np.minimum(ranks, len(second)))
    weights = persistence**ranks
    return float(agreement[-1] * weights[-1] + (1.0 - persistence) / persistence * (agreement @ weights))
