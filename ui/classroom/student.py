"""A student's phone: join, a pseudonym, large stars one title a screen, and what the class is doing. No profile is needed or touched."""

from __future__ import annotations

import math

import streamlit as st

from recsys_core import Engine
from recsys_core.classroom.guessing import cases, question
from recsys_core.classroom.matrix import ClassMatrix
from recsys_core.classroom.own import most_like, own_list
from recsys_core.classroom.space import axis_answer, axis_options, axis_question, plane
from recsys_core.classroom.stations import Station, station
from recsys_core.errors import RecsysError, RoomError, StoreError
from recsys_core.storage.pseudonyms import read_code
from recsys_core.storage.rooms import SPINS, Mine, Room
from ui.classroom.frame import doing, engine_of, spaced, title_of, watch_saving, watch_teacher
from ui.components import cards, markup
from ui.server.browser_cookie import browser_id
from ui.session import classroom, keys, profile

AS_LIST, CODE_TYPED = "room_as_list", "room_code_typed"
MOST_OWN = 5


def show() -> None:
    """The page of a phone, from the code to the last station."""
    typed = str(st.query_params.get(classroom.CODE, ""))
    if not typed:
        _ask_code()
        return
    rooms, code = classroom.rooms(), read_code(typed)
    key = classroom.student_key(code)
    try:
        mine = rooms.mine(code, key)
        room = rooms.head(code) if mine.student else rooms.look(code, classroom.address())
    except RoomError as error:
        _ask_code(_counted(typed) or str(error))
        return
    if mine.student is None:
        _join(room, key)
        return
    keys.ROOM_ENTERED.set(code)
    engine = engine_of(room)
    _head(room, mine, key)
    at = station(room.station)
    left = [item_id for item_id in room.titles if item_id not in mine.said]
    if refused := keys.ROOM_REFUSED.take():
        st.warning(markup.plain(refused))
    if mine.waits:
        st.warning("Not stored yet: the server tries again by itself. Leave this page open.", icon=":material/sync_problem:")
        watch_saving(code, key)
    if room.frozen:
        st.info("Your teacher has frozen the stars.", icon=":material/ac_unit:")
    if at.act in ("guess", "name", "list"):
        _act(engine, room, mine, key, at)
        watch_teacher(code, doing(room))
    elif left and not room.frozen:
        _rate(engine, room, mine, key, left)
        st.caption(at.phone)
    else:
        _wait(engine, room, mine, key, at)


def _counted(typed: str) -> str:
    """Why a code in the address opens nothing; it counts as a guess, as a typed one does."""
    try:
        classroom.rooms().look(typed, classroom.address())
    except RoomError as error:
        return str(error)
    return ""


def _ask_code(refused: str = "") -> None:
    """The field for the code, with why the last one did not open anything."""
    st.title("Join your class", anchor=False)
    if refused:
        st.error(markup.plain(refused), icon=":material/error:")
    with st.form("room_code", border=False):
        typed = st.text_input("Code", key=CODE_TYPED, max_chars=12, placeholder="K7Q 2MZ", help="It stands on the projector.")
        if st.form_submit_button("Go", type="primary", width="stretch"):
            try:
                st.query_params[classroom.CODE] = classroom.rooms().look(typed or "", classroom.address()).code
            except RecsysError as error:
                st.error(markup.plain(str(error)), icon=":material/error:")
            else:
                st.rerun()


def _join(room: Room, key: str) -> None:
    """The button that lets a phone into the room."""
    st.title(f"Class {spaced(room.code)}", anchor=False)
    if keys.ROOM_ENTERED.get() == room.code:
        st.warning("Your teacher has removed you from this room.", icon=":material/person_remove:")
    st.markdown(
        f"You rate {len(room.titles)} titles under a name made up here, such as *Teal Otter*. "
        "Nothing else is stored: no real name, no address. The room is deleted when it closes."
    )
    if st.button("Join", key="room_join", type="primary", width="stretch", icon=":material/login:"):
        try:
            classroom.rooms().enter(room.code, key, classroom.address())
        except (RoomError, StoreError) as error:
            st.error(markup.plain(str(error)), icon=":material/error:")
        else:
            keys.ROOM_PLACE.forget()
            st.rerun()


def _head(room: Room, mine: Mine, key: str) -> None:
    """Who one is, and another name as long as nothing was rated."""
    student = mine.student
    if student is None:
        return
    st.html(
        f'<p class="strip room-me"><b>{markup.in_html(student.name)}</b> <span class="chip">{markup.in_html(spaced(room.code))}</span></p>'
    )
    left = SPINS - student.spins
    if left > 0 and not mine.said:
        st.button(f"Another name ({left} left)", key="room_spin", icon=":material/casino:", on_click=_spin, args=(room.code, key))


def _spin(code: str, key: str) -> None:
    try:
        classroom.rooms().spin(code, key)
    except (RoomError, StoreError) as error:
        keys.ROOM_REFUSED.set(str(error))


def _rate(engine: Engine, room: Room, mine: Mine, key: str, left: list[str]) -> None:
    """One title a screen, or all as a list."""
    n = len(room.titles)
    at = keys.ROOM_PLACE.get()
    place = room.titles.index(left[0]) if at is None else min(max(at, 0), n - 1)
    titles = st.container(key="room_titles")
    with st.container(horizontal=True, key="room_more"):
        as_list = st.toggle("As a list", key=AS_LIST)  # drawn first: after a long loss of connection only the phone knows it
        if browser_id(st.context.cookies):
            bring = "Ratings that this browser gave in this app before; your profile stays as it is."
            st.button("Bring my ratings", key="room_bring", on_click=_bring, args=(room, key), help=bring)
    with titles:
        if as_list:
            for item_id in room.titles:
                with st.container(key=f"room_line_{room.titles.index(item_id)}", border=True):
                    st.markdown(f"**{markup.plain(title_of(engine, item_id))}**")
                    _stars(room, mine, key, item_id)
        else:
            _card(engine, room, mine, key, left, place)
    if (n_brought := keys.ROOM_BROUGHT.take()) >= 0:
        st.caption(f"{n_brought} of your ratings came along.")


def _card(engine: Engine, room: Room, mine: Mine, key: str, left: list[str], place: int) -> None:
    """One title, and how far one has come."""
    n, item_id = len(room.titles), room.titles[place]
    with st.container(key="room_card"):
        st.progress((n - len(left)) / n, f"{n - len(left)} of {n}")
        if item_id in engine.dataset.item_index:
            st.html(f'<div class="room-poster">{cards.tile(engine, item_id)}</div>')
        st.html(f'<p class="room-title">{markup.in_html(title_of(engine, item_id))}</p>')
        _stars(room, mine, key, item_id)
        with st.container(horizontal=True, key="room_steps"):
            st.button("Back", key="room_back", disabled=place == 0, on_click=keys.ROOM_PLACE.set, args=(place - 1,))
            st.button("Next", key="room_next", disabled=place == n - 1, on_click=keys.ROOM_PLACE.set, args=(place + 1,))


def _stars(room: Room, mine: Mine, key: str, item_id: str) -> None:
    """Five large stars, and "not seen" beside them."""
    place = room.titles.index(item_id)
    widget, said = f"_room_{room.code}_{place}", mine.said.get(item_id)
    keys.show(widget, None if said is None else math.ceil(said) - 1)
    with st.container(horizontal=True, vertical_alignment="center", key=f"room_stars_{place}"):
        st.feedback("stars", key=widget, disabled=room.frozen, on_change=_say, args=(room, mine, key, item_id, widget))
        unseen = item_id in mine.said and said is None
        label = "Not seen ✓" if unseen else "Not seen"
        st.button(label, key=f"{widget}_unseen", disabled=room.frozen, on_click=_say, args=(room, mine, key, item_id, ""))


def _say(room: Room, mine: Mine, key: str, item_id: str, widget: str) -> None:
    """Store a star, or "not seen" without a widget, and go on to the next title that has none."""
    chosen = st.session_state[widget] if widget else None
    if widget and chosen is None:  # the same star again: it stays
        return
    try:
        classroom.rooms().rate(room.code, key, item_id, None if chosen is None else float(chosen + 1))
    except RoomError as error:
        keys.ROOM_REFUSED.set(str(error))
        return
    place, n = room.titles.index(item_id), len(room.titles)
    open_places = [other % n for other in range(place + 1, place + n) if room.titles[other % n] not in mine.said]
    keys.ROOM_PLACE.set(open_places[0] if open_places else place)


def _bring(room: Room, key: str) -> None:
    """Give the stars that this browser's own profile has for titles of the room, where nothing was said here."""
    rooms, n = classroom.rooms(), 0
    try:
        tokens = profile.store().opened(browser_id(st.context.cookies))
        said = profile.store().feedback(tokens[0], engine_of(room).dataset.key) if tokens else []
        before = rooms.mine(room.code, key).said
        for one in said:
            if one.stars is not None and one.item_id in room.titles and one.item_id not in before:
                rooms.rate(room.code, key, one.item_id, one.stars)
                n += 1
    except RecsysError as error:
        keys.ROOM_REFUSED.set(str(error))
    keys.ROOM_BROUGHT.set(n)


def _wait(engine: Engine, room: Room, mine: Mine, key: str, at: Station) -> None:
    """What the class is doing, while there is nothing to do here."""
    n = sum(stars is not None for stars in mine.said.values())
    with st.container(key="room_wait"):
        st.html(f'<p class="room-doing">{markup.in_html(at.phone)}</p>')
        st.caption(f"{n} stars are in the class. Look at the projector.")
    watch_teacher(room.code, doing(room))
    if not room.frozen:
        with st.expander("Change my stars"):
            for item_id in room.titles:
                st.markdown(f"**{markup.plain(title_of(engine, item_id))}**")
                _stars(room, mine, key, item_id)


def _act(engine: Engine, room: Room, mine: Mine, key: str, at: Station) -> None:
    """What phones do at a station of their own."""
    full = classroom.rooms().room(room.code)
    matrix = ClassMatrix.of(full)
    st.html(f'<p class="room-doing">{markup.in_html(at.phone)}</p>')
    if at.act == "guess":
        _guess(engine, full, matrix, mine, key)
    elif at.act == "name":
        _name(engine, full, matrix, mine, key)
    else:
        _list(engine, full, matrix, mine)


def _guess(engine: Engine, room: Room, matrix: ClassMatrix, mine: Mine, key: str) -> None:
    found = cases(matrix)
    if not found:
        st.info("Nothing is hidden yet: more stars are needed.")
    for number, case in enumerate(found):
        asked, own = question(matrix, case), mine.student is not None and matrix.ids[case.person] == mine.student.id
        title = markup.plain(title_of(engine, matrix.titles[case.title]))
        st.markdown(f"**{markup.plain(matrix.names[case.person])}** on **{title}**")
        if own:
            st.caption("That is you: keep it secret.")
            continue
        widget = f"_room_guess_{room.code}_{number}_{asked}"
        before = room.votes.get(asked, {}).get(mine.student.id if mine.student else "")
        keys.show(widget, None if before is None else math.ceil(before) - 1)
        with st.container(key=f"room_guess_{number}"):
            st.feedback("stars", key=widget, on_change=_vote_stars, args=(room.code, key, asked, widget))


def _vote_stars(code: str, key: str, asked: str, widget: str) -> None:
    if (chosen := st.session_state[widget]) is not None:
        _vote(code, key, asked, float(chosen + 1))


def _vote(code: str, key: str, asked: str, answer: float) -> None:
    try:
        classroom.rooms().vote(code, key, asked, answer)
    except RoomError as error:
        keys.ROOM_REFUSED.set(str(error))
    except StoreError:
        keys.ROOM_REFUSED.set("Your vote could not be stored. Try again in a moment.")


def tags_of(engine: Engine, room: Room) -> dict[str, tuple[str, ...]]:
    """The genres of a room's titles."""
    known = engine.dataset.item_index
    return {item_id: cards.item(engine, item_id).genres for item_id in room.titles if item_id in known}


def _name(engine: Engine, room: Room, matrix: ClassMatrix, mine: Mine, key: str) -> None:
    found = plane(matrix)
    me = mine.student.id if mine.student else ""
    if found is None:
        st.info("The class is too small for two axes.")
        return
    for axis in range(2):
        options = axis_options(matrix, found, axis, tags_of(engine, room))
        asked = axis_question(axis)
        voted = room.votes.get(asked, {}).get(me)
        with st.container(key=f"room_axis_{axis}"):
            st.markdown(f"**{('Left to right', 'Bottom to top')[axis]}**: from … to …")
            for names in options:
                label = " – ".join(map(markup.plain, names)) + (" ✓" if voted == axis_answer(names) else "")
                button = f"_room_axis_{axis}_{axis_answer(names):.0f}"
                st.button(label, key=button, width="stretch", on_click=_vote, args=(room.code, key, asked, axis_answer(names)))
            if not options:
                st.caption("The genres of the titles at both ends are the same: no name is at hand.")


def _list(engine: Engine, room: Room, matrix: ClassMatrix, mine: Mine) -> None:
    """The student's own list in the room and beyond it, with the classmate who counted most."""
    me = mine.student.id if mine.student else ""
    lines, alike = own_list(matrix, me)[:MOST_OWN], most_like(matrix, me)
    if alike and room.named:
        st.markdown(f"**{markup.plain(matrix.names[alike[0][0]])}** counted most: {alike[0][1]:.0%} of the weight of all classmates.")
    if lines:
        st.markdown("**Titles of this room that you have not rated**")
    for line in lines:
        who = f" – most by {markup.plain(matrix.names[line.classmate])}" if room.named else ""
        st.markdown(f"{markup.plain(title_of(engine, line.item_id))}: {line.stars:.1f} ★{who}")
    given = {item_id: stars for item_id, stars in mine.said.items() if stars is not None and item_id in engine.dataset.item_index}
    if given:
        st.markdown("**From everything, by the app's own model**")
        for best in engine.recommend(given, n=MOST_OWN):
            st.markdown(f"{best.rank}. {markup.plain(title_of(engine, best.item_id))}")
    elif not lines:
        st.info("Give some stars first: then there is a list for you.")
