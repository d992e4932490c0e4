"""The two quick ways to begin: favourites from a few groups, and choices between two sets of titles."""

from __future__ import annotations

import re

import numpy as np
import streamlit as st

from recsys_core import Engine
from recsys_core.visitor import quick_start
from recsys_core.visitor.quick_start import PULL, Group, Pair
from recsys_core.visitor.steering import factor_name
from ui.components import cards, markup
from ui.components.announcer import say
from ui.session import app_data, keys, profile, steering

FAVOURITES, CHOICES = "Pick favourites", "Choose between two sets"
ENOUGH = 3
"""So many favourites place a visitor."""
LOVED = 5.0
LOW, NEITHER, HIGH = -1, 0, 1
_MARKS = re.compile(r"[\\`*_\[\]{}<>$~|^#&]|(?<=\w)[.@](?=\w)|:(?=\S)")
"""What Markdown would read as more than text, links without brackets among it."""


@st.cache_data(show_spinner=False, max_entries=4)
def _groups(_engine: Engine, key: str) -> list[Group]:
    return quick_start.groups(_engine)


@st.cache_data(show_spinner=False, max_entries=4)
def _pairs(_engine: Engine, key: str) -> list[Pair]:
    return quick_start.pairs(_engine)


def favourites(engine: Engine) -> None:
    """Groups of titles; a picked one is a rating of five stars."""
    st.markdown("Tap the titles that you love. Each is kept as a rating of five stars; tap it again to take it back.")
    with st.grid("auto", min_column_width=300, gap=("large", "medium"), key="quick_groups"):
        for group in _groups(engine, app_data.data_key()):
            with st.container(gap="small"):
                st.header(markup.plain(group.name), anchor=False)
                with st.grid(3, min_column_width=80, gap="small"):
                    for position in group.titles.tolist():
                        _tile(engine, position)
    picked, missing = _progress(engine)
    with st.container(horizontal=True, vertical_alignment="center", key="quick_bar"):
        st.markdown(f"**{picked:d} picked.** {_next(missing)}")
        if st.button("Show me where I am", type="primary", icon=":material/my_location:", disabled=missing > 0, key="quick_done"):
            _arrive()


def _tile(engine: Engine, position: int) -> None:
    item_id, key = str(engine.item_ids[position]), f"_pick_{position}"
    with st.container(key=f"pick_{position}", gap=None):
        st.html(f'<div aria-hidden="true">{cards.tile(engine, item_id)}</div>')  # the box that lies over it is named by the title
        keys.show(key, profile.ratings().get(item_id) == LOVED)
        st.checkbox(_spoken(cards.title_of(engine, item_id)), key=key, on_change=_picked, args=(item_id, key))


def _spoken(title: str) -> str:
    """A title as the name of its box. Screen readers get the label as it is written: the backslashes of an escaped text too."""
    return " ".join(_MARKS.sub(" ", title).split()) or "Untitled"


def _picked(item_id: str, key: str) -> None:
    before = dict(keys.STARS_BEFORE_PICKING.get())
    rated = profile.ratings().get(item_id)
    if st.session_state[key]:
        if rated is not None:
            before[item_id] = rated
        profile.rate(item_id, LOVED)
        done = "Picked"
    elif item_id in before:
        profile.rate(item_id, before.pop(item_id))
        done = "Back to the stars that you gave before"
    else:
        profile.clear(item_id)
        done = "Taken back"
    keys.STARS_BEFORE_PICKING.set(before)
    picked, missing = _progress(app_data.engine())
    say(f"{done}: {cards.title_of(app_data.engine(), item_id)}. {picked} picked. {_next(missing)}")


def _progress(engine: Engine) -> tuple[int, int]:
    """How many of the titles are picked, and how many are missing."""
    ratings = profile.ratings()
    shown = [str(engine.item_ids[position]) for group in _groups(engine, app_data.data_key()) for position in group.titles]
    picked = sum(ratings.get(item_id) == LOVED for item_id in shown)
    return picked, max(0, min(ENOUGH, len(shown)) - picked)


def _next(missing: int) -> str:
    return f"{missing:d} more, and you have a place." if missing else "You have a place; each further one makes it surer."


def choices(engine: Engine) -> None:
    """One step: two sets at the two ends of a factor. An answer pulls the lists towards that end."""
    pairs = _pairs(engine, app_data.data_key())
    if not pairs:
        st.info("There are too few titles here to choose between. Pick favourites instead.", icon=":material/info:")
        return
    step = len(steering.answers())
    if step >= len(pairs):
        _arrive()
    pair = pairs[step]
    st.header(f"{step + 1} of {len(pairs)}: which would you rather watch?", anchor=False)
    for column, side in zip(st.columns(2, gap="medium"), (LOW, HIGH), strict=True):
        with column, st.container(border=True, key=f"quick_side_{side}"):
            _set(engine, pair, side)
            label = f"Titles like {markup.plain(_known_for(engine, pair, side))}"
            st.button(label, key=f"quick_choose_{side}", on_click=_answer, args=(step, side), width="stretch")
    with st.container(horizontal=True):
        st.button("Neither, or both alike", key="quick_neither", on_click=_answer, args=(step, NEITHER))
        st.button("Back", key="quick_back", on_click=_back, disabled=not step, type="tertiary", icon=":material/arrow_back:")
    if not pair.stable:
        st.caption("This taste is a shaky one: the ratings of other people might have shown another. Your answer counts all the same.")
    st.caption("An answer rates nothing. It pulls your lists towards such titles; on the page Factors you can change each pull.")


def _set(engine: Engine, pair: Pair, side: int) -> None:
    """The titles of one end: posters, and their names where the posters are too small to read."""
    item_ids = [str(engine.item_ids[position]) for position in _end(pair, side)]
    posters = "".join(f"<div>{cards.tile(engine, item_id)}</div>" for item_id in item_ids)
    names = "".join(f"<li>{markup.in_html(cards.title_of(engine, item_id))}</li>" for item_id in item_ids)
    st.html(f'<div class="quick-set"><div class="quick-posters" aria-hidden="true">{posters}</div><ul>{names}</ul></div>')


def _end(pair: Pair, side: int) -> np.ndarray:
    return pair.low if side == LOW else pair.high


def _known_for(engine: Engine, pair: Pair, side: int) -> str:
    """The best-known title of one end."""
    end = _end(pair, side)
    return engine.dataset.title(int(end[np.argmax(engine.dataset.raters[end])])).title


def _answer(step: int, side: int) -> None:
    if step != len(steering.answers()):  # a second click on a step that was answered already
        return
    engine = app_data.engine()
    pairs = _pairs(engine, app_data.data_key())
    name = factor_name(pairs[step].factor)
    steering.answer(steering.pulls().get(name, 0.0))
    steering.steer(name, side * PULL)
    chosen = f"You chose the titles like {_known_for(engine, pairs[step], side)}." if side else "You chose neither."
    say(f"{step + 1} of {len(pairs)} answered. {chosen} {_question(engine, pairs, step + 1)}")


def _back() -> None:
    """To the step before, with the pull that was there before its answer."""
    before = steering.answers()
    if not before:
        return
    engine = app_data.engine()
    pairs = _pairs(engine, app_data.data_key())
    step = len(before) - 1
    steering.take_back_answer()
    steering.steer(factor_name(pairs[step].factor), before[step])
    say(f"Your last answer is taken back. {_question(engine, pairs, step)}")


def _question(engine: Engine, pairs: list[Pair], step: int) -> str:
    if step >= len(pairs):
        return ""
    low, high = (_known_for(engine, pairs[step], side) for side in (LOW, HIGH))
    return f"Now {step + 1} of {len(pairs)}: titles like {low}, or titles like {high}?"


def _arrive() -> None:
    """On to the visitor's place among the factors."""
    steering.forget_answers()
    for key in (keys.STARS_BEFORE_PICKING, keys.SAID):
        key.forget()
    keys.ARRIVED.set("now")
    st.switch_page("pages/factors.py")
