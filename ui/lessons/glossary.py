"""Thirty terms, one sentence each, with the lessons that use them."""

from __future__ import annotations

import streamlit as st

from recsys_core.teaching.catalogue import lessons
from recsys_core.teaching.glossary import TERMS
from ui.components.frame import heading
from ui.lessons.frame import PAGE

KEY = "glossary"


def show() -> None:
    """The glossary."""
    heading("Thirty terms", "One sentence each. Lessons print them in bold where they use them.")
    for term in sorted(TERMS, key=str.lower):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{term}** – {TERMS[term]}")
            for found in lessons():
                if term in found.terms:
                    label = f"Lesson {found.number}"
                    st.page_link(PAGE, label=label, icon=":material/play_circle:", query_params={"lesson": found.key})
    st.page_link(PAGE, label="All lessons", icon=":material/school:")
