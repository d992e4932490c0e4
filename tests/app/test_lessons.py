"""The page Learn without a browser: every lesson and step opens, guesses stay covered, tasks tick themselves, links lead back."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core.data.dataset import Dataset
from recsys_core.teaching import titles
from recsys_core.teaching.catalogue import lessons
from recsys_core.teaching.lesson import Lesson
from recsys_core.teaching.neighbours import LESSON as NEIGHBOURS
from tests.support.screen import plain, press, said, seen
from ui.lessons import code, link, neighbours, people, registry, runner, scene
from ui.lessons.matrix import matrix_html
from ui.session import shared

MOST_WORDS = 120
STEPS = [(taught, number) for taught in lessons() for number in range(1, len(taught.steps) + 1)]
each_step = pytest.mark.parametrize(("taught", "number"), STEPS, ids=lambda part: getattr(part, "key", part))
Open = Callable[..., AppTest]


@pytest.fixture
def learn(visit) -> Open:
    """Open the page with an address such as ``lesson="neighbours", step="2"``."""

    def learn(**address: str) -> AppTest:
        at = visit("learn")
        at.query_params |= address
        at.run()
        assert not at.exception
        return at

    return learn


def at_step(learn: Open, taught: Lesson, number: int = 1, **address: str) -> AppTest:
    return learn(lesson=taught.key, step=str(number), **address)


def block(at: AppTest, key: str) -> object:
    """The container of that key; its elements are found below it."""

    def walk(node: object) -> Iterator[object]:
        for child in getattr(node, "children", {}).values():
            yield child
            yield from walk(child)

    return next(node for node in walk(at.main) if getattr(getattr(node, "proto", None), "id", "").endswith(key))


def texts(node: object) -> Iterator[str]:
    """What is read below a container: prose, captions and the labels of controls; folded parts do not count."""
    for child in getattr(node, "children", {}).values():
        if getattr(child, "type", "") in ("markdown", "caption", "text", "info", "warning", "header", "metric"):
            yield str(getattr(child, "label", "") or child.value)
        elif getattr(child, "type", "") == "html" and "<table" not in child.value:
            yield plain(child.value)
        elif label := getattr(child, "label", ""):
            yield str(label)
        yield from texts(child)


def charts(at: AppTest) -> list[dict]:
    return [json.loads(found.proto.spec) for found in at.get("plotly_chart")]


@each_step
def test_a_step_opens_by_its_address_with_its_question_and_a_picture(learn, taught: Lesson, number: int) -> None:
    at = at_step(learn, taught, number)
    assert at.title[0].value == f"{taught.number} · {taught.title}"
    assert taught.question in seen(at)
    assert at.header[0].value == taught.steps[number - 1].title
    pictures = charts(at) + [found.value for found in at.html if 'class="matrix"' in found.value]
    assert pictures
    for found in at.get("plotly_chart"):
        assert len(found.proto.alt) > 15
        assert re.search(r"\d|covered", found.proto.alt)


@each_step
def test_a_step_has_few_words(learn, taught: Lesson, number: int) -> None:
    at = at_step(learn, taught, number)
    said = [text for text in texts(block(at, "lesson_step")) if text != taught.steps[number - 1].title]
    counted = sum(len(re.findall(r"[\w'’]+", text)) for text in said)
    assert 5 < counted <= MOST_WORDS, f"{counted} words: {said}"


def calls_while(run: Callable[[], object]) -> set[object]:
    """Code of functions that is run meanwhile, in whichever thread."""
    seen_code: set[object] = set()
    threading.setprofile(lambda frame, event, _: seen_code.add(frame.f_code) if event == "call" else None)
    try:
        run()
    finally:
        threading.setprofile(None)
    return seen_code


@pytest.mark.parametrize("taught", lessons(), ids=lambda taught: taught.key)
def test_the_code_on_screen_is_the_code_that_runs(learn, taught: Lesson) -> None:
    titles.forget()  # what an earlier test has learned is not learned again
    ran = calls_while(lambda: all_of(learn, taught))
    for function in taught.code:
        assert function.__code__ in ran, function.__name__


def all_of(learn: Open, taught: Lesson) -> None:
    """Every step, the guess shown, every switch once on."""
    for number in range(1, len(taught.steps) + 1):
        at = at_step(learn, taught, number)
        if number in taught.guess.steps:
            press(at, "guess_show")
        for position in range(len(at.toggle)):
            toggle = at.toggle[position]
            if str(toggle.key).startswith(taught.key):
                toggle.set_value(not toggle.value).run()
        assert not at.exception


@pytest.mark.parametrize("taught", lessons(), ids=lambda taught: taught.key)
def test_the_answer_is_neither_computed_nor_sent_before_show(learn, taught: Lesson, engine, monkeypatch) -> None:
    asked: list[Dataset] = []
    answer = taught.guess.answer(engine.dataset)
    monkeypatch.setattr(type(taught.guess), "answer", None, raising=False)
    object.__setattr__(taught.guess, "answer", lambda dataset: asked.append(dataset) or answer)
    try:
        for number in taught.guess.steps:
            at = at_step(learn, taught, number)
            assert not asked
            press(at, "guess_show")
            assert asked
            assert taught.guess.said(answer) in seen(at)
            press(at, "guess_cover")
            assert taught.guess.said(answer) not in seen(at)
            asked.clear()
    finally:
        object.__setattr__(taught.guess, "answer", lambda _: answer)


@pytest.mark.parametrize("taught", lessons(), ids=lambda taught: taught.key)
def test_the_teachers_notes_have_every_answer_and_are_not_on_the_projector(learn, taught: Lesson, engine) -> None:
    at = learn(lesson=taught.key, notes="1")
    text = seen(at)
    assert taught.notes.ask in text
    assert taught.guess.said(taught.guess.answer(engine.dataset)) in text
    for task in taught.tasks:
        assert task.answer(engine.dataset) in text
    assert f"{taught.check.answer():.4g}" in text
    shown = at_step(learn, taught, show="1")
    assert taught.notes.ask not in seen(shown)
    assert not any("notes" in found.proto.query_string for found in shown.get("page_link"))
    assert any("notes" in found.proto.query_string for found in at_step(learn, taught).get("page_link"))


def test_contents_begin_with_what_one_has_and_lead_to_every_lesson(learn) -> None:
    at = learn()
    assert [found.value for found in at.header] == ["What do you have?", "45 minutes with a class", "All lessons"]
    addresses = {found.proto.query_string for found in at.get("page_link")}
    assert {f"lesson={taught.key}" for taught in lessons()} <= addresses
    at.segmented_control(key="learn_have").set_value("Nobody yet").run()
    assert "the first day" in seen(at)


def test_an_unknown_lesson_or_step_is_no_error(learn) -> None:
    assert "What do you have?" in [found.value for found in learn(lesson="fourteen").header]
    assert learn(lesson="neighbours", step="99").header[0].value
    assert learn(lesson="neighbours", step="x").header[0].value == NEIGHBOURS.steps[0].title


def test_the_glossary_links_to_lessons(learn) -> None:
    at = learn(lesson="glossary")
    assert "**cosine**" in seen(at)
    assert "lesson=neighbours" in {found.proto.query_string for found in at.get("page_link")}


def test_back_and_next_go_through_the_steps(learn) -> None:
    at = at_step(learn, NEIGHBOURS)
    press(at, "lesson_next")
    assert at.header[0].value == NEIGHBOURS.steps[1].title
    press(at, "lesson_back")
    assert at.header[0].value == NEIGHBOURS.steps[0].title


# --- lesson 4 --------------------------------------------------------------------------------------------------------


def test_the_first_picture_has_the_question_and_not_the_answer(learn) -> None:
    at = at_step(learn, NEIGHBOURS)
    table = next(found.value for found in at.html if 'class="matrix"' in found.value)
    assert '<td class="asked">?</td>' in table
    assert table.count('class="missing"') == 9
    assert "People like Ana: 4.49 stars" in said(at)
    assert "Films like Puppies: covered" in said(at)
    at.slider(key="_learn_guess_neighbours").set_value(3.5).run()
    press(at, "guess_show")
    assert "You said 3.50 stars. It is **2.92 stars**." in seen(at)
    assert "Films like Puppies: 2.92 stars" in said(at)
    assert any("your guess 3.50" in str(figure["layout"].get("annotations")) for figure in charts(at))


def test_each_switch_repairs_one_thing(learn) -> None:
    at = at_step(learn, NEIGHBOURS, 2)
    press(at, "guess_skip")
    for switch, stars in (("zeros", "3.18"), ("itself", "3.29"), ("own", "4.50"), ("weighted", "4.49")):
        at.toggle(key=f"neighbours_{switch}").set_value(True).run()
        assert f"Films like Puppies: {stars} stars" in said(at), switch


def test_the_slip_is_the_same_for_everybody(learn) -> None:
    at = at_step(learn, NEIGHBOURS, 3)
    found = []
    for asker in ("stranger", "ada", "ben"):
        at.segmented_control(key="neighbours_asker").set_value(asker).run()
        found.append(re.search(r"people: ([\d.]+).*the slip: ([\d.]+)", said(at)))
    assert len({match[2] for match in found if match}) == 1
    assert len({match[1] for match in found if match}) == 3


def test_tasks_tick_themselves_and_stay_ticked(learn) -> None:
    at = at_step(learn, NEIGHBOURS)
    assert "Try this · 0 of 1 done" in [found.label for found in at.expander]
    at.slider(key="neighbours_k").set_value(4).run()
    at.slider(key="neighbours_k").set_value(2).run()
    assert "Try this · 1 of 1 done" in [found.label for found in at.expander]


def test_a_number_is_checked_and_a_known_mistake_is_named(learn) -> None:
    at = at_step(learn, NEIGHBOURS, 2)
    at.number_input(key="learn_check_neighbours").set_value(2.875).run()
    assert "You counted the zeros" in at.warning[0].value
    at.number_input(key="learn_check_neighbours").set_value(3.29).run()
    assert at.success[0].value == "Right: 3.286."


def test_a_data_set_without_neighbours_says_so_and_leads_on(archive, visit) -> None:
    archive("Heat (1995)", "Casino (1995)", "Alien (1979)", "Fargo (1996)")
    at = visit("learn")
    for number in (3, 4):
        at.query_params |= {"lesson": "neighbours", "step": str(number)}
        at.run()
        assert not at.exception
        assert "no two titles have enough raters" in at.info[0].value


# --- links and people ------------------------------------------------------------------------------------------------


def copied(at: AppTest) -> dict[str, str]:
    address = next(found.value for found in at.code if "lesson=" in found.value)
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_the_link_leads_to_the_same_picture_and_keeps_the_token(learn) -> None:
    at = at_step(learn, NEIGHBOURS)
    assert copied(at) == {"lesson": "neighbours"}
    at.slider(key="neighbours_k").set_value(4)
    at.toggle(key="neighbours_centre").set_value(True)
    at.selectbox(key="neighbours_person").set_value("Dee").run()
    address = copied(at)
    assert "p" not in address
    assert address == {"lesson": "neighbours", "neighbours_k": "4", "neighbours_centre": "true", "neighbours_person": "Dee"}
    assert said(learn(**address)) == said(at)


def test_ratings_travel_in_the_link_only_on_request(learn, engine) -> None:
    at = at_step(learn, NEIGHBOURS, 4)
    at.session_state["ratings"].rate("the-wire-2002", 5.0, 3.0)
    at.run()
    assert "r" not in copied(at)
    at.toggle(key="learn_link_ratings").set_value(True).run()
    address = copied(at)
    assert address["r"] == "the-wire-2002:5"
    assert address["who"] == "link"
    other = learn(**address)
    assert "From the link" in other.segmented_control(key="learn_who").options
    assert "for the sender" in seen(other)
    assert not other.session_state["ratings"].stars()


def test_ratings_of_a_link_are_checked(engine) -> None:
    text = "the-wire-2002:9,unknown:4,friends-1994:-1,fargo-1996:nan,alien-1979:x,se7en-1995:4.5"
    assert shared.ratings_from(text, engine.dataset) == {"the-wire-2002": 5.0, "friends-1994": 0.5, "se7en-1995": 4.5}
    many = {f"id{n}": 3.0 for n in range(20)}
    assert shared.ratings_text(many).count(",") == 11


def test_an_address_stays_short() -> None:
    whole = shared.address({"lesson": "neighbours", "r": "x" * 2000}, "http://class.room/learn?p=secret")
    assert whole == "http://class.room/learn?lesson=neighbours"


def test_values_are_written_as_streamlit_writes_them() -> None:
    assert [link.in_address(value, str) for value in (5.0, 0.5, 4, "Ana")] == ["5", "0.5", "4", "Ana"]


def test_who_is_asked_about(learn) -> None:
    assert "for Ada" in seen(at_step(learn, NEIGHBOURS, 4))
    assert "for Ben" in seen(at_step(learn, NEIGHBOURS, 4, who="ben"))
    at = at_step(learn, NEIGHBOURS, 4)
    at.segmented_control(key=people._CONTROL).set_value("cleo").run()
    assert "for Cleo" in seen(at)
    assert at.query_params["who"] == "cleo"


def test_presenter_mode_stands_in_the_address(learn) -> None:
    at = at_step(learn, NEIGHBOURS)
    at.toggle(key="learn_presenter").set_value(True).run()
    assert at.query_params["show"] == "1"
    assert copied(at)["show"] == "1"
    at.toggle(key="learn_presenter").set_value(False).run()
    assert "show" not in at.query_params


# --- the parts -------------------------------------------------------------------------------------------------------


def test_titles_and_names_in_a_table_are_no_markup() -> None:
    table = matrix_html([[1.0, float("nan")]], ["<b>"], ["x", "<i>y"], "A & B", beside={"<u>": ["<s>"]}, marked=[(0, 0)])
    assert "<b>" not in table
    assert "<i>" not in table
    assert "<s>" not in table
    assert "missing" in table
    assert "used" in table


def counting(n: int) -> Iterator[int]:
    yield from range(n)


def test_a_run_begins_with_a_picture_and_steps_to_its_end() -> None:
    run = runner.begin("a", lambda: counting(4), float, ahead=2)
    assert (run.n, run.last, run.kept) == (1, 1, [0.0, 1.0])
    for _ in range(5):
        runner.step(run, float)
    assert (run.n, run.last, run.ended) == (3, 3, True)


def test_a_run_stops_at_its_limit_and_draws_now_and_then(monkeypatch) -> None:
    drawn: list[int] = []
    run = runner.begin("a", lambda: counting(1000), float, ahead=1)
    runner.go_on(run, float, 300, lambda kept: drawn.append(len(kept)))
    assert run.n == 300
    assert 1 <= len(drawn) < 100
    monkeypatch.setattr(runner, "MOST_SECONDS", 0.05)

    def slow() -> Iterator[int]:
        for n in range(1000):
            time.sleep(0.01)
            yield n

    run = runner.begin("b", slow, float, ahead=1)
    runner.go_on(run, float, 300, lambda _: None)
    assert 1 <= run.n < 50
    assert not run.ended


RUNNING = """
import plotly.graph_objects as go
import streamlit as st
from ui.lessons.runner import run_control

def rounds(step):
    for n in range(50):
        yield n * step

step = st.slider("Step", 1, 5, 1, key="size")
curve = lambda kept: go.Figure(go.Scatter(y=kept))
run = run_control("toy", (step,), lambda: rounds(step), float, curve, lambda kept: f"ends at {kept[-1]}", limit=20)
st.text(f"last {run.last}")
"""


def test_the_buttons_of_a_run(monkeypatch) -> None:
    at = AppTest.from_string(RUNNING).run()
    assert at.text[0].value == "last 0"
    press(at, "_toy_step")
    assert at.text[0].value == "last 1"
    press(at, "_toy_run")
    assert at.text[0].value == "last 20"
    press(at, "_toy_step")
    assert at.caption[0].value == "Round 20 of at most 20"
    at.slider(key="size").set_value(3).run()
    assert at.text[0].value == "last 0"
    press(at, "_toy_step")
    press(at, "_toy_reset")
    assert at.text[0].value == "last 0"


def test_a_third_run_waits_and_says_so(monkeypatch) -> None:
    monkeypatch.setattr(runner, "PATIENCE", 0.3)
    at = AppTest.from_string(RUNNING).run()
    with runner.RUNNING, runner.RUNNING:
        press(at, "_toy_run")
    assert at.text[0].value == "last 0"
    press(at, "_toy_run")
    assert at.text[0].value == "last 20"
    assert runner.RUNNING._value == runner.AT_ONCE


def test_every_lesson_has_a_function_for_each_step() -> None:
    for taught in lessons():
        assert len(registry.steps(taught.key)) == len(taught.steps)
    assert registry.steps("neighbours") is neighbours.STEPS
    assert code.source_of(scene.Scene).startswith("@dataclass")
