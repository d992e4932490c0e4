"""Whether what the visitor said is stored, in one line: only where it is not, or has just become so."""

from __future__ import annotations

import streamlit as st

from ui.components import markup
from ui.session import keys, profile

LOOK_SECONDS = 1.0
READ_SECONDS = 10.0
"""Between two attempts to read what could not be read; each may take as long as the database takes to refuse."""


def show() -> None:
    """The line; the page is drawn anew when it no longer holds."""
    if profile.n_waiting():
        keys.WAITED.set(True)
        _waiting()
    elif profile.trouble():
        _unreadable()
    elif keys.WAITED.take():
        st.caption(":material/check: Saved")


@st.fragment(run_every=LOOK_SECONDS)
def _waiting() -> None:
    n = profile.n_waiting()
    if not n:
        st.rerun()
    what = "Your last change is" if n == 1 else f"Your last {n:d} changes are"
    again = "This server tries again by itself, also if you reload or close this page."
    st.warning(f"Saving… {what} not stored yet. {again} {markup.plain(profile.trouble())}", icon=":material/cloud_upload:")


@st.fragment(run_every=READ_SECONDS)
def _unreadable() -> None:
    if profile.readable():
        st.rerun()
    st.warning(f"What you rated before cannot be read at the moment. {markup.plain(profile.trouble())}", icon=":material/cloud_off:")
