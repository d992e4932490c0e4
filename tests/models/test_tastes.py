"""Which likes belong together, and when a visitor is devoted to something."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.models.hybrid import tastes
from recsys_core.models.hybrid.tastes import (
    MAX_LIKED,
    companionship,
    companionship_without_each,
    cosines_among,
    group,
    usual_companionship,
)

TWO_PAIRS = np.array([[1.0, 0.8, 0.1, 0.1], [0.8, 1.0, 0.1, 0.1], [0.1, 0.1, 1.0, 0.2], [0.1, 0.1, 0.2, 1.0]])
"""The first two belong together closely, the last two loosely."""


def test_companionship_is_the_geometric_mean_of_the_closest_cosines():
    assert companionship(TWO_PAIRS) == pytest.approx((0.8 * 0.8 * 0.2 * 0.2) ** 0.25)
    assert companionship(np.eye(3)) == pytest.approx(1e-3)  # nothing in common, but finite
    assert companionship(np.eye(1)) == companionship(np.empty((0, 0))) == 0.0


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9])
def test_companionship_without_each_is_that_of_the_others(n: int):
    rows = np.random.default_rng(n).random((n, 5))
    cosines = rows @ rows.T / np.outer(np.linalg.norm(rows, axis=1), np.linalg.norm(rows, axis=1))
    others = [np.delete(np.delete(cosines, k, axis=0), k, axis=1) for k in range(n)]
    np.testing.assert_allclose(companionship_without_each(cosines), [companionship(rest) for rest in others])


def test_groups_are_the_pairs_until_the_bar_is_too_high_or_too_low():
    assert [rows.tolist() for rows in group(TWO_PAIRS, 0.15)] == [[0, 1], [2, 3]]
    assert [rows.tolist() for rows in group(TWO_PAIRS, 0.5)] == [[0, 1], [2], [3]]
    assert [rows.tolist() for rows in group(TWO_PAIRS, 0.05)] == [[0, 1, 2, 3]]
    assert [rows.tolist() for rows in group(np.eye(1), 0.5)] == [[0]]
    assert group(np.empty((0, 0)), 0.5) == []


def test_usual_companionship_grows_with_the_number_of_likes_and_is_never_reached_where_few_liked_so_many(
    showcase_engine: Engine, toy: Dataset, toy_engine: Engine
):
    usual = usual_companionship(showcase_engine.dataset, showcase_engine.features)
    assert usual.shape == (MAX_LIKED + 1, 2)
    assert (usual[2:, 0] < usual[2:, 1]).all()
    assert usual[5, 0] < usual[10, 0] < usual[20, 0]
    assert (usual[:2] == 1.0).all()
    assert (usual_companionship(toy, toy_engine.features) == 1.0).all()  # eight people


@pytest.fixture
def devotion(toy_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    """The devotion of toy visitors, where a companionship of 0.3 is usual and 0.6 is high."""
    hybrid = toy_engine.hybrid
    monkeypatch.setattr(hybrid, "usual_companionship_", np.tile([0.3, 0.6], (MAX_LIKED + 1, 1)))
    return lambda ratings: hybrid.devotion(Profile.from_ratings(ratings, toy_engine.dataset.item_index))


def test_a_visitor_is_devoted_to_one_taste_or_to_two_but_not_to_two_titles_that_have_nothing_in_common(devotion):
    assert devotion({"crime-1": 5, "crime-2": 5, "crime-3": 5}) == 1.0
    assert devotion({"crime-1": 5, "crime-2": 5, "comedy-1": 5, "comedy-2": 5}) == 1.0
    assert devotion({"crime-1": 5, "comedy-1": 5}) == 0.0


def test_stars_tell_how_much_a_visitor_is_devoted(devotion):
    assert devotion({"crime-1": 4, "crime-2": 4}) == pytest.approx(0.5)
    assert devotion({"crime-1": 3, "crime-2": 3.5}) == 0.0  # watched, not loved
    assert devotion({"crime-1": 1, "crime-2": 1}) == 0.0
    assert devotion({"crime-1": 5, "crime-2": 5, "comedy-1": 1}) == 1.0  # what is disliked does not count


def test_a_single_like_is_about_itself_and_nothing_is_about_nothing(devotion):
    assert devotion({"crime-1": 5}) == devotion({"crime-1": 5, "comedy-1": 1}) == 1.0
    assert devotion({"crime-1": 4}) == 0.5
    assert devotion({}) == devotion({"comedy-1": 1}) == 0.0


@pytest.mark.parametrize("n", [1, 2, 3, 6, 9, 20, 21, 22, 40])
def test_devotion_without_each_rating_is_that_of_the_others(showcase_engine: Engine, n: int):
    rng, hybrid = np.random.default_rng(n), showcase_engine.hybrid
    items = rng.choice(showcase_engine.dataset.by_popularity[:60], n, replace=False).astype(np.int64)
    profile = Profile(items, rng.integers(2, 11, len(items)) / 2)
    expected = [hybrid.devotion(profile.without(row)) for row in range(len(profile))]
    np.testing.assert_allclose(hybrid._devotion_without_each(profile), expected, atol=1e-12)


def test_many_likes_are_not_taken_for_devotion(showcase_engine: Engine):
    """Of a hundred likes each has a companion by chance: only the newest twenty are compared, with what is usual for twenty."""
    dataset, hybrid = showcase_engine.dataset, showcase_engine.hybrid
    many = np.flatnonzero(np.diff(dataset.ratings.indptr) > 150)[:40]
    found = []
    for user in many.tolist():
        row = slice(*dataset.ratings.indptr[user : user + 2])
        order = np.random.default_rng(user).permutation(row.stop - row.start)
        stars = np.full(len(order), 5.0)  # as warm as can be, so that only the companionship decides
        found.append(hybrid.devotion(Profile(dataset.ratings.indices[row][order].astype(np.int64), stars)))
    assert np.median(found) < 0.6


def test_a_title_of_which_nothing_is_known_says_nothing_of_devotion():
    items = pd.DataFrame({"item_id": ["a", "b"], "title": ["The", "Of"]})
    ratings = pd.DataFrame({"user_id": ["u", "v", "u"], "item_id": ["b", "b", "a"], "rating": [5, 4, 1]})
    engine = Engine.fit(Dataset.from_frames(items, ratings))
    assert engine.features.nnz == 0
    assert engine.hybrid.devotion(Profile(np.array([0]), np.array([5.0]))) == 0.0


def test_the_tastes_of_a_devoted_visitor_are_groups_of_likes(toy_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    hybrid, index = toy_engine.hybrid, toy_engine.dataset.item_index
    monkeypatch.setattr(hybrid, "usual_companionship_", np.tile([0.3, 0.6], (MAX_LIKED + 1, 1)))

    def found(ratings: dict[str, float]) -> list[list[int]]:
        return [rows.tolist() for rows in hybrid.tastes(Profile.from_ratings(ratings, index))]

    mixed = {"crime-1": 5, "comedy-1": 5, "crime-2": 5, "comedy-2": 5, "crime-3": 4, "comedy-4": 1}
    assert found(mixed) == [[0, 2, 4], [1, 3]]
    assert found({"crime-1": 5, "crime-2": 5, "crime-3": 5}) == []  # one taste: nothing to share out
    assert found({"crime-1": 5, "crime-2": 5, "comedy-1": 5}) == [[0, 1]]  # a lone like is no taste
    assert found(dict.fromkeys(mixed, 3.0)) == []  # not devoted


def test_cosines_among_titles_are_those_of_their_features(toy_engine: Engine):
    cosines = cosines_among(toy_engine.features, np.array([0, 4]))
    assert cosines[0, 1] == pytest.approx(float((toy_engine.features[[0]] @ toy_engine.features[[4]].T).toarray()[0, 0]))
    assert len(toy_engine.hybrid.usual_companionship_) - 1 == tastes.MAX_LIKED
