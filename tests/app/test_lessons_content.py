"""Lesson 1 on screen: sentences, the penalty, words that stick by chance and their repair, one sum in two ways, own ratings."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from recsys_core.teaching.content import BOTH, KEYWORDS, largest_below
from tests.support.screen import press, said, seen, tries

KEY = "content"


def table(at: AppTest) -> str:
    return next(found.value for found in at.html if 'class="matrix"' in found.value)


def test_a_sentence_can_be_written_anew_and_travels_in_the_link(step) -> None:
    at = step(1)
    assert "by 6 words. The last sentence: detective 0.58, paris 0.58, robot 0.58" in table(at)
    at.text_input(key="_content_last_sentence").set_value("<b>Rain</b> falls at night").run()
    assert "The last sentence: no known word" in table(at)
    assert "<b>Rain" not in table(at)
    assert tries(at) == "Try this · 1 of 1 done"
    assert "content_last=" in next(found.value for found in at.code if "lesson=" in found.value)
    assert "letter 0.71, space 0.71" in table(step(1, content_last="A letter from space"))
    at.segmented_control(key="content_least").set_value(3).run()
    assert not at.exception
    assert "by 0 words" in table(at)


def test_the_penalty_moves_predictions_to_the_mean_not_to_0(step) -> None:
    at = step(2)
    assert "Predicted stars: covered" in said(at)
    assert "3.67" not in said(at)
    at.segmented_control(key="_learn_guess_content").set_value("To 0")
    press(at, "guess_show")
    assert "You said To 0. It is **To the mean**." in seen(at)
    assert "Detective in the snow 3.52, Detective in Paris 3.25" in said(at)
    at.select_slider(key="content_alpha").set_value(100.0).run()
    assert "Detective in the snow 3.66, Detective in Paris 3.66" in said(at)
    at.select_slider(key="content_alpha").set_value(largest_below()).run()
    assert tries(at) == "Try this · 1 of 1 done"


def test_words_of_synopses_stick_by_chance_and_keywords_mean_something(step) -> None:
    at = step(3)
    assert re.search(r"Weights: starts|Weights: \w+ .*\bboth\b", said(at))
    assert "crime" not in said(at)
    at.segmented_control(key="content_field").set_value(BOTH).run()
    assert "Weights: crime" in said(at)
    assert tries(at) == "Try this · 1 of 1 done"


def test_own_ratings_lead_to_own_words_beside_the_apps_own_list(step) -> None:
    at = step(4)
    assert "for Ada" in seen(at)
    ends = [metric.value for metric in at.metric]
    assert ends[0] == ends[1]
    at.segmented_control(key="content_by").set_value("Titles").run()
    assert tries(at) == "Try this · 1 of 1 done"
    for item, stars in {"alien-1979": 5.0, "blade-runner-1982": 5.0, "the-notebook-2004": 1.0}.items():
        at.session_state["ratings"].rate(item, stars, 3.0)
    at.run()
    assert "for you" in seen(at)
    assert [metric.value for metric in at.metric] != ends
    assert len({metric.value for metric in at.metric}) == 1


def test_without_stars_the_step_says_so(step) -> None:
    at = step(3, who="me")
    assert "No stars, no weights" in at.info[0].value


def test_a_new_title_has_neighbours_by_its_words(step) -> None:
    at = step(5)
    by_synopsis = said(at)
    at.segmented_control(key="content_words").set_value(KEYWORDS).run()
    assert said(at).startswith("Most like")
    assert said(at) != by_synopsis


def test_a_data_set_without_words_says_so(archive, visit) -> None:
    archive("Xyzzy One (1995)", "Plugh Two (1995)", "Quux Three (1979)", "Grault Four (1996)")
    for number in (3, 4, 5):
        at = visit("learn")
        at.query_params |= {"lesson": "content", "step": str(number), "content_field": KEYWORDS, "content_words": KEYWORDS}
        at.run()
        assert not at.exception
        assert at.info, (number, seen(at))
