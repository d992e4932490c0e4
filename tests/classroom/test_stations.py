"""What the stations of a class show, by small classes that a person can check, and for classes too small to say anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recsys_core.classroom import choice, guessing, lists, looking, own, shilling, space
from recsys_core.classroom.matrix import ClassMatrix, lot
from recsys_core.classroom.methods import METHODS, by_people
from recsys_core.classroom.stations import STATIONS, station
from recsys_core.data.example import example_dataset
from recsys_core.lessons.similarity import MEASURES, l1, pearson
from recsys_core.storage.rooms import Room, Student
from recsys_core.teaching.catalogue import lesson
from tests.classroom.conftest import matrix_of

ANY_CLASS = arrays.arrays(float, st.tuples(st.integers(0, 6), st.integers(1, 6)), elements=st.sampled_from([0.0, 0.0, 0.5, 2.0, 3.5, 5.0]))


def room(named: bool) -> Room:
    students = (Student("a", "Teal Otter", 0, 1.0), Student("b", "Red Fox", 0, 2.0), Student("c", "Blue Bear", 0, 3.0))
    stars = {"a": {"y": 4.0, "x": None}, "b": {"x": None}, "c": {"x": 2.0, "elsewhere": 5.0}}
    return Room("K7Q2MZ", "showcase", ("x", "y"), named, False, False, 0, 0.0, 1.0, 1, students, stars)


def test_the_matrix_has_a_row_for_whoever_gave_stars() -> None:
    matrix = ClassMatrix.of(room(named=True))
    assert matrix.R.tolist() == [[0, 4], [2, 0]]
    assert (matrix.ids, matrix.names, matrix.titles, matrix.n_stars) == (("a", "c"), ("Teal Otter", "Blue Bear"), ("x", "y"), 2)
    assert ClassMatrix.of(room(named=False)).names == ("Student 1", "Student 3")


def test_lots_are_always_the_same_and_spread() -> None:
    lots = [lot("room", str(number)) for number in range(1000)]
    assert lots == [lot("room", str(number)) for number in range(1000)]
    assert 0 <= min(lots) < 0.01
    assert 0.99 < max(lots) < 1
    assert abs(np.mean(lots) - 0.5) < 0.03


def test_agreement_goes_by_the_spread_of_titles_with_raters_enough() -> None:
    found = looking.titles(matrix_of([[5, 1, 4, 4], [5, 5, 3, 4], [5, 3, 4, 0]]))
    assert [title.item_id for title in found] == ["t0", "t2", "t1"]
    assert (found[0].spread, found[2].mean, found[2].n) == (0, 3, 3)
    assert found[2].spread == pytest.approx(np.sqrt(8 / 3))


def test_pairs_stand_by_the_measure_likeness_down_and_distance_up() -> None:
    matrix = matrix_of([[5, 4, 1, 2], [4, 3, 0.5, 1], [1, 2, 5, 4], [5, 0, 0, 2]])
    found = looking.pairs(matrix, pearson)
    assert [(pair.a, pair.b) for pair in (found[0], found[-1])] == [(0, 1), (0, 2)]
    assert [pair.value for pair in looking.pairs(matrix, l1)] == sorted(pair.value for pair in looking.pairs(matrix, l1))
    assert all(3 not in (pair.a, pair.b) for pair in looking.pairs(matrix, pearson))  # two shared titles say little


def test_what_is_hidden_is_one_rating_of_each_and_the_prediction_does_not_see_it(by_chance) -> None:
    matrix = by_chance()
    hidden = guessing.hide_one(matrix)
    assert [one.person for one in hidden] == list(range(30))
    assert all(matrix.R[one.person, one.title] == one.stars > 0 for one in hidden)
    left = matrix.R.copy()
    for one in hidden:
        left[one.person, one.title] = 0
    found = guessing.guess(matrix)
    for name, method in METHODS.items():
        expected = [method(left)[one.person, one.title] for one in hidden]
        assert found.predicted[name] == pytest.approx(expected, nan_ok=True)
        errors = np.abs(np.array(expected) - [one.stars for one in hidden])
        assert found.errors[name].value == pytest.approx(np.nanmean(errors))
        assert found.errors[name].low <= found.errors[name].value <= found.errors[name].high
        assert found.answered[name] == np.isfinite(errors).sum()


def test_what_is_hidden_stays_when_others_rate_and_come(by_chance) -> None:
    matrix = by_chance()
    more = matrix.R.copy()
    more[5] = 3.0
    grown = matrix_of(np.vstack([more, np.full(20, 4.0)]))
    stays = {one.person: one.title for one in guessing.hide_one(grown)}
    assert all(stays[one.person] == one.title for one in guessing.hide_one(matrix) if one.person != 5)


def test_cases_are_of_different_titles_and_questions_are_short(by_chance) -> None:
    matrix = by_chance()
    cases = guessing.cases(matrix)
    assert len({case.title for case in cases}) == len(cases) == 3
    assert set(cases) <= set(guessing.hide_one(matrix))
    assert len({guessing.question(matrix, case) for case in cases}) == 3
    assert max(len(guessing.question(matrix, case)) for case in cases) <= 60


def test_the_plane_parts_two_tastes(by_chance) -> None:
    matrix = by_chance(30, 20, missing=0.1)
    plane = space.plane(matrix)
    assert plane is not None
    sides = np.sign(plane.people[:, 0])
    assert set(sides[::2]) == {-sides[1]}
    assert set(sides[1::2]) == {sides[1]}
    assert plane.shares[0] > 0.5 > plane.shares[1]
    assert np.abs(plane.people).max() == np.abs(plane.titles).max() == 1.0
    low, high = plane.ends(0)
    assert {title % 2 for title in low} != {title % 2 for title in high}


def test_the_class_names_an_axis_by_vote(by_chance) -> None:
    matrix = by_chance(missing=0.1)
    plane = space.plane(matrix)
    assert plane is not None
    tags = {title: ["Drama", "Horror" if int(title[1:]) % 2 else "Comedy"] for title in matrix.titles}
    options = space.axis_options(matrix, plane, 0, tags)
    assert set(options[0]) == {"Horror", "Comedy"}
    other = ("Old", "New")
    votes = {"a": space.axis_answer(other), "b": space.axis_answer(options[0]), "c": space.axis_answer(options[0]), "d": 7.0}
    assert space.axis_name(votes, [other, options[0]]) == (options[0], 2)
    assert space.axis_name({"d": 7.0}, options) == space.axis_name({}, []) == (None, 0)


def test_beside_everybody_counts_each_from_its_own_mean() -> None:
    matrix = matrix_of([[5, 4, 3], [5, 4, 3], [5, 4, 3]])
    audience = [
        looking.TitleFigures("t0", 2.0, 1.0, 100),
        looking.TitleFigures("t1", 3.0, 0.5, 100),
        looking.TitleFigures("t2", 4.0, 1.0, 9),
    ]
    lines = looking.beside(matrix, audience)
    assert [(line.item_id, line.by) for line in lines] == [("t0", 2.0), ("t1", 0.0), ("t2", -2.0)]
    assert [line.more_divided for line in lines] == [-1.0, -0.5, -1.0]
    assert looking.beside(matrix, []) == []


def test_the_audience_is_the_data_sets() -> None:
    dataset = example_dataset()
    found = looking.audience_of(dataset, (*map(str, dataset.item_ids), "unknown"))
    for title in found:
        stars = dataset.ratings[:, [dataset.position(title.item_id)]].tocsc().data
        assert (title.mean, title.n) == (pytest.approx(stars.mean()), len(stars))
    assert len(found) == (dataset.raters >= 3).sum()


def test_lists_are_judged_on_hidden_likes_and_a_small_class_cannot_tell(by_chance) -> None:
    large, small = lists.list_quality(by_chance(80, 30, missing=0.2)), lists.list_quality(by_chance(4, 10))
    assert large.n_people > 60
    assert large.verdict("SVD") == "better"
    assert large.verdict("Popularity") == "cannot tell"
    assert large.ndcg["SVD"].value > large.ndcg["By lot"].value
    assert [small.verdict(name) for name in small.ndcg].count("cannot tell") >= 4
    assert all(found.low <= found.value <= found.high for found in large.ndcg.values())


def test_made_up_students_look_like_everybody_and_move_the_mean_most() -> None:
    matrix = matrix_of([[4, 2, 1, 3], [5, 1, 2, 3], [4, 2, 1.5, 2], [4, 1, 2, 3], [5, 2, 1, 3], [4, 1, 0, 3], [5, 2, 0, 2]])
    assert shilling.weakest(matrix) == 2
    assert shilling.made_up(matrix.R, 2).tolist() == [[4.5, 1.5, 5, 2.5]] * 3
    found = shilling.push(matrix, 2)
    assert {5, 6} < set(found.watched)
    assert len(found.watched) == 5
    means = [matrix.R[person, 2] for person in range(5) if person not in found.watched]
    assert found.before["Title's mean"] == pytest.approx(np.mean(means))
    assert found.after["Title's mean"] == pytest.approx(np.mean([*means, 5, 5, 5]))
    assert found.rank_after["Title's mean"] < found.rank_before["Title's mean"]


def test_an_own_list_is_of_what_is_not_rated_and_names_who_counted(by_chance) -> None:
    matrix = by_chance()
    lines = own.own_list(matrix, "p4")
    assert {line.item_id for line in lines} == {f"t{title}" for title in np.flatnonzero(matrix.R[4] == 0)}
    assert [line.stars for line in lines] == sorted((line.stars for line in lines), reverse=True)
    expected = by_people(matrix.R)[4]
    for line in lines:
        assert line.stars == pytest.approx(expected[int(line.item_id[1:])])
        assert line.classmate % 2 == 0  # of the same taste
        assert 0.1 <= line.share <= 1
    alike = own.most_like(matrix, "p4")
    assert sum(share for _, share in alike) == pytest.approx(1)
    assert alike[0][0] % 2 == 0
    assert own.own_list(matrix, "nobody") == own.most_like(matrix, "nobody") == []


@settings(deadline=None, max_examples=120)
@given(ANY_CLASS)
def test_no_class_is_too_small_or_too_odd_for_any_station(R: np.ndarray) -> None:
    matrix = matrix_of(R)
    looking.titles(matrix)
    for measure in MEASURES:
        looking.pairs(matrix, measure)
    guessing.guess(matrix)
    guessing.cases(matrix)
    space.plane(matrix)
    lists.list_quality(matrix)
    if len(R):
        shilling.push(matrix, shilling.weakest(matrix))
        own.own_list(matrix, "p0")
        own.most_like(matrix, "p0")


def test_the_best_known_titles_are_recent_first_and_of_a_genre_if_asked() -> None:
    dataset = example_dataset()
    every = choice.best_known(dataset, 1000)
    assert sorted(every) == sorted(map(str, dataset.item_ids))
    years = dict(zip(dataset.item_ids, dataset.items["year"], strict=True))
    recent = [years[item_id] > max(years.values()) - choice.RECENT_YEARS for item_id in every]
    assert recent == sorted(recent, reverse=True)
    genre = dataset.title(0).genres[0]
    assert all(genre in dataset.title(dataset.position(item_id)).genres for item_id in choice.best_known(dataset, genre=genre))
    several = choice.by_genre(dataset, [genre, *dataset.title(1).genres], each=2)
    assert len(several) == len(set(several))


def test_the_stations_are_named_once_and_lead_to_lessons_that_there_are() -> None:
    assert len({one.key for one in STATIONS}) == len(STATIONS) == 12
    assert all(lesson(one.lesson) is not None for one in STATIONS if one.lesson)
    assert (station(-3), station(99), station(4).act) == (STATIONS[0], STATIONS[-1], "guess")
