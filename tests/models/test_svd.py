"""Matrix factorisation: the factors against plain NumPy, and the fold-in's closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models import SVD
from recsys_core.models.svd import right_singular_vectors


@pytest.mark.parametrize("shape", [(40, 25), (400, 350)])  # dense and iterative
def test_singular_vectors_are_those_of_numpy(shape: tuple[int, int]):
    rng = np.random.default_rng(3)
    dense = rng.random(shape) * (rng.random(shape) < 0.2)
    vectors, values = right_singular_vectors(sparse.csr_array(dense), 5, 0)
    _, expected, rows = np.linalg.svd(dense, full_matrices=False)
    np.testing.assert_allclose(values, expected[:5], rtol=1e-8)
    np.testing.assert_allclose(np.abs((vectors * rows[:5].T).sum(axis=0)), 1.0, atol=1e-6)  # equal up to sign


def test_fewer_factors_where_there_are_fewer_titles():
    vectors, values = right_singular_vectors(sparse.csr_array(np.eye(3)), 48, 0)
    assert vectors.shape == (3, 3)
    assert values.tolist() == [1.0, 1.0, 1.0]


def test_the_toys_camps_stand_apart(toy_engine: Engine):
    factors = toy_engine.svd.item_factors_
    directions = factors[:8] / np.linalg.norm(factors[:8], axis=1, keepdims=True)
    cosines = directions @ directions.T
    assert min(cosines[:4, :4].min(), cosines[4:, 4:].min()) > 0.3
    assert np.abs(cosines[:4, 4:]).max() < 0.05
    np.testing.assert_array_equal(factors[8], 0.0)  # nobody rated it


def test_well_known_titles_have_length_one(showcase_engine: Engine):
    factors = showcase_engine.svd.item_factors_[showcase_engine.dataset.raters >= 20]
    assert (factors**2).sum(axis=1).mean() == pytest.approx(1.0)


@pytest.mark.parametrize("size", [1, 3, 40])
def test_fold_in_is_the_closed_form(showcase_engine: Engine, size: int):
    model, dataset = showcase_engine.svd, showcase_engine.dataset
    rng = np.random.default_rng(size)
    chosen = rng.choice(dataset.item_ids, size, replace=False).tolist()
    profile = Profile.from_ratings(dict(zip(chosen, rng.integers(1, 11, size) / 2, strict=True)), dataset.item_index)
    Q = model.item_factors_
    rated = Q[profile.items]
    gram, unit = rated.T @ rated, np.eye(Q.shape[1])
    for_list, for_stars = (np.linalg.inv(gram + alpha * unit) @ rated.T for alpha in (model.alpha, model.alpha_stars))
    biases, residuals = model.baseline_.fold_in(profile)
    np.testing.assert_allclose(model.fold_in(profile), for_list @ profile.query_weights, atol=1e-9)
    scorable = dataset.raters > 0
    expected = model.popularity_weight * model.baseline_.popularity + model.fame_ * (Q @ for_list @ profile.query_weights)
    np.testing.assert_allclose(model.score(profile)[scorable], expected[scorable], atol=1e-9)
    stars = biases.total() + Q @ for_stars @ residuals
    np.testing.assert_allclose(model.predict(profile)[scorable], np.clip(stars, 0.5, 5)[scorable], atol=1e-9)


def test_nobody_stands_at_the_origin(toy_engine: Engine):
    nobody = Profile.from_ratings({}, toy_engine.dataset.item_index)
    assert toy_engine.svd.fold_in(nobody).tolist() == [0.0] * toy_engine.svd.item_factors_.shape[1]


def test_the_seed_changes_no_score(showcase: Dataset):
    profile = Profile.from_ratings({"breaking-bad-2008": 5, "friends-1994": 2}, showcase.item_index)
    first, other = (SVD(random_state=seed).fit(showcase).score(profile) for seed in (3, 4))
    np.testing.assert_allclose(first, other, atol=1e-6, equal_nan=True)


def test_settings(toy: Dataset):
    assert SVD(n_factors=3).fit(toy).item_factors_.shape == (9, 3)


def test_a_huge_penalty_leaves_the_baseline(toy: Dataset):
    model = SVD(alpha=1e9, popularity_weight=0.0).fit(toy)
    profile = Profile.from_ratings({"crime-1": 5}, toy.item_index)
    np.testing.assert_allclose(model.score(profile)[:8], 0.0, atol=1e-6)
