"""The plane of a class: as many names as have room, the class's own before the titles'."""

from __future__ import annotations

import numpy as np

from ui.classroom.pictures import names_apart
from ui.lessons import charts


def named(points: np.ndarray, names: list[str], first: list[int]):
    figure = charts.scatter(points, names, x_title="x", y_title="y")
    names_apart(figure, points, names, first)
    return figure.data[0]


def test_far_points_are_all_named_inside_the_plane() -> None:
    points = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
    trace = named(points, ["Heat", "Alien", "Teal Otter", "Red Lion"], [2, 3, 0, 1])
    assert list(trace.text) == ["Heat", "Alien", "Teal Otter", "Red Lion"]


def test_where_many_meet_the_first_are_named_and_a_pointer_finds_all() -> None:
    names = [f"A title of some length {number}" for number in range(20)]
    points = np.vstack([np.zeros((20, 2)), [[5.0, 5.0], [-5.0, -5.0]]])
    trace = named(points, [*names, "Far", "Away"], [21, 20, *range(20)])
    assert trace.text[20] == "Far"
    assert trace.text[21] == "Away"
    assert trace.text[0] == names[0]
    assert 1 <= sum(bool(text) for text in trace.text[:20]) < 20
    assert list(trace.hovertext) == [*names, "Far", "Away"]


def test_people_without_a_name_take_no_room() -> None:
    trace = named(np.array([[0.0, 0.0], [0.0, 0.0]]), ["", "Heat"], [0, 1])
    assert list(trace.text) == ["", "Heat"]
