"""Lesson 5: the share that is guessed, three shares for one cut, a newcomer, and zeros that are stars nobody gave."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.teaching.svd import KEPT, LESSON
from tests.support.screen import plain, press, said, seen, tries

KEY = "svd"


def tables(at: AppTest) -> list[str]:
    return [plain(found.value) for found in at.html if 'class="matrix"' in found.value]


def test_the_share_is_covered_until_it_is_guessed(step) -> None:
    at = step(1)
    assert "keep: covered" in said(at)
    at.slider(key="_learn_guess_svd").set_value(60.0).run()
    press(at, "guess_show")
    assert "You said 60.0 percent. It is **87.9 percent**." in seen(at)
    assert "keep: 87.9 percent" in said(at)
    for k, share in ((1, "50.0"), (3, "94.4"), (4, "100.0")):
        at.slider(key="svd_k").set_value(k).run()
        assert f"keep: {share} percent" in said(at)


def test_two_directions_cannot_tell_d1_from_d2(step) -> None:
    rebuilt = tables(step(1))[1]
    assert re.search(r"d1\s+1\.50\s+1\.50\s+0\.00", rebuilt)
    assert re.search(r"d2\s+1\.50\s+1\.50\s+0\.00", rebuilt)
    assert "−0.00" not in rebuilt


def test_a_fifth_viewer_makes_space_the_first_direction(step) -> None:
    at = step(1)
    for fifth, done in (("like d3", 0), ("like d4", 1)):
        at.selectbox(key="svd_fifth").set_value(fifth).run()
        assert tries(at) == f"Try this · {done} of 1 done"


def test_the_arrow_turns_to_the_first_direction_and_then_to_the_second(step) -> None:
    at = step(2)
    assert "Stretch after 2 rounds: 1.521; the goal is 3.000" in said(at)
    press(at, "_svd_power_step")
    assert "Stretch after 3 rounds: 2.786" in said(at)
    at.toggle(key="svd_second").set_value(True).run()
    press(at, "_svd_power_run")
    assert "rounds: 2.613; the goal is 2.613" in said(at)


def test_one_cut_has_three_shares(step) -> None:
    at = step(3)
    assert "Of squares: covered. Of variance: 80.1 percent. Centred first: 90.5 percent" in said(at)
    press(at, "guess_skip")
    assert "Of squares: 87.9 percent" in said(at)
    assert "d1, d2 at 2.12, 0.00" in said(at)


def test_a_newcomer_moves_out_when_zeros_are_unknown(step) -> None:
    at = step(4)
    assert "newcomer at 0.00, 1.21" in said(at)
    at.toggle(key="svd_unknown").set_value(True).run()
    assert "newcomer at 0.00, 1.59" in said(at)  # 1.2071 / (0.75 + penalty)
    at.toggle(key="svd_unknown").set_value(False).run()
    for name, count in (("svd_n0", 2), ("svd_n1", 1), ("svd_n2", 0), ("svd_n4", 0)):
        at.selectbox(key=name).set_value(count)
    at.run()
    assert tries(at) == "Try this · 1 of 1 done"


def test_zeros_are_two_stars_off_and_each_repair_is_better(step, engine) -> None:
    at = step(5)
    error = re.compile(r"Error on hidden stars\. .*?: ([\d.]+)\. The mean of all: ([\d.]+)\. Baseline, no direction: ([\d.]+)")

    def errors() -> list[float]:
        found = error.search(said(at))
        assert found
        return [float(number) for number in found.groups()]

    zeros, mean, baseline = errors()
    assert zeros > 2 > mean > baseline
    for fill in ("titles", "people", "residuals"):
        at.segmented_control(key="svd_fill").set_value(fill).run()
        assert errors()[0] < mean
    assert errors()[0] == pytest.approx(baseline, abs=0.01)  # hardly better than no direction at all: the page does not hide it
    assert tries(at) == "Try this · 0 of 1 done"
    best = re.search(r"zeros: (\d+) ", LESSON.tasks[2].answer(engine.dataset))
    assert best
    at.segmented_control(key="svd_fill").set_value("zeros")
    at.select_slider(key="svd_kept").set_value(int(best[1])).run()
    assert tries(at) == "Try this · 1 of 1 done"
    at.select_slider(key="svd_kept").set_value(KEPT[-1]).run()
    assert "**17,500** numbers are kept, learned from **8,843** stars." in seen(at)


def test_five_for_you_beside_those_of_the_app(step) -> None:
    at = step(5, who="cleo")
    assert "**This table**, for Cleo" in seen(at)
    lists = [found.value for found in at.text if found.value.startswith("1. ")]
    assert len(lists) == 2
    assert all(found.count("\n") == 4 for found in lists)
    at.segmented_control(key="learn_who").set_value("me").run()
    assert "None of the rated titles is in this table." in seen(at)


def test_a_data_set_with_few_ratings_says_so(archive, visit) -> None:
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    at = visit("learn")
    at.query_params |= {"lesson": "svd", "step": "5"}
    at.run()
    assert not at.exception
    assert "too few people have rated the same titles" in at.info[0].value
