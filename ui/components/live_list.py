"""The short list that follows every star, wherever it is shown, and what steers it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from recsys_core import Engine, Recommendation
from recsys_core.data.filters import Filters
from recsys_core.visitor.title_pulls import title_of
from ui.components import cards, markup, reason_words
from ui.server.turns import in_urgent_turn
from ui.session import app_data, keys, profile, steering

LIVE = "live_list"
"""The fragment of the list."""


@st.fragment(key=LIVE)
@in_urgent_turn
def live_top_five(engine: Engine) -> None:
    """The list that follows every star; what entered since the last change is marked."""
    visitor = profile.visitor()
    asked = (profile.ratings(), visitor.steering)
    recommendations = visitor.recommend(5, filters=Filters.of(exclude=profile.unlisted()))
    ids = [line.item_id for line in recommendations]
    shown = keys.LIVE_LIST.get() or keys.LiveList(ids, set(), asked)
    if shown.asked != asked:
        shown = keys.LiveList(ids, set(ids) - set(shown.item_ids), asked)
    keys.LIVE_LIST.set(shown)
    if len(visitor.profile):
        st.header("Your live top five", anchor=False)
    else:
        st.header("What most people like", anchor=False)
        st.caption("You have rated nothing here yet: your first star makes this list yours.")
    steered("live")
    _fame()
    _lines(engine, recommendations, shown.entered)


def _lines(engine: Engine, recommendations: Iterable[Recommendation], entered: set[str]) -> None:
    """Titles with their reasons; those in ``entered`` are marked as new. Screen readers hear the list change.

    It shows no expected stars: the visitor may be about to rate these very titles, and a guess would sway them.
    """
    lines = []
    for line in recommendations:
        new = line.item_id in entered
        badge = '<span class="new">new</span>' if new else ""
        lines.append(
            f'<li class="{"entered" if new else ""}" data-item="{markup.in_html(line.item_id)}">'
            f'<span class="rank">{line.rank:d}</span> {cards.opener(engine, line.item_id)}'
            f'<div><div class="name">{markup.in_html(cards.title_of(engine, line.item_id))}{badge}</div>'
            f'<div class="muted">{markup.in_html(cards.facts(engine, line.item_id))}</div>'
            f'<div class="reason">{markup.in_html(reason_words.reason(engine, line))}</div></div></li>'
        )
    st.html(f'<div class="live-box"><ol class="live" aria-live="polite" aria-label="Your live top five">{"".join(lines)}</ol></div>')


def _fame() -> None:
    """Say on other pages than For you, where the slider stands, that it steers this list too, with a way out."""
    if not (step := steering.fame()):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"On the page For you, you asked for {reason_words.FAME_WORDS[step]}.")
        st.button("Let go", key="_fame_live", type="tertiary", icon=":material/restart_alt:", on_click=profile.choose_fame, args=(0,))


def now_on_top(titles: Sequence[str]) -> None:
    """On a phone, where a list stands below what changes it: its first titles in a line that stays in sight."""
    with st.container(key="topline"):
        st.html(f'<div class="topline" aria-hidden="true">Now on top: <b>{markup.in_html(" · ".join(titles[:3]))}</b></div>')


def steered(place: str) -> None:
    """Say what the visitor asked for that steers this list, with a way out; nothing where it is nothing. ``place`` keeps keys apart."""
    engine, pulls = app_data.engine(), steering.pulls()
    like = [cards.title_of(engine, item_id) for name in pulls if (item_id := title_of(name)) and item_id in engine.dataset.item_index]
    said = [f"More like {' and '.join(filter(None, (', '.join(like[:-1]), like[-1])))}."] if like else []
    n = len(pulls) - len(like)
    if n:
        said.append("1 pull from the page Factors steers this list." if n == 1 else f"{n} pulls from the page Factors steer this list.")
    if (since := keys.SINCE.get()) is not None:
        said.append(f"Only your {len(profile.counted_ratings())} ratings since {since:%d %B %Y} count.")
    if said:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(markup.plain(" ".join(said)))
            st.button("Let go", key=f"_straight_{place}", type="tertiary", icon=":material/restart_alt:", on_click=_let_go)


def _let_go() -> None:
    steering.reset()
    keys.SINCE.forget()
