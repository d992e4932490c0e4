"""Figures of the page "Compare": lines between two lists, models as points, values with intervals."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from recsys_core.visitor.compare import Comparison
from ui.components import markup
from ui.components.charts import ABOVE, BELOW, NEUTRAL, finish, ink_colour, plain

LABEL_WIDTH = 17
"""Letters in a line of a title beside the lines: two such lines fit on a phone."""
ROW = 42


def two_lines(text: str, width: int = LABEL_WIDTH) -> str:
    """A title in at most two short lines, as Plotly shows it."""
    first, *rest = textwrap.wrap(text, width) or [""]
    lines = [first, plain(" ".join(rest), width)] if rest else [first]
    return "<br>".join([markup.in_chart(first), *lines[1:]])


def slope_chart(compared: Comparison, titles: Mapping[str, str], names: tuple[str, str]) -> go.Figure:
    """Two lists with a line for each title in both; beside a title that is only in one, its rank in the other order.

    Parameters
    ----------
    titles : mapping of item id to title
    names : what the left and the right list are called
    """
    rows = max(len(compared.left.item_ids), len(compared.right.item_ids))
    ranks = {shift.item_id: (shift.left, shift.right) for shift in compared.shifts}
    figure = go.Figure()
    for shift in compared.shifts:
        if shift.item_id in compared.left.item_ids and shift.item_id in compared.right.item_ids:
            colour = NEUTRAL if shift.left == shift.right else ABOVE if (shift.right or 0) < (shift.left or 0) else BELOW
            figure.add_scatter(x=[0, 1], y=shift[1:], mode="lines", line={"color": colour, "width": 3}, hoverinfo="skip")
    labels = [_beside(f"<b>{markup.in_chart(name)}</b>", x, 0.1, 14, shift=-12) for x, name in enumerate(names)]
    for x, side in enumerate((compared.left, compared.right)):
        other = (compared.right, compared.left)[x].item_ids
        places = list(range(1, len(side.item_ids) + 1))
        figure.add_scatter(
            x=[x] * len(places),
            y=places,
            mode="markers+text",
            marker={"size": 22, "color": "#6d6572"},
            text=[str(rank) for rank in places],
            textfont={"color": "#ffffff", "size": 12},
            customdata=[f"{plain(titles[item_id], 80)}<br>{_there(ranks[item_id][1 - x], names[1 - x])}" for item_id in side.item_ids],
            hovertemplate="%{customdata}<extra></extra>",
        )
        for rank, item_id in zip(places, side.item_ids, strict=True):
            labels.append(_beside(two_lines(titles[item_id]), x, rank))
            if item_id not in other:
                there = ranks[item_id][1 - x]
                arrow = f"{there:,}" if there else "–"
                labels.append(_beside(f"→ {arrow}" if x == 0 else f"{arrow} ←", 1 - x, rank, 11, at=x))
    figure.update_layout(annotations=labels)
    figure.update_xaxes(range=[-0.13, 1.13], visible=False, fixedrange=True)
    figure.update_yaxes(range=[rows + 0.6, -0.3], visible=False, fixedrange=True)
    return finish(figure, height=50 + ROW * (rows + 1), left=112, right=112, top=0, bottom=0)


def _there(rank: int | None, name: str) -> str:
    return f"{markup.in_chart(name)}: {f'{rank:,}' if rank else 'cannot be ranked'}"


def _beside(text: str, x: int, y: float, size: int = 12, *, at: int | None = None, shift: int = 16) -> dict[str, object]:
    """Words on the outer side of a list, or with ``at`` on the inner side of that list."""
    return {
        "text": text,
        "x": x if at is None else at,
        "y": y,
        "xanchor": ("right", "left")[x],
        "align": ("right", "left")[x],
        "xshift": (-1, 1)[x] * shift,
        "showarrow": False,
        "font": {"size": size},
    }


class Point(NamedTuple):
    """A model by its error of stars and the quality of its lists, each as (value, low, high)."""

    name: str
    error: tuple[float, float, float]
    quality: tuple[float, float, float]
    colour: str = NEUTRAL


def scatter_chart(points: Sequence[Point]) -> go.Figure:
    """Models by RMSE (across) and NDCG (up), with their intervals; numbers stand for names, which a table gives."""
    figure = go.Figure()
    for number, point in enumerate(points, start=1):
        (x, left, right), (y, low, high) = point.error, point.quality
        figure.add_scatter(
            x=[x],
            y=[y],
            mode="markers+text",
            marker={"size": 24, "color": point.colour},
            text=[str(number)],
            textfont={"color": "#17120d", "size": 13},
            error_x={"type": "data", "symmetric": False, "array": [right - x], "arrayminus": [x - left], "thickness": 1, "width": 0},
            error_y={"type": "data", "symmetric": False, "array": [high - y], "arrayminus": [y - low], "thickness": 1, "width": 0},
            customdata=[plain(point.name, 60)],
            hovertemplate="%{customdata}<br>RMSE %{x:.3f}, NDCG@10 %{y:.3f}<extra></extra>",
        )
    figure.update_xaxes(title="RMSE in stars (left is better)", fixedrange=True, nticks=6, zeroline=False)
    figure.update_yaxes(title="NDCG@10 (up is better)", fixedrange=True, rangemode="tozero", title_font_color=ink_colour())
    return finish(figure, height=420, right=20, left=60)


def interval_chart(rows: Sequence[tuple[str, float, float, float]], title: str, marks: Mapping[str, float], digits: int = 3) -> go.Figure:
    """One line per model: a point with its interval and its number; ``marks`` are upright lines to measure by.

    Parameters
    ----------
    rows : sequence of (name, value, low, high), top first
    title : what is measured, for the axis
    """
    values = [row[1] for row in rows]
    figure = go.Figure(
        go.Scatter(
            x=values,
            y=list(range(len(rows))),
            mode="markers",
            marker={"size": 11, "color": ABOVE},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [high - value for _, value, _, high in rows],
                "arrayminus": [value - low for _, value, low, _ in rows],
                "thickness": 2,
                "width": 5,
                "color": NEUTRAL,
            },
            hoverinfo="skip",
        )
    )
    names = [f"{_breakable(name)}  <b>{value:.{digits}f}</b>" for name, value, *_ in rows]
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=names, autorange="reversed", automargin=True, fixedrange=True)
    ends = [end for row in rows for end in row[2:]] + list(marks.values())
    room = 0.06 * (max(ends) - min(ends)) or 0.1
    figure.update_xaxes(title=title, range=[min(ends) - room, max(ends) + room], fixedrange=True, nticks=6, zeroline=False)
    for text, value in marks.items():  # words on the inner side of their line
        side = "left" if value <= min(values) else "right"
        figure.add_vline(x=value, line={"color": BELOW, "dash": "dash", "width": 2})
        figure.add_annotation(
            x=value, y=1.0, yref="paper", xanchor=side, yanchor="bottom", text=plain(text), showarrow=False, font={"size": 12}
        )
    return finish(figure, height=110 + 34 * len(rows), right=30)


def _breakable(name: str) -> str:
    return "<br>".join(markup.in_chart(line) for line in textwrap.wrap(name, 20))
