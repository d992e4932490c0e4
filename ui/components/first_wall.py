"""Something to do while the models of the showcase are fitted for the first time: the best-known titles, to be rated already."""

from __future__ import annotations

import streamlit as st

from recsys_core.data.dataset import Dataset
from recsys_core.datasets import SHOWCASE, load_dataset
from ui.components.posters import poster
from ui.session import keys, profile

N_TITLES = 24


def show() -> None:
    """Posters with stars. What is rated here is kept until the app opens and :func:`hand_over` takes it there."""
    dataset = _dataset()
    st.header("Begin while you wait: which of these have you seen?", anchor=False)
    with st.grid("auto", min_column_width=140, gap=("medium", "small"), key="first_wall"):
        for position in dataset.by_popularity[:N_TITLES]:
            item_id, title = str(dataset.item_ids[position]), dataset.title(int(position))
            with st.container(gap="xsmall"):
                st.html(poster(item_id, title.title, title.year, title.kind, title.genres, title.keywords))
                st.feedback("stars", key=f"_first_{item_id}", on_change=_rated, args=(item_id,))


def hand_over() -> None:
    """Rate in the app what was rated before it was open."""
    for item_id, stars in keys.FIRST_STARS.take().items():
        profile.rate(item_id, stars)


def _rated(item_id: str) -> None:
    chosen = st.session_state[f"_first_{item_id}"]  # 0 is one star, None is cleared
    others = {other: stars for other, stars in keys.FIRST_STARS.get().items() if other != item_id}
    keys.FIRST_STARS.set(others | ({} if chosen is None else {item_id: float(chosen + 1)}))


@st.cache_resource(show_spinner=False)
def _dataset() -> Dataset:
    return load_dataset(SHOWCASE)
