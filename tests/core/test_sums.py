"""Sums over blocks are the same as over the whole, bit for bit, however it is cut."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core.common.sums import sums_at


@pytest.mark.parametrize("cuts", [[1], [7, 40_000], [10_000, 20_000, 30_000, 99_999]])
def test_blocks_add_up_to_the_whole(cuts: list[int]):
    rng = np.random.default_rng(0)
    places, values = rng.integers(0, 50, 100_000), rng.normal(size=100_000)
    whole = sums_at(places, values, 50).sum(axis=0)
    blocks = zip(np.split(places, cuts), np.split(values, cuts), strict=True)
    np.testing.assert_array_equal(sum(sums_at(*block, 50) for block in blocks).sum(axis=0), whole)
    np.testing.assert_allclose(whole, np.bincount(places, values, 50), rtol=1e-12, atol=1e-12)
    plain = sum(np.bincount(at, value, 50) for at, value in zip(np.split(places, cuts), np.split(values, cuts), strict=True))
    assert (plain != np.bincount(places, values, 50)).any()  # what it is for
