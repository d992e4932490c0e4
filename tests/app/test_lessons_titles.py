"""Lesson 2 on screen: clusters by hand, words, four descriptions beside chance, marks that rise by themselves."""

from __future__ import annotations

import re

from recsys_core.teaching.titles import NAME, K, enough_for, inside, purity, random_mark, silly_pair
from tests.support.screen import press, said, seen, tries

KEY = "titles"


def test_step_by_step_to_the_end_and_anew_with_another_start(step) -> None:
    at = step(1)
    before = said(at)
    assert "after 0 half rounds: 133.00" in before
    press(at, "_titles_hand_step")
    assert "after 1 half rounds" in said(at)
    assert "half rounds: 60.00" in said(at)
    press(at, "_titles_hand_run")
    assert re.search(r"half rounds: 2\.67", said(at))
    assert tries(at) == "Try this · 1 of 1 done"
    at.segmented_control(key="titles_k").set_value(3).run()
    assert "after 0 half rounds" in said(at)
    assert "3 clusters" in said(at)


def test_words_have_neighbours_and_many_names_have_none(step) -> None:
    at = step(2)
    assert "detective" in said(at)
    assert 10 < int(at.metric[0].value.rstrip("%")) < 60
    at.selectbox(key="titles_word").set_value("war").run()
    assert said(at).startswith("Nearest to war")


def test_names_are_no_better_than_chance_and_viewers_are_best(step) -> None:
    at = step(3)
    assert "covered" in said(at)
    at.segmented_control(key="_learn_guess_titles").set_value("Its keywords")
    press(at, "guess_show")
    assert "You said Its keywords. It is **Who liked it**." in seen(at)
    names = ("Its name", "Its synopsis", "Its keywords", "Who liked it", "random clusters")
    found = re.search("[,;] ".join(f"{name} ([\\d.]+)" for name in names), said(at))
    assert found
    name, _, keywords, liked, chance = map(float, found.groups())
    assert liked > keywords > chance + 0.1 > name
    at.select_slider(key="titles_clusters").set_value(40).run()
    assert tries(at) == "Try this · 1 of 2 done"
    at.segmented_control(key="titles_by").set_value("Who liked it").run()
    assert "clusters by who liked it; purity" in said(at)


def test_a_cluster_of_names_is_looked_into(step, engine) -> None:
    at = step(3)
    assert "Cluster 1 by" not in seen(at)
    at.selectbox(key="titles_inside").set_value(1).run()
    assert tries(at) == "Try this · 1 of 2 done"
    titles = inside(engine.dataset, NAME, K, 0)
    assert engine.dataset.title(titles[0]).title in seen(at)
    assert f"{len(titles):,} in all" in seen(at)
    at.segmented_control(key="titles_by").set_value("Who liked it").run()
    assert "Cluster 1 by who liked it" in seen(at)


def test_a_silly_reason_is_a_word_that_two_names_share(engine) -> None:
    word, one, other = silly_pair(engine.dataset)
    assert one != other
    assert word in one.lower()
    assert word in other.lower()


def test_random_clusters_look_good_when_there_are_many(step, engine) -> None:
    at = step(4)
    assert tries(at) == "Try this · 0 of 1 done"
    k = enough_for(engine.dataset)
    assert random_mark(engine.dataset, k, purity) >= 0.25
    at.select_slider(key="titles_random").set_value(k).run()
    assert tries(at) == "Try this · 1 of 1 done"
    assert float(at.metric[0].value.rstrip("%")) >= 25
    at.number_input(key="learn_check_titles").set_value(0.5833).run()
    assert "mean of the two shares" in at.warning[0].value


def test_titles_that_nothing_describes(archive, visit) -> None:
    archive("Xyzzy One (1995)", "Plugh Two (1995)", "Quux Three (1979)", "Grault Four (1996)")
    for number in (2, 3, 4):
        at = visit("learn")
        at.query_params |= {"lesson": "titles", "step": str(number)}
        at.run()
        assert not at.exception
        if number == 2:
            assert "no synopses" in at.info[0].value
        if number == 3:
            press(at, "guess_skip")
            assert "Its keywords cannot say" in said(at)
