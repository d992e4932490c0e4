"""A class whose server is killed, whose database is away, and whose phones come twice: what was acknowledged is there."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from recsys_core.storage.profiles import hashed
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store
from tests.faults.conftest import NewServer
from tests.support import loop
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor

TEACHER = "t" * 22
TITLES = [str(number) for number in range(1, 13)]
PHONES = 4
AWAY_SECONDS = 20.0


class Phone:
    """A student's phone that rates one title after another, and what it was told."""

    def __init__(self, server: Server, code: str, key: str) -> None:
        self.server, self.code, self.key = server, code, key
        self.acknowledged: dict[str, float] = {}
        self.tab = Visitor(0)

    async def open(self) -> None:
        self.tab = Visitor(self.server.port, query=f"room={self.code}&me={self.key}", page="join")
        await self.tab.open()
        assert not self.tab.exceptions()

    async def join(self) -> None:
        await self.open()
        await self.tab.press("room_join")

    def name(self) -> str:
        """The pseudonym on the page."""
        return next(html.partition("<b>")[2].partition("</b>")[0] for html in self.tab.texts("html") if "room-me" in html)

    def place(self) -> int:
        """The title that it looks at."""
        return next(place for place in range(len(TITLES)) if self.tab.has(f"_room_{self.code}_{place}"))

    async def star(self, stars: int) -> None:
        """Rate the title that is shown; it counts as acknowledged unless the page says that it is not stored yet."""
        place = self.place()
        await self.tab.set(f"_room_{self.code}_{place}", "string_value", str(stars - 1))
        assert not self.tab.exceptions()
        if not self.unsaved():
            self.acknowledged[TITLES[place]] = float(stars)

    def unsaved(self) -> bool:
        return any("Not stored yet" in text for text in self.tab.texts("alert"))


def room_on(server: Server) -> tuple[Rooms, str]:
    """A room on a server's database."""
    rooms = Rooms(Store(server.database_url))
    return rooms, rooms.open(TEACHER, server.dataset, TITLES)


def stored(server: Server, code: str, key: str) -> dict[str, float]:
    """Stars by item id, as another process reads them from the database."""
    with closing(sqlite3.connect(server.database)) as database:
        return dict(database.execute("SELECT item_id, stars FROM room_stars WHERE room = ? AND student = ?", (code, hashed(key))))


def test_no_acknowledged_star_is_lost_when_the_server_is_killed_and_phones_are_who_they_were(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")
    _, code = room_on(server)
    phones = [Phone(server, code, f"{number}" * 22) for number in range(PHONES)]

    async def rate(phone: Phone) -> None:
        chance = random.Random(phone.key)
        try:
            while len(phone.acknowledged) < len(TITLES) - 1:
                await phone.star(chance.randint(1, 5))
        except (ConnectionClosed, StopIteration):
            pass

    async def a_class() -> list[str]:
        for phone in phones:
            await phone.join()
        names = [phone.name() for phone in phones]
        rating = [asyncio.create_task(rate(phone)) for phone in phones]
        await asyncio.sleep(0.5)
        assert server.process is not None
        server.process.kill()
        await asyncio.gather(*rating)
        server.process.wait()
        return names

    names = loop.run(a_class())
    server.start()

    async def again() -> None:
        for phone, name in zip(phones, names, strict=True):
            assert phone.acknowledged.items() <= stored(server, code, phone.key).items()
            await phone.open()  # the page connects again by itself, with the same address
            assert phone.name() == name
            await phone.star(3)

    loop.run(again())
    assert sum(len(phone.acknowledged) for phone in phones) > PHONES
    with closing(sqlite3.connect(server.database)) as database:
        assert database.execute("SELECT count(*) FROM room_students").fetchone() == (PHONES,)


def test_stars_that_are_given_while_the_database_is_away_are_stored_when_it_is_back(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")
    rooms, code = room_on(server)
    phone = Phone(server, code, "a" * 22)

    async def a_class() -> None:
        await phone.join()
        await phone.star(5)
        with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")  # nobody else writes
            end = asyncio.get_running_loop().time() + AWAY_SECONDS
            await phone.star(4)
            assert phone.unsaved()
            await phone.star(2)
            assert phone.unsaved()
            assert stored(server, code, phone.key) == {TITLES[0]: 5.0}
            await asyncio.sleep(end - asyncio.get_running_loop().time())
            other.execute("ROLLBACK")
        await phone.tab.until(lambda _: not phone.unsaved(), seconds=60)

    loop.run(a_class())
    assert stored(server, code, phone.key) == dict(zip(TITLES, (5.0, 4.0, 2.0), strict=False))
    assert rooms.mine(code, phone.key).said == stored(server, code, phone.key)


def test_the_same_phone_twice_is_one_student_and_a_wrong_clock_changes_nothing(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")
    rooms, code = room_on(server)
    one, two = Phone(server, code, "a" * 22), Phone(server, code, "a" * 22)

    async def a_class() -> None:
        await one.join()
        await two.open()
        assert one.name() == two.name()
        await one.star(5)
        await two.star(1)  # its page still shows the first title
        await one.tab.rerun()

    loop.run(a_class())
    lines = rooms.lines(code, TEACHER)
    assert [(line.item_id, line.stars) for line in lines] == [(TITLES[0], 1.0)]
    assert lines[0].at == pytest.approx(rooms.room(code).students[0].at, abs=120)  # the server's time: nothing of the phone's is asked


def test_two_servers_and_two_tabs_of_the_teacher_lead_one_class(new_server: NewServer, tmp_path: Path) -> None:
    one, two = new_server(tmp_path / "ratings.sqlite3"), new_server(tmp_path / "ratings.sqlite3")
    rooms, code = room_on(one)
    other = Rooms(Store(two.database_url))
    here, there = Phone(one, code, "a" * 22), Phone(two, code, "b" * 22)

    async def a_class() -> None:
        await here.join()
        await there.join()
        await here.star(5)
        await there.star(1)
        rooms.set(code, TEACHER, station=1, frozen=1)
        other.set(code, TEACHER, frozen=0)
        rooms.set(code, TEACHER, frozen=1)
        for phone in (here, there):
            await phone.tab.rerun()
            assert any("frozen the stars" in text for text in phone.tab.texts("alert"))
            assert "Rating." in " ".join(phone.tab.texts("html"))
            assert phone.tab.fragments  # it waits, and asks by itself
        other.set(code, TEACHER, station=11, frozen=0)
        for phone in (here, there):
            await phone.tab.run_fragments()
            await phone.tab.until(lambda tab: any("own list" in text for text in tab.texts("html")), seconds=30)

    loop.run(a_class())
    assert rooms.room(code) == other.room(code)
    assert rooms.room(code).stars == {hashed(here.key): {TITLES[0]: 5.0}, hashed(there.key): {TITLES[0]: 1.0}}


def test_no_key_and_no_code_is_in_the_servers_log(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")
    _, code = room_on(server)
    phone = Phone(server, code, "secretsecretsecret-key")

    async def a_class() -> None:
        await phone.join()
        await phone.star(5)

    loop.run(a_class())
    server.stop()
    log = server.log.read_text(encoding="utf-8")
    assert not {secret for secret in (phone.key, hashed(phone.key), TEACHER, hashed(TEACHER)) if secret in log}
