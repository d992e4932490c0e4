"""Shrunken means, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.baseline import Baseline, biases, log_likes, standardised


@pytest.fixture
def dataset() -> Dataset:
    """Two people, two titles, a third that nobody rated: mean 3.5."""
    items = pd.DataFrame({"item_id": ["a", "b", "c"], "title": ["A", "B", "C"]})
    ratings = pd.DataFrame({"user_id": ["u", "u", "v"], "item_id": ["a", "b", "a"], "rating": [5.0, 3.5, 2.0]})
    return Dataset.from_frames(items, ratings)


def test_one_round_by_hand(dataset: Dataset):
    mean, of_item, of_user = biases(dataset, item_shrinkage=1.0, user_shrinkage=2.0, n_iter=1)
    assert mean == 3.5
    # a: (1.5 - 1.5) / (2 + 1) = 0; b: 0 / (1 + 1) = 0; c has no rater
    assert of_item.tolist() == [0.0, 0.0, 0.0]
    # u: (1.5 + 0) / (2 + 2); v: -1.5 / (1 + 2)
    np.testing.assert_allclose(of_user, [0.375, -0.5])


def test_two_rounds_by_hand(dataset: Dataset):
    _, of_item, of_user = biases(dataset, item_shrinkage=1.0, user_shrinkage=2.0, n_iter=2)
    # a: (1.5 - 0.375 - 1.5 + 0.5) / 3; b: (0 - 0.375) / 2
    np.testing.assert_allclose(of_item, [0.125 / 3, -0.1875, 0.0])
    # u: (1.5 - 0.125 / 3 + 0.1875) / 4; v: (-1.5 - 0.125 / 3) / 3
    np.testing.assert_allclose(of_user, [(1.6875 - 0.125 / 3) / 4, (-1.5 - 0.125 / 3) / 3])


def test_ten_iter_are_plenty(dataset: Dataset):
    ten, hundred = (biases(dataset, n_iter=n) for n in (10, 100))
    for few, many in zip(ten, hundred, strict=True):
        np.testing.assert_allclose(few, many, atol=1e-6)


def test_without_shrinkage_the_biases_explain_additive_ratings():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]})
    ratings = pd.DataFrame({"user_id": list("uuvv"), "item_id": list("abab"), "rating": [5.0, 3.0, 4.0, 2.0]})
    dataset = Dataset.from_frames(items, ratings)
    mean, of_item, of_user = biases(dataset, item_shrinkage=0.0, user_shrinkage=0.0)
    np.testing.assert_allclose(of_item, [1.0, -1.0])
    np.testing.assert_allclose(of_user, [0.5, -0.5])
    baseline = Baseline(log_likes(dataset), dataset.raters, mean, of_item, of_user)
    np.testing.assert_allclose(baseline.residuals(dataset).toarray(), 0.0, atol=1e-6)


def test_residuals_are_what_is_left(dataset: Dataset):
    found = biases(dataset, item_shrinkage=1.0, user_shrinkage=2.0, n_iter=1)
    residuals = Baseline(log_likes(dataset), dataset.raters, *found).residuals(dataset)
    np.testing.assert_allclose(residuals.toarray(), [[1.125, -0.375, 0.0], [-1.0, 0.0, 0.0]])
    assert residuals.nnz == dataset.n_ratings
    residuals.data[:] = 0.0  # its own arrays, not the data set's
    assert dataset.ratings.data.tolist() == [5.0, 3.5, 2.0]


def test_a_checkerboard_has_no_biases(toy: Dataset):
    mean, of_item, of_user = biases(toy)
    assert mean == 3.0
    np.testing.assert_allclose(of_item, 0.0, atol=1e-12)
    np.testing.assert_allclose(of_user, 0.0, atol=1e-12)


def of_three_titles(mean: float, item_bias: list[float]) -> Baseline:
    return Baseline(np.zeros(3), np.ones(3, dtype=int), mean, np.array(item_bias))


def test_visitor_by_hand():
    profile = Profile.from_ratings({"a": 5, "c": 2}, {"a": 0, "b": 1, "c": 2})
    stars, residuals = of_three_titles(3.0, [0.5, -1.0, 0.25]).fold_in(profile, shrinkage=2.0)
    # from_title: 5 - 3.5 = 1.5 and 2 - 3.25 = -1.25; shares: divided by 2 + 2; own generosity: 0.0625
    np.testing.assert_allclose(stars.baseline, [3.5, 2.0, 3.25])
    np.testing.assert_allclose(stars.contributions(np.arange(3)), [[0.375] * 3, [-0.3125] * 3])
    np.testing.assert_allclose(stars.total(), [3.5625, 2.0625, 3.3125])
    np.testing.assert_allclose(residuals, [1.4375, -1.3125])


def test_a_visitor_without_ratings_is_average():
    stars, residuals = of_three_titles(3.0, [0.5, -1.0, 0.0]).fold_in(Profile.from_ratings({}, {}))
    np.testing.assert_allclose(stars.total(), [3.5, 2.0, 3.0])
    assert residuals.shape == (0,)


def test_log_likes_counts_four_stars_and_more(dataset: Dataset):
    np.testing.assert_allclose(log_likes(dataset), np.log([2, 1, 1]))


def test_standardised():
    assert standardised(np.array([1.0, 3.0])).tolist() == [-1.0, 1.0]
    assert standardised(np.array([2.0, 2.0])).tolist() == [0.0, 0.0]


def test_a_saved_baseline_answers_equally_and_cannot_be_asked_for_residuals(dataset: Dataset):
    fitted = Baseline.fit(dataset)
    restored = Baseline.restored(fitted.state())
    profile = Profile.from_ratings({"a": 5}, dataset.item_index)
    np.testing.assert_array_equal(restored.fold_in(profile)[0].total(), fitted.fold_in(profile)[0].total())
    np.testing.assert_array_equal(restored.list_score(0.5), fitted.list_score(0.5))
    with pytest.raises(IndexError):
        restored.residuals(dataset)


def test_popularity_of_some_titles_keeps_its_scale(toy: Dataset):
    baseline = Baseline.fit(toy)
    some = np.array([3, 8])
    np.testing.assert_array_equal(baseline.among(some).popularity, baseline.popularity[some])
