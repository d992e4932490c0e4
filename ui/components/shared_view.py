"""Links to what a page shows: to copy one, and what stands above a view that somebody else has sent."""

from __future__ import annotations

import streamlit as st

from ui.session import app_data, profile, steering
from ui.session.shared import MOST_SHARED, PULLS_PARAMETER, RATINGS_PARAMETER, address, pulls_text, ratings_text


@st.fragment
def copy_link() -> None:
    """A window with this page's address: what is chosen on it, on request with a few ratings, and never the key.

    It is made when the window opens: only then the address holds all that was chosen.
    """
    with st.popover("Copy link", icon=":material/link:", type="tertiary", on_change="rerun", key="_copy_link") as window:
        if not window.open:
            return
        own = (app_data.TOKEN_PARAMETER, RATINGS_PARAMETER, PULLS_PARAMETER)
        wanted = {name: st.query_params.get_all(name) for name in st.query_params if name not in own}
        mine = profile.ratings()
        if mine and st.toggle("Put my ratings and pulls into the link", key="_copy_ratings"):
            wanted[RATINGS_PARAMETER] = [ratings_text(mine)]
            if pulls := steering.pulls():
                wanted[PULLS_PARAMETER] = [pulls_text(pulls)]
            st.caption(f"Whoever opens it sees your last ratings, up to {MOST_SHARED}, and cannot change them.")
        st.code(address(wanted, st.context.url or ""), language=None, wrap_lines=True)
        st.caption("It opens this page with what is chosen on it. The key to your ratings is not in it.")


def notice() -> None:
    """Say that the ratings are those of a link, with the two ways out."""
    if not (n := profile.n_shared()):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="shared_view"):
        st.markdown(f":material/visibility: You look at a shared view with **{n:d} rating{'s' if n > 1 else ''}**.")
        st.button(
            "Make it mine", key="_shared_mine", type="tertiary", on_click=profile.make_it_mine, help="Your own stars stay as they are."
        )
        st.button("Back to mine", key="_shared_back", type="tertiary", icon=":material/arrow_back:", on_click=profile.back_to_mine)
