"""Quick start: groups of titles that belong together, and sets of titles that differ in one factor alone."""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest

from recsys_core import Dataset, Engine
from recsys_core.visitor import quick_start
from recsys_core.visitor.quick_start import Group, Pair
from recsys_core.visitor.steering import factor_name


@pytest.fixture(scope="module")
def choices(showcase_engine: Engine) -> list[Pair]:
    return quick_start.pairs(showcase_engine)


@pytest.fixture(scope="module")
def favourites(showcase_engine: Engine) -> list[Group]:
    return quick_start.groups(showcase_engine)


def test_the_toys_two_tastes_are_two_groups(toy_engine: Engine):
    found = quick_start.groups(toy_engine)
    assert {frozenset(toy_engine.item_ids[group.titles].tolist()) for group in found} == {
        frozenset(f"crime-{number}" for number in range(1, 5)),
        frozenset(f"comedy-{number}" for number in range(1, 5)),
    }
    assert [group.n_members for group in found] == [4, 4]


def test_the_toys_choice_is_crime_or_comedy(toy_engine: Engine):
    (pair, *_) = quick_start.pairs(toy_engine)
    sides = [{item_id.split("-")[0] for item_id in toy_engine.item_ids[side].tolist()} for side in (pair.low, pair.high)]
    assert sides in ([{"crime"}, {"comedy"}], [{"comedy"}, {"crime"}])


def test_six_groups_of_six_known_titles(showcase_engine: Engine, favourites: list[Group]):
    assert [len(group.titles) for group in favourites] == [6] * 6
    shown = np.concatenate([group.titles for group in favourites])
    assert len(set(shown.tolist())) == 36
    assert set(shown.tolist()) <= set(quick_start.best_known(showcase_engine.dataset).tolist())
    assert len({group.name for group in favourites}) == 6


def test_most_groups_show_shows_and_movies(showcase_engine: Engine, favourites: list[Group]):
    """Not all: of superheroes and of family films, only films are among the best known."""
    kinds = showcase_engine.dataset.items["kind"].to_numpy()
    assert sum(set(kinds[group.titles]) == {"show", "movie"} for group in favourites) >= 4


def test_titles_of_a_group_are_more_alike_than_those_of_two(showcase_engine: Engine, favourites: list[Group]):
    loadings = showcase_engine.factors.loadings
    unit = loadings / np.maximum(np.linalg.norm(loadings, axis=1, keepdims=True), 1e-12)
    centres = np.array([unit[group.titles].mean(axis=0) for group in favourites])
    for number, group in enumerate(favourites):
        assert (unit[group.titles] @ centres.T).mean(axis=0).argmax() == number


def test_a_group_is_named_by_what_its_titles_have(showcase_engine: Engine, favourites: list[Group]):
    tags = showcase_engine.dataset.tags("genres")
    names = {genre.lower(): genre for genre in tags.names}
    named = [(group, names[word]) for group in favourites if (word := group.name.split(",")[0].lower()) in names]
    assert len(named) >= 3
    shares = [np.isin(group.titles, tags.members(genre)).mean() for group, genre in named]
    usual = [tags.counts[genre] / showcase_engine.dataset.n_items for _, genre in named]
    assert np.mean(shares) >= 0.5
    assert np.mean(shares) > 2 * np.mean(usual)


def test_five_choices_between_different_titles(showcase_engine: Engine, choices: list[Pair]):
    assert [pair.factor for pair in choices] == np.flatnonzero(showcase_engine.factors.stable)[:5].tolist()
    assert all(pair.stable for pair in choices)
    shown = [position for pair in choices for position in (*pair.low, *pair.high)]
    assert len(shown) == len(set(shown)) == 50


def test_a_choice_differs_in_its_factor_and_in_little_else(showcase_engine: Engine, choices: list[Pair]):
    known = quick_start.best_known(showcase_engine.dataset)
    loadings = showcase_engine.factors.loadings
    standard = (loadings - loadings[known].mean(axis=0)) / loadings[known].std(axis=0)
    for pair in choices:
        difference = standard[pair.high].mean(axis=0) - standard[pair.low].mean(axis=0)
        others = np.abs(np.delete(difference, pair.factor))
        assert difference[pair.factor] > 3.5
        assert others.max() < 0.3 * difference[pair.factor]
        assert difference[pair.factor] > 0.9 * np.linalg.norm(difference)


def test_both_sets_are_about_equally_best_known(showcase_engine: Engine, choices: list[Pair]):
    view, raters = showcase_engine.factors, showcase_engine.dataset.raters

    def times_as_many(low: np.ndarray, high: np.ndarray) -> float:
        ratio = np.log(raters[low]).mean() - np.log(raters[high]).mean()
        return float(np.exp(abs(ratio)))

    assert max(times_as_many(pair.low, pair.high) for pair in choices) < 1.3
    assert max(times_as_many(*view.extremes(pair.factor, 5)) for pair in choices) > 1.3  # the ends as they are


def test_no_set_is_simply_better(showcase_engine: Engine, choices: list[Pair]):
    stars = showcase_engine.predict({})

    def better(low: np.ndarray, high: np.ndarray) -> float:
        return float(abs(stars[low].mean() - stars[high].mean()))

    assert max(better(pair.low, pair.high) for pair in choices) < 0.1
    assert max(better(*showcase_engine.factors.extremes(pair.factor, 5)) for pair in choices) > 0.4  # the ends as they are


def test_an_answer_moves_the_list_towards_the_chosen_titles(showcase_engine: Engine, choices: list[Pair]):
    for pair in choices:
        up = showcase_engine.visitor({}, {factor_name(pair.factor): quick_start.PULL}).score()
        down = showcase_engine.visitor({}, {factor_name(pair.factor): -quick_start.PULL}).score()
        assert (up - down)[pair.high].min() > 0 > (up - down)[pair.low].max()


def test_the_same_every_time(showcase_engine: Engine, favourites: list[Group], choices: list[Pair]):
    for one, other in zip(favourites, quick_start.groups(showcase_engine), strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one.titles, other.titles)
    for pair, again in zip(choices, quick_start.pairs(showcase_engine), strict=True):
        np.testing.assert_array_equal(np.r_[pair.low, pair.high], np.r_[again.low, again.high])


def test_without_ratings_there_is_nothing_to_ask(toy_frames):
    engine = Engine.fit(Dataset.from_frames(toy_frames[0], None))
    assert quick_start.groups(engine) == []
    assert quick_start.pairs(engine) == []


def test_a_handful_of_titles():
    """Two people and three titles: no group is empty, no title is shown twice, and nothing breaks."""
    items = pd.DataFrame({"item_id": ["a", "b", "c"], "title": ["<b>A</b>", "*B*", "$C$"], "genres": ""})
    ratings = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": ["a", "b", "b", "c"], "rating": [5, 4, 1, 5]})
    engine = Engine.fit(Dataset.from_frames(items, ratings))
    shown = [position for group in quick_start.groups(engine) for position in group.titles.tolist()]
    assert sorted(shown) == [0, 1, 2]
    assert all(len(pair.low) == len(pair.high) > 0 for pair in quick_start.pairs(engine))


def test_factors_that_others_would_not_find_come_last(showcase_engine: Engine):
    stability = np.full(len(showcase_engine.factors), 0.3)
    stability[[9, 2]], stability[7] = 0.8, 0.6
    shaky = copy.copy(showcase_engine)
    shaky.factors = dataclasses.replace(showcase_engine.factors, stability=stability)
    found = quick_start.pairs(shaky)
    assert [(pair.factor, pair.stable) for pair in found] == [(2, True), (9, True), (7, False), (0, False), (1, False)]
