"""The data of the lessons: what the reference numbers of all lessons rest on."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from recsys_core import Dataset
from recsys_core.lessons import toys
from recsys_core.lessons.toys import EPISODES, EVENING, GRID, POINTS, SENTENCES, SIX, STOP_WORDS, TEN


def rmse(errors: np.ndarray) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def test_tables_have_the_shapes_that_the_lessons_speak_of():
    assert (EPISODES.shape, EVENING.shape, SIX.shape, GRID.shape, POINTS.shape) == ((4, 5), (5, 4), (6, 6), (4, 5), (6, 2))
    assert (len(SENTENCES), len(STOP_WORDS)) == (5, 37)
    assert np.isnan(EVENING).sum() == 5
    assert (np.flatnonzero(TEN) + 1).tolist() == [2, 3, 7, 10]


def test_half_of_the_grid_is_empty_and_its_means_are_those_of_lesson_11():
    assert np.isnan(GRID).mean() == 0.5
    assert np.nanmean(GRID) == 4.0
    assert np.nanmean(GRID, axis=1) == pytest.approx([4, 4, 4.5, 3.667], abs=0.0005)
    assert np.nanmean(GRID, axis=0) == pytest.approx([4.5, 3.5, 4.5, 3.5, 4])


def test_nobody_can_change_the_tables_that_all_look_at():
    tables = [value for value in vars(toys).values() if isinstance(value, np.ndarray)]
    assert len(tables) > 15
    assert not any(table.flags.writeable for table in tables)


def test_the_hidden_world_of_lesson_7():
    world = toys.low_rank(seed=42)
    missing = np.isnan(world.R)
    assert (~missing).sum() == 450
    assert world.true[0, :3] == pytest.approx([2.9383, 3.3172, 2.6124], abs=0.0005)
    assert np.linalg.matrix_rank(world.true) == 6  # five tastes, and the shift to the scale of stars
    assert rmse((world.true - np.nanmean(world.R))[missing]) == pytest.approx(0.4448, abs=0.0005)
    assert (world.R[~missing] == world.true[~missing]).all()


def test_noise_stays_on_the_scale():
    R = toys.low_rank(noise=2.0).R
    assert (np.nanmin(R), np.nanmax(R)) == (1.0, 5.0)


def test_the_world_of_lesson_8():
    R, hidden = toys.hide(toys.low_rank(100, 60, 4, 0.35, 0.3).R, 0.15, seed=0)
    assert ((~np.isnan(R)).sum(), hidden.sum()) == (1817, 321)
    assert np.isnan(R[hidden]).all()
    assert (np.nanmean(R), np.nanstd(R)) == pytest.approx((2.8757, 0.4493), abs=0.0005)


@pytest.mark.parametrize(("choice", "precision"), [(0, 0.190), (1.5, 0.159), (3, 0.126)])
def test_the_world_of_lesson_9_and_what_popularity_finds_in_it(choice: float, precision: float):
    world = toys.chosen(choice=choice)
    left, hidden = toys.hide_watched(world.watched)
    assert (left + hidden == world.watched).all()
    assert ((world.watched == 1) == ~np.isnan(world.R)).all()
    best = np.argsort(-np.where(left == 1, -np.inf, left.sum(axis=0)), axis=1, kind="stable")[:, :10]
    hits = np.take_along_axis(hidden, best, axis=1)[hidden.any(axis=1)]
    assert hits.mean() == pytest.approx(precision, abs=0.001)


@pytest.mark.parametrize("choice", [0, 3])
def test_the_lever_is_how_much_people_watch_what_suits_them(choice: float):
    world = toys.chosen(choice=choice)
    gap = world.taste[world.watched == 1].mean() - world.taste[world.watched == 0].mean()
    assert gap == pytest.approx(0, abs=0.05) if choice == 0 else gap > 1


@pytest.mark.parametrize(
    ("what", "asked", "error_of_the_mean"),
    [("random", 304, 0.813), ("season 4", 233, 0.783), ("shows", 291, 0.857), ("first", 93, 1.036), ("people", 274, 0.873)],
)
def test_the_series_of_lesson_11(what: str, asked: int, error_of_the_mean: float):
    world = toys.series()
    assert len(world.stars) == 1517
    stays, hidden = toys.hide_of_series(world, what)
    assert hidden.sum() == asked
    assert not (stays & hidden).any()
    assert rmse(world.stars[hidden] - world.stars[stays].mean()) == pytest.approx(error_of_the_mean, abs=0.0005)


def test_of_new_shows_no_season_is_left_to_learn_from():
    world = toys.series()
    stays, asked = toys.hide_of_series(world, "first")
    pairs = world.person * 1000 + world.show
    assert not np.isin(pairs[asked], pairs[stays]).any()
    assert (world.season[asked] == 0).all()


@pytest.mark.parametrize("make", [toys.low_rank, toys.chosen, toys.series])
def test_the_same_seed_makes_the_same_world(make):
    for first, again, other in zip(astuple(make(seed=3)), astuple(make(seed=3)), astuple(make(seed=4)), strict=True):
        assert np.array_equal(first, again, equal_nan=True)
        assert not np.array_equal(first, other, equal_nan=True)


def test_blocks_hold_what_the_data_set_says(showcase_data: Dataset, square: toys.Block, tall: toys.Block):
    dense = toys.dense(showcase_data)
    assert (square.R.shape, dense.R.shape, len(tall.R)) == ((200, 150), (400, 300), 1000)
    for block in (square, dense, tall):
        assert (np.diff(block.people) > 0).all()
        assert (np.diff(block.titles) > 0).all()
        row, column = np.argwhere(~np.isnan(block.R))[100]
        assert block.R[row, column] == showcase_data.ratings[[block.people[row]]][:, [block.titles[column]]].toarray()
    assert ((~np.isnan(square.R)).sum(axis=1) >= 15).all()
    assert ((~np.isnan(tall.R)).sum(axis=0) > 20).all()
    assert (~np.isnan(dense.R)).mean() > 0.7


def test_every_title_of_the_example_people_is_in_the_showcase(showcase_data: Dataset):
    assert toys.example_people(showcase_data) == toys.PEOPLE


def test_there_are_no_example_people_in_a_data_set_without_their_titles(toy: Dataset):
    assert toys.example_people(toy) == {}


def test_a_genre_of_two_words_is_one_word(showcase_data: Dataset):
    assert toys.field(showcase_data, "genres")[showcase_data.position("alien-1979")] == "sciencefiction horror thriller"


def test_features_of_titles_and_people_of_lesson_12(showcase_data: Dataset):
    titles = np.array([showcase_data.position(title) for title in ("alien-1979", "friends-1994", "the-wire-2002")])
    F = toys.features_of_titles(showcase_data, titles)
    assert F[:, -1].tolist() == [0, 1, 1]  # is it a show
    assert F[0, -2] < F[1, -2] < F[2, -2]  # the year
    G = np.array([[1.0, 0], [1, 0], [0, 1]])
    X = toys.features_of_people(np.array([[5, np.nan, 1], [np.nan, np.nan, 3]]), G)
    assert X.tolist() == [[2 / 4, -2 / 4, 0], [0, 0, 0]]  # stars 5 and 1, mean 3, one title of each genre


def test_someone_without_a_rating_has_no_leaning():
    X = toys.features_of_people(np.array([[5, 1.0], [np.nan, np.nan]]), np.eye(2))
    assert (X[1] == 0).all()
