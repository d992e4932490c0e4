"""Lesson 10: the project's own metrics on a list that one can check on paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.common import metrics
from recsys_core.evaluation import splits
from recsys_core.lessons import series
from recsys_core.lessons.toys import RIGHT_ORDER, TEN, TEN_RELEVANT, TRUE_STARS, WRONG_FIRST


def ndcg(hits: np.ndarray) -> float:
    return metrics.ndcg_at_k(hits, 10, TEN_RELEVANT)


def one_up(rank: int) -> np.ndarray:
    """The list after the title at this rank, from 1, has moved up one place."""
    hits = TEN.copy()
    hits[[rank - 2, rank - 1]] = TEN[[rank - 1, rank - 2]]
    return hits


def test_the_list_of_ten():
    assert metrics.precision_at_k(TEN, 10) == 0.4
    assert metrics.recall_at_k(TEN, 10, TEN_RELEVANT) == pytest.approx(0.3333, abs=0.0005)
    assert metrics.average_precision_at_k(TEN, 10, TEN_RELEVANT) == pytest.approx(0.1995, abs=0.0005)
    assert ndcg(TEN) == pytest.approx(0.3859, abs=0.0005)
    assert metrics.reciprocal_rank(TEN) == 0.5
    assert metrics.hit_rate_at_k(TEN, 10) == 1


def test_the_same_hits_elsewhere():
    assert ndcg(np.sort(TEN)[::-1]) == pytest.approx(0.5638, abs=0.0005)
    assert ndcg(np.sort(TEN)) == pytest.approx(0.2727, abs=0.0005)
    assert ndcg(one_up(2)) == pytest.approx(0.4671, abs=0.0005)
    assert ndcg(one_up(10)) == pytest.approx(0.3885, abs=0.0005)


@pytest.mark.parametrize("rank", range(2, 11))
def test_precision_and_recall_do_not_see_the_order(rank: int):
    assert metrics.precision_at_k(one_up(rank), 10) == 0.4
    assert metrics.recall_at_k(one_up(rank), 10, TEN_RELEVANT) == 4 / 12


def test_only_the_first_two_ranks_change_the_reciprocal_rank():
    assert [rank for rank in range(2, 11) if metrics.reciprocal_rank(one_up(rank)) != 0.5] == [2]


def test_a_list_may_have_recall_one_and_bad_ndcg():
    last = np.arange(10) == 9
    assert metrics.recall_at_k(last, 10, 1) == 1
    assert metrics.ndcg_at_k(last, 10, 1) == pytest.approx(1 / np.log2(11))


def test_the_smaller_error_in_stars_may_go_with_the_wrong_order():
    assert metrics.rmse(RIGHT_ORDER - TRUE_STARS) == pytest.approx(1.2728, abs=0.0005)
    assert metrics.rmse(WRONG_FIRST - TRUE_STARS) == pytest.approx(0.3795, abs=0.0005)
    assert np.argsort(-RIGHT_ORDER).tolist() == np.argsort(-TRUE_STARS).tolist()
    assert np.argsort(-WRONG_FIRST).tolist() == [1, 0, 2, 3, 4]


def test_a_thousand_ratings_tell_two_hundredths_of_a_star(showcase_data: Dataset):
    train, test, _ = splits.by_pairs(splits.ratings_frame(showcase_data.sample_users(600)))

    def errors(part: pd.DataFrame) -> np.ndarray:
        asked = part["rating"].to_numpy()
        return series.means_of(train["item_id"].to_numpy(str), train["rating"].to_numpy(), part["item_id"].to_numpy(str)) - asked

    rng, all_errors = np.random.default_rng(0), errors(test)
    found = [metrics.rmse(rng.choice(all_errors, 1000, replace=False)) for _ in range(300)]
    assert np.std(found) == pytest.approx(0.02, abs=0.005)
