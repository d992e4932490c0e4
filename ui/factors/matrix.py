"""The rating matrix four ways: filled in by the model, what people gave, what the model expects, and where it errs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.data.ranking import with_first
from recsys_core.factors.view import FactorView
from recsys_core.visitor.rating_matrix import Block, at_random, most_active, most_alike, rating_block
from ui.components import cards, charts, factor_names, linked, tables
from ui.factors import row_names
from ui.factors.heatmaps import MATRIX_LEFT, MATRIX_ROW, TOP, matrix_heatmap
from ui.session import app_data, profile

ALIKE, ACTIVE, RANDOM = "Most like you", "Who rated most", "At random"
MINE, KNOWN, ENDS = "Yours and best known", "Best known", "Ends of a factor"
FILLED, OBSERVED, PREDICTED, ERROR = "Filled in", "Given", "Expected", "Error"
N_PEOPLE, N_TITLES = 12, 16


def show(engine: Engine, view: FactorView, factor: int) -> None:
    """The view: which people and titles, which of the four, the heatmap and its table."""
    yours = profile.visitor().profile
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        people = st.segmented_control(
            "People",
            (ALIKE, ACTIVE, RANDOM),
            default=ALIKE if len(yours) else ACTIVE,
            required=True,
            label_visibility="collapsed",
            **linked.bound("matrix_people"),
        )
        titles = st.segmented_control(
            "Titles", (MINE, KNOWN, ENDS), default=MINE, required=True, label_visibility="collapsed", **linked.bound("matrix_titles")
        )
        which = st.segmented_control(
            "Stars",
            (FILLED, OBSERVED, PREDICTED, ERROR),
            default=FILLED,
            required=True,
            label_visibility="collapsed",
            **linked.bound("matrix_which"),
        )
    if people == ALIKE and not len(yours):
        st.info("Nobody is like you yet: rate a title. Until then these are the people who rated most.", icon=":material/person:")
    users = _people(engine, people if len(yours) or people != ALIKE else ACTIVE)
    columns = _titles(engine, view, titles, factor)
    block = _with_you(engine, _block(app_data.data_key(), engine, tuple(users.tolist()), tuple(columns.tolist())), columns)
    labels = [*(["You"] if len(yours) else []), *(str(engine.dataset.user_ids[u]) for u in users)]
    heads = [factor_names.short(cards.title_of(engine, str(engine.item_ids[c])), 26) for c in columns]
    empty = np.isnan(block.observed)
    filled = np.where(empty, block.predicted, block.observed)
    values = {FILLED: filled, OBSERVED: block.observed, PREDICTED: block.predicted, ERROR: block.error}[which]
    values = values.round(1) + 0.0  # no "-0.0"
    if which == FILLED:
        st.caption("Bright cells: stars that people gave. Pale ones in italics: filled in by the latent factors.")
    with st.container(key="matrix_scroll"):
        st.html('<p class="muted narrow-only" tabindex="0">Scroll the matrix sideways to see all titles.</p>')
        figure = matrix_heatmap(values, labels, heads, errors=which == ERROR, filled_in=empty if which == FILLED else None)
        row_names.show(labels, TOP, MATRIX_ROW, MATRIX_LEFT)
        charts.show(
            figure,
            config=charts.CONFIG,
            key="matrix",
            alt=f"Heatmap of people by titles: {which.lower()} stars; the table below has the numbers",
        )
    given = int((~empty).sum())
    st.caption(
        f"{given:,} of {block.observed.size:,} cells were rated; the latent factors fill in the rest. "
        "A given rating is expected from that person's "
        f"other ratings only, so the error is an honest one: {block.rmse:.2f} stars (root mean square) here. "
        + ("The people are simulated." if engine.dataset.simulated else "The people are numbers without names.")
    )
    with st.expander("The same as a table"):
        table = pd.DataFrame(values, columns=pd.Index(tables.distinct(heads)))
        table.insert(0, "Who", labels)
        tables.show(table)


def _people(engine: Engine, which: str) -> np.ndarray:
    if which == ALIKE:
        return most_alike(engine.dataset, profile.visitor().profile, N_PEOPLE)
    return most_active(engine.dataset, N_PEOPLE) if which == ACTIVE else at_random(engine.dataset, N_PEOPLE)


def _titles(engine: Engine, view: FactorView, which: str, factor: int) -> np.ndarray:
    if which == MINE:
        return with_first(profile.newest_positions(N_TITLES // 2), engine.dataset.by_popularity, N_TITLES)
    if which == ENDS:
        low, high = view.extremes(factor, N_TITLES // 2)
        return np.array(list(dict.fromkeys([*high.tolist(), *low[::-1].tolist()])))
    return engine.dataset.by_popularity[:N_TITLES]


@st.cache_data(show_spinner=False, max_entries=64)
def _block(key: str, _engine: Engine, users: tuple[int, ...], titles: tuple[int, ...]) -> Block:
    return rating_block(_engine.svd, [_engine.dataset.profile_of(user) for user in users], np.array(titles))


def _with_you(engine: Engine, others: Block, columns: np.ndarray) -> Block:
    yours = profile.visitor().profile
    if not len(yours):
        return others
    own = rating_block(engine.svd, [yours], columns)
    return Block(np.vstack([own.observed, others.observed]), np.vstack([own.predicted, others.predicted]))
