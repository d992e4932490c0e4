"""What Streamlit's widgets and Plotly's charts leave to be wished by fingers, by keys and by ears, mended in the browser.

``hands.js`` says what and why: swipes pass charts and sliders, stars and buttons are named for their title, the focus stays in place.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_SCRIPT = Path(__file__).with_name("hands.js").read_text(encoding="utf-8")
_component = st.components.v2.component("hands", html="<span></span>", js=_SCRIPT, isolate_styles=False)


def lend() -> None:
    """Put the script on the page, once for all pages."""
    _component(key="hands", height="content")
