"""How many factors? What each explains, how well people who were held out are served, and your list with so many."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.data.filters import Filters
from ui.components import cards, charts, linked, tables
from ui.factors.curves import held_out, scree
from ui.session import profile

N_LISTED = 8


def show(engine: Engine) -> None:
    """The view: one slider, three curves, two lists."""
    study = engine.dimensions
    numbers = study.numbers.tolist()
    chosen = numbers[0]
    if len(numbers) > 1:
        usual = study.nearest(engine.svd.n_factors)
        chosen = st.select_slider("Number of factors", numbers, value=usual, **linked.bound("factor_number"))
    at = numbers.index(chosen)
    share = study.explained_by_first(chosen)
    st.markdown(
        f"With **{chosen:d} factors** the model explains {100 * share:.0f} % of who liked what. Lists for people it has never seen reach "
        f"an NDCG@10 of **{study.ndcg[at]:.3f}** (1 would be perfect), and its expected stars are **{study.rmse[at]:.3f}** stars off "
        "(root mean square)."
    )
    st.markdown(_three_numbers(chosen, study.best, engine.svd.n_factors, len(engine.factors)))
    first, second, third = st.columns(3, gap="medium")
    with first:
        st.header("What each factor explains", anchor=False)
        charts.show(
            scree(study.explained(), chosen),
            config=charts.CONFIG,
            key="scree",
            alt="Bars: what each factor explains, falling from the first on",
        )
    with second:
        st.header("Lists: higher is better", anchor=False)
        figure = held_out(study.numbers, study.ndcg, chosen, "NDCG@10", best_is_high=True)
        charts.show(figure, config=charts.CONFIG, key="study_lists", alt="Line: quality of lists by number of factors")
    with third:
        st.header("Stars: lower is better", anchor=False)
        figure = held_out(study.numbers, study.rmse, chosen, "error, stars", best_is_high=False)
        charts.show(figure, config=charts.CONFIG, key="study_stars", alt="Line: error of the expected stars by number of factors")
    st.caption(
        f"Measured when the models were fitted: {int(study.n_judged):,} people were held out whole, half of their ratings were given, "
        "the other half judged. Too few factors cannot tell tastes apart; too many learn chance. Models with fewer factors are "
        "the same model cut off, so nothing is fitted while you move the slider."
    )
    _lists(engine, chosen)
    with st.expander("The same as a table"):
        table = pd.DataFrame({"Factors": numbers, "NDCG@10": study.ndcg.round(4), "Error, stars": study.rmse.round(4)})
        table["Explained, %"] = [round(100 * study.explained_by_first(n), 1) for n in numbers]
        tables.show(table)


def _three_numbers(chosen: int, best: int | None, used: int, named: int) -> str:
    """How the number that is looked at, the best one, and those of the app and its charts hang together, in one sentence."""
    made = "" if best is None else f"**{best:d}** made the best lists for people held out, "
    return (
        f"You look at **{chosen:d}**; {made}the app works with **{used:d}**, and its charts name the **{named:d}** strongest of these, "
        "because more cannot be told apart by eye."
    )


def _lists(engine: Engine, chosen: int) -> None:
    """The visitor's list with the fewest factors and with the chosen number."""
    visitor = profile.visitor()
    if not len(visitor.profile):
        st.info("Rate a title and your own list with so many factors appears here.", icon=":material/person:")
        return
    study = engine.dimensions
    allowed = visitor.candidates(Filters.of(exclude=profile.unlisted()))
    st.header("Your list", anchor=False)
    for number, words in ((study.numbers[0], "with the fewest factors"), (chosen, "with your choice")):
        best = study.best_titles(engine.svd, int(number), visitor.profile, engine.item_ids, N_LISTED, allowed)
        ids = [str(engine.item_ids[i]) for i in best]
        st.markdown(f"**{int(number)} factors**, {words}")
        cards.poster_row(engine, ids, [f"{rank}." for rank, _ in enumerate(ids, 1)])
