"""Lesson 9: what was not watched says something only as far as people choose what suits them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from recsys_core import load_dataset
from recsys_core.common.metrics import precision_at_k
from recsys_core.lessons import als, implicit, toys
from tests.lessons.rounds import after


@dataclass(frozen=True)
class Judged:
    """A world of choices of which some are hidden, and how well scores find the hidden ones and the true taste."""

    world: toys.Chosen
    L: np.ndarray
    hidden: np.ndarray

    def precision(self, scores: np.ndarray) -> float:
        open_ = np.where(self.L == 1, -np.inf, scores)
        best = np.argsort(-open_, axis=1, kind="stable")[:, :10]
        return float(np.mean([precision_at_k(h[b], 10) for h, b in zip(self.hidden, best, strict=True) if h.any()]))

    def correlation(self, scores: np.ndarray) -> float:
        unwatched = self.world.watched == 0
        return float(np.corrcoef(scores[unwatched], self.world.taste[unwatched])[0, 1])

    def popularity(self) -> np.ndarray:
        return np.broadcast_to(self.L.sum(axis=0), self.L.shape)

    def by_stars(self) -> np.ndarray:
        R = np.where(self.L == 1, self.world.R, np.nan)
        turn = after(als.alternate(R - np.nanmean(R), 3, 2, seed=0), 15)
        return turn.U @ turn.V.T

    def by_confidence(self, alpha: float) -> np.ndarray:
        turn = after(implicit.implicit_als(self.L, 4, alpha, 1, seed=0), 10)
        return turn.U @ turn.V.T

    def by_pairs(self, steps: int) -> np.ndarray:
        ranking = after(implicit.bpr(self.L, 4, 0.05, 0.02, seed=0), steps // 500)
        return ranking.b + ranking.X @ ranking.Y.T


def judged(choice: float) -> Judged:
    world = toys.chosen(choice=choice)
    return Judged(world, *toys.hide_watched(world.watched))


@pytest.fixture(scope="module")
def worlds() -> dict[float, Judged]:
    return {choice: judged(choice) for choice in (0, 1.5, 3)}


@pytest.mark.parametrize(("alpha", "p"), [(0, 0.3333), (1, 0.5), (9, 0.8333), (40, 0.9535)])
def test_confidence_by_hand(alpha: float, p: float):
    """One person, two titles alike, of which one was watched: p = (1 + α) / (1 + α + 1 + λ)."""
    L = np.array([[1.0, 0.0]])
    assert implicit.turn_weighted(L, 1 + alpha * L, np.ones((2, 1)), lam=1)[0, 0] == pytest.approx(p, abs=0.0005)


def test_a_pair_by_hand():
    x, i, j = toys.PAIR
    difference = float(x @ i - x @ j)
    w = float(toys.sigmoid(-difference))
    assert (difference, w) == pytest.approx((-0.5, 0.6225), abs=0.0005)
    assert -np.log(toys.sigmoid(difference)) == pytest.approx(0.9741, abs=0.0005)
    x, i, j = implicit.pair_step(x, i, j, w, step=0.1, lam=0)
    assert [*x, *i, *j] == pytest.approx([0.9689, 0.0311, 0.5622, 0.5, 0.9378, 0], abs=0.0005)
    assert x @ i - x @ j == pytest.approx(-0.3483, abs=0.0005)


def test_a_pair_goes_down_the_numerical_slope():
    start = np.random.default_rng(2).normal(size=(3, 4))
    lam, step = 0.2, 1e-3

    def loss(v: np.ndarray) -> float:
        x, i, j = v.reshape(3, 4)
        return float(-np.log(toys.sigmoid(x @ i - x @ j)) + lam / 2 * np.sum(v**2))

    slope = [(loss(start.ravel() + h) - loss(start.ravel() - h)) / 2e-6 for h in 1e-6 * np.eye(12)]
    x, i, j = start
    moved = np.concatenate(implicit.pair_step(x, i, j, float(toys.sigmoid(x @ j - x @ i)), step, lam)) - start.ravel()
    assert moved == pytest.approx(-step * np.array(slope), rel=1e-6, abs=1e-10)


@pytest.mark.parametrize(
    ("choice", "popularity", "stars", "confidence"), [(0, 0.190, 0.093, 0.138), (1.5, 0.159, 0.154, 0.238), (3, 0.126, 0.121, 0.294)]
)
def test_precision_of_ten(worlds: dict[float, Judged], choice: float, popularity: float, stars: float, confidence: float):
    world = worlds[choice]
    assert world.precision(world.popularity()) == pytest.approx(popularity, abs=0.0005)
    assert world.precision(world.by_stars()) == pytest.approx(stars, abs=0.003)
    assert world.precision(world.by_confidence(2)) == pytest.approx(confidence, abs=0.003)


@pytest.mark.parametrize(("choice", "stars", "confidence"), [(0, 0.82, -0.01), (1.5, 0.46, 0.56), (3, -0.09, 0.71)])
def test_who_finds_taste_depends_on_how_people_choose(worlds: dict[float, Judged], choice: float, stars: float, confidence: float):
    world = worlds[choice]
    assert world.correlation(world.by_stars()) == pytest.approx(stars, abs=0.006)
    assert world.correlation(world.by_confidence(2)) == pytest.approx(confidence, abs=0.006)


@pytest.mark.parametrize(("choice", "expected"), [(0, 0.168), (1.5, 0.185), (3, 0.281)])
def test_precision_of_pairs(worlds: dict[float, Judged], choice: float, expected: float):
    assert worlds[choice].precision(worlds[choice].by_pairs(40_000)) == pytest.approx(expected, abs=0.02)


def test_pairs_need_some_steps_to_beat_fame(worlds: dict[float, Judged]):
    world = worlds[1.5]
    fame = world.precision(world.popularity())
    assert world.precision(world.by_pairs(4000)) < fame < world.precision(world.by_pairs(20_000))


def test_not_watched_as_a_dislike_is_confidence_without_alpha_and_may_win(worlds: dict[float, Judged]):
    L = worlds[3].L
    plain, weighted = after(als.alternate(L, 4, 1, seed=0), 10), after(implicit.implicit_als(L, 4, 0, 1, seed=0), 10)
    np.testing.assert_allclose(plain.U @ plain.V.T, weighted.U @ weighted.V.T, atol=1e-9)
    assert worlds[3].precision(worlds[3].by_confidence(0)) > worlds[3].precision(worlds[3].by_confidence(40))


def test_the_best_alpha_at_choice_one_and_a_half_is_small(worlds: dict[float, Judged]):
    found = {alpha: worlds[1.5].precision(worlds[1.5].by_confidence(alpha)) for alpha in (0, 1, 5, 40)}
    assert max(found, key=lambda alpha: found[alpha]) == 1


def test_a_turn_is_a_weighted_ridge_regression():
    rng = np.random.default_rng(0)
    L, C, F = rng.integers(0, 2, (4, 9)).astype(float), rng.uniform(1, 9, (4, 9)), rng.normal(size=(9, 3))
    for row, c, u in zip(L, C, implicit.turn_weighted(L, C, F, lam=0.7), strict=True):
        assert u == pytest.approx(Ridge(alpha=0.7, fit_intercept=False).fit(F, row, sample_weight=c).coef_)


def test_the_weighted_objective_never_rises(worlds: dict[float, Judged]):
    rounds = implicit.implicit_als(worlds[1.5].L, 4, 5, 1, seed=1)
    objectives = [next(rounds).objective for _ in range(10)]
    assert (np.diff(objectives) <= 1e-9 * objectives[0]).all()


def test_the_share_of_pairs_in_the_right_order_grows(worlds: dict[float, Judged]):
    rounds = implicit.bpr(worlds[3].L, 4, 0.05, 0.02, seed=0)
    shares = [next(rounds).share_right for _ in range(70)]
    assert np.mean(shares[:5]) < 0.7 < 0.85 < np.mean(shares[-5:])


def test_handed_over_transposed_people_become_titles_without_an_error(worlds: dict[float, Judged]):
    L = worlds[1.5].L
    turn = next(implicit.implicit_als(L.T, 4, 2, 1, seed=0))
    assert (L.shape, turn.U.shape, turn.V.shape) == ((120, 80), (80, 4), (120, 4))


def test_a_title_that_is_drawn_was_not_watched():
    rng = np.random.default_rng(0)
    assert {implicit.unwatched(np.array([1, 0, 1, 0, 1]), rng) for _ in range(50)} == {1, 3}


def test_stars_become_likes_by_hand():
    assert implicit.likes(np.array([[4.0, 3.5, np.nan], [5.0, 0.5, 4.5]])).tolist() == [[1, 0, 0], [1, 0, 1]]


def test_likes_are_fewer_than_stars(shared_data: Path):
    dataset = load_dataset(shared_data / "ml-100k.zip", enriched=False)
    R = dataset.ratings.toarray()
    L = implicit.likes(R)
    assert L.sum() / dataset.n_ratings == pytest.approx(0.55, abs=0.005)
    assert L.mean() == pytest.approx(0.035, abs=0.0005)
