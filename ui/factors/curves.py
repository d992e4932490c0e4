"""Figures of the page Factors: the audience's spread with the visitor in it, and what more factors bring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ui.components.charts import ABOVE, ACCENT, BAR, BELOW, NEUTRAL, WORDED_ROW, finish, ink_colour, words_above

REACH = 2.8
"""Standard deviations of the audience that a line shows to either side; beyond, a point stands at its end."""


def audience_strips(own: np.ndarray | None, audience: np.ndarray, low: Sequence[str], high: Sequence[str]) -> go.Figure:
    """Per factor the audience's spread as bands (nine in ten, half) and the visitor as a point.

    Parameters
    ----------
    own : ndarray of shape (n_factors,), or None without ratings
    audience : ndarray of shape (n_people, n_factors)
    """
    rows = list(range(audience.shape[1]))
    marks = np.percentile(audience, [5, 25, 50, 75, 95], axis=0)
    unit = np.maximum(audience.std(axis=0), 1e-12)
    at = (marks - marks[2]) / unit
    bands = [
        go.Bar(orientation="h", y=rows, base=at[a], x=at[b] - at[a], marker_color=colour, width=width, hoverinfo="skip")
        for a, b, colour, width in [(0, 4, "rgba(139,133,144,0.28)", BAR), (1, 3, "rgba(139,133,144,0.55)", BAR)]
    ]
    figure = go.Figure(bands)
    if own is not None:
        x = np.clip((own - marks[2]) / unit, -REACH, REACH)
        below = (audience < own).mean(axis=0)
        figure.add_trace(
            go.Scatter(
                x=x,
                y=rows,
                mode="markers",
                marker={"size": 15, "color": np.where(x < 0, BELOW, ABOVE), "line": {"width": 2, "color": ink_colour()}},
                text=[f"further to this end than {100 * max(share, 1 - share):.0f} % of people" for share in below],
                hovertemplate="You: %{text}<extra></extra>",
            )
        )
    figure.update_layout(barmode="overlay", bargap=0.4)
    figure.update_xaxes(range=[-1.06 * REACH, 1.06 * REACH], zeroline=True, showticklabels=False, showgrid=False, fixedrange=True)
    words_above(figure, low, high)
    return finish(figure, height=50 + WORDED_ROW * len(rows), right=10, top=10, bottom=10)


def scree(explained: np.ndarray, chosen: int) -> go.Figure:
    """What each factor explains, in percent; those within the chosen number are filled."""
    n = np.arange(1, len(explained) + 1)
    figure = go.Figure(
        go.Bar(
            x=n,
            y=(100 * explained).round(3),
            marker_color=[ACCENT if k <= chosen else "rgba(139,133,144,0.45)" for k in n],
            hovertemplate="factor %{x}: %{y:.2f} %<extra></extra>",
        )
    )
    figure.update_xaxes(title="factor, strongest first", showgrid=False, fixedrange=True)
    figure.update_yaxes(title="explained, %", title_font_color=ink_colour(), type="log", dtick=1, fixedrange=True)
    return finish(figure, height=280, right=10, left=50)


def held_out(numbers: np.ndarray, values: np.ndarray, chosen: int, title: str, *, best_is_high: bool) -> go.Figure:
    """How well people who were held out are served, by number of factors; the best and the chosen are marked."""
    best = int(np.nanargmax(values) if best_is_high else np.nanargmin(values))
    at = int(np.flatnonzero(numbers == chosen)[0])
    figure = go.Figure(
        go.Scatter(
            x=numbers,
            y=values,
            mode="lines+markers",
            line={"color": NEUTRAL, "width": 2},
            marker={"size": 7},
            hovertemplate="%{x} factors: %{y:.3f}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[numbers[at]],
            y=[values[at]],
            mode="markers",
            marker={"size": 15, "color": ACCENT, "line": {"width": 1.5, "color": ink_colour()}},
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[numbers[best]],
            y=[values[best]],
            mode="text",
            text=["best"],
            textposition="top center" if best_is_high else "bottom center",
            textfont={"color": ink_colour()},
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(title="number of factors", showgrid=False, fixedrange=True)
    margin = 0.15 * max(float(np.nanmax(values) - np.nanmin(values)), 1e-3)
    reach = [float(np.nanmin(values)) - margin, float(np.nanmax(values)) + margin]
    figure.update_yaxes(title=title, title_font_color=ink_colour(), range=reach, fixedrange=True)
    return finish(figure, height=280, right=10, left=60)
