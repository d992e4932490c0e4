"""Lesson 8: turns that never make it worse, a penalty that helps up to a point, and a read-back that costs half a star."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from recsys_core.common.metrics import rmse
from recsys_core.lessons import als, toys
from tests.lessons.rounds import after


class World:
    """Stars of which some are hidden, standardised, and the error on the hidden ones."""

    def __init__(self, R: np.ndarray, low: float, high: float) -> None:
        self.known, self.hidden = toys.hide(R, 0.15, seed=0)
        self.asked, self.scale = R[self.hidden], (low, high)
        self.Z, self.mean, self.deviation = als.standardised(self.known)

    def learn(self, lam: float, d: int = 8) -> als.Turn:
        return after(als.alternate(self.Z, d, lam, seed=0), 20)

    def stars(self, turn: als.Turn) -> np.ndarray:
        return als.to_stars(turn.U @ turn.V.T, self.mean, self.deviation, *self.scale)

    def error(self, lam: float, d: int = 8) -> float:
        return rmse(self.stars(self.learn(lam, d))[self.hidden] - self.asked)

    def logistic_error(self, lam: float) -> float:
        turn = self.learn(lam)
        return rmse(als.to_stars_logistic(turn.U @ turn.V.T, *self.scale)[self.hidden] - self.asked)


@pytest.fixture(scope="module")
def small() -> World:
    return World(toys.low_rank(100, 60, 4, 0.35, 0.3).R, 1, 5)


@pytest.fixture(scope="module")
def real(square: toys.Block) -> World:
    return World(square.R, 0.5, 5)


def test_one_turn_by_hand():
    people = als.turn(toys.TURN, np.ones((3, 1)), lam=1)
    assert people.ravel() == pytest.approx([1, 2])
    assert als.turn(toys.TURN.T, people, lam=1).ravel() == pytest.approx([1, 0.8, 1.5])


def test_a_turn_is_a_ridge_regression_for_each_row():
    rng = np.random.default_rng(0)
    R, F = rng.normal(size=(5, 12)), rng.normal(size=(12, 3))
    R[rng.random(R.shape) < 0.4] = np.nan
    for r, u in zip(R, als.turn(R, F, lam=2.5), strict=True):
        known = ~np.isnan(r)
        assert u == pytest.approx(Ridge(alpha=2.5, fit_intercept=False).fit(F[known], r[known]).coef_)


def test_a_row_without_a_known_cell_gets_the_zero_vector():
    assert als.turn(np.full((1, 4), np.nan), np.ones((4, 2)), lam=1).tolist() == [[0, 0]]


def test_the_hidden_cells_and_the_mean(small: World):
    assert (small.mean, small.deviation) == pytest.approx((2.8757, 0.4493), abs=0.0005)
    assert rmse(small.asked - small.mean) == pytest.approx(0.4423, abs=0.0005)


@pytest.mark.parametrize(("lam", "expected"), [(0.1, 0.630), (1, 0.434), (3, 0.373), (5, 0.385), (10, 0.430), (20, 0.442)])
def test_how_strong_the_penalty_should_be(small: World, lam: float, expected: float):
    assert small.error(lam) == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize(("d", "expected"), [(1, 0.430), (4, 0.358), (30, 0.389)])
def test_how_long_the_vectors_should_be(small: World, d: int, expected: float):
    assert small.error(3, d) == pytest.approx(expected, abs=0.003)


def test_the_objective_turn_by_turn(small: World):
    objectives = [turn.objective for turn in islice(als.alternate(small.Z, 8, 3, seed=0), 20)]
    assert [objectives[n - 1] for n in (1, 2, 3, 20)] == pytest.approx([1634.2, 1193.6, 1130.6, 1091.8], abs=0.05)


def test_the_error_on_the_cells_that_it_learned_from(small: World):
    seen = ~np.isnan(small.known)
    assert rmse((small.stars(small.learn(3)) - small.known)[seen]) == pytest.approx(0.223, abs=0.003)


def test_a_great_penalty_leaves_nothing_but_the_mean(small: World):
    turn = small.learn(20)
    assert np.abs(turn.U).max() < 1e-6
    assert small.stars(turn) == pytest.approx(np.full(small.known.shape, small.mean))


def test_the_logistic_curve_costs_what_was_learned(small: World):
    assert small.logistic_error(3) == pytest.approx(0.443, abs=0.003)
    assert small.logistic_error(20) == pytest.approx(0.461, abs=0.003)
    assert als.to_stars_logistic(np.zeros(1), 0.5, 5).tolist() == [2.75]


def test_on_the_open_data_set(real: World):
    error_of_mean = rmse(real.asked - real.mean)
    _, B = als.without_means(real.known)
    assert error_of_mean == pytest.approx(1.045, abs=0.003)
    assert rmse(np.clip(B, 0.5, 5)[real.hidden] - real.asked) == pytest.approx(0.877, abs=0.003)
    assert [real.error(lam) for lam in (1, 10, 20)] == pytest.approx([0.992, 0.912, 0.982], abs=0.003)
    assert real.logistic_error(20) == pytest.approx(1.236, abs=0.003)
    assert real.logistic_error(20) > real.logistic_error(10) > error_of_mean > real.error(10)


def test_biases_first(real: World):
    rest, B = als.without_means(real.known)
    turn = after(als.alternate(rest, 8, 10, seed=0), 20)
    assert rmse(np.clip(B + turn.U @ turn.V.T, 0.5, 5)[real.hidden] - real.asked) == pytest.approx(0.873, abs=0.003)


def test_means_are_taken_away_and_put_back():
    rest, B = als.without_means(toys.GRID)
    assert rest + B == pytest.approx(toys.GRID, nan_ok=True)
    expected = np.nanmean(toys.GRID, axis=1)[:, None] + np.nanmean(toys.GRID, axis=0) - 4
    np.testing.assert_allclose(B, expected)
    assert als.without_means(np.array([[2.0, np.nan], [4.0, np.nan]]))[1][:, 1] == pytest.approx([2, 4])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 6), st.floats(0.01, 50))
def test_the_objective_never_rises(seed: int, d: int, lam: float):
    R = toys.low_rank(12, 9, 3, 0.4, 0.5, seed=seed).R
    objectives = [turn.objective for turn in islice(als.alternate(als.standardised(R)[0], d, lam, seed=seed), 8)]
    assert (np.diff(objectives) <= 1e-9 * objectives[0]).all()


def test_a_prior_is_a_penalty():
    """The most probable tastes under normal noise and a normal prior: λ = σ²/σ_u², found by a search over the logarithm."""
    r, f, noise, spread = np.array([1.0, 2.0, 4.0]), np.array([0.5, -1.0, 2.0]), 0.7, 1.3
    u = np.linspace(-5, 5, 2_000_001)
    log_probability = -sum((r_i - f_i * u) ** 2 for r_i, f_i in zip(r, f, strict=True)) / (2 * noise**2) - u**2 / (2 * spread**2)
    assert als.turn(r[None], f[:, None], noise**2 / spread**2)[0, 0] == pytest.approx(u[log_probability.argmax()], abs=1e-5)
