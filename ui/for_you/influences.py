"""Which ratings shaped the list on the page "For you", and the list without one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine, Visitor
from recsys_core.visitor.influence import Influence, influences
from ui.components import cards, charts, markup, tables
from ui.components.list_changes import entered_and_left, rated_titles
from ui.components.list_request import ListRequest
from ui.server.turns import in_turn

MOST_BARS = 12
FEWEST_TRIED, MOST_SCORES = 50, 4_000_000
"""So many ratings are tried in any case, and as many as need so many scores: a few seconds of work at most."""

HOW = (
    "A bar says how different the list would be without that rating: 0% is the same list, 100% one with no title in common. Changes at the "
    "top count more. (It is 1 minus the rank-biased overlap of both lists, Webber, Moffat & Zobel 2010, p = 0.9.)"
)


@st.fragment
@in_turn
def shaped_list(engine: Engine, visitor: Visitor, request: ListRequest) -> None:
    """Which ratings shaped the list most, and the list without one of them. Computed only while it is open."""
    if not len(visitor.profile):
        return
    box = st.expander("Which of your ratings shaped this list?", key="shaped_open", on_change="rerun", icon=":material/tune:")
    if not box.open:
        return
    with box:
        allowed = visitor.candidates(request.filters)
        at_most = max(FEWEST_TRIED, MOST_SCORES // engine.dataset.n_items)
        with st.spinner("Leaving out one rating after the other…"):
            found = influences(visitor, request.n, request.model, allowed, at_most)
        if not found[0].amount:
            st.info("None: take away any one of your ratings, and this list stays as it is.", icon=":material/balance:")
            return
        labels = rated_titles(engine, [influence.item_id for influence in found])
        bars, numbers = st.tabs(["Bars", "Table"])
        with bars:
            longest = list(labels.values())[:MOST_BARS]
            alt = f"Bars: how different the list would be without each rating; most without {longest[0]}, {found[0].amount:.0%}"
            charts.show(influence_bars(found[:MOST_BARS], longest), config=charts.CONFIG, key="shaped_bars", alt=alt)
        with numbers:
            tables.show(table(engine, found, labels))
        st.caption(HOW)
        if len(found) > MOST_BARS:
            st.caption(f"Shown are the {MOST_BARS} longest; the table has the other {len(found) - MOST_BARS} too.")
        if len(found) < len(visitor.profile):
            st.caption(f"Tried were the {len(found)} of your {len(visitor.profile):,} ratings that weigh most in this list.")
        chosen = st.selectbox(
            "See the list without",
            list(labels),
            format_func=labels.__getitem__,
            key="shaped_without",
            filter_mode=None,
            width=420,
        )
        without(engine, next(influence for influence in found if influence.item_id == chosen))


def without(engine: Engine, influence: Influence) -> None:
    """The list as it would be without one rating, each title with its present rank."""
    before = {item_id: rank for rank, item_id in enumerate(influence.lists.before, 1)}
    captions = [
        f"{rank} · new" if item_id not in before else f"{rank} · as now" if before[item_id] == rank else f"{rank} · now {before[item_id]}"
        for rank, item_id in enumerate(influence.lists.after, 1)
    ]
    cards.poster_row(engine, influence.lists.after, captions)
    st.html(entered_and_left(engine, influence.lists))
    st.caption(
        f"The list in plain order as if you had seen {_name(engine, influence.item_id)} without rating it. Under each title: "
        "its rank there, and its rank now."
    )


def influence_bars(found: Sequence[Influence], labels: Sequence[str]) -> go.Figure:
    """One bar for each rating, the longest on top.

    Parameters
    ----------
    labels : sequence of str
        The rated titles, as many as ``found``.
    """
    rows = list(range(len(found)))
    amounts = [100.0 * influence.amount for influence in found]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=amounts,
            y=rows,
            marker_color=charts.ABOVE,
            text=[f"{amount:.0f}%" for amount in amounts],
            textposition="outside",
            textfont_color=charts.ink_colour(),
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_yaxes(tickvals=rows, ticktext=[charts.plain(label) for label in labels], autorange="reversed", automargin=True)
    figure.update_xaxes(title="how different the list would be, %", range=[0, max(amounts) * 1.12], zeroline=True)
    return charts.finish(figure, height=90 + 30 * len(found), right=50)


def table(engine: Engine, found: Sequence[Influence], labels: Mapping[str, str]) -> pd.DataFrame:
    """The bars in numbers, all of them, with what enters and leaves."""
    rows = [
        (
            labels[influence.item_id],
            round(100 * influence.amount, 1),
            ", ".join(cards.title_of(engine, item_id) for item_id in influence.lists.entered),
            ", ".join(cards.title_of(engine, item_id) for item_id in influence.lists.left),
        )
        for influence in found
    ]
    return pd.DataFrame(rows, columns=["Without", "Different, %", "Would enter", "Would leave"])


def _name(engine: Engine, item_id: str) -> str:
    """A title for a place that reads Markdown."""
    return markup.plain(cards.title_of(engine, item_id))
