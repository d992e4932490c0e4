"""Rooms of classes without a browser: a teacher opens one, phones join and rate, the projector shows every station."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from recsys_core.classroom.choice import best_known
from recsys_core.classroom.rehearsal import invite, rehearse, vote
from recsys_core.classroom.stations import STATIONS
from recsys_core.errors import RoomError
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store, new_token
from tests.support.screen import seen
from ui.classroom import desk, frame, student
from ui.server.pruning import Pruner
from ui.session import classroom, profile

ROOT = Path(__file__).resolve().parents[2]
TEACHER, PHONE = "t" * 22, "a" * 22


@pytest.fixture
def rooms(store: Store) -> Rooms:
    return Rooms(store)


@pytest.fixture
def code(rooms: Rooms, engine) -> str:
    return rooms.open(TEACHER, "showcase", best_known(engine.dataset))


@pytest.fixture
def teacher(engine, monkeypatch: pytest.MonkeyPatch):
    """Open the teacher's page; ``AppTest`` has no cookies, so the key is the tab's."""
    monkeypatch.setattr(classroom, "teacher_key", lambda code: TEACHER)

    def teacher(code: str = "", show: bool = False) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
        at.run()
        at.switch_page("pages/classroom.py")
        if code:
            at.query_params["room"] = code
        if show:
            at.query_params["show"] = "1"
        at.run()
        assert not at.exception
        return at

    return teacher


@pytest.fixture
def phone(engine):
    def phone(code: str = "", key: str = PHONE) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
        at.switch_page("pages/join.py")
        at.query_params["me"] = key
        if code:
            at.query_params["room"] = code
        at.run()
        assert not at.exception
        return at

    return phone


def filled(rooms: Rooms, code: str, engine, n: int = 8):
    students = invite(rooms, code, engine.dataset, n)
    list(rehearse(rooms, code, students))
    return students


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


# The phone


def test_a_phone_joins_rates_and_waits_without_a_profile(phone, rooms: Rooms, code: str, store: Store, monkeypatch) -> None:
    monkeypatch.setattr(profile, "open_profile", lambda: pytest.fail("a student's phone opened a profile"))
    at = phone(code)
    assert "Nothing else is stored" in seen(at)
    assert rooms.room(code).students == ()  # looking is not joining
    press(at, "room_join")
    room = rooms.room(code)
    assert room.students[0].name in seen(at)
    for place in range(len(room.titles)):
        assert f"{place} of 20" in " ".join(each.proto.text for each in at.get("progress"))
        if place % 4:
            at.feedback(key=f"_room_{code}_{place}").set_value(place % 5).run()
            assert not at.exception
        else:
            press(at, f"_room_{code}_{place}_unseen")
    assert "Look at the projector" in seen(at)
    assert len(rooms.room(code).stars[room.students[0].id]) == 20
    assert "p" not in at.query_params


def test_a_phone_that_comes_back_is_the_same_student(phone, rooms: Rooms, code: str) -> None:
    press(phone(code), "room_join")
    name = rooms.room(code).students[0].name
    assert name in seen(phone(code))
    assert len(rooms.room(code).students) == 1


def test_three_other_names_before_the_first_star(phone, rooms: Rooms, code: str) -> None:
    at = press(phone(code), "room_join")
    names = {rooms.room(code).students[0].name}
    for _ in range(3):
        press(at, "room_spin")
        names.add(rooms.room(code).students[0].name)
    assert len(names) == 4
    assert not [button for button in at.button if button.key == "room_spin"]


@pytest.mark.parametrize(("typed", "said"), [("222222", "no room with this code"), ("nonsense", "no room with this code")])
def test_a_wrong_code_says_so_and_asks_again(phone, code: str, typed: str, said: str) -> None:
    at = phone(typed)
    assert said in at.error[0].value
    at.text_input(key="room_code_typed").set_value(f"{code[:3].lower()} {code[3:]}")
    next(button for button in at.button if button.label == "Go").click().run()
    assert not at.exception
    assert f"Class {code[:3]} {code[3:]}" in at.title[0].value


def test_closed_locked_frozen_and_removed_are_said_in_words(phone, rooms: Rooms, code: str) -> None:
    at = press(phone(code), "room_join")
    rooms.set(code, TEACHER, frozen=1, locked=1)
    at.run()
    assert "frozen" in at.info[0].value
    other = press(phone(code, "b" * 22), "room_join")
    assert "locked" in other.error[0].value
    rooms.remove(code, TEACHER, rooms.room(code).students[0].id)
    at.run()
    assert "removed you" in at.warning[0].value
    rooms.close(code, TEACHER)
    at.run()
    assert "closed" in at.error[0].value


def test_guesses_by_the_address_are_counted(phone, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "address", lambda: "10.0.0.1")
    for _ in range(60):
        with pytest.raises(RoomError, match="no room"):
            classroom.rooms().look("222222", "10.0.0.1")
    assert "Too many wrong codes" in phone("222222").error[0].value
    assert "Too many wrong codes" in phone(code, "c" * 22).error[0].value


@pytest.mark.parametrize("station", [number for number, one in enumerate(STATIONS) if one.act in ("guess", "name", "list")])
def test_phones_do_what_their_station_asks(phone, rooms: Rooms, code: str, engine, station: int) -> None:
    filled(rooms, code, engine)
    at = press(phone(code), "room_join")
    for place, title in enumerate(rooms.head(code).titles[:12]):
        rooms.rate(code, PHONE, title, 1.0 + place % 5)
    rooms.set(code, TEACHER, station=station)
    at.run()
    assert not at.exception
    act = STATIONS[station].act
    if act == "name":
        axis = [button.key for button in at.button if (button.key or "").startswith("_room_axis_0")]
        press(at, axis[0])
        assert len(rooms.room(code).votes["axis 0"]) == 1
    elif act == "list":
        names = [student.name for student in rooms.room(code).students]
        assert "counted most" in seen(at)
        assert any(name in seen(at) for name in names[:-1])
        rooms.set(code, TEACHER, named=0)
        at.run()
        assert not any(name in seen(at) for name in names[:-1])
    else:
        assert seen(at).count(" on ") >= 3


def test_all_titles_as_a_list(phone, rooms: Rooms, code: str) -> None:
    at = press(phone(code), "room_join")
    at.toggle(key="room_as_list").set_value(True).run()
    assert not at.exception
    assert len(at.feedback) == 20
    at.feedback(key=f"_room_{code}_7").set_value(2).run()
    at.feedback(key=f"_room_{code}_3").set_value(None).run()  # the same star again says nothing
    assert list(rooms.mine(code, PHONE).said.items()) == [(rooms.head(code).titles[7], 3.0)]
    assert len(at.feedback) == 20


def test_own_ratings_come_along_only_where_they_are_asked_for_and_stay_as_they_are(
    phone, rooms: Rooms, code: str, store: Store, engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, token, key = "b" * 22, new_token(), engine.dataset.key
    titles = rooms.head(code).titles
    for item_id, stars in ((titles[0], 4.5), (titles[1], 2.0), ("heat-1995", 5.0)):
        store.rate(token, key, item_id, stars)
    store.admit(token, browser)
    monkeypatch.setattr(student, "browser_id", lambda cookies: browser)
    at = press(phone(code), "room_join")
    at.feedback(key=f"_room_{code}_0").set_value(0).run()
    assert rooms.mine(code, PHONE).said == {titles[0]: 1.0}
    press(at, "room_bring")
    assert rooms.mine(code, PHONE).said == {titles[0]: 1.0, titles[1]: 2.0}
    assert "1 of your ratings came along" in seen(at)
    assert len(store.feedback(token, key)) == 3


# The desk


def test_a_teacher_opens_a_room_and_finds_it_again(engine, rooms: Rooms) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.run()
    at.switch_page("pages/classroom.py").run()
    press(at, "class_open")
    code = at.query_params["room"]
    assert rooms.room(code).titles == tuple(best_known(engine.dataset))
    assert f"Room {code[:3]} {code[3:]}" in at.title[0].value
    assert set(at.query_params) == {"room"}


def test_without_the_key_the_desk_stays_closed_and_opens_with_it(rooms: Rooms, code: str, engine) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=180)
    at.run()
    at.switch_page("pages/classroom.py")
    at.query_params |= {"room": code, "show": "1"}
    at.run()
    assert "has not the teacher's key" in at.error[0].value
    typed, key = (field for field in at.text_input if field.label in ("Code", "Teacher's key"))
    typed.set_value(code)
    key.set_value(TEACHER)
    next(button for button in at.button if button.label == "Open the desk").click().run()
    assert not at.exception
    assert "Join the class" in at.title[0].value


def test_the_desk_removes_merges_resets_and_closes(teacher, rooms: Rooms, code: str, engine) -> None:
    students = filled(rooms, code, engine, 4)
    at = teacher(code)
    at.selectbox(key="class_gone").set_value(students[0].student.id).run()
    press(at, "class_remove")
    assert students[0].student.id not in rooms.room(code).stars
    at.selectbox(key="class_old").set_value(students[1].student.id)
    at.selectbox(key="class_new").set_value(students[2].student.id).run()
    press(at, "class_merge")
    assert len(rooms.room(code).students) == 2
    press(at, "class_reset")
    assert set(map(len, rooms.room(code).stars.values())) == {0}
    for option in ("locked", "frozen"):
        at.toggle(key=f"class_{option}_0").set_value(True).run()
        assert not at.exception
    assert (rooms.room(code).locked, rooms.room(code).frozen) == (True, True)
    press(at, "class_close")
    assert "room" not in at.query_params


def test_the_table_that_is_taken_along_has_no_keys_and_no_formulas(rooms: Rooms, code: str, engine) -> None:
    students = filled(rooms, code, engine, 2)
    text = desk.as_csv(engine, rooms.lines(code, TEACHER)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 40
    assert {row["pseudonym"] for row in rows} == {one.student.name for one in students}
    assert not any(secret in text for one in students for secret in (one.key, one.student.id))


# The projector


@pytest.mark.parametrize("number", range(len(STATIONS)), ids=[one.key for one in STATIONS])
def test_every_station_is_shown_for_a_class_a_pair_and_nobody(teacher, rooms: Rooms, code: str, engine, number: int) -> None:
    rooms.set(code, TEACHER, station=number)
    at = teacher(code, show=True)
    assert at.title[0].value == STATIONS[number].title
    filled(rooms, code, engine, 2)
    at.run()
    assert not at.exception
    students = filled(rooms, code, engine, 10)
    vote(rooms, code, students, engine.dataset)
    at.run()
    assert not at.exception
    assert STATIONS[number].computed in seen(at)
    assert not [info for info in at.info if "needed" in info.value]
    assert TEACHER not in str(at.query_params)
    assert TEACHER not in seen(at)


def test_pages_lead_from_station_to_station_and_back(teacher, rooms: Rooms, code: str) -> None:
    at = teacher(code, show=True)
    press(at, "class_next")
    assert rooms.head(code).station == 1
    assert at.title[0].value == STATIONS[1].title
    press(at, "class_back")
    assert rooms.head(code).station == 0
    assert at.button(key="class_back").disabled


def test_pseudonyms_are_not_shown_where_the_teacher_wants_none(teacher, rooms: Rooms, code: str, engine) -> None:
    students = filled(rooms, code, engine, 6)
    rooms.set(code, TEACHER, named=0)
    for number in range(len(STATIONS)):
        rooms.set(code, TEACHER, station=number)
        at = teacher(code, show=True)
        assert not any(one.student.name in seen(at) for one in students)


@pytest.mark.parametrize(
    ("page", "listens", "own", "expected"),
    [
        ("http://localhost:8501/classroom", True, "192.168.1.20", "http://192.168.1.20:8501/join?room=K7Q2MZ"),
        ("http://127.0.0.1:8501/classroom", True, "192.168.1.20", "http://192.168.1.20:8501/join?room=K7Q2MZ"),
        ("http://localhost:8501/classroom", True, "", "http://localhost:8501/join?room=K7Q2MZ"),
        ("http://localhost:8501/classroom", False, "192.168.1.20", "http://localhost:8501/join?room=K7Q2MZ"),
        ("https://recs.school.org/app/classroom", True, "10.0.0.1", "https://recs.school.org/app/join?room=K7Q2MZ"),
        ("http://192.168.1.7:8501/", True, "10.0.0.1", "http://192.168.1.7:8501/join?room=K7Q2MZ"),
    ],
)
def test_the_address_for_phones(monkeypatch: pytest.MonkeyPatch, page: str, listens: bool, own: str, expected: str) -> None:
    monkeypatch.setattr(classroom, "listens_to_others", lambda: listens)
    monkeypatch.setattr(classroom, "own_address", lambda: own)
    monkeypatch.setattr(classroom, "page_address", lambda: page)
    assert classroom.join_address("K7Q2MZ") == expected
    assert "?" not in classroom.join_address()


def test_a_qr_code_is_a_picture_of_the_address_alone() -> None:
    picture = frame.qr("http://192.168.1.20:8501/join?room=K7Q2MZ")
    assert picture.startswith('<img class="qr" alt="QR code')
    assert picture.count("<") == 1
    assert frame.qr("http://a/join?room=222222") != picture


def test_a_server_empties_rooms_that_are_over_by_itself(store: Store, database: str, code: str) -> None:
    Rooms(store, lambda: 0.0).open(TEACHER, "showcase", ["heat-1995"])  # in 1970: long over
    pruner = Pruner(database, every=0.05)
    pruner.start()
    try:
        for _ in range(200):
            with store.reading() as connection:
                if connection.scalar(text("SELECT count(DISTINCT room) FROM room_titles")) == 1:
                    break
            time.sleep(0.05)
        else:
            pytest.fail("the room that is over is still full after ten seconds")
    finally:
        pruner.stop()
    assert len(Rooms(store).room(code).titles) == 20
