"""The first view of Learn: what do you have, three plans of 45 minutes, and all lessons."""

from __future__ import annotations

import streamlit as st

from recsys_core.teaching.catalogue import PLANS, lesson, lessons
from recsys_core.teaching.chooser import CHOICES
from recsys_core.teaching.lesson import GROUPS
from ui.components import markup
from ui.components.frame import heading
from ui.lessons.frame import PAGE


def show() -> None:
    """The page of contents."""
    heading("Learn", "Each lesson has a mistake in it that is commonly made. Guess, see, find the cause, repair it.")
    _chooser()
    st.header("45 minutes with a class", anchor=False)
    _plans()
    st.page_link(
        "pages/classroom.py", label="Open a room: your class joins by a code, and the matrix is your class", icon=":material/co_present:"
    )
    st.header("All lessons", anchor=False)
    _lessons()
    with st.container(horizontal=True):
        st.page_link(PAGE, label="Thirty terms, one sentence each", icon=":material/menu_book:", query_params={"lesson": "glossary"})


@st.fragment
def _chooser() -> None:
    st.header("What do you have?", anchor=False)
    have = st.segmented_control("I have", list(CHOICES), default="Stars", required=True, key="learn_have", label_visibility="collapsed")
    with st.container(key="learn_methods", horizontal=True):
        for method in CHOICES[have]:
            with st.container(border=True):
                st.html(
                    f'<p class="name">{markup.in_html(method.name)}</p><p class="muted"><b>Good:</b> {markup.in_html(method.good)}<br>'
                    f"<b>Weak:</b> {markup.in_html(method.weak)}</p>"
                )
                if found := lesson(method.lesson):
                    _link(found.key, f"Lesson {found.number}: {found.title}")


def _plans() -> None:
    with st.container(key="learn_plans", horizontal=True):
        for name, keys in PLANS.items():
            found = [known for known in map(lesson, keys) if known]
            if not found:
                continue
            with st.container(border=True):
                title, promise = name.split(": ")
                st.html(f'<p class="name">{markup.in_html(title)}</p><p class="muted">{markup.in_html(promise)}</p>')
                for part in found:
                    _link(part.key, f"{part.number} · {part.title}, {part.minutes} min")


def _lessons() -> None:
    for group in GROUPS:
        here = [found for found in lessons() if found.group == group]
        if not here:
            continue
        st.subheader(group, anchor=False)
        with st.container(key=f"learn_group_{GROUPS.index(group)}", gap="xsmall"):
            for found in here:
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    _link(found.key, f"{found.number} · {found.title}")
                    st.html(f'<p class="question">{markup.in_html(found.question)} <span class="muted">{found.minutes} min</span></p>')


def _link(key: str, label: str) -> None:
    st.page_link(PAGE, label=label, icon=":material/play_circle:", query_params={"lesson": key})
