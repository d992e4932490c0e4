"""A database that is locked, read-only or full for a while: the page says so, and what was said is stored by itself when it is over."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.acts import saved, saving, stored
from tests.faults.conftest import NewServer
from tests.support import loop
from tests.support.streamlit_visitor import Visitor


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def test_a_database_that_is_locked_for_ten_seconds(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")

    async def click() -> tuple[str, dict[str, int]]:
        async with Visitor(server.port) as visitor:
            first, second, third, *_ = visitor.tiles()
            await visitor.star(first, 5)
            assert not saving(visitor)
            with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
                begin = time.monotonic()
                other.execute("BEGIN IMMEDIATE")
                await visitor.star(second, 4)
                assert saving(visitor)
                waited = time.monotonic() - begin
                await visitor.star(third, 3)  # the database has just failed: this click does not wait for it
                assert time.monotonic() - begin < waited + 2
                await visitor.star(first, None)
                assert saving(visitor)
                assert "Your last 3 changes are not stored yet" in visitor.texts("alert")[0]
                async with Visitor(server.port, key=visitor.key) as again:  # a reload
                    assert {item: stars for item, stars in again.stars().items() if stars} == {second: 4, third: 3}
                    assert saving(again)
                assert stored(server, visitor.key) == {first: 5}
                await asyncio.sleep(max(0, begin + 10 - time.monotonic()))
                other.execute("ROLLBACK")
            await visitor.until(saved, 40)
            return visitor.key, {second: 4, third: 3}

    key, said = loop.run(click())
    assert stored(server, key) == said


def test_what_waits_is_stored_although_the_tab_was_closed(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")

    async def click() -> str:
        async with Visitor(server.port) as visitor:
            with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await visitor.star(visitor.tiles()[0], 4)
                assert saving(visitor)
                await visitor.close()
                other.execute("ROLLBACK")
            return visitor.key

    key = loop.run(click())
    until = time.monotonic() + 40
    while list(stored(server, key).values()) != [4]:
        assert time.monotonic() < until
        time.sleep(0.2)


def test_a_disk_that_is_full_for_a_while(new_server: NewServer, small_disk: Path) -> None:
    server = new_server(small_disk / "ratings.sqlite3")

    async def click() -> None:
        async with Visitor(server.port) as visitor:
            tiles = visitor.tiles()
            await visitor.star(tiles[0], 5)
            filler = small_disk / "filler"
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
                while True:
                    file.write(bytes(4096))
            n = 0
            while not saving(visitor):  # what fits into pages that the database has already is stored
                n += 1
                await visitor.star(tiles[n], 1 + n % 5)
            acknowledged = {tiles[0]: 5} | {tiles[k]: 1 + k % 5 for k in range(1, n)}
            assert stored(server, visitor.key) == acknowledged
            filler.unlink()
            await visitor.until(saved, 40)
            assert stored(server, visitor.key) == acknowledged | {tiles[n]: 1 + n % 5}

    loop.run(click())
    server.stop()


def test_a_database_that_was_read_only_is_written_without_a_restart(new_server: NewServer, small_disk: Path, tmp_path: Path) -> None:
    server = new_server(small_disk / "ratings.sqlite3")

    async def before() -> str:
        async with Visitor(server.port) as visitor:
            await visitor.star(visitor.tiles()[0], 5)
            return visitor.key

    async def after(key: str) -> None:
        async with Visitor(server.port, key=key) as visitor:
            first, second, *_ = visitor.tiles()
            assert visitor.key == key
            await visitor.star(second, 4)
            assert saving(visitor)
            remount(small_disk, "rw")
            await visitor.until(saved, 40)
            assert {item: stars for item, stars in visitor.stars().items() if stars} == {first: 5, second: 4}
            assert stored(server, key) == {first: 5, second: 4}

    key = loop.run(before())
    server.stop()
    server.log = tmp_path / "server.log"
    remount(small_disk, "ro")
    server.start()
    loop.run(after(key))
    server.stop()
