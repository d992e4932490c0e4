"""Keep, seen, not for me: what can be said about a title without stars, and the line that undoes the last of it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from recsys_core import Engine
from recsys_core.storage.feedback import Mark
from recsys_core.visitor.title_pulls import TOWARDS, title_name
from ui.components import cards, markup, redraw
from ui.components.announcer import announce
from ui.session import app_data, keys, profile, steering

LABELS: dict[Mark, str] = {"kept": "Keep", "seen": "Seen", "hidden": "Not for me"}
DONE: dict[Mark, tuple[str, str]] = {
    "kept": ("{} is kept, on the page Kept.", "{} are kept, on the page Kept."),
    "seen": ("{}: seen. It leaves your lists.", "{}: seen. They leave your lists."),
    "hidden": ("{} is not for you. It leaves your lists.", "{} are not for you. They leave your lists."),
    "not seen": ("{}: not seen.", "{}: not seen."),
}
"""What is said after a mark, of one title and of several."""


def mark_input(engine: Engine, item_id: str, place: str) -> None:
    """Three marks of which a title has one or none; the chosen one again takes it back. ``place`` keeps keys of two lists apart."""
    key, said = f"_mark_{place}_{item_id}", profile.said_about(item_id)
    keys.show(key, said.mark if said and said.mark in LABELS else None)
    st.pills(
        f"{markup.plain(cards.title_of(engine, item_id))}: keep it, or say that it is seen or not for you",
        list(LABELS),
        format_func=lambda mark: LABELS[mark],
        key=key,
        label_visibility="collapsed",
        on_change=_marked,
        args=(item_id, key),
    )


def _marked(item_id: str, key: str) -> None:
    mark([item_id], st.session_state[key])


def mark(item_ids: Sequence[str], what: Mark | None) -> None:
    """Mark titles, or take back what was said about them (None): call it in a callback. The line of the last act says so."""
    before = {item_id: profile.said_about(item_id) for item_id in item_ids}
    for item_id in item_ids:
        if what is None:
            profile.clear(item_id)
        else:
            profile.mark(item_id, what)
    name = cards.title_of(app_data.engine(), item_ids[0]) if len(item_ids) == 1 else f"{len(item_ids)} titles"
    words = "{}: taken back." if what is None else DONE[what][len(item_ids) > 1]
    keys.LAST_ACT.set(keys.Act(words.format(name), before))


def more_like(item_id: str) -> None:
    """Ask for more like a title: call it in a callback."""
    pull = title_name(item_id)
    before = steering.pulls().get(pull, 0.0)
    steering.steer(pull, TOWARDS)
    name = cards.title_of(app_data.engine(), item_id)
    keys.LAST_ACT.set(keys.Act(f"More like {name}: your list on For you follows.", {}, {pull: before}))


def undo() -> None:
    """Take the last act back: call it in a callback."""
    if act := keys.LAST_ACT.take():
        for item_id, before in act.before.items():
            profile.put_back(item_id, before)
        for pull, amount in act.pulls.items():
            steering.steer(pull, amount)
        st.rerun()  # the whole page, not the line alone, which is empty now


@st.fragment(key=redraw.LAST_ACT)
def last_act() -> None:
    """The line that says what was done last, with a button that undoes it; it stays until something else is done."""
    act = keys.LAST_ACT.get()
    announce(act.words if act else "", "_act")
    if act:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False, key="last_act"):
            st.markdown(markup.plain(act.words), width="stretch")
            st.button("Undo", key="_undo", on_click=undo, type="tertiary", icon=":material/undo:")
