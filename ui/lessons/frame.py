"""What all lessons share: the stepper, words before and after a picture, what is folded away, presenter mode, the tools at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from recsys_core.teaching.catalogue import lessons
from recsys_core.teaching.glossary import TERMS
from recsys_core.teaching.lesson import Lesson, terms_in, without_marks
from recsys_core.teaching.notebook import as_file
from ui.components.frame import heading
from ui.lessons import code, link, people, registry, tasks
from ui.lessons.scene import Scene
from ui.server.turns import in_turn
from ui.session import app_data, presenting

PAGE = "pages/learn.py"
STEP = "step"
_LAST = "learn_lesson"
_CSS = Path(__file__).with_name("lessons.css")
_PRESENTED = Path(__file__).with_name("presenter.css")
_TOGGLE = "learn_presenter"


def dress() -> None:
    """The look of lessons on top of the app's."""
    st.html(_CSS)


def show(lesson: Lesson) -> None:
    """One lesson, at the step that the address names."""
    with st.container(key="lesson_head"):
        heading(f"{lesson.number} · {lesson.title}", lesson.question, link=False)
    if st.session_state.get(_LAST) != lesson.key and STEP not in st.query_params:
        st.session_state[STEP] = 1  # the last lesson's step is not this one's
    st.session_state[_LAST] = lesson.key
    _body(lesson)


@st.fragment
@in_turn
def _body(lesson: Lesson) -> None:
    """Everything below the heading; a click in it draws nothing else anew."""
    large = presenting.on()
    if large:
        st.html(_PRESENTED)
    number = _stepper(lesson)
    step = lesson.steps[number - 1]
    with st.container(key="lesson_step"):
        st.header(step.title, anchor=False)
        with st.container(key="lesson_words"):
            st.markdown(without_marks(step.words, "**"))
        row = st.container(horizontal=True, vertical_alignment="bottom", key="lesson_controls")
        scene = Scene(lesson, number, app_data.engine(), large, row)
        registry.steps(lesson.key)[number - 1](scene)
        with st.container(key="lesson_see"):
            st.markdown(without_marks(step.see, "**"))
    done = tasks.tick(lesson, number, scene.values)
    with st.container(key="lesson_more"):
        _folded(lesson, number, scene, done)
    if number == len(lesson.steps):
        _end(lesson)
    _tools(lesson, number, scene)


def _stepper(lesson: Lesson) -> int:
    """Which step, from 1: numbers, and two buttons that follow the keys of a presenter."""
    n = len(lesson.steps)
    with st.container(horizontal=True, vertical_alignment="center", key="lesson_stepper"):
        at = min(int(st.session_state.get(STEP, _step_in_address(n))), n)
        _button("Back", "pageup", ":material/arrow_back:", at - 1, at == 1)
        number = st.pagination(n, key=STEP, bind="query-params")
        _button("Next", "pagedown", ":material/arrow_forward:", at + 1, at == n)
        st.caption(f"Step {number} of {n} · {lesson.minutes} minutes in all")
        st.page_link(PAGE, label="All lessons", icon=":material/school:")
    return number


def _button(label: str, shortcut: str, icon: str, to: int, disabled: bool) -> None:
    st.button(label, key=f"lesson_{label.lower()}", shortcut=shortcut, icon=icon, disabled=disabled, on_click=_go, args=(to,))


def _go(step: int) -> None:
    st.session_state[STEP] = step


def _step_in_address(n: int) -> int:
    text = str(st.query_params.get(STEP, "1"))
    return min(max(int(text), 1), n) if text.isdecimal() else 1


def _folded(lesson: Lesson, number: int, scene: Scene, done: set[int]) -> None:
    """What is closed until somebody wants it."""
    if scene.arithmetic_lines:
        with st.expander("Arithmetic", icon=":material/calculate:"):
            st.markdown("\n\n".join(scene.arithmetic_lines))
    tasks.show(lesson, number, done, scene.dataset)
    tasks.check(lesson, number)
    code.shown(*scene.step.code)
    if scene.tables:
        with st.expander("As a table", icon=":material/table:"):
            for title, frame in scene.tables:
                st.caption(title)
                st.dataframe(frame, hide_index=True, height="content")
    if named := [term for term in dict.fromkeys(terms_in(scene.step.words + scene.step.see)) if term in TERMS]:
        with st.expander("Words in bold", icon=":material/menu_book:"):
            for term in named:
                st.markdown(f"**{term}** – {TERMS[term]}")
            st.page_link(PAGE, label="All thirty terms", icon=":material/menu_book:", query_params={"lesson": "glossary"})


def _end(lesson: Lesson) -> None:
    """Where next: into the app, and to the next lesson."""
    with st.container(key="lesson_end", border=True):
        st.markdown(f"**Where next?** {lesson.next_words}")
        with st.container(horizontal=True):
            st.page_link(f"pages/{lesson.next_page}.py", label=lesson.next_label, icon=":material/arrow_forward:")
            later = [other for other in lessons() if other.number > lesson.number]
            if later:
                label = f"Next lesson: {later[0].title}"
                st.page_link(PAGE, label=label, icon=":material/school:", query_params={"lesson": later[0].key})


def _tools(lesson: Lesson, number: int, scene: Scene) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="lesson_tools"):
        parameters = {"lesson": lesson.key} | ({STEP: str(number)} if number > 1 else {}) | scene.link
        if "who" in scene.values and (who := str(scene.values["who"])) != people.LINK:
            parameters["who"] = who
        if scene.presenting:
            parameters[presenting.PARAMETER] = "1"
        link.show(parameters)
        st.session_state[_TOGGLE] = scene.presenting
        st.toggle("Presenter mode", key=_TOGGLE, on_change=_present, help="Large, for a projector; the menu is hidden")
        if not scene.presenting:
            notebook: Callable[[], bytes] = lambda: as_file(lesson)  # noqa: E731 - it is made when somebody wants it
            st.download_button(
                "Notebook",
                notebook,
                f"lesson-{lesson.number:02}-{lesson.key}.ipynb",
                "application/x-ipynb+json",
                key="lesson_notebook",
                on_click="ignore",
                icon=":material/download:",
            )
            st.page_link(PAGE, label="For the teacher", icon=":material/print:", query_params={"lesson": lesson.key, "notes": "1"})


def _present() -> None:
    if st.session_state[_TOGGLE]:
        presenting.begin()
    else:
        presenting.end()
