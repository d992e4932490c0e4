"""What lists and walls can be narrowed down by: kind, genres, years, audience, running time."""

from __future__ import annotations

import streamlit as st

from recsys_core import Engine
from ui.components import linked, markup

KINDS = {"All": None, "Shows": "show", "Movies": "movie"}
AUDIENCES = {"Everyone": "all", "Children": "children", "Teenagers": "teenagers", "Adults": "adults"}
SEASONS = {"1 season": 1, "2 seasons": 2, "3 seasons": 3, "5 seasons": 5, "10 seasons": 10, "any number": None}
LENGTHS = {"25 minutes": 25, "45 minutes": 45, "an hour": 60, "an hour and a half": 90, "two hours": 120, "any length": None}


def kind_filter(engine: Engine, key: str) -> str | None:
    """All, shows or movies; nothing to choose where the data set has only one kind."""
    if len(engine.dataset.kinds) < 2:
        return None
    chosen = st.segmented_control("Kind", list(KINDS), default="All", required=True, label_visibility="collapsed", **linked.bound(key))
    return KINDS[chosen]


def genres(engine: Engine) -> list[str]:
    """All genres of the data set, in alphabetical order."""
    return sorted(engine.dataset.tags("genres").names)


def year_range(engine: Engine) -> tuple[int, int] | None:
    """First and last year of the data set; None if there is nothing to choose."""
    years = engine.dataset.items["year"].dropna()
    return (int(years.min()), int(years.max())) if years.nunique() > 1 else None


def audience_filter(engine: Engine, key: str) -> list[str]:
    """Choose whom the titles are made for; without a choice if the data set does not say."""
    if not (engine.dataset.items["audience"] != "").any():
        return []
    chosen = st.multiselect("Made for", list(AUDIENCES), **linked.bound(key), placeholder="Anybody")
    return [AUDIENCES[name] for name in chosen]


def length_filter(engine: Engine, key: str) -> float | None:
    """Choose how many minutes a movie, or an episode, may take; without a choice if the data set does not say."""
    if not engine.dataset.items["runtime"].notna().any():
        return None
    chosen = st.select_slider("At most", list(LENGTHS), value="any length", **linked.bound(key), help="A movie, or an episode")
    return LENGTHS[chosen]


def decade_filter(engine: Engine, key: str) -> list[int]:
    """Choose decades; without a choice where all titles are of one."""
    there = engine.dataset.decades
    if len(there) < 2:
        return []
    return st.multiselect("Decades", there, format_func="{}s".format, **linked.bound(key), placeholder="All decades")


def place_filter(engine: Engine, column: str, key: str) -> list[str]:
    """Choose languages or countries (``column``), the commonest first; without a choice if the data set has only one, or does not say."""
    there = engine.dataset.tags(column).names
    if len(there) < 2:
        return []
    label, every = {"language": ("Languages", "All languages"), "country": ("Countries", "All countries")}[column]
    return st.multiselect(label, there, format_func=markup.clean, **linked.bound(key), placeholder=every)


def season_filter(engine: Engine, key: str) -> int | None:
    """Choose how many seasons a show may have; without a choice if the data set does not say."""
    if not engine.dataset.items["seasons"].notna().any():
        return None
    chosen = st.select_slider("Shows of at most", list(SEASONS), value="any number", **linked.bound(key))
    return SEASONS[chosen]
