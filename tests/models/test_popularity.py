"""What most people like."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models.baseline import SHRINKAGE
from recsys_core.models.popularity import Popularity


@pytest.fixture
def dataset() -> Dataset:
    """a: three ratings, two of them four stars or more; b: one of 4; c: two poor ones; d: none."""
    items = pd.DataFrame({"item_id": list("abcd"), "title": list("ABCD")})
    ratings = pd.DataFrame({"user_id": list("uvwuuv"), "item_id": list("aaabcc"), "rating": [5, 4, 3.5, 4, 1, 2]})
    return Dataset.from_frames(items, ratings)


def test_the_list_is_the_same_for_everybody(dataset: Dataset):
    model = Popularity().fit(dataset)
    for ratings in ({}, {"a": 0.5}, {"c": 5, "d": 5}):
        np.testing.assert_allclose(model.score(Profile.from_ratings(ratings, dataset.item_index)), np.log([3, 2, 1, 1]))


def test_stars_are_the_titles_and_the_visitors_mean(dataset: Dataset):
    model = Popularity().fit(dataset)
    expected = model.baseline_.mean + model.baseline_.item_bias
    visitor = Profile.from_ratings({"a": 5}, dataset.item_index)
    generosity = (5 - expected[0]) / (1 + SHRINKAGE)
    np.testing.assert_allclose(model.predict(visitor)[:3], np.clip(expected[:3] + generosity, 0.5, 5))
    assert np.isnan(model.predict(visitor)[3])
