"""Rate: a wall of titles, five stars each, and beside it a top five that follows every star."""

import streamlit as st

from ui.components import filters, linked, markup
from ui.components.frame import heading, wait_for_studies
from ui.components.live_list import live_top_five
from ui.rate import rate_next, wall
from ui.session import app_data

PER_PAGE = 24

heading("Rate what you have seen", "Because You Watched: give stars to a few titles you know, and see what to watch next – and why.")
engine = app_data.engine()

with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
    query = st.text_input(
        "Search",
        type="search",
        live=True,
        placeholder="Title, person or keyword",
        label_visibility="collapsed",
        key=wall.QUERY,
        persist_state="session",
    )
    kind = filters.kind_filter(engine, "rate_kind")
    shown = st.segmented_control(
        "Show", wall.VIEWS, default=wall.TO_RATE, required=True, label_visibility="collapsed", **linked.bound("rate_view")
    )
    with st.popover("Filters", icon=":material/tune:"):
        genres = st.multiselect(
            "Genres",
            filters.genres(engine),
            format_func=markup.clean,
            **linked.bound("rate_genres"),
            placeholder="All genres",
        )
        decades = st.multiselect(
            "Decades",
            engine.dataset.decades,
            format_func="{}s".format,
            **linked.bound("rate_decades"),
            placeholder="All decades",
        )

chosen = ((query or "")[:80], kind, genres, decades, shown)
positions = wall.choose(engine, *chosen)
n_pages = max(1, -(-len(positions) // PER_PAGE))
left, right = st.columns([7, 3], gap="large")
with right, st.container(key="live"):
    live_top_five(engine)
    st.page_link("pages/for_you.py", label="See the whole list", icon=":material/arrow_forward:")
with left:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="strip"):
        wall.strip(engine)
        if len(engine.factors):
            st.page_link("pages/quick_start.py", label="In a hurry? Try the quick start", icon=":material/bolt:", width="content")
    wall.topline(engine)
    if shown == wall.NEXT:
        wait_for_studies(engine)
        rate_next.show(engine, positions)
    else:
        tiles = st.container()
        page = st.pagination(n_pages, key=f"rate_page_{chosen}") if n_pages > 1 else 1
        start = (min(page, n_pages) - 1) * PER_PAGE
        with tiles:
            if len(positions) and (note := wall.spelled_otherwise(chosen[0])):
                st.caption(note)
            wall.tiles(engine, positions[start : start + PER_PAGE], wall.FOLLOWS if shown == wall.TO_RATE else ())
            if not len(positions):
                wall.nothing_found(engine, chosen[0], shown)
