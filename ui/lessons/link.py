"""The address of a step with all its controls, to hand to a class: without the visitor's token, on request with a few ratings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from ui.session import app_data, profile
from ui.session.shared import MOST_SHARED, RATINGS_PARAMETER, address, ratings_text


def in_address(value: Any, text: Callable[[Any], str]) -> str:
    """A control's value as Streamlit writes it into the address: 5.0 is "5", an option is its label."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value) if text is str else value
    return text(value)


def show(parameters: Mapping[str, str]) -> None:
    """A window with the address to copy."""
    with st.popover("Copy link", icon=":material/link:"):
        wanted = dict(parameters)
        if (name := app_data.dataset_name()) != app_data.default_dataset():
            wanted[app_data.DATASET_PARAMETER] = name
        mine = profile.ratings()
        if mine and st.toggle("Put my ratings into the link", key="learn_link_ratings"):
            wanted |= {RATINGS_PARAMETER: ratings_text(mine), "who": "link"}
            st.caption(f"Whoever opens it sees up to {MOST_SHARED} of your ratings, and cannot change them.")
        st.code(address(wanted, st.context.url or ""), language=None, wrap_lines=True)
        st.caption("It opens this step with these controls. Your guess and your profile are not in it.")
