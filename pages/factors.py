"""Latent factors: what the model found in who liked what, to look at, to play with, and to steer by."""

import streamlit as st

from ui.components import factor_names, linked
from ui.components.frame import heading, wait_for_studies
from ui.components.lesson_link import to_lesson
from ui.factors import arrival, card, heatmap, matrix, number, steering, taste_map, you
from ui.session import app_data, keys

HEATMAP, MAP, YOU, STEER, MATRIX, NUMBER = "Heatmap", "Taste map", "You", "Steer", "Rating matrix", "How many?"
WITH_CARD = (HEATMAP, YOU)

heading(
    "Latent factors",
    "From who liked what the model finds a few hidden tastes. Every title stands somewhere on each of them, and so do you.",
)
engine = app_data.engine()

wait_for_studies(engine)
view = engine.factors
if not len(view):
    st.info("Latent factors are found in ratings, and nobody has rated anything in this data set. Choose another on the page Data.")
    st.stop()
if keys.ARRIVED.get() == "now":
    keys.FACTOR_VIEW.set(MAP)
    keys.ARRIVED.set("shown")

with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="views"):
    shown = st.segmented_control(
        "View",
        (HEATMAP, MAP, YOU, STEER, MATRIX, NUMBER),
        default=HEATMAP,
        required=True,
        label_visibility="collapsed",
        **linked.bound(keys.FACTOR_VIEW.name),
    )
    st.page_link("pages/quick_start.py", label="Quick start: find your place in a minute", icon=":material/bolt:", width="content")
if shown != MAP:
    keys.ARRIVED.forget()
elif keys.ARRIVED.get():
    arrival.show(engine)
chosen = 0
if shown != NUMBER:
    linked.seed(keys.FACTOR_CHOSEN.name, range(len(view)), lambda factor: str(factor + 1))
    chosen = min(keys.FACTOR_CHOSEN.get(), len(view) - 1)

if shown == HEATMAP:
    heatmap.show(engine, view, chosen if keys.HEATMAP_SORTED.get() else None)
elif shown == MAP:
    taste_map.show(engine, view, chosen)
elif shown == YOU:
    you.show(engine, view)
elif shown == STEER:
    steering.show(engine, view)
elif shown == MATRIX:
    matrix.show(engine, view, chosen)
else:
    number.show(engine)

if shown in WITH_CARD:
    chosen = st.selectbox(
        "Look closer at one factor",
        range(len(view)),
        format_func=factor_names.all_names(view).__getitem__,
        key=keys.FACTOR_CHOSEN.name,
        persist_state="session",
    )
    card.show(engine, view, chosen)
linked.put(keys.FACTOR_CHOSEN.name, str(chosen + 1) if chosen else "")
to_lesson("als" if shown == NUMBER else "svd" if shown == MATRIX else "world")
