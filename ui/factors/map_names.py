"""The names on the taste map: you, what was searched for, regions, what you rated, and what everybody knows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine
from recsys_core.factors.map_labels import N_TITLES, Label, place, regions
from ui.components import cards, factor_names
from ui.components.charts import ACCENT, ink_colour, plain

LONGEST = 24
YOU, FOUND, REGION, RATED, KNOWN = "you", "found", "region", "rated", "known"
SIZES = {YOU: 14, FOUND: 13, REGION: 15, RATED: 12, KNOWN: 11}
DOTS = {YOU: 18, FOUND: 14, REGION: 0, RATED: 11, KNOWN: 8}
"""Letters and dots in pixels."""
CANDIDATES = 150
MOST_RATED = 12
MARGIN = 0.03
"""Room around the outermost points, as a share of the map."""


class Name(NamedTuple):
    """A text on the map: where, beside its point on which side, what it names, and whether a phone shows it."""

    text: str
    x: float
    y: float
    side: str
    kind: str
    narrow: bool


def frame(points: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lower left and the upper right corner of what is drawn, shape (2,) each."""
    low, high = points[shown].min(axis=0), points[shown].max(axis=0)
    room = MARGIN * np.maximum(high - low, 1e-9)
    return low - room, high + room


@st.cache_data(show_spinner=False, max_entries=64)
def names(
    _engine: Engine,
    _points: np.ndarray,
    key: str,
    plane: str,
    shown: int,
    found: tuple[int, ...],
    rated: tuple[int, ...],
    you: tuple[float, float] | None,
) -> list[Name]:
    """What is named, each with room for it. ``key`` and ``plane`` stand for the engine and the points."""
    best_known = _engine.dataset.by_popularity[:shown]
    low, high = frame(_points, best_known[_engine.taste_map.placed[best_known]])
    wanted: list[tuple[str, float, float, str]] = [] if you is None else [("You", *you, YOU)]
    wanted += [_title(_engine, _points, position, FOUND) for position in found]
    wanted += [_title(_engine, _points, position, RATED) for position in rated if position not in found][:MOST_RATED]
    wanted += [(text, x, y, REGION) for text, x, y in _regions(_engine, _points, key, plane)]
    others = [i for i in best_known[:CANDIDATES].tolist() if i not in rated and i not in found and _engine.taste_map.placed[i]]
    fixed = len(wanted)
    wanted += [_title(_engine, _points, position, KNOWN) for position in others]
    labels = [
        Label(
            text.upper() if kind == REGION else text,
            float((x - low[0]) / (high[0] - low[0])),
            float((y - low[1]) / (high[1] - low[1])),
            SIZES[kind],
            _reach(kind),
        )
        for text, x, y, kind in wanted
    ]
    placed = place(labels, fixed + N_TITLES)
    known = [spot for spot in placed if spot.label >= fixed][:N_TITLES]
    return [
        Name(labels[spot.label].text, *wanted[spot.label][1:3], spot.side,
             wanted[spot.label][3], spot.narrow)
        for spot in [*(spot for spot in placed if spot.label < fixed), *known]
    ]  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=16)
def _regions(_engine: Engine, _points: np.ndarray, key: str, plane: str) -> list[tuple[str, float, float]]:
    return regions(_points, _engine.dataset, np.flatnonzero(_engine.factors.known & _engine.taste_map.placed))


def _title(engine: Engine, points: np.ndarray, position: int, kind: str) -> tuple[str, float, float, str]:
    text = factor_names.short(cards.title_of(engine, str(engine.item_ids[position])), LONGEST)
    return text, float(points[position, 0]), float(points[position, 1]), kind


def _reach(kind: str) -> float:
    """From a point to its text, as Plotly sets it: the dot's radius and some pixels."""
    return DOTS[kind] / 2 / 0.8 + 1.0 if DOTS[kind] else 0.0


def add(figure: go.Figure, named: list[Name]) -> None:
    """Draw the names in two layers: those that a phone shows, and those that only a wider screen has room for.

    The style sheet hides the last layer on a phone: nothing may be added to the figure after it.
    """
    for layer, narrow in (("narrow", True), ("wide", False)):
        here = [name for name in named if name.narrow is narrow]
        ink = ink_colour()
        figure.add_trace(
            go.Scatter(
                name=layer,
                x=[name.x for name in here],
                y=[name.y for name in here],
                mode="markers+text",
                text=[plain(name.text, 60) for name in here],
                textposition=[name.side for name in here],
                textfont={"color": ink, "size": [SIZES[name.kind] for name in here], "weight": [_weight(name.kind) for name in here]},
                marker={
                    "symbol": ["star" if name.kind == YOU else "circle" for name in here],
                    "size": [DOTS[name.kind] for name in here],
                    "color": [{YOU: ACCENT, RATED: ACCENT}.get(name.kind, "rgba(0,0,0,0)") for name in here],
                    "line": {"width": 1.5, "color": ink},
                    "opacity": 1,
                },
                hoverinfo="skip",
                showlegend=False,
            )
        )


def _weight(kind: str) -> int:
    return 700 if kind in (YOU, REGION) else 600 if kind in (FOUND, RATED) else 400
