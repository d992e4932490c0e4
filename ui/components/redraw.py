"""Draw after a click only what the click changes: a star on the wall costs the server half of what the whole page does.

The parts of a page that can be drawn alone are fragments with a name. A callback says what it does through :func:`alone`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from ui.session import profile

LAST_ACT = "last_act_line"
"""The fragment of the line that says what was done last."""


@contextmanager
def alone(parts: Sequence[str]) -> Iterator[None]:
    """Around what a callback says about a title: draw these fragments anew and nothing else.

    The whole page is drawn where ``parts`` is empty, where another tab has said something, and where something is not stored.
    """
    knew_all = profile.follow()
    yield
    if parts:  # else the whole page is drawn anyway
        st.rerun(list(parts) if knew_all and not profile.trouble() and not profile.n_waiting() else "app")
