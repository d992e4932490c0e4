"""The page "Quick start": favourites become ratings, choices become pulls, and both end on the factor page."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.visitor import quick_start
from recsys_core.visitor.steering import factor_name
from tests.support.screen import press, pull, pulls, ratings, seen, token, turn_to
from ui.rate.quick_start import CHOICES, FAVOURITES, _spoken

DONE, LOW, HIGH, NEITHER, BACK = "quick_done", "quick_choose_-1", "quick_choose_1", "quick_neither", "quick_back"


def turn_way(at: AppTest, way: str) -> AppTest:
    at.segmented_control(key="quick_way").set_value(way).run()
    assert not at.exception
    return at


def boxes(at: AppTest) -> list[str]:
    return [box.key for box in at.checkbox if box.key.startswith("_pick_")]


def pick(at: AppTest, key: str, wanted: bool = True) -> None:
    at.checkbox(key=key).set_value(wanted).run()
    assert not at.exception


def said(at: AppTest) -> str:
    return at.session_state["said"]


def question(at: AppTest) -> str:
    return at.header[0].value


def arrived(at: AppTest, engine: Engine) -> None:
    """The map with the visitor on it, above it the first five titles of the list."""
    assert at.segmented_control(key="factor_view").value == "Taste map"
    assert "Your list begins with" in seen(at)
    row = next(element.value for element in at.html if 'class="row"' in element.value)
    expected = engine.visitor(ratings(at), pulls(at)).recommend(5)
    assert re.findall(r'data-open="([^"]+)"', row) == [line.item_id for line in expected]
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    assert any("You" in (trace.get("text") or ()) for trace in figure["data"])


def on_factor_page(at: AppTest) -> bool:
    return at.title[0].value == "Latent factors"


def test_three_favourites_are_five_stars_and_a_place(visit, engine, store) -> None:
    at = visit("quick_start")
    first, *others = boxes(at)
    assert len(others) == 35
    assert at.button(key=DONE).disabled
    for key in (first, others[7], others[20]):
        pick(at, key)
    titles = [str(engine.item_ids[int(key.removeprefix("_pick_"))]) for key in (first, others[7], others[20])]
    assert ratings(at) == dict.fromkeys(titles, 5.0)
    assert {said.item_id: said.stars for said in store.feedback(token(at), engine.dataset.name)} == ratings(at)
    assert "3 picked" in said(at)
    assert not at.button(key=DONE).disabled
    press(at, DONE)
    assert on_factor_page(at)
    assert pulls(at) == {}
    arrived(at, engine)
    turn_to(at, "factors")  # AppTest forgets a page that the script has switched to
    assert "See your list" in [link.proto.label for link in at.get("page_link")]


def test_an_arrival_stays_until_another_view_is_chosen(visit, engine) -> None:
    at = visit("quick_start")
    for key in boxes(at)[:3]:
        pick(at, key)
    press(at, DONE)
    turn_to(at, "factors")
    arrived(at, engine)
    at.segmented_control(key="factor_view").set_value("You").run()
    assert "Your list begins with" not in seen(at)


def test_a_favourite_can_be_taken_back(visit) -> None:
    at = visit("quick_start")
    key = boxes(at)[0]
    pick(at, key)
    assert said(at).startswith("Picked: ")
    assert "1 picked. 2 more" in said(at)
    pick(at, key, wanted=False)
    assert ratings(at) == {}
    assert said(at).startswith("Taken back: ")
    assert "0 picked. 3 more" in said(at)


def test_stars_given_before_come_back(visit, engine, store) -> None:
    at = visit("quick_start")
    key = boxes(at)[4]
    item_id = str(engine.item_ids[int(key.removeprefix("_pick_"))])
    store.rate(token(at), engine.dataset.name, item_id, 2.5, None)
    at = visit("quick_start", token=token(at))
    assert not at.checkbox(key=key).value
    pick(at, key)
    assert ratings(at) == {item_id: 5.0}
    pick(at, key, wanted=False)
    assert ratings(at) == {item_id: 2.5}


def test_what_was_rated_five_stars_is_picked(visit, engine, store) -> None:
    at = visit("quick_start")
    keys = boxes(at)[:3]
    for key in keys:
        store.rate(token(at), engine.dataset.name, str(engine.item_ids[int(key.removeprefix("_pick_"))]), 5, None)
    at = visit("quick_start", token=token(at))
    assert [box.key for box in at.checkbox if box.value] == keys
    assert not at.button(key=DONE).disabled


def test_five_choices_are_pulls_and_a_place(visit, engine) -> None:
    at = turn_way(visit("quick_start"), CHOICES)
    asked = quick_start.pairs(engine)
    sides = [LOW, HIGH, NEITHER, HIGH, LOW]
    for step, side in enumerate(sides, start=1):
        assert question(at).startswith(f"{step} of 5")
        press(at, side)
    assert on_factor_page(at)
    assert pulls(at) == {
        factor_name(pair.factor): quick_start.PULL * (1 if side == HIGH else -1)
        for pair, side in zip(asked, sides, strict=True)
        if side != NEITHER
    }
    assert ratings(at) == {}
    arrived(at, engine)
    assert "goes by your pulls alone" in seen(at)
    turn_to(at, "quick_start")
    turn_way(at, CHOICES)
    assert question(at).startswith("1 of 5")


def test_each_answer_is_said_and_the_next_question_asked(visit, engine) -> None:
    at = turn_way(visit("quick_start"), CHOICES)
    chosen = at.button(key=HIGH).label.removeprefix("Titles like ").replace("\\", "")
    press(at, HIGH)
    low, high = (at.button(key=key).label.removeprefix("Titles like ").replace("\\", "") for key in (LOW, HIGH))
    assert said(at) == f"1 of 5 answered. You chose the titles like {chosen}. Now 2 of 5: titles like {low}, or titles like {high}?"
    press(at, NEITHER)
    assert "You chose neither." in said(at)


def test_going_back_restores_what_was_pulled_before(visit, engine) -> None:
    at = visit("quick_start")
    name = factor_name(quick_start.pairs(engine)[0].factor)
    pull(at, engine, {name: 0.5})
    turn_way(at, CHOICES)
    assert at.button(key=BACK).disabled
    before = question(at), at.button(key=LOW).label
    press(at, LOW)
    assert pulls(at) == {name: -quick_start.PULL}
    press(at, BACK)
    assert pulls(at) == {name: 0.5}
    assert (question(at), at.button(key=LOW).label) == before
    assert said(at).startswith("Your last answer is taken back. Now 1 of 5")


def test_a_second_click_on_an_answered_step_answers_nothing(visit) -> None:
    at = turn_way(visit("quick_start"), CHOICES)
    twice = at.button(key=LOW)
    twice.click().run()
    at.session_state["ratings"].pull("answer:1", 0.0)  # as if the other click had come through before the page had changed
    twice.click().run()
    assert not at.exception
    assert question(at).startswith("3 of ")


def test_a_reload_keeps_the_answers_their_pulls_and_the_way_back(visit) -> None:
    at = turn_way(visit("quick_start"), CHOICES)
    before = question(at)
    press(at, LOW)
    press(at, NEITHER)
    third, pulled = question(at), pulls(at)
    assert len(pulled) == 1
    again = turn_way(visit("quick_start", token=token(at)), CHOICES)
    assert (question(again), pulls(again)) == (third, pulled)
    press(press(again, BACK), BACK)
    assert (question(again), pulls(again)) == (before, {})


def test_a_shaky_taste_is_called_so(visit, archive, monkeypatch) -> None:
    found = quick_start.pairs
    monkeypatch.setattr(quick_start, "pairs", lambda engine: [pair._replace(stable=step < 1) for step, pair in enumerate(found(engine))])
    archive(*(f"Title {number} ({1980 + number})" for number in range(40)))
    at = turn_way(visit("quick_start"), CHOICES)
    assert "shaky" not in seen(at)
    press(at, LOW)
    assert "shaky" in seen(at)


@pytest.mark.parametrize("way", [FAVOURITES, CHOICES])
def test_hostile_titles_are_plain_text(visit, archive, way: str) -> None:
    archive(*["<script>alert(1)</script> (1990)", "**bold** [x](javascript:1) (1991)", *(f"T{number} (1999)" for number in range(12))])
    at = turn_way(visit("quick_start"), way)
    markup = "".join(element.value for element in at.html)
    assert "<script" not in markup
    labels = [box.label for box in at.checkbox] + [button.label for button in at.button]
    assert not any("**bold**" in label or "[x](" in label for label in labels)


def test_two_titles_are_enough_to_pick_from(visit, archive) -> None:
    archive("One (1990)", "Two (1991)")
    at = visit("quick_start")
    for key in boxes(at):
        pick(at, key)
    press(at, DONE)
    assert on_factor_page(at)


def test_rate_points_here_before_and_after_the_first_star(visit) -> None:
    """The link stays where it is: if it went away with the first star, the wall would move under the pointer."""
    at = visit()
    assert "quick_start" in [link.proto.page for link in at.get("page_link")]
    turn_to(at, "quick_start")
    pick(at, boxes(at)[0])
    turn_to(at, "rate")
    assert "quick_start" in [link.proto.page for link in at.get("page_link")]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Star Trek: The Next Generation", "Star Trek: The Next Generation"),
        ("Mr. Robot", "Mr. Robot"),
        ("M*A*S*H", "M A S H"),
        ("[a](http://b.c) <i>x</i>", "a (http //b c) i x /i"),
        ("www.a.com :smile: x@y.z", "www a com smile: x y z"),
        ("***", "Untitled"),
    ],
)
def test_names_of_boxes_are_read_as_they_are(title: str, name: str) -> None:
    assert _spoken(title) == name
