"""Whatever happens in a room, in whatever order: it is what a notebook that is kept beside it says."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from recsys_core.errors import RoomError
from recsys_core.storage.profiles import hashed
from recsys_core.storage.rooms import SPINS, Rooms
from recsys_core.storage.store import Store

TEACHER = "teacher"
KEYS = st.sampled_from(["ann", "ben", "cy"])
TITLES = st.sampled_from(["a", "b", "c"])
STARS = st.one_of(st.none(), st.sampled_from([0.5, 1.0, 3.5, 5.0]))


class Notebook(RuleBasedStateMachine):
    """Acts of a teacher and three students on one room in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.rooms = Rooms(Store("sqlite://"), lambda: self.now)
        self.code = self.rooms.open(TEACHER, "data", ["a", "b", "c"])
        self.said: dict[str, dict[str, float | None]] = {}
        self.spins: dict[str, int] = {}
        self.locked = self.frozen = self.over = False
        self.version = 1

    def allowed(self, may: bool, act) -> bool:
        """Do something, and see that it succeeds exactly where it may."""
        try:
            act()
        except RoomError:
            assert not may
            return False
        assert may
        return True

    @rule(key=KEYS)
    def enter(self, key: str) -> None:
        if self.allowed(not self.over and (key in self.said or not self.locked), lambda: self.rooms.enter(self.code, key)):
            self.spins.setdefault(key, 0)
            self.said.setdefault(key, {})

    @rule(key=KEYS)
    def spin(self, key: str) -> None:
        before = {one.id: one.name for one in self.rooms.room(self.code).students} if not self.over else {}
        if self.allowed(not self.over and self.spins.get(key, SPINS) < SPINS, lambda: self.rooms.spin(self.code, key)):
            self.spins[key] += 1
            after = {one.id: one.name for one in self.rooms.room(self.code).students}
            assert {student for student in after if after[student] != before[student]} == {hashed(key)}

    @rule(key=KEYS, title=TITLES, stars=STARS)
    def rate(self, key: str, title: str, stars: float | None) -> None:
        may = not self.over and not self.frozen and key in self.said
        if self.allowed(may, lambda: self.rooms.rate(self.code, key, title, stars)):
            self.said[key][title] = stars

    @rule(locked=st.booleans(), frozen=st.booleans())
    def options(self, locked: bool, frozen: bool) -> None:
        if self.allowed(not self.over, lambda: self.rooms.set(self.code, TEACHER, locked=locked, frozen=frozen)):
            self.locked, self.frozen = locked, frozen

    @rule(key=KEYS)
    def remove(self, key: str) -> None:
        if self.allowed(not self.over, lambda: self.rooms.remove(self.code, TEACHER, hashed(key))):
            self.said.pop(key, None)
            self.spins.pop(key, None)

    @rule(old=KEYS, new=KEYS)
    def merge(self, old: str, new: str) -> None:
        may = not self.over and old != new and {old, new} <= self.said.keys()
        if self.allowed(may, lambda: self.rooms.merge(self.code, TEACHER, hashed(old), hashed(new))):
            self.said[new] = self.said.pop(old) | self.said[new]
            self.spins.pop(old)

    @rule()
    def reset(self) -> None:
        if self.allowed(not self.over, lambda: self.rooms.reset(self.code, TEACHER)):
            self.said = {key: {} for key in self.said}

    @rule(key=KEYS)
    def a_student_plays_teacher(self, key: str) -> None:
        self.allowed(False, lambda: self.rooms.reset(self.code, key))

    @rule()
    @precondition(lambda self: not self.over)
    def time_is_over(self) -> None:
        self.now += 24 * 3600 + 1
        self.over = True

    @invariant()
    def the_room_is_what_the_notebook_says(self) -> None:
        if self.over:
            self.allowed(False, lambda: self.rooms.room(self.code))
            return
        room = self.rooms.room(self.code)
        assert {one.id for one in room.students} == {hashed(key) for key in self.said}
        assert len({one.name for one in room.students}) == len(self.said)
        assert {one.id: one.spins for one in room.students} == {hashed(key): spins for key, spins in self.spins.items()}
        assert room.stars == {hashed(key): said for key, said in self.said.items()}
        assert (room.locked, room.frozen) == (self.locked, self.frozen)
        assert room.version >= self.version
        self.version = room.version


TestNotebook = Notebook.TestCase
TestNotebook.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
