"""In the window "Why this?": what would become of this title and of the list if one rating were another."""

from __future__ import annotations

import math

import streamlit as st

from recsys_core import Engine, Visitor
from recsys_core.data.filters import Filters
from recsys_core.visitor.visitor import WITHOUT_RATINGS
from recsys_core.visitor.what_if import WhatIf, what_if
from ui.components import cards, markup
from ui.components.list_changes import entered_and_left, rated_titles
from ui.session import profile

N_LISTED = 12
"""Titles of the list whose change is shown."""
NOT_RATED = 0.0
ANSWERS = (NOT_RATED, 1.0, 2.0, 3.0, 4.0, 5.0)


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
        name = markup.plain(cards.title_of(engine, rated))
        st.caption(f"Calculated as if these were your ratings. {name} itself is on neither list: you have seen it.")


def change(engine: Engine, found: WhatIf, item_id: str) -> None:
    """A title's rank and stars before and after, and what enters and leaves the list."""
    shown = Filters.of(exclude=profile.unlisted())
    rank, stars, lists = found.rank(item_id, shown), found.stars(item_id), found.lists(N_LISTED, shown)
    ranks = ["–" if place is None else f"{place:,}" for place in rank]
    expected = ["–" if math.isnan(value) else f"{value:.1f}" for value in stars]
    cells = [
        (" → ".join(ranks), "rank of this title"),
        (" → ".join(expected), "stars expected for you"),
        (f"{lists.difference:.0%}", f"different: the first {len(lists.before)} titles"),
    ]
    parts = "".join(f'<div><span class="figure">{number}</span><div class="muted">{words}</div></div>' for number, words in cells)
    st.html(f'<div class="price" aria-live="polite">{parts}</div>{entered_and_left(engine, lists)}')
