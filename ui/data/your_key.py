"""Part of the page "Data": the key that opens the visitor's ratings, a new one for it, and what this browser remembers."""

from __future__ import annotations

import streamlit as st

from recsys_core.errors import StoreError
from ui.components import markup
from ui.session import presenting, profile

MOST_OTHERS = 5


def show() -> None:
    """Say what the key is, show it on request, renew it, and let the browser forget it."""
    st.header("Your data", anchor=False)
    if presenting.on():
        st.info("The key to your ratings is not shown while you present.", icon=":material/key_off:")
        return
    if profile.key_in_address():
        st.warning(
            "This browser takes no cookies, so **the address of this page holds the key to your ratings**, for whoever sees it. "
            "Bookmark it to come back, and do not show it on a screen. *Copy link* leaves it out.",
            icon=":material/key:",
        )
    else:
        st.markdown(
            "This browser finds your ratings by a cookie; no address holds their key. "
            "To go on in another browser, or to be safe if the cookie is lost, keep the key."
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        _key()
        _renew()
        if not profile.key_in_address():
            _leave()
    _others()


def _key() -> None:
    with st.popover("Show the key", icon=":material/visibility:", on_change="rerun", key="_show_key") as window:
        if window.open:
            st.warning("Whoever has this key sees and changes your ratings. Keep it like a password; it is in no other link.")
            st.code(profile.key_link(), language=None, wrap_lines=True)
            st.caption("Open this address in another browser to go on there.")


def _renew() -> None:
    if st.button(
        "Take a new key", key="_renew_key", icon=":material/key:", help="Your ratings move to it; the old key opens nothing any more."
    ):
        try:
            profile.renew_key()
        except StoreError as error:
            st.error(f"The key stays as it is, for now. {markup.plain(str(error))}", icon=":material/error:")
        else:
            st.success("You have a new key. The old one opens nothing any more.", icon=":material/check:")


def _leave() -> None:
    with st.popover("Forget this browser", icon=":material/logout:"):
        st.markdown(
            "For a computer that others use, too: this browser, in all its tabs, forgets your ratings. "
            "They stay stored, and **only the key opens them again**: keep it first."
        )
        if st.button("Forget", key="_leave", type="primary"):
            try:
                profile.forget_browser()
            except StoreError as error:
                st.error(f"That cannot be done now. {markup.plain(str(error))}", icon=":material/error:")
            else:
                st.rerun()


def _others() -> None:
    """Other ratings that this browser has opened, such as those of a link that was sent."""
    try:
        others = [(token, profile.n_rated(token)) for token in profile.others()[:MOST_OTHERS]]
    except StoreError:  # the top of the page says so
        return
    for number, (token, n) in enumerate(others):
        label = f"Go over to other ratings that this browser has opened ({n:d} here)"
        st.button(
            label, key=f"_switch_{number}", type="tertiary", icon=":material/switch_account:", on_click=profile.switch_to, args=(token,)
        )
