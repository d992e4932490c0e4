"""What a screen reader hears when a page changes."""

from __future__ import annotations

import streamlit as st

from ui.session import keys

_UNSEEN = "position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)"

# `st.html` puts new nodes in place of the old ones, and a live region that arrives together with its text stays silent.
# This one is there from the page's start, and only its text changes.
_region = st.components.v2.component(
    "announcer",
    html=f'<p role="status" aria-live="polite" style="{_UNSEEN}"></p>',
    js="export default ({ data, parentElement }) => { parentElement.querySelector('p').textContent = data; }",
    isolate_styles=False,
)


def say(text: str) -> None:
    """Have a sentence read out when this run ends: call it in a callback. Plain text."""
    keys.SAID.set(text)


def announce(text: str | None = None, place: str = "") -> None:
    """Put a region on the page, above what it speaks of: for what was said in a callback, or for a text of its own.

    ``place`` keeps several on a page apart; each must be there in every run, with an empty text if need be.
    """
    _region(data=keys.SAID.get() if text is None else text, key=f"announcer{place}", height="content")
