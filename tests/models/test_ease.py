"""EASE for people who have rated little: its moments against drawn ratings, its closed form against plain algebra."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models import ease
from recsys_core.models.ease import EASE, _expected_moments, _Moments, _solve_by_titles, _solve_by_users


def random_likes(n_users: int = 30, n_items: int = 12, seed: int = 0) -> sparse.csr_array:
    rng = np.random.default_rng(seed)
    dense = rng.random((n_users, n_items)) * (rng.random((n_users, n_items)) < 0.5)
    dense[:, 0] += 0.1  # nobody is without a like
    return sparse.csr_array(dense)


def dense_moments(moments: _Moments) -> tuple[np.ndarray, np.ndarray]:
    given, wanted = moments.given.toarray(), moments.wanted.toarray()
    return given.T @ given + np.diag(moments.rest), given.T @ wanted - np.diag(moments.own)


def test_moments_are_the_mean_over_draws_of_some_ratings():
    likes = random_likes(n_users=4, n_items=5)
    gram, cross = dense_moments(_expected_moments(likes, 2, 0.0, 0.0))
    rng = np.random.default_rng(1)
    dense = likes.toarray()
    chance = np.minimum(2 / (dense > 0).sum(axis=1), 0.9)[:, None]
    drawn = rng.random((40_000, *dense.shape)) < chance
    given, wanted = dense * drawn, dense * ~drawn
    np.testing.assert_allclose(np.einsum("dui,duj->ij", given, given) / len(drawn), gram, atol=0.02)
    np.testing.assert_allclose(np.einsum("dui,duj->ij", given, wanted) / len(drawn), cross, atol=0.02)


def test_the_closed_form_is_the_constrained_minimum():
    """Column by column: a plain ridge regression in which the title itself is left out."""
    moments = _expected_moments(random_likes(), 3, 0.3, 15.0)
    gram, cross = dense_moments(moments)
    n = len(gram)
    expected = np.zeros((n, n))
    for title in range(n):
        others = np.flatnonzero(np.arange(n) != title)
        expected[others, title] = np.linalg.solve(gram[np.ix_(others, others)], cross[others, title])
    left, right = _solve_by_titles(moments, rank=n)
    np.testing.assert_allclose(left @ right.T, expected, atol=1e-10)


@pytest.mark.parametrize("rank", [3, 12])
@pytest.mark.parametrize("n_users", [8, 40])
def test_both_ways_to_solve_agree(rank: int, n_users: int):
    moments = _expected_moments(random_likes(n_users), 5, 0.3, 15.0)
    rank = min(rank, n_users)
    by_titles, by_people = (left @ right.T for left, right in (_solve_by_titles(moments, rank), _solve_by_users(moments, rank)))
    np.testing.assert_allclose(by_people, by_titles, atol=1e-8)


def test_a_reduced_rank_keeps_what_the_audience_needs_most():
    moments = _expected_moments(random_likes(200), 5, 0.3, 1.0)
    given = moments.given.toarray()
    whole, vectors = _solve_by_titles(moments, 12)
    weights = whole @ vectors.T
    left, right = _solve_by_titles(moments, 4)
    lost = np.linalg.norm(given @ weights - given @ left @ right.T)
    singular = np.linalg.svd(given @ weights, compute_uv=False)
    assert lost == pytest.approx(np.sqrt((singular[4:] ** 2).sum()))  # Eckart and Young: no rank 4 does better


@pytest.mark.parametrize(("n", "weights"), [(1, [1, 0, 0]), (5, [1, 0, 0]), (10, [0.5, 0.5, 0]), (40, [0, 0.5, 0.5]), (500, [0, 0, 1])])
def test_few_and_many_ratings_are_answered_by_their_own_weights(n: int, weights: list[float]):
    assert EASE(n_given=(5, 20, 80))._mixture(n).tolist() == pytest.approx(weights)


def test_score_is_likes_times_weights(showcase_engine: Engine):
    model, index = showcase_engine.model("ease"), showcase_engine.dataset.item_index
    assert isinstance(model, EASE)
    profile = Profile.from_ratings({"breaking-bad-2008": 5, "friends-1994": 1, "the-wire-2002": 3}, index)
    likes = np.array([1.0, -0.5 / 3.5, 1.5 / 3.5])  # a single star speaks a little against what goes with it
    weights = model.given_factors_[0][profile.items] @ model.item_factors_[0].T
    np.testing.assert_allclose(model.score(profile)[model.covered_], (likes @ weights)[model.covered_], atol=1e-6)


def test_beyond_the_stated_number_only_the_best_known_titles_take_part(showcase: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ease, "MAX_SIDE", 200)
    model = EASE(n_given=(5,)).fit(showcase)
    assert model.covered_.sum() == 200
    assert showcase.raters[model.covered_].min() >= showcase.raters[~model.covered_].max()
    scores = model.score(Profile(np.array([0]), np.array([5.0])))
    np.testing.assert_array_equal(np.isnan(scores), ~model.covered_)


def test_the_power_iteration_finds_the_leading_eigenvectors(monkeypatch: pytest.MonkeyPatch):
    moments = _expected_moments(random_likes(200, 90), 5, 0.3, 15.0)
    given, items = _solve_by_titles(moments, 8)
    exact = given @ items.T
    monkeypatch.setattr(ease, "DENSE_SIDE", 0)
    given, items = _solve_by_titles(moments, 8)
    np.testing.assert_allclose(given @ items.T, exact, atol=1e-3 * np.abs(exact).max())
