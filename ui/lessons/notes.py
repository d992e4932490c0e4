"""For the teacher: one page to print, with all answers. Never on the projector."""

from __future__ import annotations

import streamlit as st

from recsys_core.teaching.lesson import Lesson, without_marks
from ui.components.frame import heading
from ui.lessons.frame import PAGE
from ui.session import app_data


def show(lesson: Lesson) -> None:
    """The notes of a lesson."""
    dataset, notes = app_data.engine().dataset, lesson.notes
    with st.container(key="lesson_notes"):
        heading(f"{lesson.number} · {lesson.title}: for the teacher", f"{lesson.question} {lesson.minutes} minutes. Print this page.")
        st.markdown(f"**Ask first.** {notes.ask}")
        st.markdown("**Plan**\n" + "".join(f"\n- {minutes} min: {what}" for minutes, what in notes.plan))
        st.markdown("**What usually goes wrong**\n" + "".join(f"\n- {what}" for what in notes.wrong))
        guess, check = lesson.guess, lesson.check
        answers = [(f"{guess.label} (guess)", guess.said(guess.answer(dataset)))]
        answers += [(f"{task.text} (step {task.step})", task.answer(dataset)) for task in lesson.tasks]
        answers += [(f"{check.question} (check yourself)", f"{check.answer():.4g}")]
        answers += [(f"… answered with {mistake.value():.4g}", mistake.name) for mistake in check.mistakes]
        st.markdown("**Answers**\n" + "".join(f"\n- {question} → **{without_marks(answer)}**" for question, answer in answers))
        st.markdown(f"**To take home.** {notes.take_home}")
    with st.container(horizontal=True, key="lesson_tools"):
        st.page_link(PAGE, label="To the lesson", icon=":material/play_circle:", query_params={"lesson": lesson.key})
        link = {"lesson": lesson.key, "show": "1"}
        st.page_link(PAGE, label="To the lesson, in presenter mode", icon=":material/present_to_all:", query_params=link)
        st.page_link(PAGE, label="All lessons", icon=":material/school:")
