"""Figures of the lessons, all in the app's look. Numbers stand beside their marks; a guess is a dashed line with its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from ui.components.charts import ABOVE, ACCENT, BELOW, DIVERGING, NEUTRAL, finish, ink_colour, plain

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
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=known,
            y=at,
            width=0.62,
            marker_color=[ABOVE if name in strong else NEUTRAL for name in names],
            text=beside,
            textposition="outside",
            textfont_color=ink_colour(),
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    lines = dict(lines or {})
    if guess is not None:
        lines["your guess"] = guess
    for name, value in lines.items():
        figure.add_vline(x=value, line={"dash": "dash", "width": 2, "color": ACCENT if name == "your guess" else ink_colour()})
        figure.add_annotation(x=value, y=1, yref="paper", text=f"{plain(name)} {value:.{digits}f}", showarrow=False, yanchor="bottom")
    low, high = reach or (min(0.0, *known), max(0.0, *known, *lines.values()))
    room = 0.16 * (high - low or 1)
    figure.update_xaxes(
        range=[low - room if low < 0 else low, high + room], showgrid=False, fixedrange=True, zeroline=True, showticklabels=False
    )
    words = [f"<b>{plain(name, LABEL)}</b>" if name in strong else plain(name, LABEL) for name in names]
    figure.update_yaxes(tickvals=at, ticktext=words, range=[len(names) - 0.4, -0.6], automargin=True, showgrid=False, fixedrange=True)
    top, longest = 26 if lines else 6, max((len(words) for words in beside), default=0)
    return finish(figure, height=top + BUTTONS + row * len(names), right=max(20, LETTER * longest - 12), top=top, bottom=BUTTONS)


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
    figure = go.Figure()
    ends: list[tuple[float, float, str]] = []
    for at, (name, values) in enumerate(series.items()):
        values = np.asarray(values, dtype=float)
        places = np.arange(len(values)) if x is None else np.asarray(x, dtype=float)
        colour = COLOURS[at % len(COLOURS)]
        figure.add_scatter(
            x=places,
            y=values,
            mode="lines" if len(values) > 1 else "markers",
            line={"width": 2, "color": colour, "dash": DASHES[at % len(DASHES)]},
            marker={"size": 9, "color": colour},
            name=plain(name),
            hovertemplate=f"{plain(name)}: %{{y:.3f}} at %{{x}}<extra></extra>",
        )
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            last = known[-1]
            ends.append((float(places[last]), float(values[last]), f"{plain(name)} {values[last]:.3f}"))
    drawn = [value for values in series.values() for value in np.asarray(values, dtype=float) if np.isfinite(value)] + list(
        (lines or {}).values()
    )
    scale = (height - 70) / ((max(drawn) - min(drawn)) or 1) if drawn else 1
    for (end, value, words), shift in zip(ends, _apart([scale * value for _, value, _ in ends]), strict=True):
        figure.add_annotation(
            x=np.log10(end) if log_x else end, y=value, text=words, showarrow=False, xanchor="left", xshift=8, yshift=shift
        )
    for name, level in (lines or {}).items():
        figure.add_hline(y=level, line={"dash": "dash", "width": 2, "color": ink_colour()})
        figure.add_annotation(x=0, xref="paper", y=level, text=f"{plain(name)} {level:.3f}", showarrow=False, xanchor="left", yshift=10)
    for name, place in (marks or {}).items():
        figure.add_vline(x=place, line={"dash": "dot", "width": 2, "color": ACCENT})
        figure.add_annotation(x=np.log10(place) if log_x else place, y=1, yref="paper", text=plain(name), showarrow=False, yanchor="bottom")
    figure.update_xaxes(title=x_title, showgrid=False, fixedrange=True, type="log" if log_x else "linear")
    figure.update_yaxes(title=y_title, title_font_color=ink_colour(), fixedrange=True)
    return finish(figure, height=height, right=130, left=60, top=24, bottom=46)


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
    figure = go.Figure(
        go.Heatmap(z=values, zmin=low, zmax=high, colorscale=scale, colorbar=bar, hovertemplate="%{y}, %{x}: %{z:.2f}<extra></extra>")
    )
    gaps = np.argwhere(np.isnan(values))
    cross = {"symbol": "x-thin", "size": 5, "line": {"width": 1, "color": NEUTRAL}}
    figure.add_scatter(x=gaps[:, 1], y=gaps[:, 0], mode="markers", marker=cross, hoverinfo="skip")
    figure.update_xaxes(title=columns, showgrid=False, zeroline=False, fixedrange=True, range=[-0.5, values.shape[1] - 0.5])
    figure.update_yaxes(
        title=rows, title_font_color=ink_colour(), showgrid=False, zeroline=False, fixedrange=True, range=[len(values) - 0.5, -0.5]
    )
    if title:
        figure.update_layout(title={"text": plain(title, 60), "font": {"size": 14, "color": ink_colour()}, "x": 0.02, "y": 0.98})
    return finish(figure, height=height, right=10, left=50, top=34)


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
    figure = go.Figure(
        go.Scatter(
            x=points[:, 0],
            y=points[:, 1],
            mode="markers+text",
            text=[plain(name) for name in names],
            textposition="top center",
            textfont_color=ink_colour(),
            marker={
                "size": [18 if at in strong else 11 for at in range(len(points))],
                "color": [COLOURS[group % len(COLOURS)] for group in groups],
                "symbol": [symbols[group % len(symbols)] for group in groups],
                "line": {"width": [2 if at in strong else 0 for at in range(len(points))], "color": ink_colour()},
            },
            cliponaxis=False,
            hovertemplate="%{text}: %{x:.2f}, %{y:.2f}<extra></extra>",
        )
    )
    figure.update_xaxes(title=x_title, zeroline=True, fixedrange=True)
    figure.update_yaxes(title=y_title, title_font_color=ink_colour(), zeroline=True, fixedrange=True)
    return finish(figure, height=height, left=60, top=20)


def histogram(
    values: np.ndarray, *, x_title: str, bins: int = 40, marks: Mapping[str, float] | None = None, height: int = 220
) -> go.Figure:
    """How often which value occurs, with dotted lines at named places such as the visitor's own; NaN are left out."""
    values = values[np.isfinite(values)]
    figure = go.Figure(go.Histogram(x=values, nbinsx=bins, marker_color=NEUTRAL, hovertemplate="%{x}: %{y}<extra></extra>"))
    for name, place in (marks or {}).items():
        figure.add_vline(x=place, line={"dash": "dot", "width": 2, "color": ACCENT})
        figure.add_annotation(x=place, y=1, yref="paper", text=f"{plain(name)} {place:.2f}", showarrow=False, yanchor="bottom")
    figure.update_xaxes(title=x_title, showgrid=False, fixedrange=True)
    figure.update_yaxes(title="how often", title_font_color=ink_colour(), showgrid=False, fixedrange=True)
    return finish(figure, height=height, left=50, right=10, top=24)


def columns(
    heights: Sequence[float] | np.ndarray, *, strong: Sequence[int] = (), x_title: str, y_title: str, digits: int = 2, height: int = 300
) -> go.Figure:
    """An upright bar per place from 1 with its number above it; ``strong`` places, from 0, are in the accent colour and bold."""
    at = np.arange(len(heights))
    words = [f"<b>{value:.{digits}f}</b>" if place in strong else f"{value:.{digits}f}" for place, value in enumerate(heights)]
    colours = [ABOVE if place in strong else NEUTRAL for place in at]
    look = {"text": words, "textposition": "outside", "textfont_color": ink_colour(), "textangle": 0, "cliponaxis": False}
    figure = go.Figure(go.Bar(x=at + 1, y=np.asarray(heights), marker_color=colours, hoverinfo="skip", **look))
    figure.update_xaxes(title=x_title, showgrid=False, fixedrange=True, dtick=1)
    figure.update_yaxes(title=y_title, title_font_color=ink_colour(), fixedrange=True, range=[0, 1.12 * max(*heights, 1e-9)])
    return finish(figure, height=height, right=10, left=60, top=14, bottom=46)
