"""A server that is asked to stop: what was acknowledged is stored or was said not to be, children end, and it is gone in ten seconds."""

from __future__ import annotations

import asyncio
import http.client
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.acts import Clicker, saving, stored
from tests.faults.conftest import ONE_THREAD, NewServer
from tests.faults.test_children_end import state_of
from tests.support import loop
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor

SECONDS = 10


async def stop(server: Server, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
    """Ask it to stop; its exit code and how long it took."""
    assert server.process
    began = time.monotonic()
    server.process.send_signal(how)
    code = await asyncio.to_thread(server.process.wait, 60)
    return code, time.monotonic() - began


def well(code: int) -> bool:
    """Whether an exit code is that of a good end: 0, 143 in a shell's words, or Python's for the same signal."""
    return code in (0, 128 + signal.SIGTERM, -signal.SIGTERM)


@pytest.mark.parametrize("locked", [1.5, 30.0], ids=["for a moment", "for long"])
def test_what_waits_is_written_or_was_said_not_to_be_stored(new_server: NewServer, tmp_path: Path, locked: float) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")

    async def click() -> None:
        async with Visitor(server.port) as visitor:
            first, second, *_ = visitor.tiles()
            await visitor.star(first, 5)
            assert not saving(visitor)
            with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await visitor.star(second, 4)
                assert saving(visitor)
                assert "is not stored yet" in visitor.texts("alert")[0] or "are not stored yet" in visitor.texts("alert")[0]
                stopping = asyncio.create_task(stop(server))
                await asyncio.wait([stopping], timeout=locked)
                assert stopping.done() == (locked > SECONDS)
                other.execute("ROLLBACK")
            code, seconds = await stopping
            assert well(code)
            assert seconds < SECONDS
            told = server.log.read_text(encoding="utf-8")
            if locked < SECONDS:
                assert stored(server, visitor.key) == {first: 5, second: 4}
                assert "has not taken" not in told
            else:
                assert stored(server, visitor.key) == {first: 5}
                assert "the database has not taken what visitors said last. They were told so. n=1" in told

    loop.run(click())


def test_nothing_that_was_acknowledged_is_lost_and_nothing_new_is_taken(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")

    async def click() -> None:
        clickers = [Clicker(Visitor(server.port), seed) for seed in range(3)]
        for clicker in clickers:
            await clicker.visitor.open()
        clicking = [asyncio.create_task(clicker.click()) for clicker in clickers]
        await asyncio.sleep(0.8)
        code, seconds = await stop(server)
        await asyncio.gather(*clicking)
        assert well(code)
        assert seconds < SECONDS
        for clicker in clickers:
            assert clicker.clicks
            clicker.check(stored(server, clicker.visitor.key))
        with pytest.raises(OSError):
            await Visitor(server.port).connect()

    loop.run(click())


def test_a_visitor_who_does_not_let_go_holds_up_nothing(new_server: NewServer, tmp_path: Path) -> None:
    """A request that never ends: Uvicorn would wait for it, and what waits would never be written."""
    server = new_server(tmp_path / "ratings.sqlite3")

    async def click() -> None:
        async with Visitor(server.port) as visitor:
            first, *_ = visitor.tiles()
            upload = http.client.HTTPConnection("localhost", server.port, timeout=20)
            upload.putrequest("PUT", f"/_stcore/upload_file/{visitor.session_id}/a")
            upload.putheader("Content-Length", "1000")
            upload.endheaders(b"half of it")
            with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await visitor.star(first, 4)
                assert saving(visitor)
                stopping = asyncio.create_task(stop(server))
                await asyncio.sleep(0.5)
                other.execute("ROLLBACK")
            code, seconds = await stopping
            assert well(code)
            assert seconds < SECONDS
            assert stored(server, visitor.key) == {first: 4}
            upload.close()

    loop.run(click())


def children_of(process: int) -> list[int]:
    found = [file.read_text(encoding="utf-8").split() for file in Path(f"/proc/{process}/task").glob("*/children")]
    return [int(child) for line in found for child in line]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_a_fit_under_way_ends_with_it(tmp_path: Path) -> None:
    server = Server(tmp_path / "ratings.sqlite3", tmp_path / "data", more=ONE_THREAD | {"RECSYS_LOG": "json"}).start()

    async def click() -> list[int]:
        async with Visitor(server.port):  # the models of the showcase are not fitted yet
            assert server.process
            until = time.monotonic() + 60
            while not (children := children_of(server.process.pid)):
                assert time.monotonic() < until
                await asyncio.sleep(0.1)
            code, seconds = await stop(server)
            assert well(code)
            assert seconds < SECONDS
            return children

    try:
        children = loop.run(click())
    finally:
        server.stop()
    until = time.monotonic() + SECONDS
    while any(state_of(child) != "Z" for child in children):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert "A job ended: prepare cancelled." in server.log.read_text(encoding="utf-8")
