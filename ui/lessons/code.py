"""The code that ran: the very functions that computed the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from recsys_core.teaching.source import source_of


def shown(*functions: Callable[..., Any]) -> None:
    """The functions of a step as they stand in their files."""
    if not functions:
        return
    with st.expander("Code that ran", icon=":material/code:"):
        st.code("\n\n\n".join(source_of(function) for function in functions), line_numbers=True)
