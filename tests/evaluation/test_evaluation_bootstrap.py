"""Intervals: the right figure in the middle, the right width, users as the unit; and calibration tables."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core.evaluation.bootstrap import (
    bootstrap,
    mean_interval,
    paired_difference,
    paired_ratio,
    ratio_interval,
    rmse_interval,
)
from recsys_core.evaluation.calibration import calibration_table, interval_coverage


def test_the_mean_and_its_usual_width():
    values = np.random.default_rng(1).normal(10.0, 2.0, 400)
    interval = mean_interval(values)
    assert interval.value == pytest.approx(values.mean())
    half = 1.96 * values.std() / np.sqrt(400)  # what the normal approximation says
    assert interval.low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.15 * half)


def test_it_holds_as_often_as_it_promises():
    rng = np.random.default_rng(2)
    inside = [interval.low <= 0.3 <= interval.high for interval in (mean_interval((rng.random(150) < 0.3) * 1.0) for _ in range(300))]
    assert 0.90 <= np.mean(inside) <= 0.985


def test_equal_values_have_no_width():
    assert mean_interval(np.full(7, 0.25)) == (0.25, 0.25, 0.25)


def test_seeded():
    values = np.random.default_rng(0).random(50)
    assert mean_interval(values) == mean_interval(values)
    assert mean_interval(values, seed=1) != mean_interval(values)


def test_many_users_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch):
    values = np.random.default_rng(0).random(50)
    whole = mean_interval(values)
    monkeypatch.setattr("recsys_core.evaluation.bootstrap._CELLS", 730)  # seven resamples of 50 users at once
    assert mean_interval(values) == pytest.approx(whole)


def test_users_without_a_value_are_left_out():
    values = np.array([1.0, np.nan, 3.0])
    assert mean_interval(values).value == 2.0
    assert not np.isnan(mean_interval(values)).any()


def test_nobody_gives_nan():
    assert np.isnan(mean_interval(np.empty(0))).all()
    assert np.isnan(rmse_interval(np.empty(0), np.empty(0))).all()


def test_rmse_is_pooled_over_ratings_not_averaged_over_users():
    # one user with 9 ratings without error, one with a single rating and an error of 2: √(4 / 10), not (0 + 2) / 2
    assert rmse_interval(np.array([0.0, 4.0]), np.array([9.0, 1.0])).value == pytest.approx(np.sqrt(0.4))


def test_users_are_the_unit():
    """A hundred users whose 50 errors each are all alike know no more than a hundred errors."""
    user_errors = np.random.default_rng(3).normal(0, 1, 100) ** 2
    once, often = mean_interval(user_errors), ratio_interval(50 * user_errors, np.full(100, 50.0))
    assert often == pytest.approx(once)


def test_pairs_tell_apart_what_single_intervals_cannot():
    rng = np.random.default_rng(4)
    hard = rng.random(200)  # how easy a user is, for both models
    better, worse = hard + 0.02 + rng.normal(0, 0.01, 200), hard + rng.normal(0, 0.01, 200)
    assert mean_interval(better).low < mean_interval(worse).high
    difference, ratio = paired_difference(better, worse), paired_ratio(better, worse)
    assert difference.value == pytest.approx(better.mean() - worse.mean())
    assert 0 < difference.low < 0.02 < difference.high < 0.03
    assert ratio.value == pytest.approx(better.mean() / worse.mean())
    assert 1 < ratio.low < ratio.high


def test_pairs_leave_out_who_has_only_one_value():
    assert paired_difference(np.array([1.0, np.nan, 5.0]), np.array([0.0, 9.0, np.nan])).value == 1.0


def test_the_difference_of_two_rmse():
    ours, theirs, counts = np.array([1.0, 8.0]), np.array([4.0, 12.0]), np.array([1.0, 8.0])
    assert paired_difference(ours, theirs, counts, root=True).value == pytest.approx(1 - 4 / 3)  # √(9/9) - √(16/9)
    assert paired_ratio(ours, theirs, root=True).value == pytest.approx(3 / 4)  # √(9/16)


def test_a_model_does_not_differ_from_itself():
    values = np.random.default_rng(0).random(30)
    assert paired_difference(values, values) == (0.0, 0.0, 0.0)
    assert paired_ratio(values, values) == (1.0, 1.0, 1.0)


def test_nothing_to_divide_by():
    assert np.isnan(ratio_interval(np.zeros(3), np.zeros(3))).all()
    interval = ratio_interval(np.array([1.0, 0.0]), np.array([1.0, 0.0]))  # a quarter of the draws have no denominator
    assert interval == (1.0, 1.0, 1.0)


def test_level_and_any_statistic():
    columns = np.random.default_rng(0).normal(5, 1, (80, 1))
    narrow, wide = (bootstrap(columns, lambda sums: sums[:, 0], level=level) for level in (0.5, 0.99))
    assert narrow.value == wide.value == pytest.approx(columns.sum())
    assert wide.low < narrow.low < narrow.high < wide.high


# --- calibration ---------------------------------------------------------------------------------------------------


def test_calibration_by_hand():
    predicted = np.array([2.74, 2.75, 3.0, 3.24, 3.25, np.nan, 0.5, 5.0])
    true = np.array([1.0, 3.0, 4.0, 5.0, 2.0, 5.0, 0.5, 4.5])
    table = calibration_table(predicted, true)
    assert table["stars"].tolist() == [0.5, 2.5, 3.0, 3.5, 5.0]
    assert table["n"].tolist() == [1, 1, 3, 1, 1]
    assert table["mean_true"].tolist() == [0.5, 1.0, 4.0, 2.0, 4.5]
    assert table["mean_predicted"].tolist() == pytest.approx([0.5, 2.74, (2.75 + 3.0 + 3.24) / 3, 3.25, 5.0])


def test_calibration_of_nothing():
    assert calibration_table(np.array([np.nan]), np.array([3.0])).empty


def test_coverage_by_hand():
    low, high = np.array([1.0, 2.0, 3.0, np.nan]), np.array([2.0, 3.0, 4.0, 5.0])
    assert interval_coverage(low, high, np.array([2.0, 2.5, 4.5, 3.0])) == pytest.approx(2 / 3)  # the end counts, NaN does not
    assert np.isnan(interval_coverage(low[3:], high[3:], np.array([3.0])))
