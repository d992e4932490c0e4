"""The wall of titles to rate: which titles in which order, a tile for each, and what the next rating would improve."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from recsys_core import Engine
from recsys_core.data import ranking
from recsys_core.data.filters import Filters
from recsys_core.storage.feedback import Mark
from ui.components import cards, markup, redraw
from ui.components.live_list import LIVE, now_on_top
from ui.session import app_data, keys, profile

TO_RATE, MINE, NEXT = "To rate", "My ratings", "What to rate next"
VIEWS = [TO_RATE, MINE, NEXT]
STRIP, TOPLINE = "strip_text", "topline_titles"
FOLLOWS = (LIVE, STRIP, TOPLINE)
"""The fragments that a star changes beside its tile."""
MARKED: dict[Mark, str] = {"kept": "Kept · take back", "seen": "Seen · take back", "hidden": "Not for you · take back"}
VARIETY = 0.3
VARIED_TITLES = 240
QUERY = "rate_query"
"""Key of the search field."""
N_NEAREST = 4


@st.cache_data(show_spinner=False, max_entries=4)
def default_order(_engine: Engine, key: str) -> np.ndarray:
    """Well-known titles first, the first ten pages varied in content, so that everybody finds something they know."""
    return ranking.varied_first(_engine.score({}, "popularity"), _engine.item_ids, _engine.features, VARIED_TITLES, VARIETY)


def choose(engine: Engine, query: str, kind: str | None, genres: Sequence[str], decades: Sequence[int], view: str) -> np.ndarray:
    """Positions of the titles that pass search and filters, in the order in which to show them."""
    dataset = engine.dataset
    allowed = Filters.of(kind, genres, decades=decades).allowed(dataset)
    if view == MINE:
        order = np.array([dataset.position(i) for i in reversed(profile.ratings()) if i in dataset.item_index], dtype=np.int64)
    else:
        order = default_order(engine, app_data.data_key())
        marked = [*profile.marked("not seen"), *profile.marked("kept"), *profile.marked("hidden")]
        gone = [dataset.position(i) for i in marked if i in dataset.item_index]
        allowed[gone] = bool(query)  # who searches for it wants to see it
    if query.strip():
        found = app_data.search().find(query, ranking.places_of(default_order(engine, app_data.data_key())))
        order = found if view == TO_RATE else order[np.isin(order, found)]
    return order[allowed[order]]


def tiles(engine: Engine, positions: np.ndarray, follows: Sequence[str]) -> None:
    """One page of tiles, each with five stars and a small button.

    ``follows`` are the fragments that a star changes beside its tile; without any, stars may move tiles: the whole page is drawn.
    """
    with st.grid("auto", min_column_width=140, gap=("medium", "small"), key="wall"):
        for position in positions:
            with st.container(gap="xsmall"):
                item_id = str(engine.item_ids[position])
                name = f"tile_{item_id}"
                draw = st.fragment(tile, key=name) if follows else tile
                draw(engine, item_id, (*follows, name) if follows else ())


def tile(engine: Engine, item_id: str, parts: Sequence[str] = ()) -> None:
    """A poster with five stars and a small button, of which there is one for each title and page.

    ``parts`` are the fragments that a star changes; without any it is the whole page.
    """
    st.html(cards.opener(engine, item_id) + cards.words_beside(engine, item_id, facts_too=True))
    cards.star_input(item_id, "wall", parts)
    if item_id in profile.ratings():
        guessed = profile.guess(item_id)
        label = "Clear" if guessed is None else f"We guessed {guessed:.1f} · clear"
        st.button(
            label,
            key=f"_clear_{item_id}",
            type="tertiary",
            on_click=_act,
            args=(parts, profile.clear, item_id),
            help="Take the rating back",
        )
    elif (said := profile.said_about(item_id)) and said.mark in MARKED:
        args = (parts, profile.clear, item_id)
        st.button(MARKED[said.mark], key=f"_shown_{item_id}", type="tertiary", on_click=_act, args=args, help="Take it back")
    elif said:
        st.button("Seen after all", key=f"_seen_{item_id}", type="tertiary", on_click=_act, args=(parts, profile.clear, item_id))
    else:
        st.button("Not seen", key=f"_unseen_{item_id}", type="tertiary", on_click=_act, args=(parts, profile.mark, item_id, "not seen"))


def _act(parts: Sequence[str], say: Callable[..., None], *said: str) -> None:
    with redraw.alone(parts):
        say(*said)


@st.fragment(key=STRIP)
def strip(engine: Engine) -> None:
    """How many are rated and what the next rating would improve."""
    st.markdown(_strip_text(engine), width="stretch")


@st.fragment(key=TOPLINE)
def topline(engine: Engine) -> None:
    """On a phone: the first titles of the live list, as it was last shown."""
    if live := keys.LIVE_LIST.get():
        now_on_top([cards.title_of(engine, item_id) for item_id in live.item_ids])


def _strip_text(engine: Engine) -> str:
    rated = profile.ratings()
    known = [cards.item(engine, item_id) for item_id in rated if item_id in engine.dataset.item_index]
    if not known:
        return "**Nothing rated yet.** Your first star turns the list from what is popular into what is yours."
    count = f"**{len(known)} rated.** "
    kinds = {title.kind for title in known}
    both = engine.dataset.kinds >= {"movie", "show"}
    stars = list(rated.values())
    if both and kinds == {"movie"}:
        return count + "All movies so far. Rate a show, and the list learns what you like to follow for longer."
    if both and kinds == {"show"}:
        return count + "All shows so far. Rate a movie, and the list learns what you like for one evening."
    if len(known) >= 3 and min(stars) >= 4:
        return count + "You liked them all. One that you disliked would teach the list most."
    if len(known) >= 3 and max(stars) <= 2:
        return count + "You liked none of them. One that you love would teach the list most."
    missing = _missing_genre(engine, {genre for title in known for genre in title.genres})
    return count + (
        f"Nothing from {markup.plain(missing)} yet: one rating there would tell the list something new."
        if missing
        else "Each one sharpens it."
    )


def _missing_genre(engine: Engine, seen: set[str]) -> str | None:
    """The commonest genre of the data set that no rated title has."""
    return next((genre for genre in engine.dataset.tags("genres").names if genre not in seen), None)


def spelled_otherwise(query: str) -> str:
    """What to say above titles that are spelled otherwise than the query, as Markdown; empty if they are spelled so."""
    if not query.strip() or app_data.search().answer(query).as_typed:
        return ""
    return f"Nothing is spelled “{markup.plain(query)}” here. These come nearest:"


def nothing_found(engine: Engine, query: str, view: str) -> None:
    """Say so where no title passes search and filters, with buttons that search for what comes nearest."""
    asked = markup.plain(query)
    if not asked and view == MINE:
        st.info("No ratings here yet. Give a few stars under “To rate” and they will be listed here.", icon=":material/search_off:")
        return
    if not asked:
        st.info("No title passes these filters. Take one away.", icon=":material/search_off:")
        return
    if n := len(app_data.search().find(query)):
        match = f"{n:,} titles match “{asked}”" if n > 1 else f"One title matches “{asked}”"
        missing = "you have rated none of them that passes the filters" if view == MINE else "the filters let none pass"
        st.info(f"{match}, but {missing}.", icon=":material/search_off:")
        return
    st.info(f"“{asked}” is not among our {engine.dataset.n_items:,} titles.", icon=":material/search_off:")
    near = [engine.dataset.title(position).title for position in app_data.search().nearest(query, N_NEAREST)]
    with st.container(horizontal=True, vertical_alignment="center", key="nearest"):
        st.markdown("Nearest:" if near else "Look for a genre instead:")
        for at, words in enumerate(dict.fromkeys(near or engine.dataset.tags("genres").names[:N_NEAREST])):
            st.button(markup.plain(words), key=f"_nearest_{at}", on_click=_search_for, args=(words,))


def _search_for(words: str) -> None:
    st.session_state[QUERY] = words
