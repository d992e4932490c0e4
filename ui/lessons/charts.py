"""Figures of the lessons, all in the app's look. Numbers stand beside their marks; a guess is a dashed line with its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ui.components.charts import ABOVE, ACCENT, BELOW, DIVERGING, NEUTRAL, drawn, ink_colour, plain

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
COLOURS = (ABOVE, BELOW, NEUTRAL, ACCENT, "#7f9c5b")
LABEL = 34
LINE = 16
"""Pixels that the name of a curve needs."""
LETTER, BUTTONS = 7, 20
"""Pixels of a letter beside a bar, and below the bars for the buttons that save the picture."""


def bars(
    values: Mapping[str, float | None],
    *,
    unit: str = "",
    digits: int = 2,
    reach: tuple[float, float] | None = None,
    guess: float | None = None,
    lines: Mapping[str, float] | None = None,
    strong: Sequence[str] = (),
    row: int = 40,
) -> go.Figure:
    """A bar per number with the number beside it; None is still covered and shows "?", NaN says so.

    Parameters
    ----------
    reach : the ends of the axis; None = from 0 to the largest
    guess : float
        A dashed line "your guess".
    lines : name to value
        Further dashed lines, such as what the mean gets.
    strong : names of bars in the accent colour; their names are bold, too
    row : int
        Pixels of a bar.
    """
    names = list(values)
    at = list(range(len(names)))
    known = [0.0 if value is None or np.isnan(value) else value for value in values.values()]
    beside = [_beside(value, unit, digits) for value in values.values()]
    trace = go.Bar(
        orientation="h",
        x=known,
        y=at,
        width=0.62,
        marker={"color": [ABOVE if name in strong else NEUTRAL for name in names]},
        text=beside,
        textposition="outside",
        textfont={"color": ink_colour()},
        cliponaxis=False,
        hoverinfo="skip",
    )
    lines = dict(lines or {})
    if guess is not None:
        lines["your guess"] = guess
    low, high = reach or (min(0.0, *known), max(0.0, *known, *lines.values()))
    room = 0.16 * (high - low or 1)
    words = [f"<b>{plain(name, LABEL)}</b>" if name in strong else plain(name, LABEL) for name in names]
    top, longest = 26 if lines else 6, max((len(words) for words in beside), default=0)
    return drawn(
        [trace],
        height=top + BUTTONS + row * len(names),
        right=max(20, LETTER * longest - 12),
        top=top,
        bottom=BUTTONS,
        x={
            "range": [low - room if low < 0 else low, high + room],
            "showgrid": False,
            "fixedrange": True,
            "zeroline": True,
            "showticklabels": False,
        },
        y={
            "tickvals": at,
            "ticktext": words,
            "range": [len(names) - 0.4, -0.6],
            "automargin": True,
            "showgrid": False,
            "fixedrange": True,
        },
        shapes=[_upright(value, "dash", ACCENT if name == "your guess" else ink_colour()) for name, value in lines.items()],
        annotations=[_on_top(value, f"{plain(name)} {value:.{digits}f}") for name, value in lines.items()],
    )


def _upright(at: float, dash: str, colour: str) -> dict[str, Any]:
    """A line from the bottom to the top of the figure."""
    return {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "y domain", "line": {"dash": dash, "width": 2, "color": colour}}


def _on_top(at: float, words: str) -> dict[str, Any]:
    return {"x": at, "y": 1, "yref": "paper", "text": words, "yanchor": "bottom"}


def _beside(value: float | None, unit: str, digits: int) -> str:
    """What stands beside a bar: "?" while it is covered, words where there is no number."""
    if value is None:
        return "?"
    return "cannot say" if np.isnan(value) else f"{value:.{digits}f} {unit}".strip().replace("-", "−")


def curves(
    series: Mapping[str, Sequence[float] | np.ndarray],
    *,
    x: Sequence[float] | None = None,
    x_title: str,
    y_title: str,
    lines: Mapping[str, float] | None = None,
    marks: Mapping[str, float] | None = None,
    log_x: bool = False,
    height: int = 300,
) -> go.Figure:
    """Curves that are told apart by their dashes and by their names at their ends.

    Parameters
    ----------
    x : places of all curves; None = 0, 1, 2, …
    lines : name to height of dashed level lines, such as the error of the mean
    marks : name to place of dotted upright lines, such as a guess
    """
    traces: list[go.Scatter] = []
    ends: list[tuple[float, float, str]] = []
    for at, (name, values) in enumerate(series.items()):
        values = np.asarray(values, dtype=float)
        places = np.arange(len(values)) if x is None else np.asarray(x, dtype=float)
        colour = COLOURS[at % len(COLOURS)]
        traces.append(
            go.Scatter(
                x=places,
                y=values,
                mode="lines" if len(values) > 1 else "markers",
                line={"width": 2, "color": colour, "dash": DASHES[at % len(DASHES)]},
                marker={"size": 9, "color": colour},
                name=plain(name),
                hovertemplate=f"{plain(name)}: %{{y:.3f}} at %{{x}}<extra></extra>",
            )
        )
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            last = known[-1]
            ends.append((float(places[last]), float(values[last]), f"{plain(name)} {values[last]:.3f}"))
    lines, marks = lines or {}, marks or {}
    of_curves = [value for values in series.values() for value in np.asarray(values, dtype=float) if np.isfinite(value)]
    heights = [*of_curves, *lines.values()]
    scale = (height - 70) / ((max(heights) - min(heights)) or 1) if heights else 1
    shifts = _apart([scale * value for _, value, _ in ends])
    level = {"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "line": {"dash": "dash", "width": 2, "color": ink_colour()}}
    return drawn(
        traces,
        height=height,
        right=130,
        left=60,
        top=24,
        bottom=46,
        x={"title": x_title, "showgrid": False, "fixedrange": True, "type": "log" if log_x else "linear"},
        y={"title": y_title, "fixedrange": True},
        shapes=[level | {"y0": at, "y1": at} for at in lines.values()] + [_upright(place, "dot", ACCENT) for place in marks.values()],
        annotations=[
            *(
                {"x": np.log10(end) if log_x else end, "y": value, "text": words, "xanchor": "left", "xshift": 8, "yshift": shift}
                for (end, value, words), shift in zip(ends, shifts, strict=True)
            ),
            *(
                {"x": 0, "xref": "paper", "y": at, "text": f"{plain(name)} {at:.3f}", "xanchor": "left", "yshift": 10}
                for name, at in lines.items()
            ),
            *(_on_top(np.log10(place) if log_x else place, plain(name)) for name, place in marks.items()),
        ],
    )


def _apart(heights: Sequence[float]) -> list[float]:
    """Pixels by which names at these heights, in pixels, move up so that none covers the one below."""
    shifts, taken = [0.0] * len(heights), -np.inf
    for at in np.argsort(heights, kind="stable"):
        place = max(heights[at], taken + LINE)
        shifts[at], taken = place - heights[at], place
    return shifts


def heatmap(
    values: np.ndarray, *, rows: str, columns: str, reach: tuple[float, float], signed: bool = False, height: int = 320, title: str = ""
) -> go.Figure:
    """A large table as colours; missing cells carry a small cross. Give its numbers under *As a table*, too.

    Parameters
    ----------
    rows, columns : what the rows and columns are, for the axes
    reach : the values at both ends of the colours
    signed : bool
        The diverging scale, centred on zero.
    """
    scale = DIVERGING if signed else [[0.0, "#efeae4"], [0.5, "#e29b5f"], [1.0, "#7a3a04"]]
    low, high = (-max(map(abs, reach)), max(map(abs, reach))) if signed else reach
    bar = {"thickness": 10, "tickfont": {"color": ink_colour()}}
    cells = go.Heatmap(z=values, zmin=low, zmax=high, colorscale=scale, colorbar=bar, hovertemplate="%{y}, %{x}: %{z:.2f}<extra></extra>")
    gaps = np.argwhere(np.isnan(values))
    cross = {"symbol": "x-thin", "size": 5, "line": {"width": 1, "color": NEUTRAL}}
    plainly = {"showgrid": False, "zeroline": False, "fixedrange": True}
    named: dict[str, Any] = (
        {"title": {"text": plain(title, 60), "font": {"size": 14, "color": ink_colour()}, "x": 0.02, "y": 0.98}} if title else {}
    )
    return drawn(
        [cells, go.Scatter(x=gaps[:, 1], y=gaps[:, 0], mode="markers", marker=cross, hoverinfo="skip")],
        height=height,
        right=10,
        left=50,
        top=34,
        x=plainly | {"title": columns, "range": [-0.5, values.shape[1] - 0.5]},
        y=plainly | {"title": rows, "range": [len(values) - 0.5, -0.5]},
        **named,
    )


def scatter(
    points: np.ndarray,
    names: Sequence[str],
    *,
    x_title: str,
    y_title: str,
    groups: Sequence[int] | None = None,
    strong: Sequence[int] = (),
    height: int = 360,
) -> go.Figure:
    """Named points (n, 2); groups differ by symbol and colour, ``strong`` points are large and framed."""
    groups = [0] * len(points) if groups is None else list(groups)
    symbols = ("circle", "square", "diamond", "cross", "triangle-up")
    trace = go.Scatter(
        x=points[:, 0],
        y=points[:, 1],
        mode="markers+text",
        text=[plain(name) for name in names],
        textposition="top center",
        textfont={"color": ink_colour()},
        marker={
            "size": [18 if at in strong else 11 for at in range(len(points))],
            "color": [COLOURS[group % len(COLOURS)] for group in groups],
            "symbol": [symbols[group % len(symbols)] for group in groups],
            "line": {"width": [2 if at in strong else 0 for at in range(len(points))], "color": ink_colour()},
        },
        cliponaxis=False,
        hovertemplate="%{text}: %{x:.2f}, %{y:.2f}<extra></extra>",
    )
    axis = {"zeroline": True, "fixedrange": True}
    return drawn([trace], height=height, left=60, top=20, x=axis | {"title": x_title}, y=axis | {"title": y_title})


def histogram(
    values: np.ndarray, *, x_title: str, bins: int = 40, marks: Mapping[str, float] | None = None, height: int = 220
) -> go.Figure:
    """How often which value occurs, with dotted lines at named places such as the visitor's own; NaN are left out."""
    values = values[np.isfinite(values)]
    marks = marks or {}
    axis = {"showgrid": False, "fixedrange": True}
    return drawn(
        [go.Histogram(x=values, nbinsx=bins, marker={"color": NEUTRAL}, hovertemplate="%{x}: %{y}<extra></extra>")],
        height=height,
        left=50,
        right=10,
        top=24,
        x=axis | {"title": x_title},
        y=axis | {"title": "how often"},
        shapes=[_upright(place, "dot", ACCENT) for place in marks.values()],
        annotations=[_on_top(place, f"{plain(name)} {place:.2f}") for name, place in marks.items()],
    )


def columns(
    heights: Sequence[float] | np.ndarray, *, strong: Sequence[int] = (), x_title: str, y_title: str, digits: int = 2, height: int = 300
) -> go.Figure:
    """An upright bar per place from 1 with its number above it; ``strong`` places, from 0, are in the accent colour and bold."""
    at = np.arange(len(heights))
    words = [f"<b>{value:.{digits}f}</b>" if place in strong else f"{value:.{digits}f}" for place, value in enumerate(heights)]
    colours = [ABOVE if place in strong else NEUTRAL for place in at]
    look = {"text": words, "textposition": "outside", "textfont": {"color": ink_colour()}, "textangle": 0, "cliponaxis": False}
    trace = go.Bar(x=at + 1, y=np.asarray(heights), marker={"color": colours}, hoverinfo="skip", **look)
    return drawn(
        [trace],
        height=height,
        right=10,
        left=60,
        top=14,
        bottom=46,
        x={"title": x_title, "showgrid": False, "fixedrange": True, "dtick": 1},
        y={"title": y_title, "fixedrange": True, "range": [0, 1.12 * max(*heights, 1e-9)]},
    )
