"""Posters that open a title: one listener for the whole page, so that a tile costs no widget of its own."""

from __future__ import annotations

import streamlit as st

from ui.session import app_data, keys

KEY = "opener"

# Posters are HTML, drawn by `cards.opener` as buttons; a button is reached by key, and Enter is a click.
_listener = st.components.v2.component(
    "opener",
    html="<span></span>",
    js="""
    let send = null;
    document.addEventListener('click', event => {
        const poster = event.target.closest?.('[data-open]');
        if (poster && send) send('title', poster.dataset.open);
    });
    export default ({ setTriggerValue }) => { send = setTriggerValue; };
    """,
    isolate_styles=False,
)


def listen() -> None:
    """Put the listener on the page; a click on a poster runs the page again, with the title's window over it."""
    _listener(key=KEY, height="content", on_title_change=_opened)


def _opened() -> None:
    item_id = st.session_state[KEY].get("title")
    if item_id in app_data.engine().dataset.item_index:  # it comes from the browser
        keys.SHEET_TO_OPEN.set(str(item_id))
