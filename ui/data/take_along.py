"""Part of the page "Data": what the visitor said, as files."""

from __future__ import annotations

import streamlit as st

from recsys_core.errors import StoreError
from recsys_core.exchange.export import as_csv, as_json, for_letterboxd
from ui.components import markup
from ui.session import app_data, profile


def show() -> None:
    """A button for each kind of file; where the dates cannot be read, the reason."""
    st.header("Take your ratings along", anchor=False)
    if not profile.said():
        st.caption("As soon as you have rated, kept or hidden a title you can take that along as a file.")
        return
    try:
        said = profile.history()
    except StoreError as error:
        st.error(f"Your ratings cannot be read at the moment. {markup.plain(str(error))}", icon=":material/error:")
        return
    dataset = app_data.engine().dataset
    n, stars = len(said), sum(one.stars is not None for one in said)
    st.caption(
        f"Stars for {stars:,} and marks for {n - stars:,} of the titles, with their dates. "
        "The table and JSON can be brought in here again without loss. Letterboxd takes stars in halves, and titles to be watched in a "
        "file of their own."
    )
    letterboxd = for_letterboxd(said, dataset)
    with st.container(horizontal=True):
        for label, key, name, mime, content in (
            ("Table (CSV)", "_take_csv", "my-ratings.csv", "text/csv", lambda: as_csv(said, dataset).content),
            ("JSON", "_take_json", "my-ratings.json", "application/json", lambda: as_json(said, dataset).content),
            ("For Letterboxd", "_take_letterboxd", letterboxd.name, letterboxd.mime, letterboxd.content),
        ):
            st.download_button(label, content, name, mime, key=key, icon=":material/download:", on_click="ignore")
