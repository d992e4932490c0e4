"""Figures from arrays. One template, words on the axes, the same colours for below and above zero everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ui.components import markup, present
from ui.session import keys, presenting

BELOW, ABOVE, NEUTRAL = "#4f86c9", "#cf7530", "#8b8590"
ACCENT = "#e8a33d"
"""What is chosen, and the visitor."""
DIVERGING = [[0.0, "#2f6fbf"], [0.25, "#7ba4d6"], [0.5, "#efeae4"], [0.75, "#e29b5f"], [1.0, "#b45309"]]
"""Blue – neutral – orange: told apart with every common colour blindness."""
CONFIG = {"displayModeBar": True, "displaylogo": False, "modeBarButtons": [["toImage"]]}
"""The tool that saves a picture is there for :mod:`ui.components.pictures`, and hidden."""
MAX_BARS = 8
WORDED_ROW, BAR = 42, 0.4
"""Pixels of a row with words above its bar, and the bar's share of them."""
LONGEST_END = 27
"""Characters of an end's words: two ends stand side by side on a phone."""
PULL_LENGTH = 40
"""Characters of the name of a pull, which is a sentence of our own."""


def show(figure: go.Figure, **looks: Any) -> None:
    """Put a figure on the page, larger on a projector; ``looks`` are Streamlit's own, and the ``key`` names its picture."""
    st.plotly_chart(present.enlarged(figure, keys.SCREEN_TALL.get()) if presenting.on() else figure, **looks)


def shorten(text: str, length: int = 28) -> str:
    """Cut a long title for an axis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def plain(text: str, length: int = 28) -> str:
    """A label that Plotly shows as it is, cut to a length: it reads tags in labels, and titles are data."""
    return markup.in_chart(shorten(markup.clean(text), length))


KNOWN = "How well known it is"
"""What the first bar of a score is called."""


def waterfall(
    start: float | None, amounts: Sequence[tuple[str, float]], end: float, fixed: Sequence[tuple[str, float]] = (), ends: str = "Score"
) -> go.Figure:
    """From how well known the title is, by one bar per amount, to the end. Small amounts are summed up as "+ n others".

    Parameters
    ----------
    start : float or None
        None: the bars start from nothing, and there is no bar for it.
    amounts : sequence of (label, amount)
        Shown largest first.
    fixed : sequence of (label, amount)
        Bars right after the first that are never summed up with others.
    ends : str
        What the last bar is called.
    """
    first = [] if start is None else [(KNOWN, start)]
    steps = [*fixed, *waterfall_steps(amounts)]
    named = [*(plain(label, PULL_LENGTH) for label, _ in fixed), *(plain(label) for label, _ in waterfall_steps(amounts))]
    labels = [*(label for label, _ in first), *named, plain(ends)]
    figure = go.Figure(
        go.Waterfall(
            orientation="h",
            measure=[*("absolute" for _ in first), *("relative" for _ in steps), "total"],
            y=list(range(len(labels))),
            x=[*(value for _, value in first), *(amount for _, amount in steps), end],
            text=[*(f"{value:.2f}" for _, value in first), *(f"{amount:+.2f}" for _, amount in steps), f"{end:.2f}"],
            textposition="outside",
            textfont_color=ink_colour(),
            cliponaxis=False,
            increasing_marker_color=ABOVE,
            decreasing_marker_color=BELOW,
            totals_marker_color=NEUTRAL,
            connector_line_width=1,
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.update_yaxes(tickvals=list(range(len(labels))), ticktext=labels, autorange="reversed", automargin=True)
    figure.update_xaxes(title="score (orders the list; no unit)", zeroline=True)
    return finish(figure, height=110 + 36 * len(labels))


def waterfall_steps(amounts: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The largest contributions first, the rest as one step, so that the steps still sum up exactly."""
    ordered = sorted(amounts, key=lambda pair: -abs(pair[1]))
    if len(ordered) <= MAX_BARS:
        return ordered
    rest = ordered[MAX_BARS - 1 :]
    return [*ordered[: MAX_BARS - 1], (f"+ {len(rest)} others", sum(amount for _, amount in rest))]


def factor_bars(values: np.ndarray, low: Sequence[str], high: Sequence[str]) -> go.Figure:
    """The visitor's place on each factor: a bar to the left or right, with words at both ends."""
    rows = list(range(len(values)))
    figure = go.Figure(go.Bar(orientation="h", x=values, y=rows, marker_color=np.where(values < 0, BELOW, ABOVE), hoverinfo="skip"))
    reach = max(float(np.abs(values).max(initial=0.0)), 1e-9)
    figure.update_traces(width=BAR)
    figure.update_xaxes(range=[-reach * 1.05, reach * 1.05], zeroline=True, showticklabels=False, showgrid=False)
    words_above(figure, low, high)
    return finish(figure, height=50 + WORDED_ROW * len(values), right=10)


def words_above(figure: go.Figure, low: Sequence[str], high: Sequence[str]) -> None:
    """Words for both ends above each row, first row on top: a phone has no room beside the bars.

    All in one call, as adding them one by one takes ten times as long.
    """
    place = {"font": {"size": 12}, "xref": "paper", "showarrow": False, "yanchor": "bottom"}
    figure.update_layout(
        annotations=[
            {"text": plain(text, LONGEST_END), "x": x, "xanchor": anchor, "y": row - BAR / 2 - 0.03} | place
            for words, x, anchor in ((low, 0.0, "left"), (high, 1.0, "right"))
            for row, text in enumerate(words)
        ]
    )
    figure.update_yaxes(range=[len(low) - 0.5, -0.85], showticklabels=False, showgrid=False, zeroline=False, fixedrange=True)


def ink_colour() -> str:
    """The colour of words in figures, dark on the light theme and light on the dark one."""
    return "#4a4238" if st.context.theme.type == "light" else "#d8d1dc"


def drawn(
    traces: Sequence[Any],
    *,
    height: int,
    right: int = 40,
    left: int = 10,
    top: int = 30,
    bottom: int = 40,
    x: Mapping[str, Any] | None = None,
    y: Mapping[str, Any] | None = None,
    **layout: Any,
) -> go.Figure:
    """A figure in the app's template, put together in one piece: changing one that is there takes Plotly five times as long.

    Parameters
    ----------
    height, right, left, top, bottom : int
        Pixels of the figure and of its margins.
    x, y : mapping
        The axes; ``title`` is a text.
    layout
        What else there is, such as ``shapes`` and ``annotations``.
    """
    template = _template(height, right, left, top, bottom)
    annotations = [{"font": {"color": ink_colour()}, "showarrow": False} | one for one in layout.pop("annotations", ())]
    return go.Figure(traces, template | layout | {"xaxis": _axis(x or {}), "yaxis": _axis(y or {}), "annotations": annotations})


def _axis(given: Mapping[str, Any]) -> dict[str, Any]:
    ink = {"color": ink_colour()}
    axis: dict[str, Any] = {"tickfont": ink, **given}
    return axis | {"title": {"text": given["title"], "font": ink}} if "title" in given else axis


def _template(height: int, right: int, left: int, top: int, bottom: int) -> dict[str, Any]:
    """Height and margins in pixels, the app's font, no ground of its own."""
    return {
        "height": height,
        "margin": {"l": left, "r": right, "t": top, "b": bottom},
        "font": {"family": "Figtree, Arial, sans-serif", "size": 13},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
    }


def finish(figure: go.Figure, height: int, right: int = 40, left: int = 10, top: int = 30, bottom: int = 40) -> go.Figure:
    """The template on a figure that is there; see :func:`drawn`."""
    ink = ink_colour()
    figure.update_xaxes(tickfont_color=ink, title_font_color=ink)
    figure.update_yaxes(tickfont_color=ink)
    figure.update_annotations(font_color=ink)
    figure.update_layout(_template(height, right, left, top, bottom))
    return figure
