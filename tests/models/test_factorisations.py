"""ALS, NMF and the ridge regressions that factor models share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models import ALS, NMF
from recsys_core.models.linear.ridge import fold_in, ridge_rows


def test_ridge_rows_are_plain_regressions():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(6, 2))
    targets = sparse.csr_array(np.array([[1.0, 0, 2, 0, 0, 3], [0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]]))
    for per_entry, strength in ((False, 0.5), (True, 1.5)):
        found = ridge_rows(targets, factors, 0.5, per_entry=per_entry)
        seen = factors[[0, 2, 5]]
        np.testing.assert_allclose(found[0], np.linalg.inv(seen.T @ seen + strength * np.eye(2)) @ seen.T @ [1, 2, 3])
        np.testing.assert_array_equal(found[1], 0.0)


def test_fold_in_sums_to_the_regression():
    rng = np.random.default_rng(1)
    rated, targets = rng.normal(size=(4, 3)), rng.normal(size=4)
    row = sparse.csr_array(targets[None, :])
    np.testing.assert_allclose(fold_in(rated, targets, 2.0).sum(axis=0), ridge_rows(row, rated, 2.0)[0])


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


def test_als_recovers_a_matrix_of_rank_one(rank_one: Dataset):
    model = ALS(n_factors=1, alpha=0.01).fit(rank_one)
    stars = model.predict(Profile(np.array([1, 3, 4]), np.array([4.0, 4.0, 2.0])))
    np.testing.assert_allclose(stars, np.tile([2.0, 4.0], 6), atol=0.5)
    assert np.all(np.sign(model.item_factors_[1::2, 0]) == np.sign(model.item_factors_[1, 0]))
    assert np.all(np.sign(model.item_factors_[::2, 0]) == -np.sign(model.item_factors_[1, 0]))


def test_als_stars_are_the_closed_form(showcase_engine: Engine):
    model = showcase_engine.model("als")
    assert isinstance(model, ALS)
    profile = Profile(np.array([3, 50, 400]), np.array([5.0, 2.0, 3.5]))
    biases, residuals = model.baseline_.fold_in(profile)
    rated = model.item_factors_[profile.items]
    visitor = np.linalg.inv(rated.T @ rated + 3 * model.alpha * np.eye(rated.shape[1])) @ rated.T @ residuals
    expected = biases.total() + model.item_factors_ @ visitor
    known = showcase_engine.dataset.raters > 0
    np.testing.assert_allclose(model.additive_stars(profile).total()[known], expected[known], atol=1e-9)


def test_nmf_finds_the_toys_two_kinds(toy: Dataset):
    model = NMF(n_factors=2).fit(toy)
    factors = model.item_factors_
    assert factors.min() >= 0
    strongest = factors[:8].argmax(axis=1)
    assert len(set(strongest[:4])) == len(set(strongest[4:])) == 1
    assert strongest[0] != strongest[4]
    np.testing.assert_array_equal(factors[8], 0.0)  # nobody rated it
    scores = model.score(Profile(np.array([0]), np.array([5.0])))
    assert scores[1:4].min() > scores[4:8].max()
