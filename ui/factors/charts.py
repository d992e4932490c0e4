"""Figures of the page Factors, from arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from recsys_core.factors.taste_map import Place
from ui.components.charts import ABOVE, BELOW, DIVERGING, NEUTRAL, finish, ink_colour, plain, words_on_the_right

LIMIT = 2.5
ACCENT = "#e8a33d"
REACH = 2.8
"""Standard deviations of the audience that a line shows to either side; beyond, a point stands at its end."""


def clickable_heatmap(
    values: np.ndarray, rows: Sequence[str], columns: Sequence[str], hover: Sequence[str], sorted_by: int | None
) -> go.Figure:
    """Titles (rows) by factors (columns), centred on zero, first row on top.

    A heatmap of Plotly reports no clicks, so every cell has an invisible marker, and every column a marker as its head:
    their ``customdata`` is (row, column), with row -1 for the head.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        In standard deviations of the column.
    hover : sequence of str
        A longer name of each column.
    sorted_by : int or None
        The column whose head is marked.
    """
    n_rows, n_columns = values.shape
    heat = go.Heatmap(
        z=np.clip(values, -LIMIT, LIMIT).round(2),
        x=list(range(n_columns)),
        y=list(range(n_rows)),
        zmin=-LIMIT,
        zmax=LIMIT,
        colorscale=DIVERGING,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={
            "title": {"text": "low end ↔ high end, standard deviations", "font": {"size": 12, "color": ink_colour()}},
            "orientation": "h",
            "thickness": 10,
            "y": -0.02,
            "yanchor": "top",
            "tickvals": [-2, 0, 2],
            "tickfont": {"color": ink_colour()},
        },
    )
    grid = [(row, column) for row in range(n_rows) for column in range(n_columns)]
    names = [plain(name, 80) for name in hover]
    titles = [plain(row, 60) for row in rows]
    cells = go.Scatter(
        x=[column for _, column in grid],
        y=[row for row, _ in grid],
        customdata=grid,
        text=[f"<b>{titles[row]}</b><br>{names[column]}<br>{values[row, column]:+.1f} standard deviations" for row, column in grid],
        hovertemplate="%{text}<extra></extra>",
        mode="markers",
        marker={"symbol": "square", "size": 18, "color": "rgba(0,0,0,0)"},
    )
    heads = go.Scatter(
        x=list(range(n_columns)),
        y=[-1] * n_columns,
        customdata=[(-1, column) for column in range(n_columns)],
        text=[f"F{column.split(' ')[0].lstrip('F')}" for column in columns],
        hovertext=[f"Sort by {name}" for name in names],
        hovertemplate="%{hovertext}<extra></extra>",
        mode="markers+text",
        textfont={"size": 11, "color": [("#17120d" if i == sorted_by else ink_colour()) for i in range(n_columns)]},
        marker={
            "symbol": "circle",
            "size": 27,
            "color": [ACCENT if i == sorted_by else "rgba(139,133,144,0.22)" for i in range(n_columns)],
            "line": {"width": 1, "color": NEUTRAL},
        },
    )
    figure = go.Figure([heat, cells, heads])
    for trace in figure.data[1:]:  # Plotly fades what is not selected: here a click is a command, not a selection
        trace.selected = {"marker": {"opacity": 1}}
        trace.unselected = (
            {"marker": {"opacity": 1}, "textfont": {"color": ink_colour()}} if trace is figure.data[2] else {"marker": {"opacity": 1}}
        )
    words = [plain(column.split(" ", 1)[1], 36) for column in columns]
    figure.update_xaxes(
        tickvals=list(range(n_columns)),
        ticktext=words,
        side="top",
        tickangle=-50,
        automargin=True,
        showgrid=False,
        fixedrange=True,
        zeroline=False,
    )
    figure.update_yaxes(
        tickvals=list(range(n_rows)),
        ticktext=titles,
        range=[n_rows - 0.5, -1.7],
        automargin=True,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_layout(dragmode=False, hovermode="closest", clickmode="event+select")
    return finish(figure, height=270 + 24 * n_rows, right=150)


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
        for a, b, colour, width in [(0, 4, "rgba(139,133,144,0.28)", 0.5), (1, 3, "rgba(139,133,144,0.55)", 0.5)]
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
    figure.update_yaxes(
        tickvals=rows,
        ticktext=[plain(text, 32) for text in low],
        range=[len(rows) - 0.4, -0.6],
        automargin=True,
        showgrid=False,
        fixedrange=True,
    )
    words_on_the_right(figure, high)
    return finish(figure, height=60 + 32 * len(rows), right=150)


def scatter_map(
    points: np.ndarray,
    groups: dict[str, tuple[np.ndarray, str]],
    hover: Sequence[str],
    found: np.ndarray,
    place: Place | None,
    words: tuple[str, str],
) -> go.Figure:
    """Titles as points by colour groups, drawn by the graphics card; the visitor with an ellipse.

    Parameters
    ----------
    points : ndarray of shape (n_items, 2)
    groups : mapping of name to (positions, colour)
    hover : sequence of str, one per title
    found : ndarray of int
        Positions to mark and name.
    place : where the visitor is, or None
    words : words for the horizontal and the vertical axis
    """
    figure = go.Figure()
    for name, (members, colour) in groups.items():
        figure.add_trace(
            go.Scattergl(
                x=points[members, 0].round(4),
                y=points[members, 1].round(4),
                customdata=members,
                text=[hover[i] for i in members],
                name=plain(name, 24),
                mode="markers",
                marker={"size": 6 if len(points) > 3000 else 8, "color": colour, "opacity": 0.8},
                hovertemplate="%{text}<extra></extra>",
                unselected={"marker": {"opacity": 0.15}},
            )
        )
    if len(found):
        figure.add_trace(
            go.Scatter(
                x=points[found, 0],
                y=points[found, 1],
                mode="markers+text",
                text=[hover[i].split("<br>")[0] for i in found],
                textposition="top center",
                textfont={"color": ink_colour(), "size": 12},
                marker={"size": 14, "color": "rgba(0,0,0,0)", "line": {"width": 2, "color": ink_colour()}},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    if place is not None:
        outline, you = place.outline(), place.centre
        figure.add_trace(
            go.Scatter(
                x=place.draws[:, 0],
                y=place.draws[:, 1],
                mode="markers",
                marker={"symbol": "star", "size": 8, "color": ACCENT, "opacity": 0.75},
                hoverinfo="skip",
                showlegend=False,
            )
        )
        figure.add_trace(
            go.Scatter(
                x=outline[:, 0],
                y=outline[:, 1],
                mode="lines",
                line={"color": ACCENT, "width": 2, "dash": "dot"},
                hoverinfo="skip",
                showlegend=False,
            )
        )
        figure.add_trace(
            go.Scatter(
                x=[you[0]],
                y=[you[1]],
                mode="markers+text",
                text=["You"],
                textposition="bottom center",
                textfont={"size": 14, "color": ink_colour()},
                marker={"symbol": "star", "size": 18, "color": ACCENT, "line": {"width": 1.5, "color": ink_colour()}},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    figure.update_xaxes(title=plain(words[0], 60), showgrid=False, zeroline=False, showticklabels=False)
    figure.update_yaxes(title=plain(words[1], 60), title_font_color=ink_colour(), showgrid=False, zeroline=False, showticklabels=False)
    finish(figure, height=640, right=10, left=30)
    figure.update_layout(
        showlegend=len(groups) > 1,
        legend={"orientation": "h", "y": -0.06, "yanchor": "top", "x": 0, "font": {"color": ink_colour()}, "itemsizing": "constant"},
        dragmode="pan",
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": ink_colour(), "activecolor": ABOVE},
        hovermode="closest",
        uirevision="map",
    )
    return figure


def matrix_heatmap(values: np.ndarray, rows: Sequence[str], columns: Sequence[str], *, errors: bool) -> go.Figure:
    """Stars (or errors in stars) of people by titles; an empty cell stays empty.

    Parameters
    ----------
    values : ndarray of shape (n_people, n_titles), NaN = nothing there
    """
    low, high = (-2.5, 2.5) if errors else (0.5, 5.0)
    text = np.where(np.isnan(values), "", np.char.mod("%+.1f" if errors else "%.1f", np.nan_to_num(values)))
    figure = go.Figure(
        go.Heatmap(
            z=values.round(2),
            x=list(range(len(columns))),
            y=list(range(len(rows))),
            zmin=low,
            zmax=high,
            colorscale=DIVERGING if errors else [[0.0, "#26323d"], [0.5, "#5f8f99"], [1.0, "#f3c875"]],
            text=text,
            texttemplate="%{text}",
            textfont={"size": 10},
            customdata=np.broadcast_to(np.array([plain(c, 60) for c in columns], dtype=object), values.shape),
            xgap=1,
            ygap=1,
            hovertemplate="%{customdata}<br>%{text}<extra></extra>",
            colorbar={
                "orientation": "h",
                "thickness": 10,
                "y": -0.03,
                "yanchor": "top",
                "tickfont": {"color": ink_colour()},
                "title": {"text": "expected minus given stars" if errors else "stars", "font": {"size": 12, "color": ink_colour()}},
            },
        )
    )
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=[plain(c, 30) for c in columns],
        side="top",
        tickangle=-50,
        automargin=True,
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[plain(r, 18) for r in rows],
        autorange="reversed",
        zeroline=False,
        automargin=True,
        showgrid=False,
        fixedrange=True,
    )
    return finish(figure, height=250 + 26 * len(rows), right=70)


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
