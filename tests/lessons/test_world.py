"""Lesson 7: a training curve that falls, and unseen cells that get worse than the mean."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from recsys_core.common.metrics import rmse
from recsys_core.lessons import toys, world
from tests.lessons.rounds import after

AS_TAUGHT = {"k": 5, "step": 0.01, "lam": 0.02, "start": 0.01}
WORKS = {"k": 5, "step": 0.05, "lam": 0.05, "start": 0.1}


def errors(of: toys.LowRank, seed: int = 0, **preset: float) -> tuple[float, float]:
    """On the cells that were seen, and on those that were not, after 100 rounds."""
    stars = world.predict(after(world.sgd(of.R, seed=seed, **preset), 100))
    missing = np.isnan(of.R)
    return rmse((stars - of.R)[~missing]), rmse((stars - of.true)[missing])


@pytest.fixture(scope="module")
def hidden_world() -> toys.LowRank:
    return toys.low_rank(seed=42)


@pytest.fixture(scope="module")
def learned(hidden_world: toys.LowRank) -> world.Round:
    return after(world.sgd(hidden_world.R, seed=0, **WORKS), 100)


@pytest.fixture(scope="module")
def error_of_mean(hidden_world: toys.LowRank) -> float:
    return rmse(hidden_world.true[np.isnan(hidden_world.R)] - np.nanmean(hidden_world.R))


def test_as_often_taught_the_seen_cells_fit_and_the_others_are_worse_than_the_mean(hidden_world: toys.LowRank, error_of_mean: float):
    assert error_of_mean == pytest.approx(0.4448, abs=0.0005)
    assert errors(hidden_world, **AS_TAUGHT) == pytest.approx((0.390, 0.475), abs=0.003)


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_that_is_no_bad_luck(hidden_world: toys.LowRank, error_of_mean: float, seed: int):
    seen, missing = errors(hidden_world, seed, **AS_TAUGHT)
    assert seen < error_of_mean < missing


def test_the_curve_that_is_watched_falls_all_the_same(hidden_world: toys.LowRank):
    rounds = islice(world.sgd(hidden_world.R, seed=0, **AS_TAUGHT), 100)
    seen = ~np.isnan(hidden_world.R)
    curve = [rmse((world.predict(r) - hidden_world.R)[seen]) for r in rounds]
    assert np.mean(np.diff(curve) < 0) > 0.9
    assert curve[-1] < curve[0]


def test_longer_steps_find_the_tastes(hidden_world: toys.LowRank):
    assert errors(hidden_world, **WORKS) == pytest.approx((0.135, 0.362), abs=0.003)


def test_with_too_little_or_too_much_penalty_they_do_not(hidden_world: toys.LowRank):
    assert errors(hidden_world, **{**WORKS, "lam": 0})[1] == pytest.approx(0.443, abs=0.003)
    assert errors(hidden_world, **{**WORKS, "lam": 0.4})[1] == pytest.approx(0.473, abs=0.003)


@pytest.mark.parametrize(("lam", "expected"), [(0, 0.914), (0.05, 0.634), (0.2, 0.468)])
def test_noise_asks_for_more_penalty(lam: float, expected: float):
    assert errors(toys.low_rank(noise=0.5, seed=42), **{**WORKS, "lam": lam})[1] == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize(("seen", "expected"), [(0.1, 0.563), (0.5, 0.211), (0.8, 0.158)])
def test_the_more_is_seen_the_better(seen: float, expected: float):
    assert errors(toys.low_rank(seen=seen, seed=42), **WORKS)[1] == pytest.approx(expected, abs=0.003)


def test_the_five_best_unseen_titles_of_the_first_person(hidden_world: toys.LowRank, learned: world.Round):
    row = hidden_world.R[0]
    assert world.best_unseen(world.predict(learned)[0], row, 5).tolist() == [13, 26, 1, 3, 8]
    assert world.best_unseen(hidden_world.true[0], row, 5).tolist() == [13, 1, 15, 29, 3]


def test_the_space_of_tastes_is_found_but_no_single_taste(hidden_world: toys.LowRank, learned: world.Round):
    assert world.agreement(learned.Q, hidden_world.Q) == pytest.approx(0.69, abs=0.003)
    assert world.agreement(learned.P, hidden_world.P) == pytest.approx(0.59, abs=0.005)
    single = np.corrcoef(learned.Q.T, hidden_world.Q.T)[:5, 5:]
    assert np.abs(single).max() < 0.9


def test_a_turn_of_all_tastes_changes_no_prediction_and_no_agreement(hidden_world: toys.LowRank, learned: world.Round):
    T = world.rotation(5, seed=3)
    np.testing.assert_allclose(T @ T.T, np.eye(5), atol=1e-12)
    np.testing.assert_allclose((learned.P @ T) @ (learned.Q @ T).T, learned.P @ learned.Q.T, atol=1e-12)
    assert np.abs(learned.Q @ T - learned.Q).max() > 0.1
    assert world.agreement(learned.Q @ T, hidden_world.Q) == pytest.approx(world.agreement(learned.Q, hidden_world.Q))


def test_agreement_is_that_of_the_principal_angles():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(30, 4)), rng.normal(size=(30, 4))
    angles = subspace_angles(A - A.mean(axis=0), B - B.mean(axis=0))
    assert world.agreement(A, B) == pytest.approx(np.mean(np.cos(angles) ** 2))
    assert world.agreement(A, A @ rng.normal(size=(4, 4))) == pytest.approx(1)


def test_one_pass_by_hand():
    """The mean is 3. The order of the two cells does not matter, as they share neither person nor title."""
    R = np.array([[5.0, np.nan], [np.nan, 1.0]])
    first = next(world.sgd(R, k=1, step=0.1, lam=0.5, start=1.0, seed=0))
    rng = np.random.default_rng(0)
    P, Q = rng.normal(size=2), rng.normal(size=2)
    for n, above in enumerate((2.0, -2.0)):
        e = above - P[n] * Q[n]
        assert first.b_people[n] == first.b_titles[n] == pytest.approx(0.1 * e)
        assert first.P[n, 0] == pytest.approx(P[n] + 0.1 * (e * Q[n] - 0.5 * P[n]))
        assert first.Q[n, 0] == pytest.approx(Q[n] + 0.1 * (e * P[n] - 0.5 * Q[n]))
    assert first.mean == 3.0


def test_a_step_goes_down_the_numerical_slope():
    rng = np.random.default_rng(1)
    b, c, P, Q = rng.normal(size=1), rng.normal(size=1), rng.normal(size=(1, 3)), rng.normal(size=(1, 3))
    lam, step, R = 0.3, 1e-4, np.array([[1.7]])

    def half_loss(x: np.ndarray) -> float:
        b, c, p, q = x[0], x[1], x[2:5], x[5:]
        return 0.5 * ((R[0, 0] - b - c - p @ q) ** 2 + lam * (x @ x))

    before = np.concatenate([b, c, P[0], Q[0]])
    slope = [(half_loss(before + h) - half_loss(before - h)) / 2e-6 for h in 1e-6 * np.eye(8)]
    world.one_pass(R, np.array([[0, 0]]), b, c, P, Q, step, lam)
    moved = np.concatenate([b, c, P[0], Q[0]]) - before
    # p and q move after the two constants, but by the error of before
    assert moved == pytest.approx(-step * np.array(slope), rel=1e-5)


def test_steps_that_are_too_long_overflow_and_end_without_a_warning(hidden_world: toys.LowRank, recwarn: pytest.WarningsRecorder):
    rounds = list(islice(world.sgd(hidden_world.R, **{**WORKS, "step": 2.0}, seed=0), 100))
    assert len(rounds) < 100
    assert not np.isfinite(rounds[-1].P).all()
    assert not recwarn.list


def test_predictions_stay_on_the_scale(learned: world.Round):
    beyond = replace(learned, b_people=learned.b_people + np.where(np.arange(50) < 25, -9, 9))
    assert np.unique(world.predict(beyond)).tolist() == [1, 5]
