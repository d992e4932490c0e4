"""Rooms of classes: a code that opens them for students, a key for the teacher, and what the students say, until the room is closed."""

from __future__ import annotations

import hmac
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, delete, func, insert, select, update

from recsys_core.errors import RoomError, StoreError
from recsys_core.storage import schema
from recsys_core.storage.database import write_row
from recsys_core.storage.feedback import Change, Feedback, checked_stars
from recsys_core.storage.guesses import MINUTES, PER_ADDRESS, PER_ROOM, Guesses
from recsys_core.storage.profiles import hashed
from recsys_core.storage.pseudonyms import new_code, pseudonym, read_code
from recsys_core.storage.schema import IN_ROOMS, SCHEMA_VERSION, room_stars, room_students, room_titles, room_votes, rooms, schema_version
from recsys_core.storage.store import Store
from recsys_core.storage.waiting import Seen, Waiting

K = TypeVar("K")
MOST_ROOMS = 200
"""Rooms that may be open at once on this database."""
MOST_STUDENTS = 150
"""Students in one room."""
FEWEST_TITLES, MOST_TITLES = 1, 60
SPINS = 3
"""How often a student may ask for another pseudonym."""
HOURS, MOST_HOURS = 24.0, 30 * 24.0
"""How long a room is open unless the teacher chooses, and at most, counted from its opening."""
HOUR = 3600.0
REMEMBERED = 24 * HOUR
"""Seconds for which a closed room still says that it is closed: nothing but its code is left of it."""
PRUNE_EVERY = 600.0
"""Seconds between two looks for rooms whose time is over."""

NO_ROOM = "There is no room with this code. Look at the code again: six letters or digits."
CLOSED = "This room is closed, and what was in it is deleted."


@dataclass(frozen=True, slots=True)
class Student:
    """One phone in a room.

    Attributes
    ----------
    id : str
        The hash of the student's key.
    spins : int
        How often another name was asked for.
    at : float
        When the student joined, in seconds since 1970.
    """

    id: str
    name: str
    spins: int
    at: float


@dataclass(frozen=True, slots=True)
class Room:
    """A room as it stands at one version.

    Attributes
    ----------
    titles : tuple of str
        Item ids, in the order in which they are rated.
    named : bool
        Whether pseudonyms are shown.
    locked, frozen : bool
        Whether nobody new may join; whether stars stay as they are.
    station : int
        What the class is doing, from 0.
    opened, until : float
        Seconds since 1970; from ``until`` on the room is closed.
    version : int
        Rises with every change.
    students : tuple of Student
        In the order of joining.
    stars : dict of dict
        By student's id and item id; None = not seen.
    votes : dict of dict
        Numbers by question and student's id.
    """

    code: str
    dataset: str
    titles: tuple[str, ...]
    named: bool
    locked: bool
    frozen: bool
    station: int
    opened: float
    until: float
    version: int
    students: tuple[Student, ...] = ()
    stars: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    votes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def student(self, key: str) -> Student | None:
        """The student with a key; None if there is none (any more)."""
        return next((one for one in self.students if one.id == hashed(key)), None)


class Mine(NamedTuple):
    """What a room knows of one phone.

    Attributes
    ----------
    student : Student or None
        None where nobody with that key is in the room (any more).
    said : dict
        Stars by item id, with those that wait to be written; None = not seen.
    waits : str
        Why some are not stored yet, as a sentence; empty where all are.
    """

    student: Student | None
    said: dict[str, float | None]
    waits: str


class Line(NamedTuple):
    """One thing that a student said, for the teacher to take along: no key, no address."""

    pseudonym: str
    item_id: str
    stars: float | None
    at: float


class Rooms:
    """The rooms in the database of a store.

    Of keys hashes are stored. Nothing of a student is kept but pseudonym, stars, votes and the time. Every change raises the room's
    version in the same transaction, so that who watches asks for one number.

    Parameters
    ----------
    store : Store
    clock : callable
        Seconds since 1970, the server's own: what a phone takes for the time does not matter.

    Attributes
    ----------
    waiting : Waiting
        Stars that could not be written yet.

    Raises
    ------
    RoomError
        From every method that names a room: there is none with that code, or it is closed; and what else each method says.
    StoreError
        From every method: the database cannot be used. Stars wait then, and reading returns what was read last.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.waiting = Waiting(self._write_waiting)
        self._store, self._clock = store, clock
        self._heads: dict[str, Room] = {}  # by code, as last read
        self._read: dict[str, Room] = {}
        self._mine: dict[str, tuple[Student | None, dict[str, float | None]]] = {}  # by code and hashed key
        self._refused: dict[str, RoomError] = {}  # by code and key, why the star that is being written is not taken
        self._codes, self._keys = Guesses(PER_ADDRESS), Guesses(PER_ROOM)
        self._pruned = -math.inf
        self._lock = threading.Lock()

    # The teacher

    def open(
        self, teacher: str | Callable[[str], str], dataset: str, titles: Sequence[str], *, named: bool = True, hours: float = HOURS
    ) -> str:
        """Open a room and return its code.

        Parameters
        ----------
        teacher : str or callable
            The teacher's key, or what makes it of the code.

        Raises
        ------
        RoomError
            Too many rooms are open, or these are no titles for a class.
        """
        chosen = list(dict.fromkeys(titles))
        if not FEWEST_TITLES <= len(chosen) <= MOST_TITLES:
            raise RoomError(f"A room has {FEWEST_TITLES} to {MOST_TITLES} titles; these are {len(chosen)}.")
        now, until = self._clock(), self._clock() + HOUR * min(max(hours, 0.0), MOST_HOURS)
        row = {"dataset": dataset, "named": int(named), "locked": 0, "frozen": 0, "station": 0}
        row |= {"opened": now, "until": until, "version": 1}

        def act(connection: Connection) -> str:
            connection.execute(update(schema_version).values(version=SCHEMA_VERSION))  # whoever else opens a room waits: so the count holds
            _prune(connection, now)
            if (connection.scalar(select(func.count()).select_from(rooms).where(rooms.c.until > now)) or 0) >= MOST_ROOMS:
                raise RoomError(f"{MOST_ROOMS} rooms are open on this server, and that is all it takes. Try again later.")
            code = new_code()
            key = teacher if isinstance(teacher, str) else teacher(code)
            connection.execute(insert(rooms).values(room=code, teacher=hashed(key), **row))
            places = [{"room": code, "place": place, "item_id": item_id} for place, item_id in enumerate(chosen)]
            connection.execute(insert(room_titles), places)
            return code

        return self._store.writing(act)

    def teaches(self, code: str, key: str, address: str | None = None) -> bool:
        """Whether this is the key of the room's teacher. With an address it was typed, and wrong ones are counted."""
        if address is not None and not self._keys.allowed(f"{code} {address}"):
            raise RoomError(f"Too many wrong keys. Wait {MINUTES} minutes.")
        with self._store.reading() as connection:
            known = connection.scalar(select(rooms.c.teacher).where(rooms.c.room == code))
        right = bool(key) and hmac.compare_digest(known or "", hashed(key))
        if address is not None and not right:
            self._keys.wrong(f"{code} {address}")
        return right

    def taught_by(self, key_of: Callable[[str], str]) -> list[str]:
        """The codes of the open rooms that a browser teaches, the newest first; ``key_of`` makes its key of a code."""
        query = select(rooms.c.room, rooms.c.teacher).where(rooms.c.until > self._clock()).order_by(rooms.c.opened.desc())
        with self._store.reading() as connection:
            return [code for code, teacher in connection.execute(query) if hmac.compare_digest(teacher, hashed(key_of(code)))]

    def set(self, code: str, teacher: str, **options: int) -> int:
        """Change ``locked``, ``frozen``, ``named`` or ``station``; the new version."""
        if not options.keys() <= {"locked", "frozen", "named", "station"}:
            raise ValueError(f"A room has no option {sorted(options)}.")
        values = {name: int(value) for name, value in options.items()}
        return self._teach(code, teacher, lambda connection: connection.execute(update(rooms).where(rooms.c.room == code).values(values)))

    def extend(self, code: str, teacher: str, hours: float) -> int:
        """Keep the room open for so many hours from now, at most 30 days from its opening."""

        def act(connection: Connection) -> None:
            opened = connection.scalar(select(rooms.c.opened).where(rooms.c.room == code)) or 0.0
            until = min(self._clock() + HOUR * max(hours, 0.0), opened + HOUR * MOST_HOURS)
            connection.execute(update(rooms).where(rooms.c.room == code).values(until=until))

        return self._teach(code, teacher, act)

    def remove(self, code: str, teacher: str, student: str) -> int:
        """Remove a student, by id, with all that they said. They may join anew unless the room is locked."""
        return self._teach(code, teacher, lambda connection: _forget(connection, code, student))

    def merge(self, code: str, teacher: str, old: str, new: str) -> int:
        """Give what one phone said to another one, by id; where both said something, the new one's stands. The old one is removed."""

        def act(connection: Connection) -> None:
            both = room_students.c.student.in_((old, new))
            if old == new or len(connection.execute(select(room_students.c.student).where(room_students.c.room == code, both)).all()) != 2:
                raise RoomError("One of the two has left the room.")
            for table, about in ((room_stars, room_stars.c.item_id), (room_votes, room_votes.c.question)):
                said = set(connection.scalars(select(about).where(table.c.room == code, table.c.student == new)))
                mine = (table.c.room == code, table.c.student == old)
                for value in set(connection.scalars(select(about).where(*mine))) - said:
                    connection.execute(update(table).where(*mine, about == value).values(student=new))
            _forget(connection, code, old)

        return self._teach(code, teacher, act)

    def reset(self, code: str, teacher: str) -> int:
        """Forget all stars and votes; the students stay."""

        def act(connection: Connection) -> None:
            for table in (room_stars, room_votes):
                connection.execute(delete(table).where(table.c.room == code))

        return self._teach(code, teacher, act)

    def close(self, code: str, teacher: str) -> None:
        """Close the room and delete what is in it."""

        def act(connection: Connection) -> None:
            connection.execute(update(rooms).where(rooms.c.room == code).values(until=self._clock()))
            _empty(connection, [code])

        self._teach(code, teacher, act)

    def lines(self, code: str, teacher: str) -> list[Line]:
        """All that was said, by pseudonym, in the order of saying."""
        if not self.teaches(code, teacher):
            raise RoomError(_NOT_THE_TEACHER)
        joined = room_stars.join(
            room_students, (room_students.c.room == room_stars.c.room) & (room_students.c.student == room_stars.c.student)
        )
        columns = (room_students.c.name, room_stars.c.item_id, room_stars.c.stars, room_stars.c.at)
        query = select(*columns).select_from(joined).where(room_stars.c.room == code).order_by(room_stars.c.at, room_stars.c.item_id)
        with self._store.reading() as connection:
            return [Line(*row) for row in connection.execute(query)]

    # The students

    def look(self, code: str, address: str = "") -> Room:
        """The room with a code that somebody typed, at an address; wrong codes are counted, and too many are refused."""
        if not self._codes.allowed(address):
            raise RoomError(f"Too many wrong codes. Wait {MINUTES} minutes.")
        try:
            return self.room(read_code(code))
        except RoomError:
            self._codes.wrong(address)
            raise

    def enter(self, code: str, key: str, address: str = "") -> Student:
        """Join with a pseudonym by chance, or come back under the one that the key has.

        Raises
        ------
        RoomError
            The key is new, and the room is locked or full, or too many wrong codes came from the address.
        """
        with self._store.reading() as connection:
            if found := _student(connection, code, hashed(key), self._clock()):
                return found
        if self.look(code, address).locked:
            raise RoomError("This room is locked: nobody new can join. Ask your teacher.")

        def act(connection: Connection) -> Student:
            self._next(connection, code, unlocked=True)
            taken = set(connection.scalars(select(room_students.c.name).where(room_students.c.room == code)))
            if len(taken) >= MOST_STUDENTS:
                raise RoomError(f"This room is full: it takes {MOST_STUDENTS} students.")
            new = Student(hashed(key), pseudonym(taken), 0, self._store.now())
            row = {"room": code, "student": new.id, "name": new.name, "spins": new.spins, "at": new.at}
            if found := _student(connection, code, new.id, self._clock()):  # from another tab, meanwhile
                return found
            connection.execute(insert(room_students).values(row))
            return new

        return self._store.writing(act)

    def spin(self, code: str, key: str) -> Student:
        """Give a student another pseudonym by chance. Raises :class:`RoomError` after three times."""

        def act(connection: Connection) -> Student:
            self._next(connection, code)
            if (mine := _student(connection, code, hashed(key), self._clock())) is None:
                raise RoomError(_GONE)
            if mine.spins >= SPINS:
                raise RoomError(f"You have had {SPINS} other names: this one stays.")
            taken = set(connection.scalars(select(room_students.c.name).where(room_students.c.room == code)))
            name, spins = pseudonym(taken), mine.spins + 1
            mine_in_room = (room_students.c.room == code, room_students.c.student == mine.id)
            connection.execute(update(room_students).where(*mine_in_room).values(name=name, spins=spins))
            return Student(mine.id, name, spins, mine.at)

        return self._store.writing(act)

    def rate(self, code: str, key: str, item_id: str, stars: float | None) -> bool:
        """Remember a student's stars for a title of the room, or that they have not seen it (None); whether that is stored by now.

        What the database refuses waits, is tried again, and :meth:`mine` has it already.

        Raises
        ------
        RoomError
            The room is frozen, the title is not of this room, or the student was removed.
        ProfileError
            These are no stars.
        """
        said = Feedback(item_id, "not seen" if stars is None else "rated", None if stars is None else checked_stars(item_id, stars))
        token = _token(code, key)
        self._refused.pop(token, None)
        change = Change("title", code, item_id, Feedback(said.item_id, said.mark, said.stars, at=self._store.now()))
        self.waiting.say(token, change, Seen())
        if refused := self._refused.pop(token, None):
            raise refused
        return not self.waiting.turn(token)

    def mine(self, code: str, key: str) -> Mine:
        """What the room knows of a phone: little to read, however large the class. Without the database, what was read last."""
        token = _token(code, key)
        try:
            with self._store.reading() as connection:
                _head(connection, code, self._clock())
                student = _student(connection, code, hashed(key), self._clock())
                c = room_stars.c
                query = select(c.item_id, c.stars).where(c.room == code, c.student == hashed(key))
                said = {str(item_id): stars for item_id, stars in connection.execute(query)}
        except StoreError:
            if (before := self._mine.get(token)) is None:
                raise
            student, said = before
        else:
            self._remember(self._mine, token, (student, said), MOST_ROOMS * MOST_STUDENTS)
        said = dict(said)
        for change in self.waiting.changes(token):
            if isinstance(change.said, Feedback):
                said[change.name] = change.said.stars
        return Mine(student, said, self.waiting.error(token))

    def waits(self, code: str, key: str) -> bool:
        """Whether something of a phone is not stored yet; asks no database."""
        return bool(self.waiting.turn(_token(code, key)))

    def vote(self, code: str, key: str, question: str, answer: float) -> None:
        """Remember a student's answer, a number, to what the class votes on; it replaces the one before."""
        row = {"room": code, "student": hashed(key), "question": question[: schema.LONGEST_QUESTION], "answer": float(answer)}

        def act(connection: Connection) -> None:
            self._next(connection, code)
            if _student(connection, code, hashed(key), self._clock()) is None:
                raise RoomError(_GONE)
            write_row(connection, room_votes, row)

        self._store.writing(act)

    # Everybody

    def head(self, code: str) -> Room:
        """The room without students, stars and votes: cheap to ask for. Without the database, as it was last read here."""
        self._prune_now_and_then()
        before = self._heads.get(code)
        try:
            with self._store.reading() as connection:
                head = _head(connection, code, self._clock())
                same = before is not None and before.opened == head.opened  # titles never change
                titles = before.titles if before is not None and same else _titles(connection, code)
        except StoreError:
            if before is not None and before.until > self._clock():
                return before
            raise
        except RoomError:
            for known in (self._heads, self._read):
                known.pop(code, None)
            raise
        found = replace(head, titles=titles)
        self._remember(self._heads, code, found, MOST_ROOMS)
        return found

    def version(self, code: str) -> int:
        """A number that rises with every change of a room."""
        return self.head(code).version

    def room(self, code: str) -> Room:
        """The room as it is; read anew only where its version has risen. Without the database, as it was last read here."""
        head, before = self.head(code), self._read.get(code)
        if before and (before.version, before.opened) == (head.version, head.opened):
            return before
        try:
            with self._store.reading() as connection:
                found = _filled(connection, head)
        except StoreError:
            if before:
                return before
            raise
        self._remember(self._read, code, found, MOST_ROOMS)
        return found

    def _remember(self, known: dict[str, K], name: str, what: K, most: int) -> None:
        with self._lock:
            known.pop(name, None)  # the newest stands last
            known[name] = what
            while len(known) > most:
                del known[next(iter(known))]

    def prune(self) -> int:
        """Delete what is in rooms whose time is over; how many of these there were."""
        return self._store.writing(lambda connection: _prune(connection, self._clock()))

    def _prune_now_and_then(self) -> None:
        now = self._clock()
        if now - self._pruned >= PRUNE_EVERY:
            self._pruned = now
            try:
                self.prune()
            except StoreError:
                self._pruned = -math.inf  # next time

    def _teach(self, code: str, teacher: str, act: Callable[[Connection], object]) -> int:
        """Do something that only the teacher may, in a transaction that gives the room its next version."""

        def checked(connection: Connection) -> int:
            version = self._next(connection, code)
            known = connection.scalar(select(rooms.c.teacher).where(rooms.c.room == code))
            if not hmac.compare_digest(known or "", hashed(teacher)):
                raise RoomError(_NOT_THE_TEACHER)
            act(connection)
            return version

        return self._store.writing(checked)

    def _next(self, connection: Connection, code: str, **must: bool) -> int:
        """Give a room its next version; who else writes in it waits here until this transaction has ended."""
        now = self._clock()
        here = (rooms.c.room == code, rooms.c.until > now)
        if not connection.execute(update(rooms).where(*here).values(version=rooms.c.version + 1)).rowcount:
            _head(connection, code, now)  # raises: closed, or none
        head = _head(connection, code, now)
        if must.get("unlocked") and head.locked:
            raise RoomError("This room is locked: nobody new can join. Ask your teacher.")
        if must.get("thawed") and head.frozen:
            raise RoomError("Your teacher has frozen the stars: they stay as they are for now.")
        return head.version

    def _write_waiting(self, token: str, change: Change) -> int:
        """Write a star. Where the room refuses it the star is dropped, and whoever gave it just now is told why."""
        try:
            return self._write_star(token, change)
        except RoomError as refused:
            self._refused[token] = refused
            return -1

    def _write_star(self, token: str, change: Change) -> int:
        code, _, student = token.partition(" ")
        said = change.said
        if not isinstance(said, Feedback):
            raise TypeError("What waits here are stars.")
        row = {"room": code, "student": student, "item_id": said.item_id, "stars": said.stars, "at": said.at or self._store.now()}

        def act(connection: Connection) -> int:
            version = self._next(connection, code, thawed=True)
            here = (room_titles.c.room == code, room_titles.c.item_id == said.item_id)
            if connection.scalar(select(room_titles.c.place).where(*here)) is None:
                raise RoomError("This title is not one of the room's.")
            if _student(connection, code, student, self._clock()) is None:
                raise RoomError(_GONE)
            write_row(connection, room_stars, row)
            return version

        return self._store.writing(act)


_NOT_THE_TEACHER = "This key does not open the room for its teacher."
_GONE = "You are no longer in this room: join again with its code."


def _token(code: str, key: str) -> str:
    """Under which a student's stars wait: no key, for errors of threads may be written to the log."""
    return f"{code} {hashed(key)}"


def _head(connection: Connection, code: str, now: float) -> Room:
    """A room without what is in it. Raises :class:`RoomError` where there is none, or it is closed."""
    c = rooms.c
    columns: Any = (c.dataset, c.named, c.locked, c.frozen, c.station, c.opened, c.until, c.version)
    found = connection.execute(select(*columns).where(c.room == code)).one_or_none()
    if found is None:
        raise RoomError(NO_ROOM)
    if found.until <= now:
        raise RoomError(CLOSED)
    dataset, named, locked, frozen, station, opened, until, version = found
    return Room(code, dataset, (), bool(named), bool(locked), bool(frozen), station, opened, until, version)


def _filled(connection: Connection, head: Room) -> Room:
    """A room with what is in it; what is said meanwhile may be in it already, under the version before."""
    here = head.code
    c = room_students.c
    students = connection.execute(select(c.student, c.name, c.spins, c.at).where(c.room == here).order_by(c.at, c.name))
    known = tuple(Student(*row) for row in students)
    stars: dict[str, dict[str, float | None]] = {one.id: {} for one in known}
    said = room_stars.c
    for student, item_id, given in connection.execute(select(said.student, said.item_id, said.stars).where(said.room == here)):
        if student in stars:
            stars[student][item_id] = given
    votes: dict[str, dict[str, float]] = {}
    voted = room_votes.c
    for student, question, answer in connection.execute(select(voted.student, voted.question, voted.answer).where(voted.room == here)):
        votes.setdefault(question, {})[student] = answer
    return replace(head, students=known, stars=stars, votes=votes)


def _titles(connection: Connection, code: str) -> tuple[str, ...]:
    return tuple(connection.scalars(select(room_titles.c.item_id).where(room_titles.c.room == code).order_by(room_titles.c.place)))


def _student(connection: Connection, code: str, student: str, now: float) -> Student | None:
    """A student of an open room, by id."""
    c = room_students.c
    query = select(c.student, c.name, c.spins, c.at).join(rooms, rooms.c.room == c.room)
    found = connection.execute(query.where(c.room == code, c.student == student, rooms.c.until > now)).one_or_none()
    return Student(*found) if found else None


def _forget(connection: Connection, code: str, student: str) -> None:
    for table in (room_students, room_stars, room_votes):
        connection.execute(delete(table).where(table.c.room == code, table.c.student == student))


def _empty(connection: Connection, codes: Sequence[str]) -> None:
    for table in IN_ROOMS:
        connection.execute(delete(table).where(table.c.room.in_(codes)))


def _prune(connection: Connection, now: float) -> int:
    """Delete what is in rooms that are closed by now, and in time the rooms; how many were emptied."""
    connection.execute(delete(rooms).where(rooms.c.until <= now - REMEMBERED))
    open_now = select(rooms.c.room).where(rooms.c.until > now)
    over = set(connection.scalars(select(room_titles.c.room).where(room_titles.c.room.not_in(open_now)).distinct()))
    _empty(connection, sorted(over))
    return len(over)
