"""Because You Watched: the router. Page list, shared frame, nothing else. Start with ``streamlit run app.py``."""

import logging

import streamlit as st

from recsys_core.errors import RecsysError
from ui.components import first_wall, frame
from ui.session import app_data, profile

st.set_page_config(page_title="Because You Watched", page_icon="static/icon.png", layout="wide")

pages = [
    st.Page("pages/rate.py", title="Rate", icon=":material/star:", default=True),
    st.Page("pages/quick_start.py", title="Quick start", icon=":material/bolt:", visibility="hidden"),  # Rate and Factors lead there
    st.Page("pages/for_you.py", title="For you", icon=":material/playlist_play:"),
    st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:"),
    st.Page("pages/factors.py", title="Factors", icon=":material/grid_on:"),
    st.Page("pages/data.py", title="Data", icon=":material/database:"),
    st.Page("pages/about.py", title="About", icon=":material/info:"),
]
page = st.navigation(pages, position="top")
frame.dress(pages)

try:
    name = app_data.dataset_name()
    waiting = not app_data.open_dataset(name)
except RecsysError as error:
    logging.getLogger("because_you_watched").error("%s", error)
    frame.failed(error)
    st.stop()

if waiting:
    frame.preparing(name)
    st.stop()

profile.open_profile()
first_wall.hand_over()
page.run()
