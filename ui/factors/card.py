"""The card of one factor: its words, stability and ends, the visitor's place and own name for it, and two buttons to steer."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.factors.view import FactorView
from recsys_core.storage.store import LONGEST_NAME
from recsys_core.visitor.on_map import visitor_factors
from recsys_core.visitor.steering import factor_name
from ui.components import cards, factor_names, markup, tables
from ui.components.announcer import announce
from ui.factors.agreement import closest_axis
from ui.factors.heatmap import captions, ends_row
from ui.session import keys, profile, steering

STEP = 1.0


def show(engine: Engine, view: FactorView, factor: int) -> None:
    """The card."""
    with st.container(border=True, key="factor_card"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.header(markup.plain(factor_names.full(view, factor)), anchor=False)
            factor_names.badge(view, factor)
        _facts(engine, view, factor)
        low_ids, high_ids = ends_row(engine, view, factor)
        for side, ids, words, sign in (
            ("High end", high_ids, factor_names.ends(view, factor)[1], 1.0),
            ("Low end", low_ids, factor_names.ends(view, factor)[0], -1.0),
        ):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.subheader(f"{side}: {markup.plain(words)}", anchor=False)
                st.button(
                    "More of this",
                    key=f"_more_{factor}_{sign:+.0f}",
                    icon=":material/add:",
                    on_click=_more,
                    args=(factor, sign),
                    help="Pulls your lists towards this end by one step. The view Steer shows and changes all pulls.",
                )
            cards.poster_row(engine, ids, captions(engine, view, ids, factor))
        pull = steering.pulls().get(factor_name(factor), 0.0)
        announce(f"Your lists are pulled by {pull:+g} along {factor_names.full(view, factor)}" if pull else "", "_card")
        if pull:
            end = factor_names.ends(view, factor)[1 if pull > 0 else 0]
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"Your lists are pulled towards **{markup.plain(end)}** by {abs(pull):g}.")
                st.button("Let go", key=f"_let_go_{factor}", type="tertiary", on_click=steering.steer, args=(factor_name(factor), 0.0))
        _name(view, factor)
        with st.expander("How these words were found"):
            _words(view, factor)


def _more(factor: int, sign: float) -> None:
    steering.step(factor_name(factor), sign * STEP)


def _facts(engine: Engine, view: FactorView, factor: int) -> None:
    """Your percentile, and on simulated data the true axis that comes closest."""
    visitor = profile.visitor()
    if len(visitor.profile):
        side, beyond = view.standing(visitor_factors(visitor), factor)
        end = factor_names.ends(view, factor)[side]
        st.markdown(f"You lean further towards **{markup.plain(end)}** than {beyond:.0f} % of the audience.")
    else:
        st.markdown("Rate a title and your place on this factor appears here.")
    if engine.dataset.simulated and (found := closest_axis(engine, factor)):
        axis, correlation = found
        st.caption(
            "The audience is simulated, so the truth is known: "
            f"of its true taste axes, “{markup.plain(axis)}” is closest (correlation {correlation:.2f})."
        )


def _name(view: FactorView, factor: int) -> None:
    key = factor_names.identity(view, factor)
    widget = f"_name_{factor}"
    keys.show(widget, profile.factor_names().get(key, ""))
    st.text_input(
        "Your own name for it",
        key=widget,
        max_chars=LONGEST_NAME,
        placeholder="What would you call it?",
        on_change=_named,
        args=(key, widget),
        help="Kept with your ratings. Empty it to have the found words back.",
    )
    if not view.stable[factor]:
        st.caption("Other people in the audience would have given another factor here: a name would not mean much.")


def _named(key: str, widget: str) -> None:
    profile.name_factor(key, st.session_state[widget])
    keys.FACTOR_CHOSEN.set(keys.FACTOR_CHOSEN.get())  # sent anew: the browser would go on to send the choice by its former name


def _words(view: FactorView, factor: int) -> None:
    rows = [
        (side, word.text, word.n_titles, round(word.effect, 2), round(word.z, 1))
        for side, words in (("high", view.ends[factor].high), ("low", view.ends[factor].low))
        for word in words
    ]
    if not rows:
        st.caption("No genre, keyword, person, decade or language stands out enough at either end.")
        return
    table = pd.DataFrame(rows, columns=["End", "Word", "Titles", "Mean distance from the middle (sd)", "z"])
    tables.show(table)
    st.caption(
        "A word counts if its titles lie half a standard deviation or more from the mean title, and so surely that trying all words "
        "by chance would find one in twenty times at most. The second word is what remains when the first is accounted for. "
        "Of these the name takes words that few other factors have, no decade or format, or else a well-known title of that end."
    )
