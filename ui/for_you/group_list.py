"""The group's list: what each would think of a title, who gives way, and how the order adds up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.visitor.group import GroupLine
from ui.components import cards, markup, tables

_CARD = 165
LEAST = 0.05
"""Stars: less is shown as nothing."""
_CSS = Path(__file__).with_name("together.css")


def show(engine: Engine, lines: Sequence[GroupLine]) -> None:
    """The list as cards."""
    st.html(_CSS)
    with st.grid("auto", min_column_width=_CARD, gap=("medium", "small"), key="together_list"):
        for line in lines:
            with st.container(gap="xsmall"):
                st.html(_card(engine, line))


def _card(engine: Engine, line: GroupLine) -> str:
    each = "".join(f'<dt>{markup.in_html(name)}</dt><dd class="stars">{cards.stars_text(stars)}</dd>' for name, stars in line.stars.items())
    notes = [f"{line.turn} chose" if line.turn else "", f"{line.gives_way} gives way" if line.gives_way else ""]
    note = " · ".join(markup.in_html(text) for text in notes if text)
    return (
        f'{cards.opener(engine, line.item_id)}<div class="facts together" data-item="{markup.in_html(line.item_id)}">'
        f'<div class="name"><span class="rank">{line.rank:d}</span> {markup.in_html(cards.title_of(engine, line.item_id))}</div>'
        f'<div class="muted">{markup.in_html(cards.facts(engine, line.item_id))}</div><dl>{each}</dl>'
        f'<div class="reason">{note}</div></div>'
    )


def costs(given_up: dict[str, float]) -> str:
    """What each person gives up, in stars, as Markdown; empty where nothing is known.

    >>> costs({"Ann": 0.42, "Ben": -0.1})
    'What each gives up per title, compared with a list of their own: **Ann** 0.4 ★, **Ben** nothing.'
    """
    parts = []
    for name, lost in given_up.items():
        if not math.isnan(lost):
            amount = f"{lost:.1f} ★" if lost >= LEAST else "nothing"
            parts.append(f"**{markup.plain(name)}** {amount}")
    return f"What each gives up per title, compared with a list of their own: {', '.join(parts)}." if parts else ""


def arithmetic(engine: Engine, lines: Sequence[GroupLine]) -> None:
    """How the order adds up, as a table: one column for each person."""
    rows = [
        {"Title": cards.title_of(engine, line.item_id)}
        | {markup.clean(name): f"{part:+.2f}" for name, part in line.parts.items()}
        | {"Sum": f"{line.score:+.2f}"}
        for line in lines
    ]
    tables.show(pd.DataFrame(rows), fitting=True)
