"""What if you had rated differently: one title in the window "Why this?", and all ratings on the page "For you"."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from recsys_core import Engine, Visitor
from recsys_core.data.filters import Filters
from recsys_core.visitor.influence import Influence, influences
from recsys_core.visitor.visitor import WITHOUT_RATINGS
from recsys_core.visitor.what_if import ListChange, WhatIf, what_if
from ui.components import cards, charts
from ui.session import profile

if TYPE_CHECKING:
    from ui.for_you.page import Wanted

N_LISTED = 12
"""Titles of the list whose change is shown in the window."""
MOST_BARS = 12
FEWEST_TRIED, MOST_SCORES = 50, 4_000_000
"""So many ratings are tried in any case, and as many as need so many scores: a few seconds of work at most."""
NOT_RATED = 0.0
ANSWERS = (NOT_RATED, 1.0, 2.0, 3.0, 4.0, 5.0)
HOW = (
    "A bar says how different the list would be without that rating: 0% is the same list, 100% one with no title in common. Changes at the "
    "top count more. (It is 1 minus the rank-biased overlap of both lists, Webber, Moffat & Zobel 2010, p = 0.9.)"
)


def section(engine: Engine, visitor: Visitor, item_id: str, model: str) -> None:
    """Change one rating and see what becomes of this title and of the list. Computed only while it is open."""
    if visitor.answering(model) == WITHOUT_RATINGS:
        return  # no rating counts there
    box = st.expander("What if you had rated differently?", key="what_if_open", on_change="rerun", icon=":material/alt_route:")
    if not box.open:
        return
    with box:
        amounts = visitor.explain(item_id, model).contributions
        labels = rated_titles(engine, sorted(amounts, key=lambda other: -abs(amounts[other])))
        rated = st.selectbox(
            "One of your ratings, the weightiest for this title first",
            list(labels),
            format_func=labels.__getitem__,
            key=f"what_if_rated_{item_id}",
            filter_mode=None,
        )
        given = profile.ratings()[rated]
        stars = st.segmented_control(
            "As if your stars were",
            [answer for answer in ANSWERS if answer != given],
            default=NOT_RATED,
            required=True,
            format_func=lambda answer: f"{answer:g}" if answer else "None",
            key=f"what_if_stars_{item_id}_{rated}",
        )
        found = what_if(visitor, changed={rated: stars}, model=model) if stars else what_if(visitor, without=rated, model=model)
        change(engine, found, item_id)
        if not stars and len(visitor.profile) == 1:
            st.caption("It is your only rating: without it you would get what everybody gets.")
        st.caption(f"Worked out as if you had come with these ratings. {_name(engine, rated)} itself is on neither list: you have seen it.")


def change(engine: Engine, found: WhatIf, item_id: str) -> None:
    """A title's rank and stars before and after, and what enters and leaves the list."""
    hidden = profile.marked("hidden")
    rank, stars, lists = (
        found.rank(item_id, Filters.of(exclude=hidden)),
        found.stars(item_id),
        found.lists(N_LISTED, Filters.of(exclude=hidden)),
    )
    before, after = ("–" if place is None else f"{place:,}" for place in rank)
    cells = [
        (f"{before} → {after}", "rank of this title"),
        (" → ".join("–" if math.isnan(value) else f"{value:.1f}" for value in stars), "stars expected for you"),
        (f"{lists.difference:.0%}", f"different: the first {len(lists.before)} titles"),
    ]
    parts = "".join(f'<div><span class="figure">{number}</span><div class="muted">{words}</div></div>' for number, words in cells)
    st.html(f'<div class="price" aria-live="polite">{parts}</div>{entered_and_left(engine, lists)}')


def entered_and_left(engine: Engine, lists: ListChange) -> str:
    """What only one of two lists has, as HTML."""
    n = len(lists.before)
    if not lists.entered and not lists.left:
        return f"<p>The first {n} titles stay the same{'' if lists.before == lists.after else ', in another order'}.</p>"
    sides = (("Would enter", lists.entered), ("Would leave", lists.left))
    lines = (f"<b>{words}:</b> {html.escape(', '.join(cards.title_of(engine, item_id) for item_id in ids))}" for words, ids in sides if ids)
    return f"<p>{'<br>'.join(lines)}</p>"


@st.fragment
def shaped_list(engine: Engine, visitor: Visitor, wanted: Wanted) -> None:
    """Which ratings shaped the list most, and the list without one of them. Computed only while it is open."""
    if not len(visitor.profile):
        return
    box = st.expander("Which of your ratings shaped this list?", key="shaped_open", on_change="rerun", icon=":material/tune:")
    if not box.open:
        return
    with box:
        hidden = profile.marked("hidden")
        allowed = visitor.candidates(Filters.of(wanted.kind, wanted.genres, wanted.years, hidden))
        at_most = max(FEWEST_TRIED, MOST_SCORES // engine.dataset.n_items)
        with st.spinner("Leaving out one rating after the other…"):
            found = influences(visitor, wanted.n, wanted.model, allowed, at_most)
        if not found[0].amount:
            st.info("None: take away any one of your ratings, and this list stays as it is.", icon=":material/balance:")
            return
        labels = rated_titles(engine, [influence.item_id for influence in found])
        bars, numbers = st.tabs(["Bars", "Table"])
        with bars:
            longest = list(labels.values())[:MOST_BARS]
            alt = f"Bars: how different the list would be without each rating; most without {longest[0]}, {found[0].amount:.0%}"
            st.plotly_chart(influence_bars(found[:MOST_BARS], longest), config=charts.CONFIG, key="shaped_bars", alt=alt)
        with numbers:
            st.dataframe(table(engine, found, labels), hide_index=True)
        rest = len(found) - MOST_BARS
        st.caption(HOW + (f" Shown are the {MOST_BARS} longest; the table has the other {rest} too." if rest > 0 else ""))
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


def rated_titles(engine: Engine, item_ids: Sequence[str]) -> dict[str, str]:
    """Titles with the visitor's stars as plain text, Breaking Bad ★5, in the given order; where two are called alike, with their facts."""
    stars, names = profile.ratings(), {item_id: cards.title_of(engine, item_id) for item_id in item_ids}
    alike = {name for name, count in Counter(names.values()).items() if count > 1}
    return {
        item_id: f"{name} ({cards.facts(engine, item_id)}) ★{stars[item_id]:g}" if name in alike else f"{name} ★{stars[item_id]:g}"
        for item_id, name in names.items()
    }


def _name(engine: Engine, item_id: str) -> str:
    """A title for a place that reads Markdown."""
    return cards.plain_markdown(cards.title_of(engine, item_id))
