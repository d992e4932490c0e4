"""What lists and walls can be narrowed down by: kind, genres, years."""

from __future__ import annotations

import streamlit as st

from recsys_core import Engine

KINDS = {"All": None, "Shows": "show", "Movies": "movie"}


def kind_filter(engine: Engine, key: str) -> str | None:
    """All, shows or movies; nothing to choose where the data set has only one kind."""
    if len(set(engine.dataset.items["kind"])) < 2:
        return None
    chosen = st.segmented_control("Kind", list(KINDS), default="All", required=True, key=key, persist_state="session")
    return KINDS[chosen]


def genres(engine: Engine) -> list[str]:
    """All genres of the data set, in alphabetical order."""
    return sorted(engine.dataset.tags("genres").names)


def decades(engine: Engine) -> list[int]:
    """All decades of the data set, latest first."""
    years = engine.dataset.items["year"].dropna()
    return sorted({int(year) // 10 * 10 for year in years}, reverse=True)


def year_range(engine: Engine) -> tuple[int, int] | None:
    """First and last year of the data set; None if there is nothing to choose."""
    years = engine.dataset.items["year"].dropna()
    return (int(years.min()), int(years.max())) if years.nunique() > 1 else None
