"""From scores to a list: ties, filters, and diversity at a known price."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from recsys_core import Dataset, Engine
from recsys_core.data.filters import Filters
from recsys_core.data.ranking import (
    ListQuality,
    best_list,
    diversify,
    list_quality,
    places_of,
    take_turns,
    top_n,
    varied_first,
    with_first,
    within_franchise_limit,
)
from recsys_core.visitor.quality import quality_of_list

IDS = np.array(["e", "d", "c", "b", "a"])


def ids(positions: np.ndarray) -> str:
    return "".join(IDS[positions])


# --- top_n ---------------------------------------------------------------------------------------------------------


def test_best_first():
    assert ids(top_n(np.array([1.0, 5.0, 3.0, 2.0, 4.0]), IDS, 3)) == "dac"


@pytest.mark.parametrize(("n", "expected"), [(0, ""), (-2, ""), (1, "d"), (2, "da"), (3, "dab"), (4, "dabe"), (5, "dabec"), (99, "dabec")])
def test_ties_are_broken_by_id_also_at_the_nth_place(n: int, expected: str):
    # a, b and e tie for the second place: the second of two is a, not whoever comes first in the array
    assert ids(top_n(np.array([3.0, 9.0, 1.0, 3.0, 3.0]), IDS, n)) == expected


def test_all_equal_is_the_order_of_ids():
    assert ids(top_n(np.zeros(5), IDS, 2)) == "ab"


def test_nan_is_never_listed():
    scores = np.array([np.nan, 5.0, np.nan, -np.inf, 4.0])
    assert ids(top_n(scores, IDS, 5)) == "dab"
    assert len(top_n(np.full(5, np.nan), IDS, 5)) == 0


def test_only_allowed_titles():
    allowed = np.array([True, False, True, True, False])
    assert ids(top_n(np.array([1.0, 5.0, 3.0, np.nan, 4.0]), IDS, 5, allowed)) == "ce"
    assert len(top_n(np.ones(5), IDS, 5, np.zeros(5, dtype=bool))) == 0


def test_a_shorter_list_is_the_head_of_a_longer_one():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 6, 200).astype(float)  # many ties
    names = rng.permutation([f"{k:03}" for k in range(200)])
    whole = top_n(scores, names, 200)
    assert sorted(whole.tolist()) == list(range(200))
    for n in range(200):
        assert top_n(scores, names, n).tolist() == whole[:n].tolist()


def test_nothing_is_changed():
    scores, allowed = np.array([1.0, np.nan, 3.0, 2.0, 4.0]), np.ones(5, dtype=bool)
    top_n(scores, IDS, 2, allowed)
    np.testing.assert_array_equal(scores, [1.0, np.nan, 3.0, 2.0, 4.0])
    assert allowed.all()


# --- candidates ----------------------------------------------------------------------------------------------------


def allowed(dataset: Dataset, **conditions: Any) -> np.ndarray:
    return Filters.of(**conditions).allowed(dataset)


def names(toy: Dataset, allowed: np.ndarray) -> list[str]:
    assert allowed.dtype == bool
    return toy.item_ids[allowed].tolist()


def test_no_filter_lets_all_pass(toy: Dataset):
    assert allowed(toy).all()
    assert allowed(toy, genres=[]).all()


def test_kind(toy: Dataset):
    assert names(toy, allowed(toy, kind="movie")) == ["crime-3", "crime-4", "comedy-3", "comedy-4"]
    assert names(toy, allowed(toy, kind="show")) == ["crime-1", "crime-2", "comedy-1", "comedy-2", "crime-new"]


def test_genres_are_any_of(toy: Dataset):
    drama = [item_id for item_id in toy.item_ids if item_id.startswith("crime")]
    assert names(toy, allowed(toy, genres=["Drama"])) == drama
    assert names(toy, allowed(toy, genres={"Crime", "War"})) == drama
    assert allowed(toy, genres=["Drama", "Comedy"]).all()
    assert names(toy, allowed(toy, genres=["War"])) == []


def test_genres_are_whole_words(toy: Dataset):
    assert not allowed(toy, genres=["Com"]).any()


def test_years_are_inclusive_and_unknown_years_do_not_pass(toy: Dataset):
    assert names(toy, allowed(toy, years=(1991, 1999))) == ["crime-1", "crime-2", "comedy-1"]
    assert names(toy, allowed(toy, years=(2010, 2010))) == ["crime-4", "comedy-3"]
    assert "comedy-4" not in names(toy, allowed(toy, years=(0, 9999)))


def test_exclude(toy: Dataset):
    assert names(toy, allowed(toy, exclude=toy.item_ids[2:])) == ["crime-1", "crime-2"]
    assert names(toy, allowed(toy, exclude=toy.item_ids)) == []


def test_filters_add_up(toy: Dataset):
    assert names(toy, allowed(toy, kind="show", genres=["Crime"], years=(1990, 2024), exclude=["crime-1"])) == ["crime-2", "crime-new"]


# --- diversify -----------------------------------------------------------------------------------------------------

# Five titles: 0, 1 and 2 are the same, 3 is half like them, 4 is like nothing.
FEATURES = sparse.csr_array(np.array([[1.0, 0, 0], [1, 0, 0], [1, 0, 0], [0.5, np.sqrt(0.75), 0], [0, 0, 1]]))
SCORES = np.array([10.0, 9.0, 8.0, 7.0, 0.0])
RANKED = np.arange(5)


def test_zero_is_the_plain_list():
    assert diversify(RANKED, SCORES, FEATURES, 3, 0.0).tolist() == [0, 1, 2]


def test_by_hand():
    # relevance 1, .9, .8, .7, 0. After 0: 1 is worth .45 - .5, 3 is worth .35 - .25, 4 is worth 0 - 0. So 3 is next;
    # then 4 (0) beats 1 (-.05) and 2 (-.1).
    assert diversify(RANKED, SCORES, FEATURES, 5, 0.5).tolist() == [0, 3, 4, 1, 2]


def test_a_little_diversity_changes_little():
    # After 0: 1 is worth .81 - .1, 3 is worth .63 - .05; then 2 (.72 - .1) against 3 (.63 - .05)
    assert diversify(RANKED, SCORES, FEATURES, 4, 0.1).tolist() == [0, 1, 2, 3]


def test_full_diversity_starts_with_the_best():
    # the unlike first (4, cosine 0), then 3 (.5), then the equals in their order
    assert diversify(RANKED, SCORES, FEATURES, 5, 1.0).tolist() == [0, 4, 3, 1, 2]


@pytest.mark.parametrize("diversity", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n", [0, -1, 3, 5, 50])
def test_length(diversity: float, n: int):
    picked = diversify(RANKED, SCORES, FEATURES, n, diversity).tolist()
    assert len(picked) == len(set(picked)) == min(max(n, 0), 5)


@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_nothing_to_pick_from(diversity: float):
    assert diversify(np.empty(0, dtype=np.int64), SCORES, FEATURES, 3, diversity).tolist() == []


def test_equal_scores_keep_their_order_where_equally_unlike():
    assert diversify(np.array([2, 0, 1]), np.ones(5), FEATURES, 3, 0.5).tolist() == [2, 0, 1]


@pytest.mark.parametrize("diversity", [-0.01, 1.01, float("nan"), 50])
def test_out_of_range_is_refused(diversity: float, toy_engine: Engine):
    with pytest.raises(ValueError, match=r"diversity is .+; it must be from 0 to 1\."):
        diversify(RANKED, SCORES, FEATURES, 3, diversity)
    with pytest.raises(ValueError, match="it must be from 0 to 1"):
        toy_engine.recommend({"crime-1": 5}, diversity=diversity)


def test_the_slider_raises_the_distance_and_costs_score(showcase_engine: Engine):
    visitor = showcase_engine.visitor({"breaking-bad-2008": 5, "the-wire-2002": 4.5, "friends-1994": 2})
    distances, costs = [], []
    for diversity in (0.0, 0.25, 0.5, 0.75, 1.0):
        lines = visitor.recommend(n=12, diversity=diversity)
        assert len({line.item_id for line in lines}) == 12
        distances.append(quality_of_list(visitor, [line.item_id for line in lines]).mean_distance)
        costs.append(sum(line.score for line in lines))
    assert distances[-1] > distances[0] + 0.1
    assert all(later >= earlier - 0.02 for earlier, later in pairwise(distances))
    assert costs[0] == pytest.approx(max(costs))
    assert costs[-1] < costs[0]


# --- what a list offers --------------------------------------------------------------------------------------------


def test_quality_by_hand(toy: Dataset):
    features = sparse.csr_array(np.eye(9))
    features = sparse.csr_array(np.vstack([np.eye(9)[[0, 0, 2]], np.eye(9)[3:]]))  # titles 0 and 1 are the same
    stars = np.array([5.0, 4.0, np.nan, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    # pairs: (0, 1) distance 0, (0, 4) and (1, 4) distance 1; genres Crime, Drama, Comedy; stars 5, 4, 1
    assert list_quality(toy, features, [0, 1, 4], stars) == ListQuality(3, pytest.approx(2 / 3), pytest.approx(10 / 3))
    assert list_quality(toy, features, [0, 2], stars).mean_stars == 5.0


def test_quality_of_short_lists(toy: Dataset):
    features, stars = sparse.csr_array(np.eye(9)), np.full(9, np.nan)
    one, none = list_quality(toy, features, [0], stars), list_quality(toy, features, [], stars)
    assert (one.n_genres, one.mean_distance) == (2, 0.0)
    assert (none.n_genres, none.mean_distance) == (0, 0.0)
    assert np.isnan(one.mean_stars)
    assert np.isnan(none.mean_stars)


def test_an_unknown_kind_is_refused(toy: Dataset):
    with pytest.raises(ValueError, match="kind is 'shows'; it must be 'movie', 'show' or None"):
        allowed(toy, kind="shows")


# --- orders of all titles ------------------------------------------------------------------------------------------


def test_the_first_are_varied_and_the_rest_in_order():
    scores = np.array([5.0, 4.0, 3.0, 2.0, np.nan])
    features = sparse.csr_array(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]))
    assert ids(varied_first(scores, IDS, features, 2, 0.9)) == "ecdb"  # "d" is like "e"; who has no score stays away
    assert ids(varied_first(scores, IDS, features, 2, 0.0)) == "edcb"
    assert ids(varied_first(scores, IDS, features, 99, 0.0)) == "edcb"


def test_places_are_the_inverse_of_an_order():
    order = np.array([3, 0, 4, 1, 2])
    assert places_of(order).tolist() == [1, 3, 4, 0, 2]
    np.testing.assert_array_equal(places_of(order)[order], np.arange(5))


def test_some_first_and_the_others_in_order_without_repetition():
    order = np.array([3, 0, 4, 1, 2])
    assert with_first([4, 2], order, 4).tolist() == [4, 2, 3, 0]
    assert with_first([], order, 2).tolist() == [3, 0]
    assert with_first([1, 2, 3], order, 2).tolist() == [1, 2]
    assert with_first([1], order, 99).tolist() == [1, 3, 0, 4, 2]


# --- the list that people see ---------------------------------------------------------------------------------------


def of_franchises(*names: str) -> Dataset:
    """Titles t000, t001, … that belong to these franchises."""
    ids_ = [f"t{place:03}" for place in range(len(names))]
    return Dataset.from_frames(pd.DataFrame({"item_id": ids_, "title": ids_, "franchise": names}), None)


def falling(n: int) -> np.ndarray:
    return np.arange(n, 0, -1).astype(float)


def test_without_franchises_the_list_is_the_best_n():
    dataset = of_franchises(*[""] * 6)
    assert best_list(falling(6), dataset, 3).tolist() == [0, 1, 2]
    assert best_list(falling(6), dataset, 0).tolist() == best_list(falling(6), dataset, -1).tolist() == []


def test_at_most_two_of_a_franchise_stand_among_the_first_ten():
    dataset = of_franchises(*["wars"] * 5, *[""] * 10)
    listed = best_list(falling(15), dataset, 12).tolist()
    assert listed[:10] == [0, 1, 5, 6, 7, 8, 9, 10, 11, 12]
    assert listed[10:] == [2, 3]  # the others at their rank, behind the tenth


def test_a_longer_list_begins_with_the_shorter():
    dataset = of_franchises(*["wars"] * 4, *["trek"] * 4, *[""] * 10)
    whole = best_list(falling(18), dataset, 18).tolist()
    assert sorted(whole) == list(range(18))
    for n in range(18):
        assert best_list(falling(18), dataset, n).tolist() == whole[:n]


def test_one_franchise_fills_the_list_where_nothing_else_is_left():
    dataset = of_franchises(*["wars"] * 4, "")
    assert best_list(falling(5), dataset, 5).tolist() == [0, 1, 4, 2, 3]


def test_the_others_are_found_far_down():
    dataset = of_franchises(*["wars"] * 80, *[""] * 9)
    assert best_list(falling(89), dataset, 10).tolist() == [0, 1, *range(80, 88)]


def test_third_titles_of_a_franchise():
    dataset = of_franchises("wars", "", "wars", "trek", "wars", "")
    assert within_franchise_limit(np.arange(6), dataset).tolist() == [True, True, True, True, False, True]


# --- tastes take turns ----------------------------------------------------------------------------------------------


def turns(orders: list[list[int]], shares: list[float], n: int, dataset: Dataset | None = None) -> list[int]:
    dataset = dataset or of_franchises(*[""] * 30)
    return take_turns([np.array(order) for order in orders], shares, dataset, n).tolist()


def test_tastes_take_turns_in_proportion_the_largest_first():
    assert turns([list(range(10)), list(range(20, 30))], [3, 2], 5) == [0, 20, 1, 2, 21]
    assert turns([list(range(10)), list(range(20, 30))], [0.5, 0.5], 4) == [0, 20, 1, 21]  # equals: the first begins


def test_a_title_of_two_tastes_is_listed_once_and_the_next_one_takes_its_place():
    assert turns([[0, 1, 2], [0, 1, 5]], [1, 1], 4) == [0, 1, 2, 5]


def test_a_taste_without_titles_left_passes_its_turn():
    assert turns([[0], [20, 21, 22]], [9, 1], 4) == [0, 20, 21, 22]
    assert turns([[], [20]], [1, 1], 4) == [20]
    assert turns([[]], [1], 4) == []


def test_no_third_of_a_franchise_as_long_as_the_taste_has_another():
    dataset = of_franchises("wars", "wars", "wars", "", "", "wars")
    assert turns([[0, 1, 2, 3], [5, 4]], [1, 1], 4, dataset) == [0, 5, 3, 4]
    assert turns([[0, 1, 2]], [1], 3, dataset) == [0, 1, 2]  # nothing else is left


def test_a_longer_shared_list_begins_with_the_shorter():
    orders, shares = [list(range(9)), list(range(4, 20)), [25, 2, 26]], [4, 2, 1]
    whole = turns(orders, shares, 30)
    assert len(set(whole)) == len(whole) == 22
    for n in range(22):
        assert turns(orders, shares, n) == whole[:n]
