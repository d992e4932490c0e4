"""Steering: sliders move the visitor along factors and keywords, and the list follows with arrows."""

from __future__ import annotations

import streamlit as st

from recsys_core import Engine, Recommendation
from recsys_core.data.filters import Filters
from recsys_core.factors.view import FactorView
from recsys_core.visitor.steering import COLUMNS, FACTOR, GENRE, KEYWORD, MOST, OF_TAG, UNIT, factor_name, tag_name
from recsys_core.visitor.title_pulls import title_of
from ui.components import cards, factor_names, markup
from ui.components.announcer import announce
from ui.components.live_list import now_on_top
from ui.session import app_data, keys, profile, steering
from ui.why.dialog import why_dialog

AT_FIRST = 6
N_LISTED = 10


@st.fragment
def show(engine: Engine, view: FactorView) -> None:
    """The view: sliders on the left, the list on the right. Only it is drawn anew when a slider moves."""
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
    name, key = factor_name(factor), f"_pull_{factor}"
    low, high = factor_names.ends(view, factor)
    keys.show(key, steering.pulls().get(name, 0.0))
    label = markup.plain(factor_names.full(view, factor)) + ("" if view.stable[factor] else " (unstable)")
    st.slider(
        label,
        -MOST,
        MOST,
        step=0.25,
        key=key,
        format="%+.2f",
        on_change=lambda: steering.steer(name, st.session_state[key]),
        help=f"Left: {markup.plain(low)}. Right: {markup.plain(high)}.",
    )


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
    for name, amount in steering.pulls().items():
        if not name.startswith(FACTOR):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{'More' if amount > 0 else 'Less'} **{markup.plain(tag_words(name))}** ({amount:+g})")
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
        f"An arrow says how far a title has moved because of your pulls. A pull of 1 adds {UNIT:g} standard deviations of all scores "
        f"to a title that lies one standard deviation towards that end of a factor, and {UNIT * OF_TAG:g} to each title with that genre or "
        "keyword. Expected stars stay as they are: pulls say what you are in the mood for, not how good a title is."
    )


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
