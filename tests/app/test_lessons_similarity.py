"""Lesson 3 on screen: the guess, the two slips and their repairs, promises of a distance, pairs of the data set, own ratings."""

from __future__ import annotations

import re

import pandas as pd
from streamlit.testing.v1 import AppTest

from recsys_core import Dataset
from recsys_core.lessons.similarity import MEASURES, chebyshev, l1, l2, worst_of_axioms
from recsys_core.teaching.similarity import FULL, HOLES, NAMES, pairs, promises, sample
from tests.support.screen import press, said, seen, tries

KEY = "similarity"


def tables(at: AppTest) -> str:
    return " ".join(found.value for found in at.html if 'class="matrix"' in found.value)


def test_a_star_less_is_not_seen_by_two_of_three(step) -> None:
    at = step(1)
    assert "Likeness, 1 at best: covered" in said(at)
    assert "L1 1.00, L2 1.00, Chebyshev 0.22" in said(at)
    at.segmented_control(key="_learn_guess_similarity").set_value("Cosine")
    press(at, "guess_show")
    assert "You said Cosine. It is **Jaccard and Pearson**." in seen(at)
    assert "Jaccard 1.00, Cosine 0.99, Pearson 1.00" in said(at)


def test_presets_and_single_stars_change_the_pair_and_tick_tasks(step) -> None:
    at = step(1)
    press(at, "guess_skip")
    press(at, "_similarity_preset_Alike")
    assert "Jaccard 0.60, Cosine 0.87, Pearson 0.84" in said(at)
    at.number_input(key="_similarity_star_5").set_value(4).run()
    assert "Cosine 0.87" in said(at)
    assert tries(at) == "Try this · 1 of 2 done"
    link = next(found.value for found in at.code if "lesson=" in found.value)
    assert "similarity_pair=540102-453004" in link
    press(at, "_similarity_swap")
    assert "they share 3 films" in tables(at)
    for film, stars in enumerate((3, 2, 0, 0, 0, 0)):
        at.number_input(key=f"_similarity_star_{film}").set_value(stars).run()
    press(at, "_similarity_swap")
    for film, stars in enumerate((5, 4, 0, 0, 0, 0)):
        at.number_input(key=f"_similarity_star_{film}").set_value(stars).run()
    assert tries(at) == "Try this · 2 of 2 done"


def test_nothing_shared_is_not_a_number(step) -> None:
    at = step(1, similarity_pair="540020-000400")
    press(at, "guess_skip")
    press(at, "_similarity_preset_None shared")
    assert "Jaccard 0.00, Cosine 0.00, Pearson cannot say" in said(at)
    assert "L1 cannot say" in said(at)
    assert "they share 0 films" in tables(step(1, similarity_pair="540000-000000"))
    assert "they share 4 films" in tables(step(1, similarity_pair="<b>"))


def test_each_switch_repairs_one_slip(step) -> None:
    at = step(2)
    assert "Program 1, stars from Ana, nearest first: Bo 1.00, Cem 1.00, Eve 1.00, Dee 2.00" in said(at)
    assert "Program 2, stars from Ana, nearest first: Cem 0.50, Bo 1.00, Dee 1.41, Eve cannot say" in said(at)
    at.toggle(key="similarity_say").set_value(True).run()
    assert "Bo 1.00, Cem 1.00, Dee 2.00, Eve cannot say" in said(at)
    assert "Cem 0.50" in said(at)
    at.toggle(key="similarity_root").set_value(True).run()
    assert "Program 2, stars from Ana, nearest first: Bo 1.00, Cem 1.00, Dee 2.00, Eve cannot say" in said(at)
    assert tries(at) == "Try this · 1 of 1 done"
    at.number_input(key="learn_check_similarity").set_value(1.541).run()
    assert "slip 2" in at.warning[0].value


def test_holes_break_promises_and_a_full_table_keeps_them(step) -> None:
    at = step(3)
    assert "L1 breaks 2 of four promises" in tables(at)
    assert "Ana to Cem is 2.00. By way of Bo it is 0.00 + 0.00: shorter by 2.00." in seen(at)
    at.toggle(key="similarity_full").set_value(True).run()
    assert "L1 breaks 0 of four promises" in tables(at)
    kept = [NAMES[measure] for measure in MEASURES if not promises(worst_of_axioms(measure, FULL))]
    assert {"L1", "L2", "Chebyshev"} <= set(kept)
    assert all(promises(worst_of_axioms(measure, HOLES)) for measure in (l1, l2, chebyshev))  # as the step says


def test_pearson_is_perfect_by_chance_until_enough_is_shared(step) -> None:
    at = step(4)
    assert "the middle of Ada is" in said(at)
    found = {metric.label: metric.value for metric in at.metric}
    assert int(found["Pearson exactly 1 or −1"]) > 20
    assert int(found["L1 above 1"].rstrip("%")) > 40
    assert tries(at) == "Try this · 0 of 1 done"
    at.slider(key="similarity_shared").set_value(10).run()
    assert {metric.label: metric.value for metric in at.metric}["Pearson exactly 1 or −1"] == "0"
    assert tries(at) == "Try this · 1 of 1 done"


def test_own_ratings_find_their_like(step) -> None:
    at = step(5)
    assert "Most like Ada by Pearson" in tables(at)
    at.session_state["ratings"].rate("the-wire-2002", 5.0, 3.0)
    at.session_state["ratings"].rate("friends-1994", 2.0, 3.0)
    at.session_state["ratings"].rate("titanic-1997", 4.0, 3.0)
    at.run()
    assert re.search(r"Most like you by Pearson: No\. \d+ 1\.00", tables(at))
    at.select_slider(key="similarity_least").set_value(5).run()
    assert "Nobody shares so many titles" in at.info[0].value


def test_a_small_data_set_is_enough_and_one_without_ratings_says_so(archive, visit) -> None:
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    for number in (4, 5):
        at = visit("learn")
        at.query_params |= {"lesson": "similarity", "step": str(number)}
        at.run()
        assert not at.exception
    assert "Nobody shares so many titles" in at.info[0].value
    empty = Dataset.from_frames(pd.DataFrame({"item_id": ["a", "b"], "title": ["A", "B"]}), None)
    assert pairs(sample(empty).R).shape == (0, 7)  # what the steps look at before they say so
