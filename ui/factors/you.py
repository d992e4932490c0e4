"""You × factors: where the visitor stands among the audience, moving with each rating."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recsys_core import Engine
from recsys_core.factors.view import FactorView
from recsys_core.visitor.on_map import visitor_factors
from ui.components import charts, factor_names, tables
from ui.components.announcer import announce
from ui.factors.curves import audience_strips
from ui.session import profile


def show(engine: Engine, view: FactorView) -> None:
    """The view: strips per factor, and the same as a table."""
    visitor = profile.visitor()
    own = visitor_factors(visitor) if len(visitor.profile) else None
    factors = range(len(view))
    low, high = zip(*(factor_names.ends(view, f) for f in factors), strict=True)
    who = "simulated viewers" if engine.dataset.simulated else "people of this data set"
    if own is None:
        st.info("Rate a title and you appear as a point on every line.", icon=":material/person:")
    figure = audience_strips(own, view.audience, [f"F{f + 1} {text}" for f, text in zip(factors, low, strict=True)], high)
    with st.container(key="strips_scroll"):
        charts.show(figure, config=charts.CONFIG, key="factor_strips", alt="Per factor: where the audience stands, and you as a point")
    st.caption(
        f"The dark band holds half of {len(view.audience):,} {who}, the light one nine in ten; each line is in the audience's own standard "
        "deviations. A few ratings say little: the point stays near the middle until there are more, and moves with each one."
    )
    if own is None:
        return
    shares = view.percentiles(own)
    furthest = view.furthest(own)
    side, beyond = view.standing(own, furthest)
    announce(f"You stand furthest towards {factor_names.ends(view, furthest)[side]}, beyond {beyond:.0f} percent of the audience", "_you")
    with st.expander("The same as a table"):
        rows = [(factor_names.full(view, f), low[f], high[f], round(float(shares[f])), round(float(view.stability[f]), 2)) for f in factors]
        tables.show(pd.DataFrame(rows, columns=["Factor", "Low end", "High end", "You: percentile", "Stability"]))
