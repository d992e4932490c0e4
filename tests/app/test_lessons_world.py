"""Lesson 7: the number that misleads, what each repair makes of it, and what is not sent before Show."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from recsys_core.teaching.world import LESSON
from tests.support.screen import press, said, seen, tries

KEY = "world"


def trained_on(at: AppTest, rounds: int = 100) -> AppTest:
    """Press Run until all rounds are done, however slow the machine is."""
    for _ in range(60):
        press(at, "_world_sgd_run")
        if f"Round {rounds} of at most {rounds}" in seen(at):
            return at
    raise AssertionError(seen(at))


def test_the_puzzle_is_there_without_a_touch_and_its_answer_is_not(step) -> None:
    at = step(1)
    assert "Stars it saw: off by 0.389. Stars it never saw: covered. The mean, on the same: off by 0.445" in said(at)
    assert "What is true: 1500 of 1500 cells" in said(at)
    assert "What is seen: 450 of 1500 cells" in said(at)
    press(at, "guess_show")
    assert "It is **larger**" in seen(at)
    assert "Stars it never saw: off by 0.475" in said(at)


def test_the_curve_falls_and_the_unseen_stars_get_worse_than_the_mean(step) -> None:
    at = trained_on(step(2))
    assert "After 100 rounds: seen 0.389" in said(at)
    assert "unseen" not in said(at)
    press(at, "guess_skip")
    assert "seen 0.389, unseen 0.475" in said(at)
    at.toggle(key="world_biases").set_value(True).run()
    assert "biases 0.491" in said(at)
    assert tries(at) == "Try this · 0 of 1 done"


def test_one_longer_step_repairs_it_and_ticks_the_task(step) -> None:
    at = step(2, world_step="0.05")
    press(at, "guess_skip")
    trained_on(at)
    assert "unseen 0.367" in said(at)
    assert tries(at) == "Try this · 1 of 1 done"


def test_the_button_that_works_sets_all_three(step) -> None:
    at = step(2)
    press(at, "guess_skip")
    press(at, "_world_preset_Works")
    trained_on(at)
    assert "seen 0.135, unseen 0.362" in said(at)


def test_steps_that_are_too_long_are_named_and_mended(step) -> None:
    at = step(2, world_step="0.5")
    for _ in range(60):
        press(at, "_world_sgd_run")
        if at.warning:
            break
    assert "The step is too long" in at.warning[0].value
    press(at, "_world_shorter")
    assert not at.warning
    assert at.select_slider(key="world_step").value == 0.05


def test_more_stars_help_and_noise_needs_a_penalty(step) -> None:
    at = step(3)
    assert "never saw: off by 0.362" in said(at)
    at.select_slider(key="world_share").set_value(0.5).run()
    assert "never saw: off by 0.211" in said(at)
    assert tries(at) == "Try this · 1 of 2 done"
    at.select_slider(key="world_share").set_value(0.3)
    at.select_slider(key="world_mood").set_value(0.5).run()
    assert "never saw: off by 0.634" in said(at)
    at.select_slider(key="world_price").set_value(0.2).run()
    assert "never saw: off by 0.468" in said(at)
    assert tries(at) == "Try this · 2 of 2 done"


def test_five_for_one_person(step) -> None:
    at = step(4)
    assert "**3 of 5** are the same" in seen(at)
    assert re.search(r"The model names: title 14 ✓ [\d.]+, title 27 ", said(at))
    person = re.search(r"person (\d+)", LESSON.tasks[3].answer(None))  # type: ignore[arg-type]
    assert person
    at.slider(key="world_person").set_value(int(person[1])).run()
    assert tries(at) == "Try this · 1 of 1 done"


def test_a_turn_changes_the_tastes_and_no_prediction(step) -> None:
    at = step(5)
    assert "The whole space 0.69, Taste by taste 0.53" in said(at)
    at.toggle(key="world_turned").set_value(True).run()
    at.slider(key="world_turn").set_value(4).run()
    assert "The whole space 0.69, Taste by taste 0.42" in said(at)
    assert at.metric[0].value == "0.0000 ★"
