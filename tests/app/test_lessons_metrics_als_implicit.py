"""Lessons 8, 9 and 10: the number of the mistake on screen, what each switch repairs, tasks, and the visitor's own ratings."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.screen import press, seen, tries


def said(at: AppTest) -> str:
    tables = [found[1] for html in at.html if (found := re.search(r'class="matrix"[^>]*aria-label="([^"]*)"', html.value))]
    return " ".join([*(found.proto.alt for found in at.get("plotly_chart")), *tables])


def number(at: AppTest, pattern: str) -> float:
    found = re.search(pattern, said(at))
    assert found, said(at)
    return float(found[1].replace("−", "-"))


# --- 10: metrics -----------------------------------------------------------------------------------------------------


def test_a_swap_at_the_top_moves_half_of_the_measures(at_step) -> None:
    at = at_step("metrics", 1)
    assert "Now: covered" in said(at)
    assert at.button(key="metrics_Up").disabled
    press(at, "guess_skip")
    assert "Before: Precision 0.400, Recall 0.333, Hit rate 1.000, Reciprocal rank 0.500, Average precision 0.200, NDCG 0.386" in said(at)
    assert "Now: Precision 0.400, Recall 0.333, Hit rate 1.000, Reciprocal rank 1.000, Average precision 0.250, NDCG 0.467" in said(at)
    press(at, "metrics_before")
    at.segmented_control(key="metrics_title").set_value("J").run()
    press(at, "metrics_Up")
    assert "NDCG 0.389" in said(at)


def test_hits_are_moved_to_the_top_one_by_one(at_step) -> None:
    at = at_step("metrics", 1)
    press(at, "guess_skip")
    for title, moves in (("C", 1), ("G", 4), ("J", 6)):
        at.segmented_control(key="metrics_title").set_value(title).run()
        for _ in range(moves):
            press(at, "metrics_Up")
    assert "NDCG 0.564" in said(at)
    assert tries(at) == "Try this · 1 of 1 done"
    press(at, "metrics_before")
    assert "Now it is A, B ♥, C ♥, D" in said(at)


def test_an_order_that_is_none_is_ignored(at_step) -> None:
    assert "Now it is B ♥, A, C ♥" in said(at_step("metrics", 1, metrics_order="AAAA"))


def test_a_list_with_full_recall_may_have_bad_ndcg(at_step) -> None:
    at = at_step("metrics", 2)
    assert "Precision 0.400. Recall 0.333. NDCG 0.386" in said(at)
    at.toggle(key="metrics_found").set_value(True).run()
    assert "NDCG 0.684" in said(at)
    at.toggle(key="metrics_found").set_value(False)
    at.slider(key="metrics_relevant").set_value(4)
    at.segmented_control(key="metrics_list").set_value("Hits last").run()
    assert "Recall 1.000. NDCG 0.484" in said(at)
    assert tries(at) == "Try this · 1 of 1 done"
    at.slider(key="metrics_k").set_value(1).run()
    assert "No hit among 1 ranks" in said(at)


def test_the_smaller_error_has_the_wrong_title_first(at_step) -> None:
    at = at_step("metrics", 3)
    assert "A: RMSE 1.27, best title at place 1. B: RMSE 0.38, best title at place 2" in said(at)
    at.toggle(key="metrics_stretch").set_value(True).run()
    assert "A: RMSE 0.00, best title at place 1" in said(at)
    at.slider(key="metrics_first").set_value(2.9).run()
    assert "B: RMSE 0.98, best title at place 3" in said(at)
    assert tries(at) == "Try this · 1 of 1 done"


def test_your_list_is_measured_beyond_its_hits(at_step, engine) -> None:
    at = at_step("metrics", 4)
    assert "1. The Sopranos" in seen(at)
    at.segmented_control(key="metrics_model").set_value("popularity").run()
    famous, neighbours = (number(at, rf"{name}: .*?coverage, % ([\d.]+)") for name in ("Popularity", "Neighbours"))
    assert famous < neighbours
    at.pills(key="metrics_hits_popularity").set_value([2, 3]).run()
    assert "Precision 0.2. Reciprocal rank 0.50." in seen(at)
    for item_id in ("the-great-british-bake-off-2010", "masterchef-australia-2009", "nailed-it-2018"):
        at.session_state["ratings"].rate(item_id, 5.0, 3.0)
    before = said(at)
    at.segmented_control(key="learn_who").set_value("me").run()
    assert said(at) != before


def test_luck_hits_both_models_where_they_are_asked_the_same(at_step) -> None:
    at = at_step("metrics", 5)
    apart = number(at, r"wins (\d+)%")
    assert number(at, r"± ([\d.]+) in draws of 1,000") == pytest.approx(0.02, abs=0.005)
    at.toggle(key="metrics_same").set_value(True).run()
    assert number(at, r"wins (\d+)%") < 10 < apart


@pytest.mark.parametrize(("step", "why"), [(4, "1. "), (5, "too few ratings")])
def test_metrics_of_a_tiny_data_set(archive, at_step, step: int, why: str) -> None:
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    assert why in seen(at_step("metrics", step))


# --- 8: turns --------------------------------------------------------------------------------------------------------


def test_a_turn_each_by_hand(at_step) -> None:
    at = at_step("als", 1)
    assert "1 turns. People: 1.000, 2.000. Titles: 1.000, 1.000, 1.000." in said(at)
    at.slider(key="als_turns").set_value(2).run()
    assert "Titles: 1.000, 0.800, 1.500." in said(at)
    at.slider(key="als_turns").set_value(0).run()
    assert "Products: still unknown" in said(at)
    at.number_input(key="learn_check_als").set_value(0.8).run()
    assert at.success[0].value == "Right: 0.8."
    at.number_input(key="learn_check_als").set_value(1).run()
    assert "You left out the penalty" in at.warning[0].value


def test_twenty_turns_with_short_vectors_do_the_task(at_step) -> None:
    at = at_step("als", 2)
    assert "After 3 turns: objective" in said(at)
    at.slider(key="als_d").set_value(4).run()
    press(at, "_als_rounds_run")
    while "After 20 turns" not in said(at):  # a run ends after three seconds, on a busy machine before its end
        press(at, "_als_rounds_run")
    assert number(at, r"on hidden ones ([\d.]+)") == pytest.approx(0.358, abs=0.003)
    assert tries(at) == "Try this · 1 of 1 done"


def test_a_great_penalty_is_as_good_as_the_mean(at_step) -> None:
    at = at_step("als", 3)
    assert "λ = 15" not in said(at)
    assert [found.value for found in at.metric] == ["?", "?"]
    press(at, "guess_skip")
    assert "It is **Just as good**." in seen(at)
    assert "0.442 at λ = 20; mean 0.442" in said(at)
    assert [found.value for found in at.metric] == ["0.442", "0.000"]
    for lam in (3.0, 15.0):
        at.select_slider(key="als_lam").set_value(lam).run()
    assert tries(at) == "Try this · 2 of 2 done"


def test_the_logistic_way_back_is_worse_than_the_mean(at_step) -> None:
    at = at_step("als", 4)
    mean, logistic = number(at, r"always the mean ([\d.]+)"), number(at, r"mean [\d.]+, logistic curve ([\d.]+)")
    assert logistic > mean + 0.1
    assert "z = 0 becomes 2.75 stars by the logistic curve; the mean is 3.52." in said(at)
    at.segmented_control(key="als_way").set_value("Inverse").run()
    assert number(at, r"hidden stars: .*inverse ([\d.]+)") < mean - 0.1
    at.segmented_control(key="als_way").set_value("Logistic curve")
    at.segmented_control(key="als_world").set_value("Invented world").run()
    assert "z = 0 becomes 3.00" in said(at)


def test_means_first_repair_the_turns(at_step) -> None:
    at = at_step("als", 5)
    both, alone = number(at, r"title mean ([\d.]+)"), number(at, r"Turns alone ([\d.]+)")
    assert alone > both
    at.toggle(key="als_first").set_value(True).run()
    assert number(at, r"then turns ([\d.]+)") < both
    assert "1. The Dark Knight" in seen(at)


# --- 9: watched or not -----------------------------------------------------------------------------------------------


def test_the_larger_the_confidence_the_less_a_zero_counts(at_step) -> None:
    at = at_step("implicit", 1)
    assert "With α = 9 the number is 0.833; it grows from 0.333 at 0 to 0.953 at 40." in said(at)
    at.number_input(key="learn_check_implicit").set_value(0.75).run()
    assert at.success[0].value == "Right: 0.75."


def test_one_pair_and_many_steps(at_step) -> None:
    at = at_step("implicit", 2)
    assert "After 1 steps x·i − x·j is -0.348; before, it was -0.500." in said(at)
    at.slider(key="implicit_steps").set_value(40).run()
    assert number(at, r"x·j is (-?[\d.]+)") > 0


def test_the_lever_turns_the_winner_round(at_step) -> None:
    at = at_step("implicit", 3)
    assert "Stars 0.819, Watched or not covered, Zeros as dislikes covered" in said(at)
    press(at, "guess_skip")
    assert "It is **Not at all**. Stars do." in seen(at)
    assert abs(number(at, r"Watched or not (-?[\d.]+)")) < 0.05
    at.segmented_control(key="implicit_choice").set_value(3.0).run()
    assert number(at, r"Stars (-?[\d.]+)") < 0 < 0.6 < number(at, r"Watched or not (-?[\d.]+)")
    at.select_slider(key="implicit_alpha").set_value(40.0).run()
    at.segmented_control(key="implicit_choice").set_value(1.5)
    at.segmented_control(key="implicit_measure").set_value("Precision of ten")
    at.select_slider(key="implicit_alpha").set_value(1.0).run()
    assert tries(at) == "Try this · 2 of 2 done"


def test_pairs_beat_popularity_after_thousands_of_steps(at_step) -> None:
    at = at_step("implicit", 4)
    assert "popularity 0.159" in said(at)
    assert tries(at) == "Try this · 0 of 1 done"
    for _ in range(20):
        press(at, "_implicit_pairs_run")
        if tries(at) == "Try this · 1 of 1 done":
            break
    assert tries(at) == "Try this · 1 of 1 done"


def test_likes_are_fewer_and_a_table_on_its_side_is_no_error(at_step) -> None:
    at = at_step("implicit", 5)
    assert number(at, r"with stars ([\d.]+) %") > number(at, r"with a like ([\d.]+) %")
    assert "“people” 200 × 4, “titles” 150 × 4" in said(at)
    at.toggle(key="implicit_turned").set_value(True).run()
    assert "“people” 150 × 4, “titles” 200 × 4" in said(at)
    ada = [found.value for found in at.text]
    at.segmented_control(key="learn_who").set_value("ben").run()
    assert [found.value for found in at.text] != ada
    at.segmented_control(key="learn_who").set_value("me").run()
    assert "**Likes**" not in seen(at)


@pytest.mark.parametrize(("lesson", "step"), [("als", 5), ("implicit", 5)])
def test_too_few_ratings_for_turns(archive, at_step, lesson: str, step: int) -> None:
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    assert "too few ratings" in at_step(lesson, step).info[0].value


def test_without_a_block_the_way_back_is_shown_in_the_invented_world(archive, at_step) -> None:
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    at = at_step("als", 4)
    assert number(at, r"always the mean ([\d.]+)") == pytest.approx(0.442, abs=0.001)
