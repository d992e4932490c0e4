"""Matrix factorisation: ridge by ridge against plain NumPy, and the fold-in's closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys_core import Dataset, Engine
from recsys_core.models import SVD
from recsys_core.models.bias import visitor_bias
from recsys_core.models.svd import default_penalty, ridge_factors
from recsys_core.profile import Profile


@pytest.fixture
def targets() -> sparse.csr_array:
    """Thirty rows of twelve columns, a quarter filled; one row is empty and one entry is a stored zero."""
    rng = np.random.default_rng(5)
    dense = rng.normal(size=(30, 12)) * (rng.random((30, 12)) < 0.25)
    dense[7] = 0.0
    matrix = sparse.csr_array(dense)
    matrix.data[0] = 0.0
    return matrix


@pytest.mark.parametrize("block", [4096, 7])
def test_ridge_factors_equal_a_loop_over_rows(targets: sparse.csr_array, block: int):
    factors = np.random.default_rng(6).normal(size=(12, 3))
    expected = np.zeros((30, 3))
    for row in range(30):
        entries = slice(targets.indptr[row], targets.indptr[row + 1])
        Q = factors[targets.indices[entries]]
        expected[row] = np.linalg.solve(Q.T @ Q + 0.7 * np.eye(3), Q.T @ targets.data[entries])
    result = ridge_factors(targets, factors, 0.7, block=block)
    np.testing.assert_allclose(result, expected, atol=1e-12)
    assert result[7].tolist() == [0.0, 0.0, 0.0]


def test_a_planted_factor_is_found():
    rng = np.random.default_rng(1)
    people, titles = rng.normal(size=40), rng.normal(size=25)
    present = rng.random((40, 25)) < 0.8
    targets = sparse.csr_array(np.outer(people, titles) * present)
    items = rng.normal(0, 0.1, (25, 2))
    for _ in range(12):
        users = ridge_factors(targets, items, 0.5)
        items = ridge_factors(sparse.csr_array(targets.T), users, 0.5)
    strongest = np.linalg.svd(items, full_matrices=False)[0][:, 0]
    assert abs(np.corrcoef(strongest, titles)[0, 1]) > 0.99


def test_the_toys_camps_are_the_first_factor(toy_engine: Engine):
    factors = toy_engine.svd.item_factors_
    first = np.linalg.svd(factors, full_matrices=False)[0][:, 0]
    crime, comedy, unrated = first[:4], first[4:8], factors[8]
    assert np.ptp(crime) < 1e-3
    assert np.sign(crime[0]) == -np.sign(comedy[0])
    np.testing.assert_array_equal(unrated, 0.0)


@pytest.mark.parametrize("size", [1, 3, 40])
def test_fold_in_is_the_closed_form(showcase_engine: Engine, size: int):
    model, dataset = showcase_engine.svd, showcase_engine.dataset
    rng = np.random.default_rng(size)
    chosen = rng.choice(dataset.item_ids, size, replace=False).tolist()
    profile = Profile.from_ratings(dict(zip(chosen, rng.integers(1, 11, size) / 2, strict=True)), dataset.item_index)
    Q = model.item_factors_
    rated = Q[profile.items]
    solve, cautious = (np.linalg.inv(rated.T @ rated + c * model.penalty_ * np.eye(Q.shape[1])) @ rated.T for c in (1, model.caution))
    biases, residuals = visitor_bias(profile, model.mean_, model.item_bias_, model.user_shrinkage)
    np.testing.assert_allclose(model.fold_in(profile), solve @ residuals, atol=1e-9)
    scorable = dataset.raters > 0
    expected = model.popularity_weight * model.prior_ + Q @ cautious @ profile.likes
    np.testing.assert_allclose(model.score(profile)[scorable], expected[scorable], atol=1e-9)
    stars = biases.total() + Q @ model.fold_in(profile)
    np.testing.assert_allclose(model.predict(profile)[scorable], np.clip(stars, 0.5, 5)[scorable], atol=1e-9)


def test_nobody_stands_at_the_origin(toy_engine: Engine):
    nobody = Profile.from_ratings({}, toy_engine.dataset.item_index)
    assert toy_engine.svd.fold_in(nobody).tolist() == [0.0] * toy_engine.svd.n_factors


def test_equal_seeds_give_equal_factors(toy: Dataset):
    first, again, other = (SVD(random_state=seed).fit(toy) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.item_factors_, again.item_factors_)
    assert not np.array_equal(first.item_factors_, other.item_factors_)
    profile = Profile.from_ratings({"crime-1": 5}, toy.item_index)
    np.testing.assert_allclose(first.score(profile), other.score(profile), atol=1e-3)


def test_settings(toy: Dataset):
    model = SVD(n_factors=3, penalty=9.5, popularity_weight=0.0).fit(toy)
    assert model.item_factors_.shape == (9, 3)
    assert model.penalty_ == 9.5


def test_default_penalty_grows_with_the_noise(toy: Dataset, showcase: Dataset):
    # 48 ratings of 8 people and 9 titles; the factor before the formula is a matter of tuning
    factor = default_penalty(toy) / (np.sqrt(48 / 72) * (np.sqrt(8) + 3))
    assert 0.1 < factor < 1.0
    density = showcase.n_ratings / (showcase.n_users * showcase.n_items)
    expected = factor * np.sqrt(density) * (np.sqrt(showcase.n_users) + np.sqrt(showcase.n_items))
    assert default_penalty(showcase) == pytest.approx(expected)
    assert SVD().fit(toy).penalty_ == pytest.approx(default_penalty(toy))


def test_a_huge_penalty_leaves_the_baseline(toy: Dataset):
    model = SVD(penalty=1e9, popularity_weight=0.0).fit(toy)
    profile = Profile.from_ratings({"crime-1": 5}, toy.item_index)
    np.testing.assert_allclose(model.score(profile)[:8], 0.0, atol=1e-6)
