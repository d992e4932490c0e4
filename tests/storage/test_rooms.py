"""Rooms of classes: who may do what, what is kept, what goes, and when the database fails."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from recsys_core.errors import ProfileError, RoomError, StoreError
from recsys_core.storage import rooms as rules
from recsys_core.storage.guesses import MOST, Guesses
from recsys_core.storage.profiles import hashed
from recsys_core.storage.pseudonyms import ANIMALS, COLOURS, SIGNS, new_code, pseudonym, read_code
from recsys_core.storage.rooms import Room, Rooms
from recsys_core.storage.store import Store

TEACHER, ANN, BEN = "t" * 22, "a" * 22, "b" * 22
TITLES = ["heat-1995", "alien-1979", "it's; --"]


class Clock:
    """Seconds that pass when told to."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rooms(store: Store, clock: Clock) -> Rooms:
    return Rooms(store, clock)


@pytest.fixture
def code(rooms: Rooms) -> str:
    return rooms.open(TEACHER, "showcase", TITLES)


# Codes and names


def test_codes_have_six_signs_that_cannot_be_mistaken() -> None:
    assert len(SIGNS) == len(set(SIGNS)) == 31
    assert not set(SIGNS) & set("0O1IL")
    codes = {new_code() for _ in range(300)}
    assert len(codes) == 300
    assert all(re.fullmatch(f"[{SIGNS}]{{6}}", code) for code in codes)
    assert {sign for code in codes for sign in code} == set(SIGNS)


@pytest.mark.parametrize("typed", ["k7q2mz", " K7Q-2MZ ", "k7q 2mz\u0020"])
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_code(typed) == "K7Q2MZ"


@pytest.mark.parametrize("typed", ["", "K7Q2M", "K7Q2MZZ", "K7Q2M0", "K7Q2M'", "K" * 10_000, "К7Q2MZ"])  # the last one begins in Cyrillic
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert read_code(typed) == ""


def test_there_are_names_enough_and_the_last_free_one_is_found() -> None:
    every = {f"{colour} {animal}" for colour in COLOURS for animal in ANIMALS}
    assert len(every) > 10 * rules.MOST_STUDENTS
    assert max(map(len, every)) <= 40
    assert pseudonym(every - {"Teal Otter"}) == "Teal Otter"


# Opening and entering


def test_a_room_is_opened_and_read(rooms: Rooms, code: str, clock: Clock) -> None:
    room = rooms.room(code)
    assert (room.dataset, room.titles) == ("showcase", tuple(TITLES))
    assert (room.named, room.locked, room.frozen, room.station, room.students, room.stars) == (True, False, False, 0, (), {})
    assert (room.opened, room.until) == (clock.now, clock.now + 24 * 3600)


@pytest.mark.parametrize("titles", [[], [f"t{n}" for n in range(61)]])
def test_a_room_without_titles_or_with_too_many_is_refused(rooms: Rooms, titles: list[str]) -> None:
    with pytest.raises(RoomError, match=f"these are {len(titles)}"):
        rooms.open(TEACHER, "showcase", titles)


def test_a_room_is_open_for_thirty_days_at_most(rooms: Rooms, clock: Clock) -> None:
    code = rooms.open(TEACHER, "showcase", TITLES, hours=1e9)
    assert rooms.room(code).until == clock.now + 30 * 24 * 3600
    clock.now += 29 * 24 * 3600
    rooms.extend(code, TEACHER, 1e9)
    assert rooms.room(code).until == rooms.room(code).opened + 30 * 24 * 3600


def test_two_hundred_rooms_may_be_open_and_one_that_is_over_makes_place(
    rooms: Rooms, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rules.MOST_ROOMS == 200
    monkeypatch.setattr(rules, "MOST_ROOMS", 3)
    codes = [rooms.open(TEACHER, "showcase", TITLES, hours=1 + n) for n in range(3)]
    with pytest.raises(RoomError, match="3 rooms are open"):
        rooms.open(TEACHER, "showcase", TITLES)
    clock.now += 3600
    rooms.open(TEACHER, "showcase", TITLES)
    with pytest.raises(RoomError, match="rooms are open"):
        rooms.open(TEACHER, "showcase", TITLES)
    assert len(set(codes)) == 3


def test_rooms_that_are_opened_at_once_keep_the_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_ROOMS", 4)
    rooms, opened, start = Rooms(store), list[str](), threading.Barrier(10)

    def try_it() -> None:
        start.wait()
        with suppress(RoomError):
            opened.append(rooms.open(TEACHER, "showcase", TITLES))

    threads = [threading.Thread(target=try_it) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4


def test_students_enter_under_names_of_their_own_and_come_back_under_the_same(rooms: Rooms, code: str) -> None:
    ann, ben = rooms.enter(code, ANN), rooms.enter(code, BEN)
    assert ann.name != ben.name
    assert rooms.enter(code, ANN) == ann
    assert rooms.room(code).students == (ann, ben)
    assert rooms.room(code).student(ANN) == ann


def test_three_spins_and_no_more(rooms: Rooms, code: str) -> None:
    names = [rooms.enter(code, ANN).name]
    for left in (2, 1, 0):
        spun = rooms.spin(code, ANN)
        assert 3 - spun.spins == left
        names.append(spun.name)
    assert len(set(names)) == 4  # the name one has is taken
    with pytest.raises(RoomError, match="this one stays"):
        rooms.spin(code, ANN)
    assert rooms.enter(code, ANN).name == names[-1]


def test_a_hundred_phones_that_enter_at_once_have_a_hundred_names(database: str) -> None:
    rooms = Rooms(Store(f"{database}?timeout=60" if database.startswith("sqlite") else database))
    code, errors = rooms.open(TEACHER, "showcase", TITLES), list[BaseException]()
    start = threading.Barrier(25)

    def come(first: int) -> None:
        start.wait()
        try:
            for number in range(4):
                rooms.enter(code, f"key {first} {number}")
                rooms.rate(code, f"key {first} {number}", TITLES[0], 4)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=come, args=(first,)) for first in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    room = rooms.room(code)
    assert errors == []
    assert len({student.name for student in room.students}) == 100
    assert [said for said in room.stars.values() if said == {TITLES[0]: 4.0}] == [{TITLES[0]: 4.0}] * 100
    assert room.version == 201


def test_a_full_room_takes_nobody_new(rooms: Rooms, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_STUDENTS", 1)
    ann = rooms.enter(code, ANN)
    with pytest.raises(RoomError, match="full"):
        rooms.enter(code, BEN)
    assert rooms.enter(code, ANN) == ann


def test_a_locked_room_takes_back_those_who_were_in_it(rooms: Rooms, code: str) -> None:
    ann = rooms.enter(code, ANN)
    rooms.set(code, TEACHER, locked=1)
    assert rooms.enter(code, ANN) == ann
    with pytest.raises(RoomError, match="locked"):
        rooms.enter(code, BEN)
    rooms.set(code, TEACHER, locked=0)
    rooms.enter(code, BEN)


# Guessing


def test_wrong_codes_are_counted_by_address_and_stop_even_a_right_one(rooms: Rooms, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_codes", Guesses(2))
    ann = rooms.enter(code, ANN, "10.0.0.1")
    for wrong in ("222222", "nonsense"):
        with pytest.raises(RoomError, match="no room with this code"):
            rooms.look(wrong, "10.0.0.1")
    with pytest.raises(RoomError, match="Too many wrong codes"):
        rooms.look(code, "10.0.0.1")
    with pytest.raises(RoomError, match="Too many wrong codes"):
        rooms.enter(code, BEN, "10.0.0.1")
    assert rooms.enter(code, ANN, "10.0.0.1") == ann  # whoever is in the room is not kept out
    assert rooms.look(code, "10.0.0.2").code == code


def test_wrong_keys_are_counted_by_room_and_address_where_they_are_typed(rooms: Rooms, code: str) -> None:
    for _ in range(rules.PER_ROOM):
        assert not rooms.teaches(code, "wrong", "10.0.0.1")
    with pytest.raises(RoomError, match="Too many wrong keys"):
        rooms.teaches(code, TEACHER, "10.0.0.1")
    assert rooms.teaches(code, TEACHER, "10.0.0.2")
    assert rooms.teaches(code, TEACHER)  # not typed: the teacher's own browser
    assert not rooms.teaches("222222", "")
    assert not rooms.teaches(code, "")


def test_guesses_are_forgotten_after_a_while_and_are_few_in_memory() -> None:
    clock = Clock()
    guesses = Guesses(1, clock)
    guesses.wrong("a")
    assert not guesses.allowed("a")
    clock.now += 601
    assert guesses.allowed("a")
    for number in range(MOST + 50):
        guesses.wrong(str(number))
    assert len(guesses._wrong) == MOST
    assert not guesses.allowed(str(MOST + 49))


# What students say


def test_stars_not_seen_and_a_later_word(rooms: Rooms, code: str) -> None:
    rooms.enter(code, ANN)
    assert rooms.rate(code, ANN, TITLES[0], 4.5)
    assert rooms.rate(code, ANN, TITLES[2], None)
    assert rooms.rate(code, ANN, TITLES[0], 1)
    assert rooms.mine(code, ANN).said == {TITLES[0]: 1.0, TITLES[2]: None}
    assert rooms.room(code).stars == {hashed(ANN): {TITLES[0]: 1.0, TITLES[2]: None}}


def test_what_may_not_be_said_is_refused_with_a_sentence(rooms: Rooms, code: str) -> None:
    with pytest.raises(RoomError, match="no longer in this room"):
        rooms.rate(code, ANN, TITLES[0], 4)
    rooms.enter(code, ANN)
    with pytest.raises(RoomError, match="not one of the room's"):
        rooms.rate(code, ANN, "another", 4)
    with pytest.raises(ProfileError):
        rooms.rate(code, ANN, TITLES[0], 6)
    with pytest.raises(RoomError, match="no room"):
        rooms.rate("222222", ANN, TITLES[0], 4)
    rooms.set(code, TEACHER, frozen=1)
    with pytest.raises(RoomError, match="frozen"):
        rooms.rate(code, ANN, TITLES[0], 4)
    assert rooms.mine(code, ANN).said == {}
    rooms.set(code, TEACHER, frozen=0)
    assert rooms.rate(code, ANN, TITLES[0], 4)


def test_votes_are_one_for_each_student_and_question(rooms: Rooms, code: str) -> None:
    rooms.enter(code, ANN)
    rooms.vote(code, ANN, "axis 1", 2)
    rooms.vote(code, ANN, "axis 1", 3)
    assert rooms.room(code).votes == {"axis 1": {hashed(ANN): 3.0}}
    with pytest.raises(RoomError, match="no longer"):
        rooms.vote(code, BEN, "axis 1", 2)


# What only the teacher may


@pytest.mark.parametrize(
    "act",
    [
        lambda rooms, code, key: rooms.set(code, key, locked=1),
        lambda rooms, code, key: rooms.extend(code, key, 1),
        lambda rooms, code, key: rooms.remove(code, key, hashed(ANN)),
        lambda rooms, code, key: rooms.merge(code, key, hashed(ANN), hashed(BEN)),
        lambda rooms, code, key: rooms.reset(code, key),
        lambda rooms, code, key: rooms.close(code, key),
        lambda rooms, code, key: rooms.lines(code, key),
    ],
)
@pytest.mark.parametrize("key", ["", ANN, "nonsense", hashed(TEACHER)])
def test_nobody_else_may_do_what_the_teacher_may(rooms: Rooms, code: str, key: str, act) -> None:
    rooms.enter(code, ANN)
    rooms.enter(code, BEN)
    rooms.rate(code, ANN, TITLES[0], 4)
    before = rooms.room(code)
    with pytest.raises(RoomError, match="does not open the room"):
        act(rooms, code, key)
    assert rooms.room(code) == before


def test_who_is_removed_is_gone_with_all_they_said(rooms: Rooms, code: str) -> None:
    rooms.enter(code, ANN)
    rooms.rate(code, ANN, TITLES[0], 4)
    rooms.vote(code, ANN, "axis 1", 2)
    rooms.remove(code, TEACHER, hashed(ANN))
    room = rooms.room(code)
    assert (room.students, room.stars, room.votes) == ((), {}, {})


def test_a_lost_phone_is_merged_into_the_new_one(rooms: Rooms, code: str) -> None:
    rooms.enter(code, ANN)
    new = rooms.enter(code, BEN)
    for title, stars in zip(TITLES, (1, 2, None), strict=True):
        rooms.rate(code, ANN, title, stars)
    rooms.rate(code, BEN, TITLES[0], 5)
    rooms.vote(code, ANN, "axis 1", 2)
    rooms.merge(code, TEACHER, hashed(ANN), hashed(BEN))
    room = rooms.room(code)
    assert room.students == (new,)
    assert room.stars == {hashed(BEN): {TITLES[0]: 5.0, TITLES[1]: 2.0, TITLES[2]: None}}
    assert room.votes == {"axis 1": {hashed(BEN): 2.0}}
    for old, other in ((ANN, BEN), (BEN, BEN), ("x", BEN)):
        with pytest.raises(RoomError, match="left the room"):
            rooms.merge(code, TEACHER, hashed(old), hashed(other))


def test_reset_forgets_stars_and_keeps_students(rooms: Rooms, code: str) -> None:
    ann = rooms.enter(code, ANN)
    rooms.rate(code, ANN, TITLES[0], 4)
    rooms.vote(code, ANN, "axis 1", 2)
    rooms.reset(code, TEACHER)
    room = rooms.room(code)
    assert (room.students, room.stars, room.votes) == ((ann,), {ann.id: {}}, {})


def test_an_option_that_is_none_is_a_mistake_of_the_caller(rooms: Rooms, code: str) -> None:
    with pytest.raises(ValueError, match="until"):
        rooms.set(code, TEACHER, until=9)


def test_a_browser_finds_the_rooms_that_it_teaches(rooms: Rooms, clock: Clock) -> None:
    mine = [rooms.open(lambda code: f"mine {code}", "showcase", TITLES, hours=hours) for hours in (1, 2, 3)]
    rooms.open(TEACHER, "showcase", TITLES)
    assert sorted(rooms.taught_by(lambda code: f"mine {code}")) == sorted(mine)
    assert rooms.teaches(mine[0], f"mine {mine[0]}")
    clock.now += 3600
    assert sorted(rooms.taught_by(lambda code: f"mine {code}")) == sorted(mine[1:])


def test_of_a_phone_little_is_read(rooms: Rooms, code: str) -> None:
    assert rooms.mine(code, ANN) == (None, {}, "")
    ann = rooms.enter(code, ANN)
    rooms.enter(code, BEN)
    rooms.rate(code, BEN, TITLES[0], 2)
    rooms.rate(code, ANN, TITLES[0], 4)
    assert rooms.mine(code, ANN) == (ann, {TITLES[0]: 4.0}, "")
    head = rooms.head(code)
    assert (head.titles, head.students, head.stars) == (tuple(TITLES), (), {})
    assert head.version == rooms.room(code).version


def test_what_is_taken_along_holds_no_key(rooms: Rooms, code: str) -> None:
    ann = rooms.enter(code, ANN)
    rooms.rate(code, ANN, TITLES[1], 4)
    rooms.rate(code, ANN, TITLES[0], None)
    lines = rooms.lines(code, TEACHER)
    assert [line[:3] for line in lines] == [(ann.name, TITLES[1], 4.0), (ann.name, TITLES[0], None)]
    assert not {hashed(ANN), ANN, TEACHER} & {str(value) for line in lines for value in line}


# The end


def tables(store: Store, code: str) -> dict[str, int]:
    engine = create_engine(store._url)
    with engine.connect() as connection:
        names = [name for name in inspect(engine).get_table_names() if name.startswith("room")]
        count = "SELECT count(*) FROM {} WHERE room = :code"
        found = {name: connection.execute(text(count.format(name)), {"code": code}).scalar_one() for name in names}
    engine.dispose()
    return found


@pytest.mark.parametrize("how", ["closed", "expired"])
def test_a_room_that_is_over_says_so_and_nothing_but_its_code_is_left(
    rooms: Rooms, store: Store, code: str, clock: Clock, how: str
) -> None:
    rooms.enter(code, ANN)
    rooms.rate(code, ANN, TITLES[0], 4)
    rooms.vote(code, ANN, "axis 1", 2)
    assert all(tables(store, code).values())
    if how == "closed":
        rooms.close(code, TEACHER)
    else:
        clock.now += 24 * 3600
    for act in (
        lambda: rooms.version(code),  # access alone deletes what is over
        lambda: rooms.room(code),
        lambda: rooms.enter(code, ANN),
        lambda: rooms.rate(code, ANN, TITLES[0], 4),
        lambda: rooms.mine(code, ANN).said,
        lambda: rooms.extend(code, TEACHER, 5),
        lambda: rooms.look(code, "10.0.0.1"),
    ):
        with pytest.raises(RoomError, match="closed"):
            act()
    left = tables(store, code)
    assert left.pop("rooms") == 1
    assert set(left.values()) == {0}
    clock.now += 24 * 3600 + 1
    rooms.prune()
    assert tables(store, code)["rooms"] == 0
    with pytest.raises(RoomError, match="no room"):
        rooms.room(code)


def test_pruning_leaves_open_rooms_alone(rooms: Rooms, code: str, clock: Clock) -> None:
    other = rooms.open(TEACHER, "showcase", TITLES, hours=1)
    rooms.enter(code, ANN)
    clock.now += 3601
    assert rooms.prune() == 1
    assert rooms.prune() == 0
    assert len(rooms.room(code).students) == 1
    with pytest.raises(RoomError, match="closed"):
        rooms.room(other)


# Watching


def test_the_version_rises_with_each_change_and_reading_is_anew_only_then(rooms: Rooms, code: str) -> None:
    acts = (
        lambda: rooms.enter(code, ANN),
        lambda: rooms.rate(code, ANN, TITLES[0], 4),
        lambda: rooms.rate(code, ANN, TITLES[0], None),
        lambda: rooms.spin(code, ANN),
        lambda: rooms.vote(code, ANN, "axis 1", 2),
        lambda: rooms.set(code, TEACHER, station=3),
        lambda: rooms.extend(code, TEACHER, 30),
        lambda: rooms.reset(code, TEACHER),
        lambda: rooms.remove(code, TEACHER, hashed(ANN)),
    )
    for act in acts:
        before, seen = rooms.version(code), rooms.room(code)
        act()
        assert rooms.version(code) == before + 1
        assert rooms.room(code) != seen
        assert rooms.room(code) is rooms.room(code)


def test_another_process_sees_it_too(rooms: Rooms, store: Store, clock: Clock, code: str) -> None:
    other = Rooms(Store(store._url), clock)
    assert other.room(code).students == ()
    rooms.enter(code, ANN)
    rooms.rate(code, ANN, TITLES[0], 4)
    assert other.room(code).stars == rooms.room(code).stars != {}


# Faults


def test_while_the_database_is_away_stars_wait_and_the_room_is_shown_as_it_was(sqlite: str, tmp_path: Path) -> None:
    rooms = Rooms(Store(f"{sqlite}?timeout=0.1"))
    code = rooms.open(TEACHER, "showcase", TITLES)
    ann = rooms.enter(code, ANN)
    before, away, mine = rooms.room(code), tmp_path / "away", rooms.mine(code, ANN)
    rooms._store._engine.dispose()  # a connection that is open would go on writing to the moved file
    file = tmp_path / "ratings.sqlite3"
    away.mkdir()
    for each in tmp_path.glob("ratings.sqlite3*"):
        each.rename(away / each.name)
    file.mkdir()  # nothing can be opened here
    assert not rooms.rate(code, ANN, TITLES[0], 4)
    assert not rooms.rate(code, ANN, TITLES[1], 2)
    assert rooms.room(code) == before
    assert rooms.version(code) == before.version
    assert rooms.mine(code, ANN).said == {TITLES[0]: 4.0, TITLES[1]: 2.0}
    assert rooms.mine(code, ANN).student == mine.student == ann
    assert "cannot be used" in rooms.mine(code, ANN).waits
    with pytest.raises(StoreError):
        rooms.vote(code, ANN, "axis 1", 1)
    file.rmdir()
    for each in away.iterdir():
        each.rename(tmp_path / each.name)
    assert rooms.waiting.flush()
    assert rooms.mine(code, ANN).waits == ""
    assert rooms.room(code).stars == {ann.id: {TITLES[0]: 4.0, TITLES[1]: 2.0}}
    assert Rooms(Store(sqlite)).mine(code, ANN).said == {TITLES[0]: 4.0, TITLES[1]: 2.0}


def test_a_star_that_waits_for_a_room_that_is_frozen_meanwhile_is_dropped(rooms: Rooms, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms.enter(code, ANN)
    with monkeypatch.context() as broken:
        broken.setattr(rooms._store, "writing", lambda act: (_ for _ in ()).throw(StoreError("away")))
        assert not rooms.rate(code, ANN, TITLES[0], 4)
    rooms.set(code, TEACHER, frozen=1)
    assert rooms.waiting.flush()
    assert rooms.mine(code, ANN).said == {}
    rooms.set(code, TEACHER, frozen=0)
    assert rooms.rate(code, ANN, TITLES[0], 3)


def test_no_key_is_in_the_database_or_in_what_waits(sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = Rooms(Store(sqlite))
    code = rooms.open(TEACHER, "showcase", TITLES)
    rooms.enter(code, ANN)
    rooms.rate(code, ANN, TITLES[0], 4)
    assert not any(key.encode() in file.read_bytes() for file in tmp_path.iterdir() for key in (TEACHER, ANN))
    assert {each.name for each in fields(Room)} == {
        "code", "dataset", "titles", "named", "locked", "frozen", "station", "opened", "until", "version", "students", "stars", "votes",
    }  # fmt: skip
    with monkeypatch.context() as broken:
        broken.setattr(rooms._store, "writing", lambda act: (_ for _ in ()).throw(StoreError("away")))
        rooms.rate(code, ANN, TITLES[0], 2)
    assert ANN not in repr(rooms.waiting._queues)


def test_the_same_phone_twice_the_last_word_stands(rooms: Rooms, store: Store, clock: Clock, code: str) -> None:
    other = Rooms(store, clock)  # as a second process has it
    rooms.enter(code, ANN)
    assert other.enter(code, ANN) == rooms.enter(code, ANN)
    rooms.rate(code, ANN, TITLES[0], 4)
    other.rate(code, ANN, TITLES[0], 2)
    assert rooms.mine(code, ANN).said == other.mine(code, ANN).said == {TITLES[0]: 2.0}


def test_two_tabs_of_the_teacher_agree(rooms: Rooms, store: Store, clock: Clock, code: str) -> None:
    other = Rooms(store, clock)
    rooms.set(code, TEACHER, station=2)
    other.set(code, TEACHER, locked=1)
    assert rooms.room(code) == other.room(code)
    assert (rooms.room(code).station, rooms.room(code).locked) == (2, True)
