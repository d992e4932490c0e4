"""Figures of the page Factors: titles by factors, and people by titles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ui.components.charts import ACCENT, DIVERGING, NEUTRAL, finish, ink_colour, plain

ROW, MATRIX_ROW = 22, 24
"""Pixels of a row."""
TOP, BOTTOM, LEFT, MATRIX_LEFT = 150, 70, 235, 120
"""Margins in pixels, fixed, so that names that stay in sight can stand over them (:mod:`ui.factors.row_names`)."""
ABOVE_ROWS = 1.3
"""Rows that the heads of the columns take."""
LONGEST_HEAD = 28
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
        marker={"symbol": "square", "size": 20, "color": "rgba(0,0,0,0)"},
    )
    heads = go.Scatter(
        x=list(range(n_columns)),
        y=[HEAD - 0.15] * n_columns,
        customdata=[(HEAD, column) for column in range(n_columns)],
        text=[f"F{column.split(' ')[0].lstrip('F')}" for column in columns],
        hovertext=[f"Sort by {name}" for name in names],
        hovertemplate="%{hovertext}<extra></extra>",
        mode="markers+text",
        textfont={"size": 11, "color": [("#17120d" if i == sorted_by else ink_colour()) for i in range(n_columns)]},
        marker={
            "symbol": "circle",
            "size": 23,
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
    words = [plain(column.split(" ", 1)[1], LONGEST_HEAD) for column in columns]
    figure.update_xaxes(
        tickvals=list(range(n_columns)),
        ticktext=words,
        side="top",
        tickangle=-50,
        showgrid=False,
        fixedrange=True,
        zeroline=False,
    )
    figure.update_yaxes(
        tickvals=list(range(n_rows)),
        ticktext=titles,
        range=[n_rows - 0.5, -0.5 - ABOVE_ROWS],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_layout(dragmode=False, hovermode="closest", clickmode="event+select")
    height = TOP + BOTTOM + round(ROW * (n_rows + ABOVE_ROWS))
    figure.update_layout(margin_autoexpand=False)
    return finish(figure, height=height, right=110, left=LEFT, top=TOP, bottom=BOTTOM)


GIVEN = [(0.0, "#8fb0cb"), (0.5, "#e4e0d4"), (1.0, "#f3b94e")]
ERRORS = [(0.0, "#6fa0dc"), (0.5, "#efeae4"), (1.0, "#e08a4a")]
"""Light colours, on which dark figures can be read."""
FILLED_IN = 0.3
"""How much is left of a colour where the model has filled in a cell; the rest is the page's ground."""


def matrix_heatmap(
    values: np.ndarray, rows: Sequence[str], columns: Sequence[str], *, errors: bool = False, filled_in: np.ndarray | None = None
) -> go.Figure:
    """Stars (or errors in stars) of people by titles; an empty cell stays empty.

    Parameters
    ----------
    values : ndarray of shape (n_people, n_titles), NaN = nothing there
    filled_in : ndarray of bool of that shape, or None
        Cells that nobody gave: pale and in italics.
    """
    low, high = (-2.5, 2.5) if errors else (0.5, 5.0)
    pale = np.zeros(values.shape, bool) if filled_in is None else filled_in
    names = np.broadcast_to(np.array([plain(c, 60) for c in columns], dtype=object), values.shape)
    look = {"x": list(range(len(columns))), "y": list(range(len(rows))), "zmin": low, "zmax": high, "xgap": 1, "ygap": 1}
    figure = go.Figure(
        go.Heatmap(
            z=np.where(pale, np.nan, values).round(2),
            colorscale=ERRORS if errors else GIVEN,
            text=figures(np.where(pale, np.nan, values), signed=errors),
            texttemplate="%{text}",
            textfont={"size": 11, "color": "#17120d"},
            customdata=names,
            hovertemplate="%{customdata}<br>%{text}<extra></extra>",
            colorbar={
                "orientation": "h",
                "thickness": 10,
                "y": -0.03,
                "yanchor": "top",
                "tickfont": {"color": ink_colour()},
                "title": {"text": "expected minus given stars" if errors else "stars", "font": {"size": 12, "color": ink_colour()}},
            },
            **look,
        )
    )
    if pale.any():
        guessed = np.where(pale, values, np.nan)
        figure.add_trace(
            go.Heatmap(
                z=guessed.round(2),
                colorscale=[(at, _faded(colour)) for at, colour in GIVEN],
                text=figures(guessed),
                texttemplate="<i>%{text}</i>",
                textfont={"size": 11, "color": ink_colour()},
                customdata=names,
                hovertemplate="%{customdata}<br>%{text}, filled in<extra></extra>",
                showscale=False,
                **look,
            )
        )
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=[plain(c, LONGEST_HEAD) for c in columns],
        side="top",
        tickangle=-50,
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[plain(r, 18) for r in rows],
        range=[len(rows) - 0.5, -0.5],
        zeroline=False,
        showgrid=False,
        fixedrange=True,
    )
    height = TOP + BOTTOM + MATRIX_ROW * len(rows)
    figure.update_layout(margin_autoexpand=False)
    return finish(figure, height=height, right=110, left=MATRIX_LEFT, top=TOP, bottom=BOTTOM)


def figures(values: np.ndarray, *, signed: bool = False) -> np.ndarray:
    """Numbers with one digit, empty where there is none; what rounds to nothing has no sign.

    >>> figures(np.array([3.96, np.nan])).tolist(), figures(np.array([-0.04, 0.26]), signed=True).tolist()
    (['4.0', ''], ['0.0', '+0.3'])
    """
    rounded = np.nan_to_num(values).round(1)
    text = np.where(rounded == 0, "0.0", np.char.mod("%+.1f" if signed else "%.1f", rounded))
    return np.where(np.isnan(values), "", text)


def _faded(colour: str) -> str:
    """A colour (``#rrggbb``) with most of it taken away, over the ground of the page."""
    ground = "#fbf8f3" if st.context.theme.type == "light" else "#131116"
    mixed = (FILLED_IN * int(colour[i : i + 2], 16) + (1 - FILLED_IN) * int(ground[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part):02x}" for part in mixed)
