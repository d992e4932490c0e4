"""The taste map as a figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from recsys_core.factors.taste_map import Place
from ui.components.charts import ABOVE, ACCENT, finish, ink_colour, plain
from ui.factors import map_names


def scatter_map(
    points: np.ndarray,
    groups: dict[str, tuple[np.ndarray, str]],
    hover: Sequence[str],
    named: list[map_names.Name],
    place: Place | None,
    words: tuple[str, str],
) -> go.Figure:
    """Titles as points by colour groups, drawn by the graphics card; names, and the visitor with an ellipse, as SVG.

    Parameters
    ----------
    points : ndarray of shape (n_items, 2)
    groups : mapping of name to (positions, colour)
    hover : sequence of str, one per title
    named : list of Name
        What is named on it.
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
    if place is not None:
        outline = place.outline()
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
    map_names.add(figure, named)
    low, high = map_names.frame(points, np.concatenate([members for members, _ in groups.values()]))
    figure.update_xaxes(range=[low[0], high[0]])
    figure.update_yaxes(range=[low[1], high[1]])
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
