"""The address of a step with all its controls, to hand to a class: without the visitor's token, on request with a few ratings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from recsys_core.data.dataset import Dataset
from ui.session import app_data, profile

RATINGS_PARAMETER = "r"
MOST_RATINGS, LONGEST = 12, 1500
LOWEST_STARS, HIGHEST_STARS = 0.5, 5.0


def in_address(value: Any, text: Callable[[Any], str]) -> str:
    """A control's value as Streamlit writes it into the address: 5.0 is "5", an option is its label."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value) if text is str else value
    return text(value)


def ratings_text(ratings: Mapping[str, float]) -> str:
    """The last ratings as ``item:stars,…``, at most twelve."""
    return ",".join(f"{item_id}:{stars:g}" for item_id, stars in list(ratings.items())[-MOST_RATINGS:])


def ratings_from(text: str, dataset: Dataset) -> dict[str, float]:
    """The ratings of a link, for titles of this data set alone; stars are brought into their range, what makes no sense is dropped."""
    found: dict[str, float] = {}
    for part in text[:LONGEST].split(",")[:MOST_RATINGS]:
        item_id, _, stars = part.rpartition(":")
        try:
            value = float(stars)
        except ValueError:
            continue
        if item_id in dataset.item_index and math.isfinite(value):
            found[item_id] = min(max(value, LOWEST_STARS), HIGHEST_STARS)
    return found


def address(parameters: Mapping[str, str], base: str) -> str:
    """The page's address with these parameters and nothing else of today's; the longest ones are left out beyond 1,500 characters."""
    kept = dict(parameters)
    while len(query := urlencode(kept, safe=":,")) > LONGEST:
        del kept[max(kept, key=lambda name: len(kept[name]))]
    scheme, host, path, _, _ = urlsplit(base)
    return urlunsplit((scheme, host, path, query, ""))


def show(parameters: Mapping[str, str]) -> None:
    """A window with the address to copy."""
    with st.popover("Copy link", icon=":material/link:"):
        wanted = dict(parameters)
        if (name := app_data.dataset_name()) != app_data.default_dataset():
            wanted[app_data.DATASET_PARAMETER] = name
        mine = profile.ratings()
        if mine and st.toggle("Put my ratings into the link", key="learn_link_ratings"):
            wanted |= {RATINGS_PARAMETER: ratings_text(mine), "who": "link"}
            st.caption(f"Whoever opens it sees up to {MOST_RATINGS} of your ratings, and cannot change them.")
        st.code(address(wanted, st.context.url or ""), language=None, wrap_lines=True)
        st.caption("It opens this step with these controls. Your guess and your profile are not in it.")
