"""Lesson 6: Ana's missing cell, steps that are too long, zeros for Eva and their repair, likes, one weight."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from tests.support.screen import plain, press, said, seen, tries

KEY = "regression"


def table(at: AppTest, number: int = 0) -> str:
    return [plain(found.value) for found in at.html if 'class="matrix"' in found.value][number]


def ran(at: AppTest, name: str, end: str = "Round 200 of at most 200") -> AppTest:
    for _ in range(60):
        press(at, f"_regression_{name}_run")
        if end in seen(at) or at.warning:
            return at
    raise AssertionError(seen(at))


def test_anas_missing_cell_is_asked_and_eva_is_covered(step) -> None:
    at = step(1)
    raw = next(found.value for found in at.html if 'class="matrix"' in found.value)
    assert '<td class="asked">?</td>' in raw
    assert "4.95" in table(at)
    assert "Cost **1.731**" in seen(at)
    assert "For Eva, at most: covered" in said(at)
    at.slider(key="_learn_guess_regression").set_value(2.5).run()
    press(at, "guess_show")
    assert "You said 2.5 stars. It is **0.0 stars**." in seen(at)
    assert re.search(r"For Eva, at most: 0\.0[12] stars", said(at))


def test_the_best_tastes_cost_less_and_a_penalty_draws_to_the_mean(step) -> None:
    at = step(1)
    at.toggle(key="regression_best").set_value(True).run()
    assert "Cost **0.936** with tastes 2.44 and −2.67, start 2.55." in seen(at)
    assert tries(at) == "Try this · 0 of 1 done"
    at.select_slider(key="regression_penalty").set_value(10.0).run()
    assert "2.88" in table(at)
    assert tries(at) == "Try this · 1 of 1 done"


def test_both_are_learned_from_nothing_and_the_longest_step_that_settles_ticks(step) -> None:
    at = ran(step(2), "both")
    assert "Cost after 200 rounds: 1.061" in said(at)
    assert "Nearest to *Letters from Lisbon* by what was learned: *One More Summer*." in seen(at)
    assert tries(at) == "Try this · 0 of 1 done"
    at.select_slider(key="regression_step").set_value(0.1).run()
    ran(at, "both")
    assert tries(at) == "Try this · 1 of 1 done"


def test_too_long_a_step_runs_away_and_a_button_mends_it(step) -> None:
    at = ran(step(2, regression_step="0.3"), "both")
    assert "The step is too long" in at.warning[0].value
    assert "1000000.000" in said(at)
    press(at, "_regression_shorter")
    assert not at.warning
    assert at.select_slider(key="regression_step").value == 0.05


def test_films_are_found_from_people(step) -> None:
    at = step(2)
    at.toggle(key="regression_given").set_value(True).run()
    films = table(at, 1)
    assert re.search(r"Letters from Lisbon\s+1\.00\s+0\.00\s+0\.90\s+0\.00", films)
    assert re.search(r"The Last Sword\s+0\.00\s+1\.00", films)


def test_eva_would_hate_everything_until_the_means_are_taken_away(step) -> None:
    at = step(3)
    assert "Letters from Lisbon covered" in said(at)
    press(at, "guess_skip")
    assert "Letters from Lisbon 0.00, One More Summer 0.00, Three Puppies 0.00" in said(at)
    at.toggle(key="regression_centre").set_value(True).run()
    assert "Letters from Lisbon 2.52, One More Summer 2.51, Three Puppies 2.01, Midnight Pursuit 2.23, The Last Sword 1.65" in said(at)
    assert tries(at) == "Try this · 1 of 1 done"


def test_every_like_ends_on_its_side(step) -> None:
    at = ran(step(4), "likes")
    assert "**15 of 15** known cells are on the right side of one half." in seen(at)
    assert re.search(r"Loss after 200 rounds: 1\.9[67]", said(at))


def test_one_weight_has_gone_half_the_way_and_can_run_away(step) -> None:
    at = step(5)
    assert "w after 30 steps of 0.01: 2.0910" in said(at)
    assert at.metric[1].value == at.metric[2].value == "2.1819"
    at.select_slider(key="regression_alpha").set_value(1.1).run()
    assert tries(at) == "Try this · 1 of 1 done"
    at.number_input(key="learn_check_regression").set_value(2.28).run()
    assert at.success[0].value == "Right: 2.28."
    at.number_input(key="learn_check_regression").set_value(2.62).run()
    assert "you forgot the 2" in at.warning[0].value
