"""The rating matrix: what was given, what is expected without it, and who is alike."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.data.profile import Profile
from recsys_core.visitor import rating_matrix
from recsys_core.visitor.rating_matrix import Block, most_alike, rating_block


def test_what_was_given_stands_where_it_was_given(showcase_engine: Engine):
    people = [showcase_engine.dataset.profile_of(user) for user in (3, 50, 700)]
    titles = np.argsort(-showcase_engine.dataset.raters)[:25]
    block = rating_block(showcase_engine.svd, people, titles)
    ratings = showcase_engine.dataset.ratings[[3, 50, 700]].toarray()[:, titles]
    np.testing.assert_array_equal(np.nan_to_num(block.observed), ratings)
    assert not np.isnan(block.predicted).any()
    np.testing.assert_array_equal(block.error, block.predicted - block.observed)


def test_a_given_rating_is_expected_from_the_others_alone(showcase_engine: Engine):
    """The closed form against a real fold-in without the rating."""
    profile = showcase_engine.dataset.profile_of(11)
    expected = showcase_engine.svd.rated_stars_without_each(profile)
    for place in range(0, len(profile), 7):
        others = np.arange(len(profile)) != place
        rest = Profile(profile.items[others], profile.stars[others])
        assert expected[place] == pytest.approx(showcase_engine.svd.predict_at(rest, profile.items[[place]])[0], abs=1e-9)


def test_one_rating_alone_says_nothing_of_itself(showcase_engine: Engine):
    one = showcase_engine.visitor({"friends-1994": 1}).profile
    high = showcase_engine.visitor({"friends-1994": 5}).profile
    np.testing.assert_allclose(showcase_engine.svd.rated_stars_without_each(one), showcase_engine.svd.rated_stars_without_each(high))


def test_the_error_by_hand():
    block = Block(np.array([[4.0, np.nan], [1.0, 2.0]]), np.array([[3.0, 5.0], [1.0, np.nan]]))
    np.testing.assert_array_equal(block.error, [[-1.0, np.nan], [0.0, np.nan]])
    assert block.rmse == pytest.approx(np.sqrt(0.5))
    assert np.isnan(Block(np.full((1, 1), np.nan), np.ones((1, 1))).rmse)


def test_somebody_is_most_like_himself(showcase_engine: Engine):
    found = most_alike(showcase_engine.dataset, showcase_engine.dataset.profile_of(42), 5)
    assert found[0] == 42
    assert len(set(found.tolist())) == 5


def test_among_many_people_some_are_asked(showcase_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rating_matrix, "MOST_PEOPLE", 100)
    asked = np.random.default_rng(0).permutation(showcase_engine.dataset.n_users)[:100]
    found = most_alike(showcase_engine.dataset, showcase_engine.dataset.profile_of(int(asked[7])), 5)
    assert found[0] == asked[7]
    assert np.isin(found, asked).all()


def test_nobody_is_like_who_liked_nothing(showcase_engine: Engine):
    assert len(most_alike(showcase_engine.dataset, showcase_engine.visitor({"friends-1994": 0.5}).profile, 5)) == 0


def test_the_most_active_people_come_first(showcase_engine: Engine):
    counts = np.diff(showcase_engine.dataset.ratings.indptr)
    found = rating_matrix.most_active(showcase_engine.dataset, 5)
    assert counts[found].tolist() == sorted(counts.tolist(), reverse=True)[:5]


def test_people_at_random_are_always_the_same(toy: Dataset):
    found = rating_matrix.at_random(toy, 5)
    assert len(set(found.tolist())) == 5
    np.testing.assert_array_equal(found, rating_matrix.at_random(toy, 5))
    assert sorted(rating_matrix.at_random(toy, 99).tolist()) == list(range(toy.n_users))
