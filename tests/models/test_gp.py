"""The Gaussian process: conditional means against the textbook, and a covariance learned from opposite tastes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models import GaussianProcess, gp
from recsys_core.models.baseline import biases
from recsys_core.models.gp import _leading_factors, _PriorCovariance


@pytest.fixture(scope="module")
def model(toy_engine: Engine) -> GaussianProcess:
    fitted = toy_engine.model("gp")
    assert isinstance(fitted, GaussianProcess)
    return fitted


def covariance(model: GaussianProcess) -> np.ndarray:
    factors = model.factors_.astype(np.float64)
    return factors @ factors.T + np.diag(model.own_)


PROFILE = Profile(np.array([0, 2, 5]), np.array([5.0, 4.0, 1.5]))


def test_stars_are_the_conditional_mean(model: GaussianProcess):
    """Textbook formula (Rasmussen & Williams 2006, eq. 2.25), title by title."""
    K, rated = covariance(model), PROFILE.items
    noisy = K[np.ix_(rated, rated)] + model.noise * np.eye(3)
    for title in (1, 3, 4, 6, 7):
        expected = model.means_[title] + K[title, rated] @ np.linalg.inv(noisy) @ (PROFILE.stars - model.means_[rated])
        assert model.additive_stars(PROFILE).total()[title] == pytest.approx(expected, abs=1e-5)


def test_a_contribution_is_what_one_rating_changes(model: GaussianProcess):
    """Given which titles are rated, the mean is linear in the stars: a title rated as expected contributes nothing."""
    at_mean = np.array([model.means_[0], 4.0, 1.5])
    parts = model.additive_stars(Profile(PROFILE.items, at_mean)).contributions(np.arange(8))
    np.testing.assert_allclose(parts[0], 0.0, atol=1e-9)
    whole = model.additive_stars(PROFILE)
    np.testing.assert_allclose(whole.contributions(np.arange(8))[1:], parts[1:], atol=1e-6)


def test_doubt_is_the_conditional_deviation_and_falls_with_each_rating(model: GaussianProcess):
    K, rated = covariance(model), PROFILE.items
    noisy = K[np.ix_(rated, rated)] + model.noise * np.eye(3)
    for title in (1, 4, 7):
        expected = np.sqrt(K[title, title] - K[title, rated] @ np.linalg.inv(noisy) @ K[rated, title] + model.noise)
        assert model.stars_std(PROFILE)[title] == pytest.approx(expected, abs=1e-5)
    doubts = [model.stars_std(Profile(np.arange(n), np.full(n, 4.0)))[7] for n in range(7)]
    assert np.all(np.diff(doubts) < 0)
    assert doubts[-1] > np.sqrt(model.noise)


def test_opposite_tastes_are_learned(toy: Dataset):
    learned = covariance(GaussianProcess(prior_people=1.0).fit(toy))
    before = _PriorCovariance(toy).between(np.arange(9), np.arange(9))

    def correlation(K: np.ndarray, a: int, b: int) -> float:
        return K[a, b] / np.sqrt(K[a, a] * K[b, b])

    assert correlation(learned, 0, 3) > correlation(before, 0, 3) > 0  # crime with crime
    assert correlation(learned, 0, 4) < correlation(before, 0, 4)  # crime with comedy
    assert correlation(learned, 0, 4) < 0


def test_the_prior_knows_genres_years_and_who_watched_what(toy: Dataset):
    prior = _PriorCovariance(toy)
    K = prior.between(np.arange(9), np.arange(9))
    np.testing.assert_allclose(np.diag(K), prior.variance(np.arange(9)), atol=1e-6)
    np.testing.assert_allclose(K, K.T, atol=1e-7)
    assert np.linalg.eigvalsh(K).min() > 0.19  # each title's own part
    # the unrated crime show of 2024 and one of 1991: everybody, genres, years; nobody watched the new one
    assert K[0, 8] == pytest.approx(0.1 + 0.1 + 0.05 * np.exp(-0.5 * (33 / 8) ** 2), abs=1e-6)
    assert K[6, 7] == pytest.approx(0.1 + 0.1 + prior_watched(prior, 6, 7), abs=1e-6)  # one has no year


def prior_watched(prior: _PriorCovariance, a: int, b: int) -> float:
    return 0.2 * float((prior._watched[:, [a]].T @ prior._watched[:, [b]]).toarray()[0, 0])


def test_the_floor_of_the_spectrum_belongs_to_the_diagonal():
    rng = np.random.default_rng(0)
    true = rng.normal(size=(20, 3))
    factors = _leading_factors(true @ true.T + 0.5 * np.eye(20), 3)
    np.testing.assert_allclose(factors @ factors.T, true @ true.T, atol=1e-8)


def test_titles_beyond_the_core_follow_by_the_prior(showcase: Dataset, monkeypatch: pytest.MonkeyPatch):
    """With a small core, a title outside still leans to its own: more stars for crime after liking crime."""
    monkeypatch.setattr(gp, "CORE", 300)
    monkeypatch.setattr(gp, "PEOPLE", 300)
    model = GaussianProcess(n_factors=32, n_iter=3).fit(showcase)
    outside = np.lexsort((showcase.item_ids, -showcase.raters))[300:]
    crime = showcase.tags("genres").with_any(["Crime"])
    comedy = showcase.tags("genres").with_any(["Comedy"])
    inside = np.setdiff1d(np.arange(showcase.n_items), outside)
    loved = inside[(crime & ~comedy)[inside]][:10]
    gained = model.additive_stars(Profile(loved, np.full(10, 5.0))).contributions(outside).sum(axis=0)
    assert gained[(crime & ~comedy)[outside]].mean() > gained[(comedy & ~crime)[outside]].mean() + 0.02


def test_the_same_seed_draws_the_same_people(showcase: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gp, "PEOPLE", 50)
    fits = [GaussianProcess(n_factors=8, n_iter=1, random_state=seed).fit(showcase).means_ for seed in (0, 0, 1)]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert np.abs(fits[0] - fits[2]).max() > 1e-4


def em_round(K: np.ndarray, m: np.ndarray, dataset: Dataset, noise: float, people: float) -> tuple[np.ndarray, np.ndarray]:
    """One round as it is written in the docstring, person by person, in double precision."""
    stars = dataset.ratings.toarray().astype(np.float64)
    S, pull = np.zeros_like(K), np.zeros(len(K))
    for person in stars:
        rated = np.flatnonzero(person)
        A = np.linalg.inv(K[np.ix_(rated, rated)] + noise * np.eye(len(rated)))
        a = A @ (person[rated] - m[rated])
        S[np.ix_(rated, rated)] += np.outer(a, a) - A
        pull[rated] += a
    U = len(stars)
    moved = {h: K + h / U * K @ S @ K for h in (4.0, 2.0, 1.0)}
    h = next(h for h in moved if np.linalg.eigvalsh(moved[h]).min() > 0)
    return (U * moved[h] + h * people * K) / (U + h * people), m + K @ pull / U


@pytest.fixture(scope="module")
def uneven() -> Dataset:
    """Twelve titles of three genres, forty people, means that differ: nothing in it is symmetric."""
    rng = np.random.default_rng(0)
    items = pd.DataFrame({"item_id": list("abcdefghijkl"), "title": list("abcdefghijkl"), "genres": ["x", "x|y", "z"] * 4})
    watched = np.argwhere(rng.random((40, 12)) < np.linspace(0.8, 0.2, 12))
    stars = np.clip(rng.normal(2.5 + watched[:, 1] % 3 / 2 + watched[:, 0] % 2, 1.0).round(), 1, 5)
    ratings = pd.DataFrame({"user_id": watched[:, 0], "item_id": items["item_id"].to_numpy()[watched[:, 1]], "rating": stars})
    return Dataset.from_frames(items, ratings)


def test_a_round_of_learning_is_the_formula(uneven: Dataset):
    start, means = _PriorCovariance(uneven).between(np.arange(12), np.arange(12)), np.linspace(2.5, 3.5, 12)
    K, m = GaussianProcess(n_iter=1, prior_people=2.0)._learn(uneven, np.arange(12), start, means)
    expected_K, expected_m = em_round(start.astype(np.float64), means, uneven, noise=0.75, people=2.0)
    np.testing.assert_allclose(K, expected_K, atol=1e-5)
    np.testing.assert_allclose(m, expected_m, atol=1e-5)


def test_titles_beyond_the_core_are_the_priors_regression_on_it(uneven: Dataset, monkeypatch: pytest.MonkeyPatch):
    """Of all that is kept: K_oc = B K_cc, K_oo = K0_oo + B (K_cc - K0_cc) Bᵀ, m_o = m0_o + B (m_c - m0_c)."""
    monkeypatch.setattr(gp, "CORE", 8)
    model = GaussianProcess(n_factors=3, prior_people=5.0).fit(uneven)
    inside = np.sort(np.lexsort((uneven.item_ids, -uneven.raters))[:8])
    outside = np.setdiff1d(np.arange(12), inside)
    prior = _PriorCovariance(uneven).between(np.arange(12), np.arange(12)).astype(np.float64)
    B = prior[np.ix_(outside, inside)] @ np.linalg.inv(prior[np.ix_(inside, inside)])
    K, core = covariance(model), covariance(model)[np.ix_(inside, inside)]
    shared = core - np.diag(model.own_[inside])  # between different titles only the factors are kept
    np.testing.assert_allclose(K[np.ix_(outside, inside)], B @ shared, atol=1e-5)
    variances = prior[outside, outside] + np.einsum("oc,cd,od->o", B, core - prior[np.ix_(inside, inside)], B)
    np.testing.assert_allclose(K[outside, outside], variances, atol=1e-5)
    mean, of_item, _ = biases(uneven, item_shrinkage=3.0)
    before = mean + of_item
    np.testing.assert_allclose(model.means_[outside], before[outside] + B @ (model.means_ - before)[inside], atol=1e-5)
