"""Which titles were watched: the same whatever the stars, and worth something for the stars."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset
from recsys_core.data.profile import Profile
from recsys_core.models import Watched


@pytest.fixture(scope="module")
def habits() -> Dataset:
    """Ten people watch a and b, ten watch c and d; e is watched by all, liked by the first and not by the others."""
    rows = [
        {"user_id": f"{group}{number}", "item_id": title, "rating": 3.0 if title != "e" else 5.0 if group == "x" else 1.0}
        for group, titles in (("x", "abe"), ("y", "cde"))
        for number in range(10)
        for title in titles
    ]
    items = pd.DataFrame({"item_id": list("abcde"), "title": list("abcde")})
    return Dataset.from_frames(items, pd.DataFrame(rows))


@pytest.fixture(scope="module")
def model(habits: Dataset) -> Watched:
    return Watched(n_factors=2).fit(habits)


def test_who_watches_like_the_fans_is_expected_to_be_a_fan(model: Watched):
    like_x, like_y = (model.predict(Profile(np.array([title]), np.array([3.0])))[4] for title in (0, 2))
    assert like_x > 3.5
    assert like_y < 2.5


def test_what_goes_with_what_was_watched_comes_first(model: Watched):
    scores = model.score(Profile(np.array([0]), np.array([3.0])))
    assert scores[1] > max(scores[2], scores[3]) + 0.05


def test_the_stars_do_not_matter(model: Watched):
    scores = [model.score(Profile(np.array([0, 3]), np.array(stars))) for stars in ([5.0, 1.0], [0.5, 4.0])]
    np.testing.assert_array_equal(*scores)


def test_each_titles_step_is_divided_by_the_root_of_their_number(model: Watched):
    both = model.additive_score(Profile(np.array([0, 2]), np.array([3.0, 3.0]))).contributions(np.array([4]))
    alone = model.additive_score(Profile(np.array([0]), np.array([3.0]))).contributions(np.array([4]))
    assert both[0, 0] == pytest.approx(alone[0, 0] / np.sqrt(2))


def test_what_was_seen_without_stars_counts_as_what_was_rated(model: Watched):
    """The expected stars move by the same steps; only the visitor's own bias, which is made of stars, knows the difference."""
    rated = Profile(np.array([0]), np.array([3.0]))
    also = Profile(rated.items, rated.stars, seen=np.array([1]))
    moved = model.additive_stars(also).total() - model.additive_stars(rated).total()
    steps = model.steps(np.array([0, 1]), also).sum(axis=0) - model.steps(np.array([0]), rated)[0]
    np.testing.assert_allclose(moved, model.star_factors_ @ steps, atol=1e-12)
    assert len(model.additive_stars(also).contributions(np.array([4]))) == 1


def test_leaving_a_rating_out_keeps_what_was_seen(model: Watched):
    profile = Profile(np.array([0, 2]), np.array([5.0, 1.0]), seen=np.array([1]))
    np.testing.assert_allclose(model.scores_without_each(profile)[0], model.score(profile.without(0)), atol=1e-12)
