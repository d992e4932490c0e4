"""Steering: sliders move the visitor along factors and keywords, and the list follows with arrows."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from recsys_core import Engine, Recommendation
from recsys_core.data.filters import Filters
from recsys_core.factors.view import FactorView
from recsys_core.visitor.steering import COLUMNS, FACTOR, GENRE, KEYWORD, MOST, OF_TAG, UNIT, factor_name, strength, tag_name
from recsys_core.visitor.title_pulls import title_of
from ui.components import cards, factor_names, markup
from ui.components.announcer import announce
from ui.components.live_list import now_on_top
from ui.server.turns import in_urgent_turn
from ui.session import app_data, keys, profile, steering
from ui.why.dialog import why_dialog

AT_FIRST = 6
N_LISTED = 10
STEP = 0.25
_CSS = Path(__file__).with_name("steering.css")


@st.fragment
@in_urgent_turn
def show(engine: Engine, view: FactorView) -> None:
    """The view: sliders on the left, the list on the right. Only it is drawn anew when a slider moves."""
    st.html(_CSS)
    listed = profile.visitor().recommend(N_LISTED, filters=Filters.of(exclude=profile.unlisted()))
    now_on_top([cards.title_of(engine, line.item_id) for line in listed])
    left, right = st.columns([5, 4], gap="large")
    with left:
        _sliders(view)
        _tags(engine)
    with right:
        _list(engine, listed)


def _sliders(view: FactorView) -> None:
    st.header("Pull the list along a factor", anchor=False)
    stable = [f for f in range(len(view)) if view.stable[f]] or list(range(len(view)))
    first = stable[:AT_FIRST]
    for factor in first:
        _slider(view, factor)
    others = [f for f in range(len(view)) if f not in first]
    if others:
        with st.expander(f"{len(others)} more factors"):
            for factor in others:
                _slider(view, factor)


def _slider(view: FactorView, factor: int) -> None:
    label = markup.plain(factor_names.full(view, factor)) + ("" if view.stable[factor] else " (unstable)")
    _pull(factor_name(factor), f"_pull_{factor}", label, *factor_names.ends(view, factor))


def _pull(name: str, key: str, label: str, low: str, high: str) -> None:
    """A slider that is filled from its middle, with the words of both ends (plain text) below it."""
    keys.show(key, steering.pulls().get(name, 0.0))
    with st.container(key=f"steer_box_{key}", gap=None):
        st.slider(label, -MOST, MOST, step=STEP, key=key, format="%+g", on_change=lambda: steering.steer(name, st.session_state[key]))
        ends = (f"−{MOST:g} {low}", f"{high} +{MOST:g}")
        st.html(f'<div class="steer-ends" aria-hidden="true">{"".join(f"<span>{markup.in_html(end)}</span>" for end in ends)}</div>')


def _tags(engine: Engine) -> None:
    st.header("More of this, less of that", anchor=False)
    counts = {kind: engine.dataset.tags(COLUMNS[kind]).counts for kind in (GENRE, KEYWORD)}
    options = [tag_name(kind, tag) for kind, by_tag in counts.items() for tag, n in by_tag.items() if n >= 3]
    if not options:
        st.caption("This data set has no genres or keywords to pull by.")
        return
    chosen = st.selectbox(
        "A genre or a keyword", options, index=None, format_func=tag_words, key="steer_tag", placeholder="heist, gore, space …"
    )
    with st.container(horizontal=True):
        st.button("More", icon=":material/add:", disabled=chosen is None, on_click=steering.step, args=(chosen, 1.0), key="_tag_more")
        st.button("Less", icon=":material/remove:", disabled=chosen is None, on_click=steering.step, args=(chosen, -1.0), key="_tag_less")
    for name in steering.pulls():
        if not name.startswith(FACTOR):
            words = tag_words(name)
            _pull(name, f"_pull_{name}", markup.plain(words), f"less {words}", f"more {words}")
            st.button("Let go", key=f"_drop_{name}", type="tertiary", on_click=steering.steer, args=(name, 0.0))


def tag_words(name: str) -> str:
    """What a genre, a keyword or what is like a title is called in a list of choices; plain text."""
    if item_id := title_of(name):
        return f"like {cards.title_of(app_data.engine(), item_id)}"
    return markup.clean(name.partition(":")[2])


def _list(engine: Engine, listed: list[Recommendation]) -> None:
    pulls, hidden = steering.pulls(), profile.unlisted()
    plain = (
        {
            line.item_id: line.rank
            for line in engine.visitor(profile.counted_ratings(), profile.mark_pulls() | steering.of_fame()).recommend(
                200, filters=Filters.of(exclude=hidden)
            )
        }
        if pulls
        else {}
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header("Your list", anchor=False)
        if pulls:
            st.button("Reset all pulls", icon=":material/restart_alt:", type="tertiary", on_click=steering.reset, key="_steer_reset")
    moved = [_move(plain, line) if pulls else "" for line in listed]
    rows = "".join(
        f'<li data-item="{markup.in_html(line.item_id)}"><span class="rank">{line.rank:d}</span> {cards.opener(engine, line.item_id)}'
        f'<div><div class="name">{markup.in_html(cards.title_of(engine, line.item_id))}</div>'
        f'<div class="muted">{markup.in_html(cards.facts(engine, line.item_id))}</div>{arrow}</div></li>'
        for line, arrow in zip(listed, moved, strict=True)
    )
    st.html(f'<div class="live-box"><ol class="live" aria-label="Your list">{rows}</ol></div>')
    if listed:
        on_top = cards.title_of(engine, listed[0].item_id)
        new = f"{sum('new' in arrow for arrow in moved)} titles are new in the list; " if pulls else ""
        announce(f"{new}{on_top} is on top", "_steer")
        ids = [line.item_id for line in listed]
        why = st.selectbox(
            "Why is it there?",
            ids,
            index=None,
            format_func=lambda i: cards.title_of(engine, i),
            placeholder="Choose a title",
            key="_steer_why",
        )
        if why and st.button("Show why", icon=":material/help:", key="_steer_show_why"):
            why_dialog(why, "hybrid")
    st.caption(
        f"An arrow says how far a title has moved because of your pulls. A pull has steps from −{MOST:g} to +{MOST:g}. A step of 1 adds "
        f"{_shift(1.0)} standard deviations of all scores to a title that lies one standard deviation towards that end of a factor, "
        f"and {_shift(1.0, OF_TAG)} to each title with that genre or keyword; the full pull of {MOST:g} adds {_shift(MOST)} and "
        f"{_shift(MOST, OF_TAG)}. Expected stars stay as they are: pulls say what you are in the mood for, not how good a title is."
    )


def _shift(amount: float, times: float = 1.0) -> str:
    """What a pull adds, in standard deviations of all scores."""
    return f"{UNIT * times * strength(amount):.1f}"


def _move(plain: dict[str, int], line: Recommendation) -> str:
    """How far a title came, as HTML."""
    before = plain.get(line.item_id)
    if before is None or before > N_LISTED:
        came = "from beyond 200" if before is None else f"from rank {before:d}"
        return f'<div class="muted"><span class="new">new</span> ▲ {came}</div>'
    if before == line.rank:
        return '<div class="muted">stays</div>'
    arrow = "▲" if before > line.rank else "▼"
    return f'<div class="muted">{arrow} {abs(before - line.rank):d} from rank {before:d}</div>'
