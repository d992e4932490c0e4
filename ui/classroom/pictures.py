"""Pictures for a projector: the matrix as a mosaic, and figures with their intervals."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from recsys_core.evaluation.bootstrap import Interval
from recsys_core.factors import map_labels
from ui.components.charts import ABOVE, NEUTRAL, finish, ink_colour, plain, shorten
from ui.components.markup import in_html

TALL, HEAD, SIDE = 24, 150, 190
"""Units of a row, of the titles above and of the names beside the mosaic."""
SHAPE = 2.5
"""Width to height: what a projector has room for below the heading."""
LARGEST_WITH_NUMBERS = 26
"""People up to which the stars stand in their cells."""
EDGE, LETTERS, REACH = 0.08, 15, 9
"""Room around the outermost points as a share of the plane; size of names and their distance from the point, in pixels."""
PROJECTORS = ((700, 330), (950, 330), (1150, 330), (1500, 330))
"""Sizes of the plane in pixels at which names must not cover each other."""


def mosaic(R: np.ndarray, people: Sequence[str], titles: Sequence[str], alt: str) -> str:
    """The matrix as one picture: a row for each person, hatched where nothing was rated, deeper orange the more stars.

    Cells of equal stars are one path: a class of 100 people and 40 titles is sent in 60 kilobytes.
    """
    n, m = R.shape
    ink, height = ink_colour(), HEAD + TALL * n
    wide = max(TALL, round((SHAPE * height - SIDE - HEAD) / m))
    width = SIDE + wide * m + HEAD
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="Figtree, Arial, sans-serif" fill="{ink}">',
        '<pattern id="h" width="8" height="8" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">'
        '<rect width="2.4" height="8" fill="#8b8590"/></pattern>',
        f'<rect x="{SIDE}" y="{HEAD}" width="{wide * m}" height="{TALL * n}" fill="url(#h)" opacity="0.75"/>',
    ]
    for stars in np.unique(R[R > 0]):
        places = np.argwhere(np.isclose(R, stars))
        cells = "".join(f"M{SIDE + wide * c} {HEAD + TALL * r}h{wide - 1}v{TALL - 1}h-{wide - 1}z" for r, c in places)
        parts.append(f'<path d="{cells}" fill="{_shade(float(stars))}"/>')
    if n <= LARGEST_WITH_NUMBERS:
        for r, c in np.argwhere(R > 0):
            x, y, dark = SIDE + wide * c + wide / 2, HEAD + TALL * (r + 0.72), R[r, c] >= 4
            parts.append(
                f'<text x="{x:g}" y="{y:g}" font-size="17" text-anchor="middle" fill="{"#fff" if dark else "#17120d"}">{R[r, c]:g}</text>'
            )
    for r, name in enumerate(people):
        at = f'x="{SIDE - 6}" y="{HEAD + TALL * (r + 0.75):g}" font-size="{0.78 * TALL:g}"'
        parts.append(f'<text {at} text-anchor="end">{in_html(shorten(name, 20))}</text>')
    for c, title in enumerate(titles):
        at = f'transform="translate({SIDE + wide * (c + 0.6):g} {HEAD - 6}) rotate(-45)"'
        parts.append(f'<text font-size="{min(22, 0.5 * wide):g}" {at}>{in_html(shorten(title, 20))}</text>')
    picture = b64encode("".join([*parts, "</svg>"]).encode()).decode()
    return f'<img class="mosaic" alt="{in_html(alt)}" src="data:image/svg+xml;base64,{picture}">'


def names_apart(figure: go.Figure, points: np.ndarray, names: Sequence[str], first: Sequence[int]) -> None:
    """Name points (n, 2) of a scatter as far as there is room, those in ``first`` before the others; a pointer finds every name."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = EDGE * np.maximum(high - low, 1e-9)
    low, high = low - room, high + room
    shares = (points - low) / (high - low)
    labels = [map_labels.Label(names[at], float(shares[at, 0]), float(shares[at, 1]), LETTERS, REACH) for at in first if names[at]]
    where = [at for at in first if names[at]]
    placed = {where[spot.label]: spot.side for spot in map_labels.place(labels, len(labels), PROJECTORS, ())}
    figure.update_traces(
        text=[plain(name) if at in placed else "" for at, name in enumerate(names)],
        textposition=[placed.get(at, "top center") for at in range(len(names))],
        hovertext=[plain(name) for name in names],
        hovertemplate="%{hovertext}: %{x:.2f}, %{y:.2f}<extra></extra>",
    )
    figure.update_xaxes(range=[low[0], high[0]])
    figure.update_yaxes(range=[low[1], high[1]])


def _shade(stars: float) -> str:
    """From pale to deep orange, as the heatmaps of the lessons."""
    pale, deep = np.array([248, 226, 200]), np.array([150, 66, 8])
    mix = pale + (deep - pale) * (stars - 0.5) / 4.5
    return "#" + "".join(f"{round(value):02x}" for value in mix)


def intervals(figures: Mapping[str, Interval], *, unit: str = "", digits: int = 2, strong: Sequence[str] = ()) -> go.Figure:
    """A point with its interval for each name, and its number beside it; NaN says so."""
    names = list(figures)
    known = [found if np.isfinite(found.value) else Interval(0.0, 0.0, 0.0) for found in figures.values()]
    values = [found.value for found in known]
    figure = go.Figure(
        go.Scatter(
            x=values,
            y=list(range(len(names))),
            mode="markers+text",
            marker={"size": 15, "color": [ABOVE if name in strong else NEUTRAL for name in names]},
            error_x={
                "type": "data",
                "array": [found.high - found.value for found in known],
                "arrayminus": [found.value - found.low for found in known],
                "thickness": 3,
                "width": 8,
                "color": ink_colour(),
            },
            text=[f"{f.value:.{digits}f} {unit}".strip() if np.isfinite(f.value) else "cannot say" for f in figures.values()],
            textposition="top center",
            textfont={"color": ink_colour(), "size": 17},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )
    low, high = min([0.0, *(found.low for found in known)]), max([0.1, *(found.high for found in known)])
    figure.update_xaxes(range=[low - 0.04 * (high - low), high + 0.06 * (high - low)], fixedrange=True, zeroline=True)
    words = [f"<b>{plain(name)}</b>" if name in strong else plain(name) for name in names]
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=words, range=[len(names) - 0.4, -0.8], automargin=True, showgrid=False, fixedrange=True
    )
    finish(figure, height=50 + 62 * len(names), right=20, top=10, bottom=30)
    figure.update_yaxes(tickfont_size=18)
    return figure
