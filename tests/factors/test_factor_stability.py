"""Stability: factors that any audience would give are told from those of this audience alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys_core import Engine
from recsys_core.factors.stability import matched, stability


def test_the_same_factors_in_another_order_and_turned_round_are_found():
    loadings = np.random.default_rng(0).normal(size=(200, 4))
    np.testing.assert_allclose(matched(loadings, -3.0 * loadings[:, [2, 0, 3, 1]] + 1.0), 1.0)


def test_noise_is_not_found():
    rng = np.random.default_rng(1)
    assert (matched(rng.normal(size=(500, 5)), rng.normal(size=(500, 5))) < 0.2).all()


def test_each_is_matched_once():
    base, other = (np.random.default_rng(seed).normal(size=300) for seed in (2, 3))
    alike = sorted(matched(np.column_stack([base, base]), np.column_stack([base, other])).tolist())
    assert alike[1] == pytest.approx(1.0)  # one of the twins takes the copy
    assert alike[0] == pytest.approx(abs(np.corrcoef(base, other)[0, 1]), abs=0.02)  # the other has to take what is left


def test_a_factor_without_partner_and_a_constant_one():
    loadings = np.random.default_rng(4).normal(size=(50, 3))
    assert sorted(matched(loadings, loadings[:, :2]).round(6).tolist()) == [0.0, 1.0, 1.0]
    assert matched(np.ones((50, 1)), loadings).tolist() == [0.0]


def test_mean_over_refits():
    """A finder that returns the first factor always, and another second one at each refit."""
    loadings = np.random.default_rng(5).normal(size=(400, 2))
    seen = []

    def find(likes: sparse.csr_array, seed: int) -> np.ndarray:
        seen.append(seed)
        assert likes.shape == (30, 400)
        return np.column_stack([loadings[:, 0], np.random.default_rng(seed).normal(size=400)])

    likes = sparse.csr_array(np.ones((30, 400)))
    found = stability(loadings, likes, find, np.ones(400, dtype=bool), refits=6)
    assert found[0] == pytest.approx(1.0)
    assert found[1] < 0.2
    assert len(set(seen)) == 6  # another seed and other people each time


def test_the_showcase(showcase_engine: Engine):
    measured = showcase_engine.factors.stability
    assert ((measured >= 0) & (measured <= 1)).all()
    assert measured[:5].mean() > 0.85
    assert showcase_engine.factors.stable.tolist() == (measured >= 0.7).tolist()
