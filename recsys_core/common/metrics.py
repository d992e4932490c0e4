"""What is measured. Relevance is binary; a list is given as ``hits``: bool, best first, is the title at that rank relevant?

All metrics of one list lie in [0, 1] and count a list shorter than ``k`` as one whose last places are misses.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize

# --- stars ---------------------------------------------------------------------------------------------------------


def rmse(errors: np.ndarray) -> float:
    """Root mean squared error, in stars: ``√(mean e²)``. Large errors weigh more (the measure of the Netflix Prize, 2006)."""
    return float(np.sqrt(np.mean(np.square(errors))))


def mae(errors: np.ndarray) -> float:
    """Mean absolute error, in stars: ``mean |e|`` (Breese, Heckerman & Kadie 1998)."""
    return float(np.mean(np.abs(errors)))


# --- one ranked list -----------------------------------------------------------------------------------------------


def precision_at_k(hits: np.ndarray, k: int) -> float:
    """Share of the first ``k`` places that hold a relevant title: ``hits@k / k`` (Herlocker et al. 2004)."""
    return float(hits[:k].sum()) / k


def recall_at_k(hits: np.ndarray, k: int, n_relevant: int) -> float:
    """Share of the relevant titles that stand in the first ``k`` places: ``hits@k / n_relevant`` (Herlocker et al. 2004)."""
    return float(hits[:k].sum()) / n_relevant


def hit_rate_at_k(hits: np.ndarray, k: int) -> float:
    """1 if any of the first ``k`` is relevant, else 0 (Deshpande & Karypis 2004)."""
    return float(hits[:k].any())


def average_precision_at_k(hits: np.ndarray, k: int, n_relevant: int) -> float:
    """Mean precision at the ranks of the hits; its mean over users is MAP@k (Manning, Raghavan & Schütze 2008, ch. 8.4).

    ``Σ_{r ≤ k, hit at r} precision@r / min(k, n_relevant)``: 1 exactly if no miss stands before a hit that could be there.
    """
    first = hits[:k]
    precisions = np.cumsum(first) / np.arange(1, len(first) + 1)
    return float(precisions[first].sum()) / min(k, n_relevant)


def ndcg_at_k(hits: np.ndarray, k: int, n_relevant: int) -> float:
    """Normalised discounted cumulative gain with binary gains (Järvelin & Kekäläinen 2002).

    ``Σ_{r ≤ k, hit at r} 1 / log₂(r + 1)``, divided by the same sum for the ideal list, whose first
    ``min(k, n_relevant)`` places are hits.
    """
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    first = hits[:k]
    return float(discounts[: len(first)][first].sum() / discounts[: min(k, n_relevant)].sum())


def reciprocal_rank(hits: np.ndarray) -> float:
    """``1 / rank`` of the first hit, 0 without one; its mean over users is the MRR (Voorhees 1999)."""
    places = np.flatnonzero(hits)
    return 1.0 / (int(places[0]) + 1) if len(places) else 0.0


def intra_list_diversity(titles: np.ndarray, features: sparse.csr_array | np.ndarray) -> float:
    """Mean of ``1 - cosine`` over all pairs of a list (Ziegler et al. 2005); NaN for fewer than two titles.

    Parameters
    ----------
    titles : ndarray of int, shape (n_listed,)
        Positions.
    features : matrix of shape (n_items, n_features)
        Content, not ratings: a title without features is like none.
    """
    n = len(titles)
    if n < 2:
        return float("nan")
    rows = normalize(sparse.csr_array(features[titles]))
    total = np.asarray(rows.sum(axis=0)).ravel()
    themselves = float(rows.multiply(rows).sum())  # ‖Σ x‖² = Σ ‖x‖² + all pairs, both ways round
    return 1.0 - (float(total @ total) - themselves) / (n * (n - 1))


def novelty(titles: np.ndarray, raters: np.ndarray, n_users: int) -> float:
    """Mean self-information in bits, ``-log₂(raters / n_users)`` (Zhou et al. 2010); NaN for an empty list.

    A title that everybody rated has 0 bits; one that nobody rated counts as one with a single rater.
    """
    if not len(titles):
        return float("nan")
    return float(np.mean(-np.log2(np.maximum(raters[titles], 1) / n_users)))


# --- all lists together --------------------------------------------------------------------------------------------


def catalogue_coverage(exposure: np.ndarray) -> float:
    """Share of the titles that occur in any list (Ge, Delgado-Battenfeld & Jannach 2010).

    Parameters
    ----------
    exposure : ndarray of int, shape (n_items,)
        In how many lists each title stands; see :func:`count_exposure`.
    """
    return float(np.mean(exposure > 0))


def gini(exposure: np.ndarray) -> float:
    """Gini coefficient of exposure: 0 if all titles are listed equally often, towards 1 if one takes all (Fleder & Hosanagar 2009).

    ``Σ_i (2i - n - 1) x_i / (n Σ x)`` with x ascending and i from 1. NaN if nothing is listed.
    """
    ascending = np.sort(np.asarray(exposure, dtype=np.float64))
    n, total = len(ascending), ascending.sum()
    if total == 0:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ ascending / (n * total))


def count_exposure(lists: Sequence[np.ndarray], n_items: int) -> np.ndarray:
    """In how many lists each title stands, shape (n_items,)."""
    return np.bincount(np.concatenate(lists), minlength=n_items) if lists else np.zeros(n_items, dtype=np.int64)


def popularity_lift(listed: np.ndarray, profile: np.ndarray) -> float:
    """How much more popular the lists are than what the visitors rated (group popularity, Abdollahpouri et al. 2019).

    ``mean listed / mean profile``: 1 is faithful, above 1 the lists follow the crowd. The paper's ΔGAP is this minus 1.

    Parameters
    ----------
    listed, profile : ndarray of shape (n_users,)
        Mean number (or share) of raters of the titles listed to, and rated by, each user.
    """
    return float(np.mean(listed) / np.mean(profile))


PERSISTENCE = 0.9
"""How far down a list people read, by :func:`rank_biased_overlap`: nine of ten who look at a rank look at the next."""


def rank_biased_overlap(first: Collection[str], second: Collection[str], persistence: float = PERSISTENCE) -> float:
    """How alike two ranked lists are, in [0, 1]: 1 the same in the same order, 0 nothing in common.

    Rank-biased overlap, extrapolated from the depth that is seen (Webber, Moffat & Zobel 2010, "A similarity measure for
    indefinite rankings"): with A_d the share of titles that the first d of both have in common, k the
    depth and p the ``persistence``,

        RBO = A_k · p^k + (1 - p) / p · Σ_{d=1..k} A_d · p^d

    A reader who looks at one rank goes on to the next with the chance p, so upper ranks count more: with p = 0.9 the
    first ten weigh 86 %. Two empty lists are alike.

    Parameters
    ----------
    first, second : ordered collections of ids without repetition
        Where one is shorter, ``A_d = 2 · common / (titles that the first d of both have)``.
    persistence : float, above 0 and below 1
    """
    depth = max(len(first), len(second))
    if not depth:
        return 1.0
    place = {item_id: rank for rank, item_id in enumerate(first)}
    met = [max(place[item_id], rank) for rank, item_id in enumerate(second) if item_id in place]
    ranks = np.arange(1, depth + 1)
    common = np.cumsum(np.bincount(np.array(met, dtype=np.int64), minlength=depth))
    agreement = 2.0 * common / (np.minimum(ranks, len(first)) + np.minimum(ranks, len(second)))
    weights = persistence**ranks
    return float(agreement[-1] * weights[-1] + (1.0 - persistence) / persistence * (agreement @ weights))
