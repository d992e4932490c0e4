"""What factors are called on screen: by the visitor, or by what stands out at their ends."""

from __future__ import annotations

import streamlit as st

from recsys_core import Engine
from recsys_core.factors.stability import STABLE
from recsys_core.factors.view import FactorView
from ui.components import cards, markup
from ui.session import profile


def identity(view: FactorView, factor: int) -> str:
    """What a given name sticks to: the words that stand out at both ends, whatever the factor is called on screen.

    A factor that comes out otherwise after a refit is another one.
    """
    return " ↔ ".join(view.labels[factor])[:200]


def name(view: FactorView, factor: int) -> str:
    """The visitor's own name, or one word or title for each end: "romance ↔ crime", "Moana ↔ Heat". Plain text."""
    if own := profile.factor_names().get(identity(view, factor)):
        return markup.clean(own)
    return " ↔ ".join(markup.clean(end.short) for end in view.names[factor])


def full(view: FactorView, factor: int) -> str:
    """The same with its number: "F3 · romance ↔ crime"."""
    return f"F{factor + 1} · {name(view, factor)}"


def all_names(view: FactorView) -> list[str]:
    """:func:`full` of every factor."""
    return [full(view, factor) for factor in range(len(view))]


def ends(view: FactorView, factor: int) -> tuple[str, str]:
    """Words for the low and the high end that make sense after "more"; plain text."""
    low, high = view.names[factor]
    return markup.clean(low.phrase), markup.clean(high.phrase)


def badge(view: FactorView, factor: int) -> None:
    """How far to trust a factor: its stability as a badge."""
    stability = float(view.stability[factor])
    if stability >= STABLE:
        st.badge(f"Stable: {stability:.2f}", icon=":material/verified:", color="green")
    else:
        st.badge(f"Do not name this one: stability {stability:.2f}", icon=":material/warning:", color="orange")


def rows_of(engine: Engine, positions: list[int]) -> list[str]:
    """Titles as labels for an axis, the visitor's stars behind; plain text."""
    rated = profile.ratings()
    ids = [str(engine.item_ids[i]) for i in positions]
    return [short(cards.title_of(engine, i)) + (f" ★{rated[i]:g}" if i in rated else "") for i in ids]


def short(title: str, length: int = 32) -> str:
    """A title for an axis, cut in its middle: the parts of a series differ at the end."""
    return title if len(title) <= length else f"{title[: length // 2].rstrip()}…{title[-(length // 2 - 1) :].lstrip()}"
