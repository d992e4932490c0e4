"""What every page shares: the look, the heading with the data's name, and errors that stop a page."""

from __future__ import annotations

import html
from pathlib import Path

import streamlit as st

from ui import state

_CSS = Path(__file__).with_name("theme.css")
# Streamlit writes white on the accent colour; on the dark theme's amber only dark words can be read.
_DARK_CHIPS = "<style>[data-testid=stMultiSelectTagsContainer] [data-tag] * { color: #17120d !important; }</style>"


def heading(title: str, lead: str) -> None:
    """A page's title, a sentence on what it is for, and where its ratings come from."""
    st.html(_CSS)
    if st.context.theme.type == "dark":
        st.html(_DARK_CHIPS)
    dataset = state.engine().dataset
    source = "Showcase · simulated audience" if dataset.simulated else f"{dataset.name} · real ratings"
    st.title(title, anchor=False)
    st.html(f'<p class="strip">{html.escape(lead)} <span class="chip">{html.escape(source)}</span></p>')
    if st.session_state.get("unsaved"):
        st.warning(f"Your ratings last only until you close this tab. {st.session_state.unsaved}", icon=":material/cloud_off:")


def failed(error: Exception) -> None:
    """Show one clear sentence instead of a page."""
    st.title("The data could not be opened", anchor=False)
    st.error(str(error), icon=":material/error:")
    st.markdown("The server was asked for the data set named in `RECSYS_DATASET`. Without that variable it opens the bundled showcase.")
