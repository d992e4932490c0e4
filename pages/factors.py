"""Latent factors: titles × hidden tastes, with the visitor among them."""

import streamlit as st

from ui import factor_view, state
from ui.frame import heading

engine = state.engine()
heading(
    "Latent factors",
    "From ratings alone the model finds a few hidden tastes. Every title stands somewhere on each of them, and so do you.",
)

view = engine.factors
if not view.labels:
    st.info("Latent factors are found in ratings, and nobody has rated anything in this data set. Choose another on the page Data.")
    st.stop()
names = factor_view.names(view)
count = st.segmented_control(
    "Titles", factor_view.SIZES, default=factor_view.SIZES[0], required=True, key="factor_titles", persist_state="session"
)

factor_view.heatmap(engine, view, names, factor_view.positions(engine, count))

chosen = st.selectbox(
    "Look closer at one factor", range(len(names)), format_func=names.__getitem__, key="factor_chosen", persist_state="session"
)
factor_view.ends(engine, view, chosen)
factor_view.you(engine, view)
