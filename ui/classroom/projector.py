"""The projector: one station at a time, larger, following the class; no key is on it or in its address."""

from __future__ import annotations

import streamlit as st

from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.stations import STATIONS, Station, station
from recsys_core.storage.rooms import Room
from recsys_core.teaching.catalogue import lesson
from ui.classroom import desk, frame, stations
from ui.components import markup
from ui.session import classroom


def show(room: Room) -> None:
    """The room's station; drawn anew whenever something in the room changes."""
    key, engine = classroom.teacher_key(room.code), frame.engine_of(room)
    at = station(room.station)
    number = STATIONS.index(at)
    with st.container(horizontal=True, vertical_alignment="center", key="class_head"):
        st.title(at.title, anchor=False)
        n_stars = sum(stars is not None for said in room.stars.values() for stars in said.values())
        st.html(
            f'<p class="class-count"><b>{markup.in_html(frame.spaced(room.code))}</b> · {len(room.students)} students · {n_stars} stars</p>'
        )
    stations.SHOWN[at.key](stations.Scene(room, ClassMatrix.of(room), engine))
    _below(room, key, at, number)
    frame.watch_all(room.code, room.version)


def _below(room: Room, key: str, at: Station, number: int) -> None:
    """What is computed, and the way on."""
    with st.container(key="class_computed"):
        st.markdown(at.computed)
    with st.container(horizontal=True, vertical_alignment="center", key="class_steps"):
        for label, shortcut, icon, to in (
            ("Back", "pageup", ":material/arrow_back:", number - 1),
            ("Next", "pagedown", ":material/arrow_forward:", number + 1),
        ):
            st.button(
                label,
                key=f"class_{label.lower()}",
                shortcut=shortcut,
                icon=icon,
                disabled=not 0 <= to < len(STATIONS),
                on_click=desk.go,
                args=(room.code, key, to),
            )
        st.caption(f"{number + 1} of {len(STATIONS)}")
        if found := lesson(at.lesson):
            label = f"Lesson {found.number}: {found.title}"
            st.page_link("pages/learn.py", label=label, icon=":material/school:", query_params={"lesson": found.key})
        st.button("Desk", key="class_desk", icon=":material/table_restaurant:", on_click=desk.present, args=(False,))
