"""What a tab remembers: keys are declared once, and a request is one value."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recsys_core import Engine
from recsys_core.data.filters import Filters
from recsys_core.visitor.visitor import Visitor
from tests.support.screen import give, ratings, wall
from ui.components.list_request import ListRequest
from ui.session import keys
from ui.session.keys import Key

ROOT = Path(__file__).resolve().parents[2]
DECLARED = {name: key for name, key in vars(keys).items() if isinstance(key, Key)}
FILES = [file for file in [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"] if file.name != "keys.py"]
CHART_CLICKS = {"factor_heatmap", "taste_map"}
"""What a chart reports of a click; only its own callback reads it."""
METHODS = {"clear", "get", "pop", "setdefault"}
"""Of the dictionary itself. Lessons make their keys from their own name and a control's."""


def literal_keys(source: str) -> set[str]:
    """Session keys that a source writes out: ``st.session_state.name`` and ``st.session_state["name"]``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        inner = getattr(node, "value", None)
        if not (isinstance(inner, ast.Attribute) and inner.attr == "session_state"):
            continue
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            found.add(str(node.slice.value))
    return found


def test_the_check_sees_both_forms():
    assert literal_keys('st.session_state.one = st.session_state["two"]\nst.session_state[three] = 3') == {"one", "two"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_other_file_names_a_key(file: Path):
    assert literal_keys(file.read_text(encoding="utf-8")) <= CHART_CLICKS | METHODS


def test_every_key_has_a_name_of_its_own():
    names = [key.name for key in DECLARED.values()]
    assert len(names) > 15
    assert len(set(names)) == len(names)


def test_a_key_is_set_taken_and_forgotten():
    def script() -> None:
        import streamlit as st

        from ui.session.keys import Key

        said = Key("said", "nothing")
        st.text(said.get())
        said.set("hello")
        st.text(said.get())
        st.text(said.take())
        st.text(said.take())
        said.set("again")
        said.forget()
        st.text(said.get())

    at = AppTest.from_function(script).run()
    assert not at.exception
    assert [element.value for element in at.text] == ["nothing", "hello", "hello", "nothing", "nothing"]


def test_a_star_predicts_one_title_and_keeps_that_guess(visit, engine: Engine, monkeypatch: pytest.MonkeyPatch):
    at = visit()
    first, second, *_ = wall(at)
    give(at, first, 5)
    expected = float(engine.predict({first: 5.0})[engine.dataset.position(second)])
    monkeypatch.setattr(Visitor, "predict", lambda *_: pytest.fail("all titles were predicted"))
    give(at, second, 1)
    assert ratings(at) == {first: 5.0, second: 1.0}
    assert at.session_state["ratings"].guess(second) == pytest.approx(expected, abs=1e-6)
    give(at, second, 4)
    assert at.session_state["ratings"].guess(second) == pytest.approx(expected, abs=1e-6)


def test_a_list_request_is_a_value_and_is_answered(toy_engine: Engine):
    visitor = toy_engine.visitor({"crime-1": 5.0})
    request = ListRequest("item-knn", 3, 0.5, Filters(kind="show"))
    assert request == ListRequest("item-knn", 3, 0.5, Filters.of("show", [], None, []))
    assert request.answer(visitor) == visitor.recommend(3, "item-knn", 0.5, Filters(kind="show"))
    assert [line.rank for line in replace(request, n=1, diversity=0.0).answer(visitor)] == [1]
    assert ListRequest().answer(visitor) == visitor.recommend()
