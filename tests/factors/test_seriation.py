"""Rows that are alike stand together."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core.factors.seriation import alike_together, alike_together_in_turn


def test_two_camps_are_not_mixed():
    rng = np.random.default_rng(0)
    camps = np.tile([0, 1], 10)
    rows = np.where(camps[:, None] == 1, 5.0, -5.0) + rng.normal(size=(20, 4))
    order = alike_together(rows)
    assert sorted(order) == list(range(20))
    assert (np.diff(camps[order]) != 0).sum() == 1  # from one camp to the other once


def test_a_line_is_walked_from_one_end_to_the_other():
    line = np.random.default_rng(1).permutation(12)
    order = line[alike_together(line[:, None].astype(float))]
    assert order.tolist() in (list(range(12)), list(range(11, -1, -1)))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_rows_stay_as_they_are(n: int):
    assert alike_together(np.zeros((n, 3))).tolist() == list(range(n))


def test_one_group_after_the_other_each_with_the_alike_side_by_side():
    rows = np.array([[0.0], [5.0], [0.1], [5.1], [9.0], [0.2]])
    first = np.array([True, True, True, True, False, False])
    order = alike_together_in_turn(rows, first).tolist()
    assert sorted(order[:4]) == [0, 1, 2, 3]
    assert abs(order.index(0) - order.index(2)) == abs(order.index(1) - order.index(3)) == 1
    assert sorted(alike_together_in_turn(rows, np.zeros(6, dtype=bool)).tolist()) == list(range(6))
