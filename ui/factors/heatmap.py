"""Titles × factors: click a column to sort by it, a cell to open its title."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.data.ranking import places_of, with_first
from recsys_core.factors.seriation import alike_together, alike_together_in_turn
from recsys_core.factors.view import FactorView
from recsys_core.visitor.on_map import relative_factors
from ui.components import charts, factor_names, linked, tables
from ui.factors import row_names
from ui.factors.heatmaps import ABOVE_ROWS, HEAD, LEFT, LIMIT, ROW, TOP, clickable_heatmap
from ui.factors.title import title_dialog
from ui.session import app_data, keys, profile

MINE, BEST_KNOWN, EXTREMES, SEARCH = "Mine and best known", "Best known", "Ends of a factor", "Search"
CHOICES = (MINE, BEST_KNOWN, EXTREMES, SEARCH)
SIZES = (15, 30, 60)


def show(engine: Engine, view: FactorView, chosen: int | None) -> None:
    """The view: its controls, the heatmap, and the same as a table. ``chosen`` is the factor that sorts the rows."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        which = st.segmented_control(
            "Titles", CHOICES, default=MINE, required=True, label_visibility="collapsed", **linked.bound("factor_which")
        )
        n = st.segmented_control("How many", SIZES, default=SIZES[0], required=True, **linked.bound("factor_titles"))
    positions = _positions(engine, view, which, n, chosen or 0)
    if not len(positions):
        st.info("No title is called that here. Try fewer words.", icon=":material/search_off:")
        return
    values = view.standard(positions)
    columns = alike_together_in_turn(values.T, view.stable)
    rows = alike_together(values) if chosen is None else np.argsort(-values[:, chosen], kind="stable")
    positions, values = positions[rows], values[rows]
    labels, own = factor_names.rows_of(engine, positions.tolist()), own_row()
    if own is None:
        st.info("Rate a title and your own row appears on top.", icon=":material/person:")
    else:
        values, labels = np.vstack([own, values]), ["You", *labels]
    shown = values[:, columns]
    factors = columns.tolist()
    figure = clickable_heatmap(
        shown,
        labels,
        [factor_names.full(view, f).replace(" · ", " ") for f in factors],
        [factor_names.full(view, f) for f in factors],
        factors.index(chosen) if chosen is not None else None,
    )
    yours: list[str | None] = [] if own is None else [None]
    cells = keys.Cells([*yours, *(str(engine.item_ids[i]) for i in positions)], factors)
    st.caption(_order(view))
    with st.container(key="factor_scroll"):
        st.html('<p class="muted narrow-only" tabindex="0">Scroll the heatmap sideways to see all factors.</p>')
        row_names.show(labels, TOP + ROW * ABOVE_ROWS, ROW, LEFT)
        charts.show(
            figure,
            config=charts.CONFIG,
            key="factor_heatmap",
            on_select=_clicked,
            selection_mode="points",
            alt="Heatmap of titles by latent factors; the table below has its numbers",
        )
    keys.HEATMAP_CELLS.set(cells)
    if opened := keys.TITLE_TO_OPEN.take():
        title_dialog(opened)
    st.caption(
        "Click a circle to sort by that factor and read more about it below; click a cell to open its title. "
        "Orange: at the high end; blue: at the low end; in standard deviations from the mean title (cut at 2.5). Rows "
        "that are alike stand together. Your row is scaled to its own largest value. The model never saw a genre: "
        "the names are added afterwards, from what stands out at the ends."
    )
    with st.expander("The same as a table"):
        table = pd.DataFrame(values[:, columns].round(2), columns=[factor_names.full(view, f) for f in factors])
        table.insert(0, "Title", labels)
        tables.show(table)


def _order(view: FactorView) -> str:
    """In which order the columns stand, for all to read before they look."""
    stable = int(view.stable.sum())
    if stable in (0, len(view)):
        return "Columns: factors that are alike side by side; F1 explains most."
    return (
        f"Columns: first the {stable} stable factors, then {len(view) - stable} that the ratings of other people might not have shown; "
        "in each group those that are alike side by side. F1 explains most."
    )


def own_row() -> np.ndarray | None:
    """The visitor's factors, the largest at the end of the colours, shape (n_shown,); None without ratings."""
    visitor = profile.visitor()
    return LIMIT * relative_factors(visitor) if len(visitor.profile) else None


def _clicked() -> None:
    """A circle sorts by its column (again: back to the clustered order), a cell opens its title, your row does nothing."""
    points = st.session_state.factor_heatmap["selection"]["points"]
    cells = keys.HEATMAP_CELLS.get()
    if not points or not cells:
        return
    row, column = (int(part) for part in points[0]["customdata"][:2])
    if row == HEAD:
        factor = cells.factors[column]
        keys.HEATMAP_SORTED.set(not (keys.HEATMAP_SORTED.get() and keys.FACTOR_CHOSEN.get() == factor))
        keys.FACTOR_CHOSEN.set(factor)
    elif cells.item_ids[row] is not None:
        keys.TITLE_TO_OPEN.set(cells.item_ids[row])


def _positions(engine: Engine, view: FactorView, which: str, n: int, factor: int) -> np.ndarray:
    best_known = engine.dataset.by_popularity
    if which == MINE:
        return with_first(profile.newest_positions(n // 3), best_known, n)
    if which == EXTREMES:
        low, high = view.extremes(factor, n // 2)
        return np.unique(np.concatenate([high, low]))
    if which == SEARCH:
        query = st.text_input(
            "Search", type="search", live=True, placeholder="Title, person or keyword", key="factor_query", persist_state="session"
        )
        found = app_data.search().find((query or "")[:80], places_of(best_known))
        return np.asarray(found[engine.dataset.raters[found] > 0][:n])
    return best_known[:n]


def ends_row(engine: Engine, view: FactorView, factor: int, n: int = 8) -> tuple[list[str], list[str]]:
    """Ids of the best-known titles at the low and at the high end."""
    low, high = view.extremes(factor, n)
    return [str(engine.item_ids[i]) for i in low], [str(engine.item_ids[i]) for i in high]


def captions(engine: Engine, view: FactorView, ids: list[str], factor: int) -> list[str]:
    """Each title's place on a factor: "+1.8 sd"."""
    return [f"{value:+.1f} sd" for value in view.standard(np.array([engine.dataset.position(i) for i in ids]))[:, factor]]
