"""ALS: a matrix of rank one, one round against plain NumPy, and the fold-in's closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models import ALS
from recsys_core.models.baseline import Baseline
from recsys_core.models.svd import right_singular_vectors


@pytest.fixture(scope="module")
def rank_one() -> Dataset:
    """Forty people p and twelve titles q: stars are 3 + p·q with p, q = ±1; each pair is rated with a chance of 0.6."""
    rng = np.random.default_rng(2)
    people, titles = rng.choice([-1.0, 1.0], 40), np.tile([-1.0, 1.0], 6)
    rows = [
        {"user_id": f"{u:02}", "item_id": f"{i:02}", "rating": 3.0 + people[u] * titles[i]}
        for u in range(40)
        for i in range(12)
        if rng.random() < 0.6
    ]
    items = pd.DataFrame({"item_id": [f"{i:02}" for i in range(12)], "title": [f"Title {i}" for i in range(12)]})
    return Dataset.from_frames(items, pd.DataFrame(rows))


def test_a_matrix_of_rank_one_is_recovered(rank_one: Dataset):
    model = ALS(n_factors=1, alpha=0.01).fit(rank_one)
    profile = Profile(np.array([1, 3, 4]), np.array([4.0, 4.0, 2.0]))
    np.testing.assert_allclose(model.predict(profile), np.tile([2.0, 4.0], 6), atol=0.5)
    signs = np.sign(model.item_factors_[:, 0])
    np.testing.assert_array_equal(signs * signs[1], np.tile([-1.0, 1.0], 6))


def test_one_round_is_plain_regressions(rank_one: Dataset):
    model = ALS(n_factors=2, n_iter=1, alpha=0.3).fit(rank_one)
    residuals = Baseline.fit(rank_one).residuals(rank_one)
    vectors, values = right_singular_vectors(residuals, 2, 0)
    items, rated = vectors * np.sqrt(values), rank_one.ratings.toarray() > 0
    dense, people = residuals.toarray().astype(np.float64), np.zeros((40, 2))
    for u in range(40):
        seen = items[rated[u]]
        people[u] = np.linalg.inv(seen.T @ seen + 0.3 * len(seen) * np.eye(2)) @ seen.T @ dense[u, rated[u]]
    for i in range(12):
        seen = people[rated[:, i]]
        expected = np.linalg.inv(seen.T @ seen + 0.3 * len(seen) * np.eye(2)) @ seen.T @ dense[rated[:, i], i]
        np.testing.assert_allclose(model.item_factors_[i], expected, atol=1e-6)


@pytest.mark.parametrize("size", [1, 3, 40])
def test_fold_in_is_the_closed_form(showcase: Dataset, size: int):
    model = ALS(n_factors=4, n_iter=1).fit(showcase)
    rng = np.random.default_rng(size)
    profile = Profile(rng.choice(showcase.n_items, size, replace=False), rng.integers(1, 11, size) / 2)
    rated = model.item_factors_[profile.items]
    fold_in = np.linalg.inv(rated.T @ rated + size * model.alpha * np.eye(4)) @ rated.T
    biases, residuals = model.baseline_.fold_in(profile)
    known = showcase.raters > 0
    stars = biases.total() + model.item_factors_ @ fold_in @ residuals
    scores = model.popularity_weight * model.baseline_.popularity + model.item_factors_ @ fold_in @ profile.query_weights
    np.testing.assert_allclose(model.additive_stars(profile).total()[known], stars[known], atol=1e-9)
    np.testing.assert_allclose(model.score(profile)[known], scores[known], atol=1e-9)


def test_a_huge_penalty_leaves_the_baseline(toy: Dataset):
    model = ALS(alpha=1e6).fit(toy)
    profile = Profile(np.array([0]), np.array([5.0]))
    np.testing.assert_allclose(model.score(profile)[:8], model.popularity_weight * model.baseline_.popularity[:8], atol=1e-6)


def test_fewer_factors_where_there_are_fewer_titles(toy: Dataset):
    assert ALS(n_factors=3).fit(toy).item_factors_.shape == (9, 3)
    assert ALS(n_factors=99).fit(toy).item_factors_.shape == (9, 8)  # the toy has eight people
