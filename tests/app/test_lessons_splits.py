"""Lesson 11 on the page: what is new to the model, season 4 and season 1, simple answers, the ten best, folds."""

from __future__ import annotations

import re

import pytest

from recsys_core.teaching.splits import LESSON, RANDOM_ERROR, errors_of
from tests.support.screen import press, said, seen, tries

KEY = "splits"


def numbers(at: object) -> list[str]:
    return [found.value for found in at.metric]  # type: ignore[attr-defined]


def tables(at: object) -> list[str]:
    return [found.value for found in at.html if 'class="matrix"' in found.value]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("how", "expected"), [("Pairs", (3, 0, 0)), ("People", (1, 1, 0)), ("Titles", (4, 0, 2)), ("Time", (3, 1, 0))])
def test_who_is_new_is_counted_on_the_small_table(step, how: str, expected: tuple[int, int, int]) -> None:
    at = step(1)
    at.segmented_control(key="splits_how").set_value(how).run()
    asked, people, titles = expected
    assert tables(at)[0].count("marked") == asked
    assert f"{asked} ratings are asked; {people} of the people and {titles} of the titles are new" in tables(at)[0]
    row = re.search(rf"▸ </span>{how}</th>(.*?)</tr>", tables(at)[1])
    assert re.findall(r">(\d+)</td>", row[1]) == [str(n) for n in expected]  # type: ignore[index]


def test_a_split_by_titles_hides_whole_columns_of_the_open_data_set(step) -> None:
    at = step(1)
    at.segmented_control(key="splits_table").set_value("Open data set").run()
    at.segmented_control(key="splits_how").set_value("Titles").run()
    assert "0 of the people and 6 of the titles are new to the model" in said(at)


def test_a_random_fifth_and_a_show_not_begun(step) -> None:
    at = step(2)
    assert "A random fifth: 0.52 stars off. … the mean of all: 0.81 stars off. Season 1 of new shows: covered" in said(at)
    at.selectbox(key="splits_what").set_value("shows").run()
    assert "Whole shows: covered" in said(at)
    press(at, "guess_show")
    assert "It is **1.03 stars**" in seen(at)
    at.selectbox(key="splits_what").set_value("first").run()
    assert "Season 1 of new shows: 1.03 stars off. … the mean of all: 1.04 stars off" in said(at)
    at.selectbox(key="splits_what").set_value("season 4").run()
    assert "Season 4: 0.42 stars off" in said(at)
    assert "0.52" in LESSON.guess.label


def test_learning_from_the_answers(step) -> None:
    at = step(2)
    at.toggle(key="splits_leak").set_value(True).run()
    leaked = errors_of("random", leak=True)[0]
    assert leaked < 0.6 * RANDOM_ERROR
    assert f"A random fifth: {leaked:.2f} stars off" in said(at)
    assert tries(at) == "Try this · 1 of 1 done"


def test_a_new_title_has_no_mean(step) -> None:
    at = step(3)
    assert "no time stamps" in seen(at)
    pairs = [float(number) for number in re.findall(r": ([\d.]+) stars", said(at))]
    assert pairs[3] == min(pairs) < pairs[0] == max(pairs)
    at.segmented_control(key="splits_how").set_value("Titles").run()
    mean, person, title, both = re.findall(r": ([\d.]+) stars", said(at))
    assert (title, both) == (mean, person)
    assert tries(at) == "Try this · 1 of 1 done"


def test_the_ten_best_by_average_have_hardly_a_rater(step, engine) -> None:
    at = step(4)
    assert numbers(at)[0] == "1"
    answer = LESSON.tasks[2].answer(engine.dataset)
    m = float(re.search(r"m = ([\d.]+)", answer)[1])  # type: ignore[index]
    at.select_slider(key="splits_m").set_value(m).run()
    assert int(numbers(at)[0]) > 1
    assert tries(at) == "Try this · 1 of 1 done"
    at.select_slider(key="splits_m").set_value(50.0).run()
    assert int(numbers(at)[0]) > 20


def test_five_folds_differ_little(step) -> None:
    at = step(5)
    mean, spread = map(float, re.search(r"([\d.]+), give or take ([\d.]+)", said(at)).groups())  # type: ignore[union-attr]
    assert 0 < spread < 0.02 < mean
    at.slider(key="splits_k").set_value(3).run()
    assert any("Which of 3 folds" in found.value for found in at.html)


def test_ratings_with_time_stamps_can_be_split_by_time(archive, visit) -> None:
    archive(*(f"Film {n} (1995)" for n in range(30)))
    at = visit("learn")
    at.query_params |= {"lesson": "splits", "step": "3"}
    at.run()
    assert not at.exception
    assert ("Time" in at.segmented_control(key="splits_how").options) or "too few ratings" in at.info[0].value
