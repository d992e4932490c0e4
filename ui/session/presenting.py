"""Whether the app is on a projector: ``show=1`` in the address. It stays on from page to page until it is switched off."""

from __future__ import annotations

import streamlit as st

from ui.session import keys

PARAMETER = "show"
_ON = "1"


def on() -> bool:
    """Whether this tab presents."""
    return _ON in st.query_params.get_all(PARAMETER)


def follow(page: str) -> None:
    """Keep it in the address on another page, where Streamlit takes away what the last one's address held; on the same page follow it."""
    if keys.PRESENTED.get() not in ("", page) and not on():
        begin()
    keys.PRESENTED.set(page if on() else "")


def begin() -> None:
    """Present from now on."""
    st.query_params[PARAMETER] = _ON


def end() -> None:
    """Present no longer."""
    st.query_params.pop(PARAMETER, None)
    keys.PRESENTED.forget()
