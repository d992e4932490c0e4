"""Lesson 13 on the page: the measure that moved along, each lever's gain and price, tasks that tick."""

from __future__ import annotations

import pytest

from recsys_core.teaching.loop import LESSON, at_the_end, forty
from tests.support.screen import press, said, seen, tries

KEY = "loop"


def test_a_step_is_a_round_and_the_taste_is_covered_until_show(step) -> None:
    at = step()
    assert "in round 10" in said(at)
    press(at, "_loop_rounds_step")
    assert "in round 11" in said(at)
    table = next(found.value for found in at.html if 'class="matrix"' in found.value)
    assert "likes now" not in table
    press(at, "guess_show")
    assert "It is **2.8 kinds**" in seen(at)
    assert "likes now" in next(found.value for found in at.html if 'class="matrix"' in found.value)


def test_fixed_tastes_keep_their_kinds_and_lose_satisfaction(step) -> None:
    at = step(2)
    assert "later rounds are covered" in said(at)
    press(at, "guess_skip")
    assert at.metric[0].value == "0.76"
    at.toggle(key="loop_moves").set_value(False).run()
    assert "4.2 at the start, 4.2 after 40 rounds" in said(at)
    assert (at.metric[0].value, at.metric[1].value) == ("0.39", "0.00")
    assert tries(at) == "Try this · 1 of 1 done"


def test_the_measure_that_moved_along(step) -> None:
    at = step(3)
    assert "By the tastes of now: 0.53 in round 1, 0.76 in the last ten" in said(at)
    assert "of the start" not in said(at)
    at.toggle(key="loop_first").set_value(True).run()
    assert "By the tastes of the start: 0.53 in round 1, 0.36 in the last ten" in said(at)
    assert all(number in LESSON.notes.take_home for number in ("0.53", "0.76", "0.36"))


@pytest.mark.parametrize(
    ("explore", "variety", "expected", "ticked"),
    [
        (0.2, 0.0, "Films ever watched: No lever 14 %, With levers 88 %", 0),
        (0.05, 0.0, "With levers 66 %", 1),
        (0.0, 0.5, "With levers 3.9", 1),
    ],
)
def test_levers_have_a_gain_and_a_price(step, explore: float, variety: float, expected: str, ticked: int) -> None:
    at = step(4)
    at.select_slider(key="loop_explore").set_value(explore)
    at.select_slider(key="loop_variety").set_value(variety).run()
    assert expected in said(at)
    assert tries(at) == f"Try this · {ticked} of 2 done"


def test_variety_changes_the_own_list(step) -> None:
    at = step(4)
    assert "The app's list for Ada" in seen(at)
    lists = at.table[0].value
    assert lists.iloc[:, 0].tolist() != lists.iloc[:, 1].tolist()
    at.select_slider(key="loop_variety").set_value(0.0).run()
    lists = at.table[0].value
    assert lists.iloc[:, 0].tolist() == lists.iloc[:, 1].tolist()
    at.session_state["ratings"].rate("the-wire-2002", 5.0, 3.0)
    at.segmented_control(key="learn_who").set_value("me").run()
    assert "The app's list for you" in seen(at)


def test_minutes_as_the_aim(step) -> None:
    at = step(5)
    assert "Minutes: Aim 0 50, Aim 1.0 81" in said(at)
    assert "Satisfaction: Aim 0 0.76, Aim 1.0 0.43" in said(at)
    at.select_slider(key="loop_aim").set_value(0.8).run()
    assert tries(at) == "Try this · 1 of 1 done"


def test_no_aim_has_both(engine) -> None:
    assert "None gives 80 minutes" in LESSON.tasks[3].answer(engine.dataset)
    assert at_the_end(forty(aim=1.0)).minutes > 80
