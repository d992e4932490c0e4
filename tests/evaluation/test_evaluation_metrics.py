"""Metrics against sums worked out by hand, and against scikit-learn where it measures the same."""

from __future__ import annotations

from math import log2, sqrt

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import average_precision_score, ndcg_score

from recsys_core.common import metrics

HITS = np.array([False, True, True, False, True, False])  # relevant at the ranks 2, 3 and 5; n_relevant is said apart
NONE = np.zeros(6, dtype=bool)
ALL = np.ones(3, dtype=bool)
EMPTY = np.empty(0, dtype=bool)


def test_star_errors_by_hand():
    errors = np.array([1.0, -2.0, 0.0, 2.0])
    assert metrics.rmse(errors) == pytest.approx(1.5)  # √((1 + 4 + 0 + 4) / 4)
    assert metrics.mae(errors) == pytest.approx(1.25)  # (1 + 2 + 0 + 2) / 4


def test_precision_and_recall_by_hand():
    assert metrics.precision_at_k(HITS, 4) == pytest.approx(2 / 4)
    assert metrics.precision_at_k(HITS, 10) == pytest.approx(3 / 10)  # a short list is filled up with misses
    assert metrics.recall_at_k(HITS, 4, 8) == pytest.approx(2 / 8)
    assert metrics.recall_at_k(HITS, 6, 3) == 1.0


def test_average_precision_by_hand():
    # precisions at the hits: 1/2 at rank 2, 2/3 at rank 3, 3/5 at rank 5
    assert metrics.average_precision_at_k(HITS, 6, 4) == pytest.approx((1 / 2 + 2 / 3 + 3 / 5) / 4)
    assert metrics.average_precision_at_k(HITS, 3, 4) == pytest.approx((1 / 2 + 2 / 3) / 3)  # at most 3 of the 4 fit in


def test_ndcg_by_hand():
    # ranks 2, 3, 5 give 1/log2(3) + 1/log2(4) + 1/log2(6); ideal with 4 relevant: ranks 1 to 4
    ideal = 1 + 1 / log2(3) + 1 / 2 + 1 / log2(5)
    assert metrics.ndcg_at_k(HITS, 6, 4) == pytest.approx((1 / log2(3) + 1 / 2 + 1 / log2(6)) / ideal)
    # cut at 2: the hit at rank 2, against an ideal of 2 hits although 4 are relevant
    assert metrics.ndcg_at_k(HITS, 2, 4) == pytest.approx((1 / log2(3)) / (1 + 1 / log2(3)))


def test_hit_and_rank_by_hand():
    assert [metrics.hit_rate_at_k(HITS, k) for k in (1, 2, 6)] == [0.0, 1.0, 1.0]
    assert metrics.reciprocal_rank(HITS) == 1 / 2
    assert metrics.reciprocal_rank(ALL) == 1.0
    assert metrics.reciprocal_rank(NONE) == metrics.reciprocal_rank(EMPTY) == 0.0


@pytest.mark.parametrize("hits", [NONE, EMPTY])
def test_lists_without_a_hit_are_worth_nothing(hits: np.ndarray):
    assert metrics.precision_at_k(hits, 5) == metrics.recall_at_k(hits, 5, 3) == metrics.hit_rate_at_k(hits, 5) == 0.0
    assert metrics.average_precision_at_k(hits, 5, 3) == metrics.ndcg_at_k(hits, 5, 3) == 0.0


@pytest.mark.parametrize("n_relevant", [3, 50])
def test_a_list_of_hits_is_perfect(n_relevant: int):
    assert metrics.ndcg_at_k(ALL, 3, n_relevant) == pytest.approx(1.0)
    assert metrics.average_precision_at_k(ALL, 3, n_relevant) == pytest.approx(1.0)


def test_fewer_relevant_than_places_can_still_be_perfect():
    hits = np.array([True, True, False, False, False])
    assert metrics.ndcg_at_k(hits, 5, 2) == pytest.approx(1.0)
    assert metrics.average_precision_at_k(hits, 5, 2) == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(20))
def test_as_scikit_learn_has_it(seed: int):
    rng = np.random.default_rng(seed)
    relevant = rng.random(40) < 0.3
    relevant[rng.integers(40)] = True
    scores = rng.permutation(40).astype(float)  # no ties: scikit-learn averages over them
    hits = relevant[np.argsort(-scores)]
    n = int(relevant.sum())
    for k in (1, 5, 10, 40):
        assert metrics.ndcg_at_k(hits, k, n) == pytest.approx(ndcg_score([relevant.astype(int)], [scores], k=k))
    assert metrics.average_precision_at_k(hits, 40, n) == pytest.approx(average_precision_score(relevant, scores))


# --- beyond accuracy -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_diversity_by_hand(kind: type):
    # cosines: (0, 1) = 1 whatever the lengths, (0, 2) = (1, 2) = 0, (0, 3) = (1, 3) = √½, (2, 3) = √½
    features = kind(np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 2.0], [1.0, 1.0], [0.0, 0.0]]))
    assert metrics.intra_list_diversity(np.array([0, 1]), features) == pytest.approx(0.0)
    assert metrics.intra_list_diversity(np.array([0, 2]), features) == pytest.approx(1.0)
    assert metrics.intra_list_diversity(np.array([0, 1, 2]), features) == pytest.approx(2 / 3)
    assert metrics.intra_list_diversity(np.array([3, 0, 2]), features) == pytest.approx(1 - 2 * sqrt(0.5) / 3)
    assert metrics.intra_list_diversity(np.array([0, 4]), features) == pytest.approx(1.0)  # a title without features
    assert np.isnan(metrics.intra_list_diversity(np.array([0]), features))


def test_novelty_by_hand():
    raters = np.array([8, 4, 1, 0])
    # of 8 people: all rated the first (0 bits), half the second (1 bit), one the third (3 bits)
    assert metrics.novelty(np.array([0, 1, 2]), raters, 8) == pytest.approx((0 + 1 + 3) / 3)
    assert metrics.novelty(np.array([3]), raters, 8) == 3.0
    assert np.isnan(metrics.novelty(np.empty(0, dtype=int), raters, 8))


def test_coverage_and_exposure_by_hand():
    exposure = metrics.count_exposure([np.array([0, 3]), np.array([3, 1])], 5)
    assert exposure.tolist() == [1, 1, 0, 2, 0]
    assert metrics.catalogue_coverage(exposure) == 3 / 5
    assert metrics.count_exposure([], 2).tolist() == [0, 0]


def test_gini_by_hand():
    assert metrics.gini(np.array([3, 3, 3, 3])) == pytest.approx(0.0)
    assert metrics.gini(np.array([0, 8, 0, 0])) == pytest.approx(3 / 4)  # one takes all: (n - 1) / n
    # ascending 1, 3: weights -1 and 1, so (3 - 1) / (2 · 4)
    assert metrics.gini(np.array([3, 1])) == pytest.approx(1 / 4)
    assert np.isnan(metrics.gini(np.zeros(3)))


def test_gini_is_half_the_relative_mean_difference():
    values = np.random.default_rng(0).integers(0, 50, 30).astype(float)
    assert metrics.gini(values) == pytest.approx(np.abs(values[:, None] - values).mean() / (2 * values.mean()))


def test_popularity_lift_by_hand():
    # lists hold titles with 6 raters on average, profiles with 4; the mean of the single ratios would be 7/3
    assert metrics.popularity_lift(np.array([8.0, 4.0]), np.array([2.0, 6.0])) == pytest.approx(1.5)
    assert metrics.popularity_lift(np.array([8.0, 6.0]), np.array([2.0, 6.0])) == pytest.approx(7 / 4)
