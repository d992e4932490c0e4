"""The way from a page to the lesson about what it shows."""

from __future__ import annotations

import streamlit as st

from recsys_core.teaching.catalogue import lesson
from ui.components import markup


def to_lesson(key: str) -> None:
    """A link to a lesson, by its question."""
    if found := lesson(key):
        label = f"Lesson {found.number:d}: {markup.plain(found.question)}"
        st.page_link("pages/learn.py", label=label, icon=":material/school:", query_params={"lesson": found.key})
