"""Parts of the page "Kept": what was marked, in an order of one's choice, with what takes a mark back."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from recsys_core import Engine
from recsys_core.data.filters import Filters
from recsys_core.storage.feedback import Mark
from ui.components import cards, filters, marks, markup
from ui.session import keys, profile

PER_PAGE = 24
VIEWS: dict[Mark, str] = {"kept": "Kept", "seen": "Seen", "hidden": "Not for me"}
NOTHING: dict[Mark, str] = {
    "kept": "Nothing is kept yet. Press Keep under a title of your list, or in the window of any poster.",
    "seen": "Nothing is marked as seen. Seen titles leave your lists without a rating; stars say more.",
    "hidden": "Nothing is marked as not for you.",
}
NEWEST, STARS, YEAR, TITLE, LENGTH = "Newest", "Expected stars", "Year", "Title", "Length"
ORDERS = (NEWEST, STARS, YEAR, TITLE, LENGTH)
SEEN_WORDS = "Seen titles count as watched: they change the stars that we expect from you, not the order of your list. Stars do both."
AWAY_HELP = "A title that is not for you pulls what is like it down a little. Why? shows by how much. One star says more."


def show(engine: Engine) -> None:
    """What is marked, one mark at a time."""
    index = engine.dataset.item_index
    found = {mark: [item_id for item_id in reversed(profile.marked(mark)) if item_id in index] for mark in VIEWS}
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        view = st.segmented_control(
            "Show",
            list(VIEWS),
            default="kept",
            required=True,
            format_func=lambda mark: f"{VIEWS[mark]} ({len(found[mark])})",
            label_visibility="collapsed",
            key="kept_view",
            persist_state="session",
        )
        order = st.selectbox(
            "Order",
            ORDERS,
            format_func=lambda order: f"By {order.lower()}" if order != NEWEST else "Newest first",
            label_visibility="collapsed",
            key="kept_order",
            persist_state="session",
            filter_mode=None,
            width=180,
        )
        kind = filters.kind_filter(engine, "kept_kind")
        with st.popover("Filters", icon=":material/tune:"):
            genres = st.multiselect(
                "Genres",
                filters.genres(engine),
                format_func=markup.clean,
                key="kept_genres",
                persist_state="session",
                placeholder="All genres",
            )
            decades = filters.decade_filter(engine, "kept_decades")
            languages = filters.place_filter(engine, "language", "kept_languages")
            longest = filters.length_filter(engine, "kept_longest")
    if view == "hidden":
        key = "_away"
        keys.show(key, not keys.DISLIKES_REST.get())
        st.toggle(
            "They pull what is like them down",
            key=key,
            on_change=lambda: keys.DISLIKES_REST.set(not st.session_state[key]),
            help=AWAY_HELP,
        )
    if view == "seen":
        st.caption(SEEN_WORDS)
    wanted = Filters.of(kind, genres, longest=longest, languages=languages, decades=decades).allowed(engine.dataset)
    chosen = [item_id for item_id in found[view] if wanted[index[item_id]]]
    if not chosen:
        st.info(NOTHING[view] if not found[view] else "None of these passes the filters. Remove one.", icon=":material/bookmark:")
        return
    expected = dict(zip(chosen, stars(engine, chosen), strict=True))
    chosen = ordered(engine, chosen, expected, order)
    n_pages = -(-len(chosen) // PER_PAGE)
    tiles = st.container()
    page = st.pagination(n_pages, key=f"kept_page_{view}") if n_pages > 1 else 1
    start = (min(page, n_pages) - 1) * PER_PAGE
    with tiles, st.grid("auto", min_column_width=165, gap=("medium", "small"), key="kept"):
        for item_id in chosen[start : start + PER_PAGE]:
            with st.container(gap="xsmall"):
                _tile(engine, item_id, expected[item_id])


def _tile(engine: Engine, item_id: str, expected: float) -> None:
    st.html(
        f"{cards.opener(engine, item_id)}{cards.words_beside(engine, item_id)}"
        f'<div class="facts short" data-item="{markup.in_html(item_id)}">'
        f"<div>{cards.expected(expected)}</div>"
        f'<div class="muted">{markup.in_html(cards.genres(engine, item_id))}</div></div>'
    )
    cards.star_input(item_id, "kept")
    marks.mark_input(engine, item_id, "kept")


def stars(engine: Engine, item_ids: list[str]) -> list[float]:
    """Expected stars of some titles; NaN where they cannot be predicted."""
    places = np.array([engine.dataset.position(item_id) for item_id in item_ids], dtype=np.int64)
    return profile.visitor().predict_at(places).tolist()


def ordered(engine: Engine, item_ids: list[str], expected: dict[str, float], order: str) -> list[str]:
    """Titles, newest mark first, in another order; what is not known of a title puts it last."""
    last = float("inf")

    def title(item_id: str) -> str:
        return cards.title_of(engine, item_id).casefold().removeprefix("the ")

    def number(value: float | None, sign: int = 1) -> float:
        return last if value is None or np.isnan(value) else sign * value

    by: dict[str, Callable[[str], float | str]] = {
        STARS: lambda item_id: number(expected[item_id], -1),
        YEAR: lambda item_id: number(cards.item(engine, item_id).year, -1),
        TITLE: title,
        LENGTH: lambda item_id: number(cards.item(engine, item_id).runtime),
    }
    return sorted(item_ids, key=by[order]) if order in by else item_ids
