"""The view "What to rate next" of the wall: titles whose stars would tell most, each with the reason."""

from __future__ import annotations

import numpy as np
import streamlit as st

from recsys_core import Engine
from recsys_core.factors.rate_next import Question
from ui.components import factor_names, markup
from ui.rate import wall
from ui.session import profile

N_SHOWN = 12
"""As many as fill the last line of the wall, of which the style sheet makes two, three, four or six columns."""
HEADING = "You may well know these, and your stars would tell us most. Rate one or mark it as not seen, and another takes its place."
NO_RATINGS = (
    "Nobody has rated anything in this data, so there is no telling which title would tell most. "
    "Rate titles that differ from each other, under “To rate”."
)
NOTHING_LEFT = "Nothing left to ask among these titles. Take a search or filter away, or rate anything else you know under “To rate”."


def show(engine: Engine, allowed: np.ndarray) -> None:
    """The questions among some titles (positions) as tiles with stars, or a sentence where there are none to ask."""
    if not engine.dataset.n_ratings:
        st.info(NO_RATINGS, icon=":material/info:")
        return
    questions = ask(engine, allowed)
    if not questions:
        st.info(NOTHING_LEFT, icon=":material/check:")
        return
    st.caption(HEADING)
    with st.grid("auto", min_column_width=140, gap=("medium", "small"), key="wall"):
        for question in questions:
            with st.container(gap="xsmall"):
                wall.tile(engine, str(engine.item_ids[question.item]))
                st.caption(markup.plain(reason(engine, question)))


def ask(engine: Engine, allowed: np.ndarray) -> list[Question]:
    """The best questions for this visitor among some titles (positions)."""
    index = engine.dataset.item_index
    not_seen = [index[item_id] for item_id in (*profile.marked("not seen"), *profile.marked("kept")) if item_id in index]
    barred = np.setdiff1d(np.arange(engine.dataset.n_items), allowed)
    return engine.rate_next.ask(profile.visitor().profile, N_SHOWN, not_seen=not_seen, exclude=barred, view=engine.factors)


def reason(engine: Engine, question: Question) -> str:
    """Why a title is asked about, as plain text: "Would tell us most about: romance ↔ crime. About 1 in 3 viewers rated it."."""
    share = f"{how_many(question.share)} rated it."
    if question.factor is None:
        return share
    return f"Would tell us most about: {factor_names.name(engine.factors, question.factor)}. {share}"


def how_many(share: float) -> str:
    """A share in words that people grasp: "About 1 in 3 viewers"."""
    if share >= 0.95:
        return "Nearly all viewers"
    if share > 0.55:
        return f"About {round(10 * share)} in 10 viewers"
    return f"About 1 in {int(np.round(1 / max(share, 1e-6))):,} viewers"
