"""For you: the live list, its reasons, and what diversity and less known titles cost."""

from dataclasses import replace

import streamlit as st

from recsys_core.data.filters import Filters
from ui.components import filters, linked, markup
from ui.components.frame import heading
from ui.components.lesson_link import to_lesson
from ui.components.list_request import ListRequest
from ui.components.model_names import model_words
from ui.for_you import influences, page
from ui.session import app_data, profile, steering

heading("For you", "What to watch next, best first. The stars say how much you would like each title.")
engine = app_data.engine()

with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    kind = filters.kind_filter(engine, "list_kind")
    diversity = st.select_slider("Diversity", list(page.DIVERSITY), **linked.bound("list_diversity"), help=page.DIVERSITY_HELP, width=280)
    page.fame_slider()
    with st.popover("Model and filters", icon=":material/tune:"):
        model = linked.selectbox("Model", engine.models, "list_model", format_func=model_words, filter_mode=None)
        genres = st.multiselect(
            "Genres",
            filters.genres(engine),
            format_func=markup.clean,
            **linked.bound("list_genres"),
            placeholder="All genres",
        )
        span = filters.year_range(engine)
        years = st.slider("Years", *span, span, **linked.bound("list_years")) if span else None
        audiences = filters.audience_filter(engine, "list_audiences")
        decades = filters.decade_filter(engine, "list_decades")
        languages = filters.place_filter(engine, "language", "list_languages")
        countries = filters.place_filter(engine, "country", "list_countries")
        longest = filters.length_filter(engine, "list_longest")
        seasons = filters.season_filter(engine, "list_seasons")
        n = st.select_slider("Length of the list", (6, 12, 24, 48), value=12, **linked.bound("list_length"))
    page.based_on(engine)

visitor = profile.visitor()
span_chosen = None if years == span else years
shown = Filters.of(kind, genres, span_chosen, profile.unlisted(), audiences, longest, languages, countries, decades, seasons)
request = ListRequest(model, n, page.DIVERSITY[diversity], shown)
recommendations = request.answer(visitor)
at_rest = replace(request, diversity=0.0)
plain = recommendations
if steering.fame():
    plain = at_rest.answer(profile.visitor_without_fame())
elif request.diversity:
    plain = at_rest.answer(visitor)

page.notices(engine, visitor)
if recommendations:
    if steering.fame() or request.diversity:
        page.price(engine, visitor, model, plain, recommendations)
    if request.diversity:
        to_lesson("metrics")
    page.grid(engine, recommendations, visitor.answering(model))
    page.together_link()
    influences.shaped_list(engine, visitor, request)
    page.show_because_rows(engine, visitor, request)
else:
    st.info("No title passes these filters. Remove one of them.", icon=":material/filter_alt_off:")
page.marked_titles()
