"""Part of the page "Data": the key in the address that opens the visitor's ratings, and a new one for it."""

from __future__ import annotations

import streamlit as st

from recsys_core.errors import StoreError
from ui.components import markup
from ui.session import profile


def show() -> None:
    """Say what the key is, and renew it."""
    st.header("Your ratings", anchor=False)
    st.markdown(
        "The key in this page's address opens your ratings, for whoever has it. If you gave the address away, take a new key: "
        "your ratings move to it, and the old address opens nothing any more. Bookmark the new one."
    )
    if st.button("Take a new key", key="_renew_key", icon=":material/key:"):
        try:
            profile.renew_key()
        except StoreError as error:
            st.error(f"The key stays as it is, for now. {markup.plain(str(error))}", icon=":material/error:")
        else:
            st.success("The address has a new key. The old one opens nothing any more.", icon=":material/check:")
