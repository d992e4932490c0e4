"""Where the quick start ends: the map with the visitor on it, the first titles of their list, and the way to all of it."""

from __future__ import annotations

import streamlit as st

from recsys_core import Engine
from recsys_core.data.filters import Filters
from ui.components import cards
from ui.session import profile

N = 5


def show(engine: Engine) -> None:
    """What stands above the map: a word, five posters, a button."""
    st.success("You are the star on this map. Every further rating makes your place surer.", icon=":material/my_location:")
    first = profile.visitor().recommend(N, filters=Filters.of(exclude=profile.unlisted()))
    with st.container(border=True, gap="small", key="arrival"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header("Your list begins with", anchor=False)
            st.page_link("pages/for_you.py", label="See your list", icon=":material/playlist_play:", width="content")
        ids = [line.item_id for line in first]
        cards.poster_row(engine, ids, [f"{line.rank}  {cards.title_of(engine, line.item_id)}" for line in first])
