"""Lesson 12 on the page: vectors by hand, the floor of length 1, what the first search finds, the visitor's own list."""

from __future__ import annotations

import re

import pytest

from tests.support.screen import press, said, seen, tries

KEY = "towers"


def test_only_the_row_of_the_person_changes(step) -> None:
    at = step()
    assert "Puppies 4.02, Lisbon 3.82, Pursuit 2.30" in said(at)
    before = next(found.value for found in at.html if 'class="matrix"' in found.value).split("<tr>")
    at.slider(key="towers_f1").set_value(1.0).run()
    after = next(found.value for found in at.html if 'class="matrix"' in found.value).split("<tr>")
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 2  # the caption, and the person


def test_vectors_of_length_one_stop_at_the_floor_and_the_switch_repairs_it(step) -> None:
    at = step(3)
    press(at, "_towers_train_run")
    error, baseline = map(float, re.search(r"stars ([\d.]+) after.*mean ([\d.]+)", said(at)).groups())  # type: ignore[union-attr]
    assert error == pytest.approx(2.55, abs=0.02)
    assert baseline == pytest.approx(0.914, abs=0.003)
    at.segmented_control(key="towers_length").set_value("scaled").run()
    for _ in range(6):
        press(at, "_towers_train_step")
    assert float(re.search(r"stars ([\d.]+)", said(at))[1]) < 1  # type: ignore[index]


def test_a_narrow_tower_loses_and_the_task_ticks(step) -> None:
    at = step(2)
    at.select_slider(key="towers_width").set_value(1).run()
    for _ in range(4):
        press(at, "_towers_train_run")
    assert tries(at) == "Try this · 1 of 1 done"


def test_a_few_candidates_hold_about_half_of_the_list(step) -> None:
    at = step(4)
    assert "On average: covered" in said(at)
    press(at, "guess_show")
    found = float(re.search(r"On average: ([\d.]+) of 10", said(at))[1])  # type: ignore[index]
    assert found == pytest.approx(4.7, abs=0.6)
    assert f"It is **{found:.1f} of 10**" in seen(at)
    share = float(re.search(r"left: ([\d.]+)%", said(at))[1])  # type: ignore[index]
    assert share < 3
    at.slider(key="towers_popular").set_value(0).run()
    assert tries(at) == "Try this · 1 of 2 done"


def test_lists_of_the_towers_and_of_the_app(step) -> None:
    at = step(5)
    assert list(at.table[0].value.columns) == ["Towers, for Ada", "The app's SVD", "Nearest"]
    ada = at.table[0].value.iloc[:, 0].tolist()
    at.segmented_control(key="learn_who").set_value("ben").run()
    assert at.table[0].value.iloc[:, 0].tolist() != ada
    at.session_state["ratings"].rate("the-wire-2002", 5.0, 3.0)
    at.segmented_control(key="learn_who").set_value("me").run()
    assert "Towers, for you" in at.table[0].value.columns


def test_a_data_set_with_few_ratings_says_so(archive, visit) -> None:
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    at = visit("learn")
    for number in (2, 3, 4, 5):
        at.query_params |= {"lesson": "towers", "step": str(number)}
        at.run()
        assert not at.exception
        assert "too few ratings for networks" in at.info[0].value
