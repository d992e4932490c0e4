"""One title opened from the heatmap or the map: rate it, its place on the factors, and what is near it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.factors.taste_map import neighbours
from ui.components import cards, charts, factor_names, markup, tables
from ui.session import app_data, profile

STRONGEST = 6
DIRECTION, SCORE = "Same direction (cosine)", "Dot product"


@st.dialog("A title among the factors", width="large")
def title_dialog(item_id: str) -> None:
    """Facts, stars to give, the strongest factors, and the nearest titles in the space of all factors."""
    engine = app_data.engine()
    view, position = engine.factors, engine.dataset.position(item_id)
    st.header(markup.plain(cards.title_of(engine, item_id)), anchor=False)
    st.text(cards.facts(engine, item_id))
    if text := cards.item(engine, item_id).text:
        st.text(markup.clean(text))
    cards.star_input(item_id, "factor")
    if profile.n_waiting():  # the page below, which says so, is not drawn anew with this window
        st.caption("Saving… This is not stored yet.")
    raters = int(engine.dataset.raters[position])
    if not raters:
        st.caption("Nobody has rated it here, so it has no place among the factors.")
        return
    st.subheader("Where it stands", anchor=False)
    values = view.standard(np.array([position]))[0]
    strongest = np.argsort(-np.abs(values), kind="stable")[:STRONGEST]
    low, high = zip(*(factor_names.ends(view, int(f)) for f in strongest), strict=True)
    figure = charts.factor_bars(values[strongest], low, high)
    charts.show(
        figure,
        config=charts.CONFIG,
        key="title_factors",
        alt="Bars: the six factors on which this title stands furthest from the mean title",
    )
    st.subheader("What is near it", anchor=False)
    how = st.segmented_control("Near means", (DIRECTION, SCORE), default=DIRECTION, required=True, key="_near_how")
    nearest, alike = neighbours(engine.svd.item_factors_, position, 8, engine.dataset.raters > 0, cosine=how == DIRECTION)
    ids = [str(engine.item_ids[i]) for i in nearest]
    captions = [f"{value:.2f} · {engine.dataset.raters[i]:,} raters" for i, value in zip(nearest, alike, strict=True)]
    cards.poster_row(engine, ids, captions)
    st.caption(
        f"Found in all {engine.svd.item_factors_.shape[1]:d} factors, not on the flat map. "
        "The cosine asks only for the direction of a taste. "
        "The dot product also counts how long a title's factors are, and well-known titles have long ones: "
        f"compare the raters. The median here is {int(np.median(engine.dataset.raters[nearest])):,} raters; this title has {raters:,}."
    )
    with st.expander("The same as a table"):
        rows = [
            (cards.title_of(engine, i), round(float(a), 3), int(engine.dataset.raters[p]))
            for i, a, p in zip(ids, alike, nearest, strict=True)
        ]
        tables.show(pd.DataFrame(rows, columns=["Title", "Similarity", "Raters"]))
