"""Tasks that tick themselves, and a number to check."""

from __future__ import annotations

import streamlit as st

from recsys_core.data.dataset import Dataset
from recsys_core.teaching.lesson import Lesson, Values
from ui.components import announcer


def of_step(lesson: Lesson, number: int) -> list[int]:
    """Which tasks belong to a step."""
    return [at for at, task in enumerate(lesson.tasks) if task.step == number]


def tick(lesson: Lesson, number: int, values: Values) -> set[int]:
    """Tick what the controls of this step fulfil; the numbers of all tasks done so far."""
    done: set[int] = st.session_state.setdefault(f"learn_done_{lesson.key}", set())
    fresh = {at for at in of_step(lesson, number) if at not in done and lesson.tasks[at].done(values)}
    done |= fresh
    announcer.announce("".join(f"Done: {lesson.tasks[at].text} " for at in sorted(fresh)), "_tasks")
    return done


def show(lesson: Lesson, number: int, done: set[int], dataset: Dataset) -> None:
    """The tasks of a step; their answers one by one."""
    here = of_step(lesson, number)
    if not here:
        return
    n_done = len(done & set(here))
    with st.expander(
        f"Try this · {n_done} of {len(here)} done", icon=":material/task_alt:" if n_done == len(here) else ":material/experiment:"
    ):
        for at in here:
            task = lesson.tasks[at]
            mark, word = (":material/check_circle:", "**Done.** ") if at in done else (":material/radio_button_unchecked:", "")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{mark} {word}{task.text}")
                if st.toggle("Answer", key=f"learn_answer_{lesson.key}_{at}", label_visibility="visible"):
                    st.markdown(f"**{task.answer(dataset)}**")


def check(lesson: Lesson, number: int) -> None:
    """The field for a number that was computed on paper."""
    if lesson.check.step != number:
        return
    with st.expander("Check yourself", icon=":material/edit_note:"):
        key = f"learn_check_{lesson.key}"
        st.markdown(lesson.check.question)
        given = st.number_input("Your number", value=None, step=0.01, format="%.4f", key=key, width=200)
        if given is not None:
            right, sentence = lesson.check.reply(given)
            (st.success if right else st.warning)(sentence, icon=":material/check:" if right else ":material/lightbulb:")
