"""The teacher's desk: the way in for phones, the station, who is there, and what only the teacher may do."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from recsys_core import Engine
from recsys_core.classroom.stations import STATIONS, station
from recsys_core.errors import RecsysError
from recsys_core.storage.rooms import Line, Room
from ui.classroom import frame
from ui.components import markup
from ui.session import classroom

EXTEND = {"1 day": 24.0, "7 days": 168.0, "30 days": 720.0}


def show(room: Room) -> None:
    """The desk of a room."""
    key, engine = classroom.teacher_key(room.code), frame.engine_of(room)
    st.title(f"Room {frame.spaced(room.code)}", anchor=False)
    until = datetime.fromtimestamp(room.until, UTC).strftime("%d %B, %H:%M")
    n_stars = sum(stars is not None for said in room.stars.values() for stars in said.values())
    st.html(
        f'<p class="strip">{len(room.students)} students, {n_stars} stars, {len(room.titles)} titles. '
        f'<span class="chip">Open until {markup.in_html(until)} UTC</span></p>'
    )
    way_in, acts = st.columns([2, 3], gap="large")
    with way_in, st.container(key="class_desk_way"):
        address = classroom.join_address(room.code)
        st.html(frame.qr(address))
        st.code(address, language=None)
        frame.warn_of_localhost(address)
        with st.popover("Teacher's key", icon=":material/key:"):
            st.caption("It opens this desk in another browser. Students must not see it.")
            st.code(key, language=None)
    with acts:
        _projector(room, key)
        _switches(room, key)
        _ends(engine, room, key)
    _students(room, key)
    if st.button("Refresh", key="class_refresh", icon=":material/refresh:"):
        st.rerun()


def go(code: str, key: str, number: int) -> None:
    """Lead the class to a station."""
    _do(partial(classroom.rooms().set, code, key, station=min(max(number, 0), len(STATIONS) - 1)))


def _do(act: Callable[[], object]) -> None:
    """Do something in the room; where it cannot be done, say why."""
    try:
        act()
    except RecsysError as error:
        st.toast(markup.plain(str(error)), icon=":material/error:")


def _projector(room: Room, key: str) -> None:
    """The button that turns this tab into the projector, and the station."""
    st.button(
        "Show on the projector", key="class_show", type="primary", icon=":material/cast:", on_click=present, args=(True,), width="stretch"
    )
    st.caption("PageDown and PageUp lead to the next and the last station there.")
    names = [f"{number} · {one.title}" for number, one in enumerate(STATIONS, start=1)]
    at = min(max(room.station, 0), len(STATIONS) - 1)
    chosen = st.selectbox("The class is at", names, index=at, key=f"class_station_{room.station}")
    if (number := names.index(chosen)) != at:
        go(room.code, key, number)
        st.rerun()
    st.caption(station(room.station).computed)


def present(on: bool) -> None:
    """Turn this tab into the projector, or back into the desk."""
    if on:
        st.query_params[classroom.SHOW] = "1"
    else:
        st.query_params.pop(classroom.SHOW, None)


def _switches(room: Room, key: str) -> None:
    rooms = classroom.rooms()
    for label, option, now, words in (
        ("Locked", "locked", room.locked, "Nobody new can join; who is in the room stays."),
        ("Stars frozen", "frozen", room.frozen, "Stars stay as they are."),
        ("Show pseudonyms", "named", room.named, "Otherwise the projector numbers the students."),
    ):
        widget = f"class_{option}_{int(now)}"
        if st.toggle(label, value=now, key=widget, help=words) != now:
            _do(partial(rooms.set, room.code, key, **{option: int(not now)}))
            st.session_state.pop(widget, None)
            st.rerun()


def _ends(engine: Engine, room: Room, key: str) -> None:
    """What is taken along, and how a room ends."""
    rooms = classroom.rooms()
    with st.container(horizontal=True):
        st.download_button(
            "Stars as CSV",
            lambda: as_csv(engine, rooms.lines(room.code, key)),
            f"class-{room.code}.csv",
            "text/csv",
            key="class_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        with st.popover("Extend", icon=":material/more_time:"):
            for label, hours in EXTEND.items():
                if st.button(f"{label} from now", key=f"class_extend_{hours:.0f}"):
                    _do(partial(rooms.extend, room.code, key, hours))
                    st.rerun()
        with st.popover("Reset", icon=":material/restart_alt:"):
            st.caption("All stars and votes are deleted; the students stay.")
            if st.button("Delete all stars", key="class_reset"):
                _do(partial(rooms.reset, room.code, key))
                st.rerun()
        with st.popover("Close", icon=":material/door_front:"):
            st.caption("Everything in the room is deleted, and nobody can join again.")
            if st.button("Close the room", key="class_close"):
                _do(partial(rooms.close, room.code, key))
                st.query_params.pop(classroom.CODE, None)
                st.rerun()


def as_csv(engine: Engine, lines: list[Line]) -> bytes:
    """What was said as a table for spreadsheets: pseudonym, title, item id, stars (empty = not seen), time. No keys."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["pseudonym", "title", "item_id", "stars", "time"])
    for line in lines:
        title, at = frame.title_of(engine, line.item_id), datetime.fromtimestamp(line.at, UTC).isoformat(timespec="seconds")
        cells = (line.pseudonym, title, line.item_id)
        table.writerow([*map(markup.in_cell, cells), "" if line.stars is None else line.stars, at])
    return out.getvalue().encode("utf-8-sig")


def _students(room: Room, key: str) -> None:
    """Who is there; remove one, or give a lost phone's stars to the new one."""
    st.header(f"{len(room.students)} students", anchor=False)
    if not room.students:
        st.caption("Nobody has joined yet.")
        return
    names = {one.id: one.name for one in room.students}
    st.markdown(" · ".join(f"{markup.plain(one.name)} ({len(room.stars.get(one.id, {}))}/{len(room.titles)})" for one in room.students))
    rooms = classroom.rooms()
    with st.container(horizontal=True):
        with st.popover("Remove a student", icon=":material/person_remove:"):
            gone = st.selectbox("Who", list(names), format_func=names.__getitem__, key="class_gone", index=None)
            if st.button("Remove", key="class_remove", disabled=gone is None):
                _do(partial(rooms.remove, room.code, key, str(gone)))
                st.rerun()
        with st.popover("A lost phone", icon=":material/merge:"):
            st.caption("The stars of the old name go to the new one; where both have said something, the new one's stay.")
            old = st.selectbox("Old name", list(names), format_func=names.__getitem__, key="class_old", index=None)
            new = st.selectbox("New name", list(names), format_func=names.__getitem__, key="class_new", index=None)
            if st.button("Merge", key="class_merge", disabled=old is None or new is None or old == new):
                _do(partial(rooms.merge, room.code, key, str(old), str(new)))
                st.rerun()
