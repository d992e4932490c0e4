"""Quick start: two short ways to say what one likes; both end at one's place among the factors."""

import streamlit as st

from ui.components.announcer import announce
from ui.components.frame import heading, wait_for_studies
from ui.rate import quick_start
from ui.session import app_data

heading("Quick start", "Two short ways to say what you like. Both end with your place among the hidden tastes.")
engine = app_data.engine()

wait_for_studies(engine)
if not len(engine.factors):
    st.info(
        "Quick start asks about tastes that are found in ratings, and nobody has rated anything in this data set. "
        "Rate a few titles yourself: your list follows them.",
        icon=":material/info:",
    )
    st.page_link("pages/rate.py", label="Rate what you have seen", icon=":material/star:")
    st.stop()

announce()
ways = {quick_start.FAVOURITES: quick_start.favourites, quick_start.CHOICES: quick_start.choices}
way = st.segmented_control(  # not in the address: Streamlit switches away from no page with a bound choice
    "How",
    (quick_start.FAVOURITES, quick_start.CHOICES),
    default=quick_start.FAVOURITES,
    required=True,
    key="quick_way",
    persist_state="session",
)
ways[way](engine)
