"""Parts of the page "Latent factors"."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.factors import FactorView
from ui import cards, charts, state

SIZES = (15, 30, 60)
KNOWN_SHARE = 0.8
"""Ends of a factor are shown by titles with more raters than this share of titles have: names that say something."""


def names(view: FactorView) -> list[str]:
    """A name for each factor from both its ends: F1: romance, crime ↔ action, adventure."""
    return [f"F{i + 1}: {low} ↔ {high}" for i, (low, high) in enumerate(view.labels)]


def positions(engine: Engine, n: int) -> np.ndarray:
    """The visitor's latest titles (at most a third of the rows), then the best known."""
    mine = [engine.dataset.position(i) for i in reversed(state.ratings()) if i in engine.dataset.item_index][: n // 3]
    best_known = np.argsort(-engine.dataset.raters, kind="stable")[:n]
    return np.array([*mine, *[i for i in best_known.tolist() if i not in mine][: n - len(mine)]], dtype=np.int64)


def visitor_row(engine: Engine, view: FactorView) -> np.ndarray:
    """The visitor's rotated factors in units of their own largest, shape (n_factors,), in [-1, 1]; zeros without ratings."""
    factors = engine.svd.fold_in(state.visitor().profile) @ view.rotation
    reach = np.abs(factors).max(initial=0.0)
    return factors / reach if reach > 0 else factors


def heatmap(engine: Engine, view: FactorView, names: list[str], positions: np.ndarray) -> None:
    """Titles × factors, with the visitor's own row on top, and the same numbers as a table."""
    values = view.standard(positions)
    rated = state.ratings()
    ids = [str(engine.item_ids[i]) for i in positions]
    rows = [f"{cards.title_of(engine, i)}" + (f" ★{rated[i]:g}" if i in rated else "") for i in ids]
    if rated:
        values = np.vstack([2.5 * visitor_row(engine, view), values])
        rows = ["You", *rows]
    else:
        st.info("Rate a title and your own row appears on top.", icon=":material/person:")
    columns = [f"F{i} " + " ↔ ".join(charts.shorten(end.split(",")[0], 16) for end in ends) for i, ends in enumerate(view.labels, 1)]
    figure = charts.factor_heatmap(values, rows, columns, names)
    alt = "Heatmap of titles by latent factors; the table below has its numbers"
    with st.container(key="factor_scroll"):
        st.html('<p class="muted narrow-only" tabindex="0">Scroll the heatmap sideways to see all factors.</p>')
        st.plotly_chart(figure, config=charts.CONFIG, key="factor_heatmap", alt=alt)
    st.caption(
        "Orange: at the high end of a factor; blue: at the low end; in standard deviations of the well-known titles (cut at 2.5). "
        "Your row is scaled to its own largest value. The model never saw a genre: the names of the factors are added "
        "afterwards, from what stands out at their ends."
    )
    with st.expander("The same as a table"):
        table = pd.DataFrame(values.round(2), columns=names)
        table.insert(0, "Title", rows)
        st.dataframe(table, hide_index=True)


def _well_known(engine: Engine) -> np.ndarray:
    raters = engine.dataset.raters
    return raters >= np.quantile(raters, KNOWN_SHARE)


def ends(engine: Engine, view: FactorView, factor: int) -> None:
    """The best-known titles at both ends of a factor."""
    low, high = view.extremes(factor, 8, _well_known(engine))
    for side, positions, label in (("High end", high, view.labels[factor][1]), ("Low end", low, view.labels[factor][0])):
        st.header(f"{side}: {cards.plain_markdown(label)}", anchor=False)
        captions = [f"{view.loadings[i, factor]:+.2f}" for i in positions]
        cards.poster_row(engine, [str(engine.item_ids[i]) for i in positions], captions)


def you(engine: Engine, view: FactorView) -> None:
    """The visitor's place on every factor as bars."""
    st.header("You on every factor", anchor=False)
    if not state.ratings():
        st.caption("Without ratings you stand in the middle of every factor.")
        return
    figure = charts.factor_bars(visitor_row(engine, view), *zip(*view.labels, strict=True))
    st.plotly_chart(figure, config=charts.CONFIG, key="factor_bars", alt="Bars: your place between the two ends of each factor")
    st.caption(
        "How far your ratings pull you to either end, relative to your strongest pull. "
        "A few ratings say little: the bars move with each one."
    )
