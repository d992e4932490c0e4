"""Opening a room, and coming back to one as its teacher."""

from __future__ import annotations

import streamlit as st

from recsys_core import Engine
from recsys_core.classroom.choice import PER_GENRE, USUAL, best_known, by_genre
from recsys_core.datasets.visitors import is_own
from recsys_core.errors import RecsysError, RoomError
from recsys_core.storage.pseudonyms import read_code
from recsys_core.storage.rooms import HOURS, MOST_TITLES, Room
from ui.classroom.frame import CLASS, spaced, title_of, titles_of
from ui.components import filters, markup
from ui.components.frame import dataset_title
from ui.session import app_data, classroom

WAYS = ("Best known", "One genre", "Five per genre", "My own choice")
OPEN_FOR = {"24 hours": HOURS, "3 days": 72.0, "7 days": 168.0, "30 days": 720.0}
WAY, OWN = "class_way", "class_own"


def taught(typed: str) -> Room | None:
    """The room with a code if this tab is its teacher's; None if not, or it is closed."""
    code = read_code(typed)
    try:
        return classroom.rooms().room(code) if code and classroom.rooms().teaches(code, classroom.teacher_key(code)) else None
    except RoomError:
        return None


def show(code: str) -> None:
    """The page of whoever teaches no room yet, or not the one whose code is in the address."""
    st.title("In a classroom", anchor=False)
    st.html('<p class="strip">Your class joins by a code and rates twenty titles. The matrix on the projector is the class.</p>')
    if code:
        _not_taught(code)
    mine = classroom.rooms().taught_by(classroom.teacher_key)
    if mine:
        st.header("Your rooms", anchor=False)
        with st.container(horizontal=True):
            for each in mine:
                st.page_link(CLASS, label=f"Room {spaced(each)}", icon=":material/meeting_room:", query_params={classroom.CODE: each})
    _open()
    with st.expander("I have a code and its teacher's key", icon=":material/key:"), st.form("class_key", border=False):
        typed = st.text_input("Code", max_chars=12)
        key = st.text_input("Teacher's key", type="password", max_chars=60)
        if st.form_submit_button("Open the desk"):
            _come_back(typed or "", (key or "").strip())


def _not_taught(code: str) -> None:
    """Why the room in the address does not open."""
    try:
        classroom.rooms().look(code, classroom.address())
    except RecsysError as error:
        st.error(markup.plain(str(error)), icon=":material/error:")
    else:
        st.error("This browser has not the teacher's key of this room. Type it below.", icon=":material/key:")


def _come_back(typed: str, key: str) -> None:
    rooms, address = classroom.rooms(), classroom.address()
    try:
        code = rooms.look(typed, address).code
        if not rooms.teaches(code, key, address):
            raise RoomError("This is not the teacher's key of that room.")
    except RecsysError as error:
        st.error(markup.plain(str(error)), icon=":material/error:")
        return
    classroom.remember_teacher_key(code, key)
    st.query_params[classroom.CODE] = code
    st.rerun()


def _open() -> None:
    """The choices, and the button."""
    engine, name = app_data.engine(), app_data.dataset_name()
    st.header("Open a room", anchor=False)
    if is_own(name):
        st.info("A room takes a data set of the server, not one that you have brought: choose another on the page Data.")
        return
    st.caption(f"Titles from {markup.plain(dataset_title(name))}. The page Data chooses another data set.")
    item_ids = _choose(engine)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        named = st.toggle("Show pseudonyms", value=True, key="class_named", help="Otherwise the projector numbers the students.")
        hours = st.selectbox("Open for", list(OPEN_FOR), key="class_hours", width=160)
    with st.expander(f"{len(item_ids)} titles", expanded=False):
        st.markdown(markup.plain(" · ".join(titles_of(engine, item_ids))))
    if st.button("Open a room", key="class_open", type="primary", icon=":material/meeting_room:", disabled=not item_ids):
        try:
            rooms = classroom.rooms()
            code = rooms.open(classroom.new_teacher_key, name, item_ids, named=named, hours=OPEN_FOR[hours])
        except RecsysError as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
            return
        st.query_params[classroom.CODE] = code
        st.rerun()


def _choose(engine: Engine) -> list[str]:
    """The titles that the class shall rate."""
    dataset = engine.dataset
    way = st.segmented_control("Which titles", WAYS, default=WAYS[0], required=True, key=WAY)
    if way == "One genre":
        genre = st.selectbox("Genre", filters.genres(engine), format_func=markup.clean, key="class_genre")
        return best_known(dataset, USUAL, genre=str(genre), years=None) if genre else []
    if way == "Five per genre":
        genres = st.multiselect("Genres", filters.genres(engine), format_func=markup.clean, key="class_genres", max_selections=8)
        return by_genre(dataset, list(genres), PER_GENRE)
    if way == "My own choice":
        chosen = st.multiselect(
            "Titles",
            [str(item_id) for item_id in best_known(dataset, dataset.n_items, years=None)],
            format_func=lambda item_id: title_of(engine, item_id),
            key=OWN,
            max_selections=MOST_TITLES,
            placeholder="Type a title",
        )
        return list(chosen)
    return best_known(dataset)
