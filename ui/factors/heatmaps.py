"""Figures of the page Factors: titles by factors, and people by titles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ui.components.charts import ACCENT, DIVERGING, NEUTRAL, finish, ink_colour, plain

LIMIT = 2.5
"""Standard deviations at which the colours end."""
HEAD = -1
"""The row that a click on the head of a column reports."""


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
        y=[HEAD] * n_columns,
        customdata=[(HEAD, column) for column in range(n_columns)],
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
