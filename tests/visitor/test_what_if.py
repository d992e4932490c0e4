"""What if a rating were not there, or another; and which rating shaped the list most."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core import Dataset, Engine
from recsys_core.common.metrics import rank_biased_overlap
from recsys_core.data.filters import Filters
from recsys_core.errors import ProfileError, UnknownItemError, UnknownModelError
from recsys_core.models.linear.leave_one_out import dual_without_each, others, primal_without_each
from recsys_core.visitor.influence import influences
from recsys_core.visitor.what_if import ListChange, what_if

LIKED = {"the-wire-2002": 5.0, "breaking-bad-2008": 5.0, "amelie-2001": 2.0, "the-godfather-1972": 4.0, "friends-1994": 1.0}
TASTE = {"crime-1": 5.0, "comedy-1": 4.0}


def random_ratings(engine: Engine, size: int, seed: int) -> dict[str, float]:
    rng = np.random.default_rng([size, seed])
    chosen = rng.choice(engine.item_ids, size, replace=False).tolist()
    return dict(zip(chosen, rng.integers(1, 11, size) / 2, strict=True))


def rest_of(ratings: dict[str, float], item_id: str) -> dict[str, float]:
    return {other: stars for other, stars in ratings.items() if other != item_id}


# --- one change --------------------------------------------------------------------------------------------------


def test_without_the_crime_title_a_crime_title_falls(toy_engine: Engine):
    found = toy_engine.what_if(TASTE, without="crime-1")
    rank = found.rank("crime-2")
    assert rank.before < rank.after
    stars = found.stars("crime-2")
    assert stars.before > stars.after


def test_one_star_instead_of_five_turns_the_list_round(toy_engine: Engine):
    lists = toy_engine.what_if(TASTE, changed={"crime-1": 1}).lists(3)
    assert set(lists.before) <= {"crime-2", "crime-3", "crime-4", "crime-new"}
    assert set(lists.after) == {"comedy-2", "comedy-3", "comedy-4"}
    assert (lists.entered, lists.left) == (lists.after, lists.before)
    assert lists.difference == pytest.approx(1.0)


def test_nothing_changes_nothing(toy_engine: Engine):
    found = toy_engine.what_if(TASTE, changed={"crime-1": 5})
    assert found.rank("comedy-2").before == found.rank("comedy-2").after
    assert found.lists(5).entered == found.lists(5).left == ()
    assert found.lists(5).difference == pytest.approx(0.0)


def test_ranks_stars_and_lists_are_those_of_a_fresh_visitor(showcase_engine: Engine):
    ratings = random_ratings(showcase_engine, 20, seed=4)
    for rated in list(ratings)[:5]:
        found = showcase_engine.what_if(ratings, without=rated)
        fresh = showcase_engine.visitor(rest_of(ratings, rated))
        listed = [line.item_id for line in fresh.recommend(30, filters=Filters.of(exclude=[rated]))]
        assert list(found.lists(30).after) == listed
        assert [found.rank(item_id).after for item_id in listed] == list(range(1, 31))
        assert found.stars(listed[0]).after == pytest.approx(fresh.recommend(1, filters=Filters.of(exclude=[rated]))[0].predicted_rating)


def test_a_title_whose_rating_is_taken_away_has_still_been_seen(showcase_engine: Engine):
    found = showcase_engine.what_if(LIKED, without="the-wire-2002")
    assert "the-wire-2002" not in found.lists(showcase_engine.dataset.n_items).after
    assert found.rank("the-wire-2002").after is not None


def test_filters_and_hidden_titles_hold_before_and_after(showcase_engine: Engine):
    found = showcase_engine.what_if(LIKED, without="breaking-bad-2008")
    hidden = found.lists(3).after[0]
    lists = found.lists(10, Filters.of(kind="show", years=(1990, 2010), exclude=[hidden]))
    items = showcase_engine.dataset.items.set_index("item_id").loc[[*lists.before, *lists.after]]
    assert set(items["kind"]) == {"show"}
    assert items["year"].between(1990, 2010).all()
    assert hidden not in {*lists.before, *lists.after}
    assert found.rank(lists.after[0], Filters.of(exclude=[hidden])).after <= found.rank(lists.after[0]).after


def test_steering_stays_as_it_is(showcase_engine: Engine):
    steered = showcase_engine.visitor(LIKED, {"genre:Comedy": 2.0})
    found = what_if(steered, without="the-wire-2002")
    fresh = showcase_engine.visitor(rest_of(LIKED, "the-wire-2002"), {"genre:Comedy": 2.0})
    np.testing.assert_array_equal(found.score, fresh.score())


def test_a_title_that_cannot_be_scored_has_no_rank(toy_engine: Engine):
    found = toy_engine.what_if(TASTE, without="crime-1", model="svd")
    assert found.rank("crime-new") == (None, None)
    assert np.isnan(found.stars("crime-new")).all()


def test_bad_questions_are_refused(toy_engine: Engine):
    found = toy_engine.what_if(TASTE, without="crime-1")
    with pytest.raises(UnknownItemError):
        found.rank("nothing-of-the-kind")
    with pytest.raises(UnknownItemError):
        found.stars("nothing-of-the-kind")
    with pytest.raises(UnknownModelError):
        toy_engine.what_if(TASTE, without="crime-1", model="oracle")
    with pytest.raises(ProfileError):
        toy_engine.what_if(TASTE, changed={"crime-1": 7})


# --- all ratings at once -----------------------------------------------------------------------------------------


def test_the_list_follows_the_only_rating_that_speaks(toy_engine: Engine):
    """Crime is loved; two stars are neutral, so the comedy rating says hardly anything."""
    found = influences(toy_engine.visitor({"comedy-1": 2.0, "crime-1": 5.0}), 3)
    assert [influence.item_id for influence in found] == ["crime-1", "comedy-1"]
    assert found[0].amount > 0.5 > found[1].amount
    assert set(found[0].lists.before) <= {"crime-2", "crime-3", "crime-4", "crime-new"}


@pytest.mark.parametrize(("size", "seed"), [(1, 0), (2, 0), (3, 1), (5, 2), (20, 3), (50, 4), (50, 5)])
def test_every_list_is_that_of_a_fresh_visitor(showcase_engine: Engine, size: int, seed: int):
    ratings = random_ratings(showcase_engine, size, seed)
    found = influences(showcase_engine.visitor(ratings), 20)
    assert {influence.item_id for influence in found} == set(ratings)
    for influence in found:
        fresh = showcase_engine.recommend(rest_of(ratings, influence.item_id), 20, exclude=[influence.item_id])
        assert list(influence.lists.after) == [line.item_id for line in fresh]
        assert list(influence.lists.before) == [line.item_id for line in showcase_engine.recommend(ratings, 20)]
        assert influence.amount == pytest.approx(influence.lists.difference)


def test_the_whole_order_is_that_of_a_fresh_visitor(showcase_engine: Engine):
    ratings, n = random_ratings(showcase_engine, 12, seed=9), showcase_engine.dataset.n_items
    for influence in influences(showcase_engine.visitor(ratings), n):
        fresh = showcase_engine.recommend(rest_of(ratings, influence.item_id), n, exclude=[influence.item_id])
        assert list(influence.lists.after) == [line.item_id for line in fresh]


@pytest.mark.parametrize("model", ["content", "svd", "gp", "user-knn", "popularity"])
def test_every_model_can_be_asked(showcase_engine: Engine, model: str):
    found = influences(showcase_engine.visitor(LIKED), 10, model)
    for influence in found:
        fresh = showcase_engine.recommend(rest_of(LIKED, influence.item_id), 10, model, exclude=[influence.item_id])
        assert list(influence.lists.after) == [line.item_id for line in fresh]
    assert (max(influence.amount for influence in found) == 0) is (model == "popularity")


def test_steering_and_filters_hold_in_every_list(showcase_engine: Engine):
    pulls = {"genre:Comedy": 1.5, "keyword:heist": 0.0}
    visitor = showcase_engine.visitor(LIKED, pulls)
    found = influences(visitor, 10, allowed=visitor.candidates(Filters(kind="movie")))
    for influence in found:
        filters = Filters.of(kind="movie", exclude=[influence.item_id])
        fresh = showcase_engine.visitor(rest_of(LIKED, influence.item_id), pulls).recommend(10, filters=filters)
        assert list(influence.lists.after) == [line.item_id for line in fresh]


def test_most_influential_first_and_stable(showcase_engine: Engine):
    ratings = random_ratings(showcase_engine, 30, seed=6)
    found = influences(showcase_engine.visitor(ratings))
    amounts = [influence.amount for influence in found]
    assert amounts == sorted(amounts, reverse=True)
    assert min(amounts) >= 0 and max(amounts) <= 1
    assert found == influences(showcase_engine.visitor(ratings))


def test_of_many_ratings_only_the_weightiest_are_tried(showcase_engine: Engine):
    ratings = random_ratings(showcase_engine, 40, seed=7)
    visitor = showcase_engine.visitor(ratings)
    everything, some = influences(visitor), influences(visitor, at_most=15)
    known = {influence.item_id: influence.amount for influence in everything}
    assert len(some) == 15
    for influence in some:
        assert influence.amount == pytest.approx(known[influence.item_id])
    assert sum(influence.amount for influence in some) > 0.5 * sum(known.values())
    assert [one.amount for one in influences(visitor, at_most=40)] == [one.amount for one in everything]


def test_where_nobody_has_rated_content_alone_is_asked(toy: Dataset):
    bare = Engine.fit(Dataset.from_frames(toy.items, None, name="bare"))
    ratings = {"crime-1": 5.0, "crime-new": 4.0, "comedy-1": 1.0}
    for influence in influences(bare.visitor(ratings), 9):
        fresh = bare.recommend(rest_of(ratings, influence.item_id), 9, exclude=[influence.item_id])
        assert list(influence.lists.after) == [line.item_id for line in fresh]


def test_without_ratings_nothing_shaped_the_list(toy_engine: Engine):
    assert influences(toy_engine.visitor({})) == []


def test_the_only_rating_is_measured_against_everybodys_list(toy_engine: Engine):
    (found,) = influences(toy_engine.visitor({"comedy-1": 5.0}), 3)
    assert list(found.lists.after) == [line.item_id for line in toy_engine.recommend({}, 3, exclude=["comedy-1"])]


def test_nothing_to_list(toy_engine: Engine):
    found = influences(toy_engine.visitor(TASTE), allowed=np.zeros(toy_engine.dataset.n_items, dtype=bool))
    assert [influence.amount for influence in found] == [0.0, 0.0]


def test_unknown_model(toy_engine: Engine):
    with pytest.raises(UnknownModelError):
        influences(toy_engine.visitor(TASTE), model="oracle")


# --- closed forms ------------------------------------------------------------------------------------------------


def test_the_sum_of_the_others():
    np.testing.assert_array_equal(others(np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]])), [[110, 220], [101, 202], [11, 22]])


@pytest.mark.parametrize(("n", "k"), [(1, 3), (2, 1), (6, 4), (20, 5)])
def test_regressions_without_each_observation_are_fitted_anew(n: int, k: int):
    rng = np.random.default_rng(n)
    rated, targets, alpha = rng.normal(size=(n, k)), rng.normal(size=n), 0.7
    kernel = rated @ rated.T + alpha * np.eye(n)
    primal = primal_without_each(rated, targets, alpha)
    dual = dual_without_each(np.linalg.inv(kernel), targets)
    for i in range(n):
        rest = np.delete(np.arange(n), i)
        expected = np.linalg.solve(kernel[np.ix_(rest, rest)], targets[rest])
        np.testing.assert_allclose(np.delete(dual[i], i), expected, atol=1e-12)
        assert dual[i, i] == 0.0
        np.testing.assert_allclose(primal[i], rated[rest].T @ expected, atol=1e-12)


# --- how alike two lists are -------------------------------------------------------------------------------------


def test_the_same_list_and_nothing_in_common():
    assert rank_biased_overlap("abc", "abc") == pytest.approx(1.0)
    assert rank_biased_overlap("abc", "xyz") == 0.0
    assert rank_biased_overlap("", "") == 1.0
    assert rank_biased_overlap("abc", "") == 0.0


def test_overlap_by_hand():
    """abc against bac: the first ones share nothing, the first two and three everything: 1 · ½³ + (½ / ½) · (0 · ½ + ½² + ½³)."""
    assert rank_biased_overlap("abc", "bac", persistence=0.5) == pytest.approx(0.125 + 0.25 + 0.125)


def test_a_change_on_top_weighs_more_than_one_below():
    assert rank_biased_overlap("abcdef", "bacdef") < rank_biased_overlap("abcdef", "abcdfe") < 1


def test_overlap_is_symmetric_also_for_lists_of_different_length():
    assert rank_biased_overlap("abcd", "ab") == rank_biased_overlap("ab", "abcd") < 1
    assert rank_biased_overlap("abcd", "dxab") == pytest.approx(rank_biased_overlap("dxab", "abcd"))


def test_entered_and_left_in_their_order():
    change = ListChange(("a", "b", "c"), ("x", "c", "y"))
    assert (change.entered, change.left) == (("x", "y"), ("a", "b"))
