"""Lesson 13: tastes narrow although nobody wants it, and the measure that rises is the one that moved along."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from scipy import sparse

from recsys_core.data.ranking import diversify
from recsys_core.lessons import loop

SEEDS = (0, 1, 2, 3)


class Run:
    """Forty rounds: the first, the means of the last ten, and the share of titles that were ever chosen."""

    def __init__(self, **settings: float) -> None:
        states = list(islice(loop.simulate(**settings), 40))  # type: ignore[arg-type]
        self.first, self.last = self.measures(states[0]), np.mean([self.measures(state) for state in states[-10:]], axis=0)
        self.kinds, self.satisfaction, self.by_first, self.minutes = self.last
        self.coverage = np.mean(states[-1].chosen > 0)
        self.states = states

    @staticmethod
    def measures(state: loop.State) -> tuple[float, float, float, float]:
        return loop.kinds_left(state.W), state.satisfaction, state.by_first, state.minutes


@pytest.fixture(scope="module")
def plain() -> Run:
    return Run()


def test_the_happy_measure(plain: Run):
    assert plain.last == pytest.approx([2.98, 0.759, 0.365, 50.2], abs=0.005, rel=0.001)
    assert plain.first == pytest.approx([4.28, 0.533, 0.533, 39.6], abs=0.005, rel=0.001)
    assert plain.coverage == pytest.approx(0.142, abs=0.0005)


@pytest.mark.parametrize(
    ("lever", "kinds", "satisfaction"),
    [({"aim": 1}, 3.01, 0.428), ({"explore": 0.2}, 3.16, 0.705), ({"variety": 0.5}, 3.89, 0.630), ({"drift": 0}, 4.16, 0.387)],
)
def test_levers(lever: dict[str, float], kinds: float, satisfaction: float):
    run = Run(**lever)
    assert (run.kinds, run.satisfaction) == (pytest.approx(kinds, abs=0.005), pytest.approx(satisfaction, abs=0.0005))


def test_a_little_exploration_shows_much_more_of_the_catalogue():
    little, more = Run(explore=0.05), Run(explore=0.2)
    assert (little.coverage, more.coverage) == pytest.approx((0.658, 0.883), abs=0.0005)
    assert little.satisfaction == pytest.approx(0.74, abs=0.005)


def test_minutes_rise_where_they_are_the_aim(plain: Run):
    held = Run(aim=1)
    assert held.minutes == pytest.approx(80.8, abs=0.05)
    assert held.satisfaction < plain.satisfaction


def test_no_aim_gives_eighty_minutes_and_satisfaction():
    runs = [Run(aim=aim) for aim in np.linspace(0, 1, 6)]
    assert not any(run.minutes > 80 and run.satisfaction > 0.5 for run in runs)
    assert any(run.minutes > 80 for run in runs)


@pytest.mark.parametrize("seed", SEEDS)
def test_directions_in_other_worlds(seed: int):
    plain, held, open_ = Run(seed=seed), Run(seed=seed, aim=1), Run(seed=seed, explore=0.2)
    kinds, satisfaction, by_first, _ = plain.first
    assert plain.kinds < kinds
    assert plain.satisfaction > satisfaction
    assert plain.by_first < by_first
    assert held.minutes > plain.minutes
    assert held.satisfaction < plain.satisfaction
    assert open_.coverage > plain.coverage


def test_in_the_first_round_both_measures_are_the_same(plain: Run):
    assert plain.states[0].satisfaction == plain.states[0].by_first


def test_without_drift_tastes_stay_and_the_guess_still_locks_on():
    run = Run(drift=0)
    assert all(np.array_equal(state.W, state.first) for state in run.states)
    assert loop.moved(run.states[-1]) == pytest.approx(0, abs=1e-12)
    assert loop.kinds_left(run.states[-1].G) < loop.kinds_left(run.states[0].G)
    assert run.satisfaction < run.first[1]


def test_tastes_move_away_from_the_first_ones(plain: Run):
    assert loop.moved(plain.states[0]) < loop.moved(plain.states[9]) < loop.moved(plain.states[39])


def test_tastes_and_guesses_stay_shares(plain: Run):
    for state in plain.states[::13]:
        np.testing.assert_allclose(state.W.sum(axis=1), 1)
        np.testing.assert_allclose(state.G.sum(axis=1), 1)


def test_everybody_chooses_once_a_round(plain: Run):
    assert [int(state.chosen.sum()) for state in plain.states[:3]] == [60, 120, 180]


def test_kinds_and_likeness_by_hand():
    assert loop.kinds_left(np.array([[0.5, 0.5, 0, 0], [0.25] * 4])) == pytest.approx(3)
    assert loop.kinds_left(np.eye(3)) == pytest.approx(1)
    assert loop.alike(np.eye(3)) == pytest.approx(0)
    assert loop.alike(np.ones((4, 2))) == pytest.approx(1)


@pytest.mark.parametrize("variety", [0, 0.2, 0.5, 0.8])
def test_a_list_is_the_one_that_the_app_would_diversify(variety: float):
    rng = np.random.default_rng(0)
    T, worth = rng.dirichlet(np.full(6, 0.3), 40), rng.random(40)
    worth = (worth - worth.min()) / np.ptp(worth)
    unit = T / np.linalg.norm(T, axis=1, keepdims=True)
    expected = diversify(np.argsort(-worth), worth, sparse.csr_array(unit), 5, variety)
    assert loop.make_list(worth, loop.cosines(T, T), 5, 0, variety, rng) == expected.tolist()


def test_a_list_never_shows_a_title_twice():
    rng = np.random.default_rng(0)
    lists = [loop.make_list(np.ones(6), np.eye(6), 5, explore, 0.3, rng) for explore in (0, 0.5, 1) for _ in range(50)]
    assert all(len(set(shown)) == 5 for shown in lists)
