"""Figures of the lessons: what stands where."""

from __future__ import annotations

from ui.lessons import charts


def test_names_of_curves_that_end_side_by_side_do_not_cover_each_other():
    figure = charts.curves({"seen": [0.48, 0.459], "unseen": [0.44, 0.4585], "far": [0.1, 0.2]}, x_title="rounds", y_title="error")
    shifts = {note.text.split()[0]: note.yshift for note in figure.layout.annotations}
    assert shifts["far"] == 0
    assert shifts["unseen"] == 0
    assert 12 < shifts["seen"] <= charts.LINE


def test_one_point_and_a_run_that_left_the_numbers():
    figure = charts.curves({"cost": [1.0], "lost": [float("nan")]}, x_title="rounds", y_title="cost")
    assert [note.text for note in figure.layout.annotations] == ["cost 1.000"]
