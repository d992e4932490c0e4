"""Names of a heatmap's rows that stay in sight on a narrow screen, where the heatmap scrolls sideways under them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui.components import factor_names, markup
from ui.session import presenting

LONGEST = 21


def show(names: Sequence[str], top: float, row: int, left: int) -> None:
    """Put the names over the figure's own ones, which the style sheet moves out of sight; on a wide screen they are not shown.

    Parameters
    ----------
    top, row, left : pixels
        Where the figure's first row begins, how high a row is, and the figure's left margin.
    """
    if presenting.on():  # there the figure is larger than these pixels say
        return
    lines = "".join(f"<div>{markup.in_html(factor_names.short(name, LONGEST))}</div>" for name in names)
    st.html(f'<div class="row-names" aria-hidden="true" style="--top: {top:g}px; --row: {row}px; --left: {left}px">{lines}</div>')
