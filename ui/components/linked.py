"""Choices that stand in the address in a form that outlives their labels: a model by its name, a factor by its number.

Where a label does as well, ``bind="query-params"`` of the widget does this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def bound(key: str) -> dict[str, Any]:
    """``key`` and ``bind`` of a widget whose value stands in the address: ``st.toggle("Dark", **bound("dark"))``.

    Where the address holds an empty text, which some widgets cannot read, it is taken out first.
    """
    if "" in st.query_params.get_all(key):
        st.query_params.pop(key)
        return {"key": key}
    return {"key": key, "bind": "query-params"}


def selectbox(label: str, options: Sequence[T], key: str, index: int = 0, in_address: Callable[[T], str] = str, **looks: Any) -> T:
    """A box whose choice is remembered in the tab, and stands in the address under its key unless it is the first one shown."""
    seeded = seed(key, options, in_address)
    chosen: T = st.selectbox(label, options, index=0 if seeded else index, key=key, persist_state="session", **looks)
    put(key, "" if chosen == options[index] else in_address(chosen))
    return chosen


def seed(key: str, options: Sequence[T], in_address: Callable[[T], str] = str) -> bool:
    """Take the choice from the address where this tab has none yet; whether there was one. What is no choice is passed over."""
    by_text = {in_address(option): option for option in options}
    given = str(st.query_params.get(key, ""))
    if key in st.session_state or given not in by_text:
        return False
    st.session_state[key] = by_text[given]
    return True


def put(key: str, text: str) -> None:
    """Write into the address; an empty text leaves it out."""
    if not text:
        st.query_params.pop(key, None)
    elif st.query_params.get_all(key) != [text]:
        st.query_params[key] = text
