"""Shrunken means, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.bias import Bias, visitor_bias


@pytest.fixture
def dataset() -> Dataset:
    """Two people, two titles, a third that nobody rated: mean 3.5."""
    items = pd.DataFrame({"item_id": ["a", "b", "c"], "title": ["A", "B", "C"]})
    ratings = pd.DataFrame({"user_id": ["u", "u", "v"], "item_id": ["a", "b", "a"], "rating": [5.0, 3.5, 2.0]})
    return Dataset.from_frames(items, ratings)


def test_one_round_by_hand(dataset: Dataset):
    bias = Bias(item_shrinkage=1.0, user_shrinkage=2.0, n_rounds=1).fit(dataset)
    assert bias.mean_ == 3.5
    # a: (1.5 - 1.5) / (2 + 1) = 0; b: 0 / (1 + 1) = 0; c has no rater
    assert bias.item_.tolist() == [0.0, 0.0, 0.0]
    # u: (1.5 + 0) / (2 + 2); v: -1.5 / (1 + 2)
    np.testing.assert_allclose(bias.user_, [0.375, -0.5])


def test_two_rounds_by_hand(dataset: Dataset):
    bias = Bias(item_shrinkage=1.0, user_shrinkage=2.0, n_rounds=2).fit(dataset)
    # a: (1.5 - 0.375 - 1.5 + 0.5) / 3; b: (0 - 0.375) / 2
    np.testing.assert_allclose(bias.item_, [0.125 / 3, -0.1875, 0.0])
    # u: (1.5 - 0.125 / 3 + 0.1875) / 4; v: (-1.5 - 0.125 / 3) / 3
    np.testing.assert_allclose(bias.user_, [(1.6875 - 0.125 / 3) / 4, (-1.5 - 0.125 / 3) / 3])


def test_ten_rounds_are_plenty(dataset: Dataset):
    ten, hundred = (Bias(n_rounds=n).fit(dataset) for n in (10, 100))
    np.testing.assert_allclose(ten.item_, hundred.item_, atol=1e-6)
    np.testing.assert_allclose(ten.user_, hundred.user_, atol=1e-6)


def test_without_shrinkage_the_biases_explain_additive_ratings():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    ratings = pd.DataFrame({"user_id": list("uuvv"), "item_id": list("abab"), "rating": [5.0, 3.0, 4.0, 2.0]})
    dataset = Dataset.from_frames(items, ratings)
    bias = Bias(item_shrinkage=0.0, user_shrinkage=0.0).fit(dataset)
    np.testing.assert_allclose(bias.item_, [1.0, -1.0])
    np.testing.assert_allclose(bias.user_, [0.5, -0.5])
    np.testing.assert_allclose(bias.residuals(dataset).toarray(), 0.0, atol=1e-6)


def test_residuals_are_what_is_left(dataset: Dataset):
    bias = Bias(item_shrinkage=1.0, user_shrinkage=2.0, n_rounds=1).fit(dataset)
    residuals = bias.residuals(dataset)
    np.testing.assert_allclose(residuals.toarray(), [[1.125, -0.375, 0.0], [-1.0, 0.0, 0.0]])
    assert residuals.nnz == dataset.n_ratings
    residuals.data[:] = 0.0  # its own arrays, not the data set's
    assert dataset.ratings.data.tolist() == [5.0, 3.5, 2.0]


def test_a_checkerboard_has_no_biases(toy: Dataset):
    bias = Bias().fit(toy)
    assert bias.mean_ == 3.0
    np.testing.assert_allclose(bias.item_, 0.0, atol=1e-12)
    np.testing.assert_allclose(bias.user_, 0.0, atol=1e-12)


def test_visitor_by_hand():
    profile = Profile.from_ratings({"a": 5, "c": 2}, {"a": 0, "b": 1, "c": 2})
    stars, residuals = visitor_bias(profile, mean=3.0, item_bias=np.array([0.5, -1.0, 0.25]), shrinkage=2.0)
    # from_title: 5 - 3.5 = 1.5 and 2 - 3.25 = -1.25; shares: divided by 2 + 2; own generosity: 0.0625
    np.testing.assert_allclose(stars.baseline, [3.5, 2.0, 3.25])
    np.testing.assert_allclose(stars.contributions(np.arange(3)), [[0.375] * 3, [-0.3125] * 3])
    np.testing.assert_allclose(stars.total(), [3.5625, 2.0625, 3.3125])
    np.testing.assert_allclose(residuals, [1.4375, -1.3125])


def test_a_visitor_without_ratings_is_average():
    stars, residuals = visitor_bias(Profile.from_ratings({}, {}), mean=3.0, item_bias=np.array([0.5, -1.0]), shrinkage=5.0)
    np.testing.assert_allclose(stars.total(), [3.5, 2.0])
    assert residuals.shape == (0,)
