"""What stands before a profile that another browser made: whose ratings shall be used here."""

from __future__ import annotations

import streamlit as st

from ui.session import profile


def ask() -> None:
    """Two buttons instead of a page."""
    st.title("Whose ratings?", anchor=False)
    st.markdown(
        "This address holds the key to ratings that were given in another browser. If they are yours, go on with them here. "
        "If somebody sent you the address, keep to your own: whoever else has the key sees and changes what you rate under it."
    )
    with st.container(horizontal=True):
        st.button("Use these ratings", key="_key_use", icon=":material/key:", on_click=profile.use_this_key)
        st.button("Keep to my own", key="_key_own", icon=":material/add:", type="primary", on_click=profile.start_own)
