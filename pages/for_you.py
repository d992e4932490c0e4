"""For you: the live list, its reasons, and what diversity costs."""

import streamlit as st

from ui.components import cards
from ui.components.frame import heading
from ui.for_you import influences as what_if
from ui.for_you import page as for_you
from ui.session import app_data, profile

engine = app_data.engine()
heading("For you", "In order of how well they fit your ratings; the stars say how good you would find each.")

with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    kind = cards.kind_filter(engine, "list_kind")
    diversity = st.select_slider(
        "Diversity", list(for_you.DIVERSITY), key="list_diversity", persist_state="session", help=for_you.DIVERSITY_HELP, width=280
    )
    with st.popover("Model and filters", icon=":material/tune:"):
        model = st.selectbox(
            "Model", engine.models, format_func=for_you.model_words, key="list_model", persist_state="session", filter_mode=None
        )
        genres = st.multiselect("Genres", for_you.genres(engine), key="list_genres", persist_state="session", placeholder="All genres")
        span = for_you.year_range(engine)
        years = st.slider("Years", *span, span, key="list_years", persist_state="session") if span else None
        n = st.select_slider("Length of the list", (6, 12, 24, 48), value=12, key="list_length", persist_state="session")

visitor = profile.visitor()
wanted = for_you.Wanted(model, kind, tuple(genres), None if years == span else years, n)
plain = for_you.recommend(visitor, wanted, 0.0)
recommendations = for_you.recommend(visitor, wanted, for_you.DIVERSITY[diversity]) if for_you.DIVERSITY[diversity] else plain

for_you.notices(engine, visitor)
if recommendations:
    for_you.price(engine, visitor, model, plain, recommendations)
    for_you.grid(engine, recommendations, visitor.answering(model))
    what_if.shaped_list(engine, visitor, wanted)
    for_you.show_because_rows(engine, visitor, wanted)
else:
    st.info("Nothing passes these filters. Take one away.", icon=":material/filter_alt_off:")
for_you.hidden_titles(engine)
