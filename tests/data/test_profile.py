"""A visitor's ratings as a query."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core.data.profile import Profile
from recsys_core.errors import ProfileError

INDEX = {"a": 0, "b": 1, "c": 2}


def test_positions_and_stars_keep_the_order_of_rating():
    profile = Profile.from_ratings({"c": 2, "a": 4.5, "b": 5}, INDEX)
    assert profile.items.tolist() == [2, 0, 1]
    assert profile.stars.tolist() == [2.0, 4.5, 5.0]
    assert profile.unknown == ()
    assert len(profile) == 3


def test_unknown_ids_are_reported_in_order_and_left_out():
    profile = Profile.from_ratings({"z": 1, "b": 3, "y": 5}, INDEX)
    assert profile.items.tolist() == [1]
    assert profile.stars.tolist() == [3.0]
    assert profile.unknown == ("z", "y")


def test_nothing_rated():
    profile = Profile.from_ratings({}, INDEX)
    assert len(profile) == 0
    assert profile.items.dtype == np.int64
    assert profile.stars.dtype == np.float64
    assert profile.query_weights.shape == (0,)


@pytest.mark.parametrize("stars", [0.5, 5, 5.0, 1, np.float32(3.5), np.int64(4)])
def test_stars_on_the_scale(stars: float):
    assert Profile.from_ratings({"a": stars}, INDEX).stars.tolist() == [float(stars)]


@pytest.mark.parametrize("bad", [0, 0.49, 5.5, -1, 50, float("nan"), float("inf"), "x", "4", None, True, False, [4], np.nan])
def test_what_is_no_star_is_refused_by_name(bad: object):
    with pytest.raises(ProfileError, match=r"^The rating of 'b' is .+; a rating is a number from 0\.5 to 5\.$"):
        Profile.from_ratings({"a": 3, "b": bad}, INDEX)  # type: ignore[dict-item]


def test_bad_stars_of_an_unknown_title_are_refused_too():
    with pytest.raises(ProfileError, match="The rating of 'z' is 7"):
        Profile.from_ratings({"z": 7}, INDEX)


def test_the_callers_dictionary_is_not_changed():
    ratings = {"z": 1, "a": 3}
    Profile.from_ratings(ratings, INDEX)
    assert ratings == {"z": 1, "a": 3}


def test_likes_run_from_minus_one_half_to_one():
    likes = Profile.from_ratings({"a": 0.5, "b": 2, "c": 5}, INDEX).query_weights
    assert likes.tolist() == [-0.5, 0.0, 1.0]
    assert Profile.from_ratings({"a": 4}, INDEX).query_weights[0] == pytest.approx(2 / 3)


def test_whole_numbers_are_ids():
    for key in (1, 1.0, np.int64(1), "1"):
        assert Profile.from_ratings({key: 5.0}, {"1": 0}).items.tolist() == [0]  # type: ignore[dict-item]
    assert Profile.from_ratings({7: 5.0}, {"1": 0}).unknown == ("7",)  # type: ignore[dict-item]


@pytest.mark.parametrize("key", [True, 1.5, float("nan"), None, ("a",)])
def test_what_is_no_id_is_refused(key: object):
    with pytest.raises(ProfileError, match="is no id of a title"):
        Profile.from_ratings({key: 5.0}, INDEX)  # type: ignore[dict-item]


def test_one_id_as_a_text_and_as_a_number_is_refused():
    with pytest.raises(ProfileError, match="There are two ratings of '1'"):
        Profile.from_ratings({1: 5.0, "1": 3.0}, INDEX)  # type: ignore[dict-item]
