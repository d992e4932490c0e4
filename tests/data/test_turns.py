"""Favourites take turns: fairly, without a clock, and only when something is rated."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from recsys_core.data.turns import line_up, on_turn, shares


def test_few_favourites_all_have_a_place_whatever_is_rated_after():
    assert [line_up([0, 2], n, 4) for n in (3, 4, 9)] == [[0, 2]] * 3


def test_one_goes_and_the_next_comes_with_each_rating():
    """Six favourites first, then ratings that are none: the window of three moves on by one, and is back after six."""
    windows = [line_up(range(6), n, 3)[:3] for n in range(6, 13)]
    for before, after in itertools.pairwise(windows):
        assert after[:2] == before[1:]
        assert after[2] not in before
    assert windows[6] == windows[0]


@pytest.mark.parametrize(("m", "places"), [(5, 4), (9, 4), (7, 1), (12, 3)])
def test_each_favourite_has_its_turn_equally_often(m: int, places: int):
    turns = Counter(seed for n in range(m, 2 * m) for seed in line_up(range(m), n, places)[:places])
    assert turns == dict.fromkeys(range(m), places)


@pytest.mark.parametrize("places", [1, 2, 4])
def test_a_new_favourite_has_a_place_at_once(places: int):
    assert line_up(range(9), 9, places)[places - 1] == 8


def test_nobody_is_on_turn_twice_and_nobody_is_lost():
    for n in range(1, 30):
        assert sorted(line_up(range(0, n, 2), n, 4)) == list(range(0, n, 2))


def test_older_favourites_come_back_though_all_ratings_are_favourites():
    """Ten favourites, then thirty more, one after the other: the first ten are not forgotten."""
    seen = {seed for n in range(11, 41) for seed in line_up(range(n), n, 4)[:4]}
    assert set(range(10)) <= seen


@pytest.mark.parametrize("share", [0.33, 0.6, 1.0])
def test_while_favourites_are_added_turns_stay_near_a_fair_share(share: float):
    """A fair share is four places divided by the favourites that there are, summed over the ratings."""
    rng = np.random.default_rng(7)
    favourites = np.flatnonzero(rng.random(300) < share).tolist()
    had, fair = np.zeros(300), np.zeros(300)
    for n in range(1, 301):
        known = [favourite for favourite in favourites if favourite < n]
        having = line_up(known, n, 4)[:4]
        had[having] += 1
        fair[known] += len(having) / max(len(known), 1)
    assert had.sum() == pytest.approx(fair.sum())
    assert np.abs(had - fair).max() <= 8
    old = [favourite for favourite in favourites if favourite < 150]
    assert (had[old] / fair[old]).min() > 0.6


def test_places_are_shared_in_proportion_and_no_kind_goes_without():
    assert shares({"show": 5, "movie": 5}, 4) == {"show": 2, "movie": 2}
    assert shares({"show": 20, "movie": 1}, 4) == {"show": 3, "movie": 1}
    assert shares({"movie": 3}, 4) == {"movie": 4}
    assert shares({}, 4) == {}
    assert shares({"a": 1, "b": 2, "c": 3}, 2) == {"c": 1, "b": 1}


def test_shows_and_movies_take_turns_apart():
    kinds = ["show"] * 6 + ["movie"] * 6
    turns: Counter[int] = Counter()
    for n in range(12, 18):
        having, waiting = on_turn(range(12), [*kinds, *["show"] * (n - 12)], 4)
        assert Counter(kinds[seed] for seed in having) == {"show": 2, "movie": 2}
        assert sorted([*having, *waiting]) == list(range(12))
        turns.update(having)
    assert turns == dict.fromkeys(range(12), 2)
