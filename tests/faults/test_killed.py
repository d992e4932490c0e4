"""A server that is killed while visitors click, and two servers on one database: what was acknowledged is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.acts import Clicker, stored
from tests.faults.conftest import NewServer
from tests.support import loop
from tests.support.streamlit_visitor import Visitor

ROUNDS = 4
VISITORS = 3


def test_no_acknowledged_rating_is_lost_when_the_server_is_killed(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(tmp_path / "ratings.sqlite3")
    clickers = [Clicker(Visitor(0), seed) for seed in range(VISITORS)]

    async def a_round(number: int) -> None:
        for clicker in clickers:
            clicker.visitor = Visitor(server.port, key=clicker.visitor.key)
            await clicker.visitor.open()
            clicker.check({item_id: stars for item_id, stars in clicker.visitor.stars().items() if stars})  # what the page shows
            clicker.seed += VISITORS
        clicking = [asyncio.create_task(clicker.click()) for clicker in clickers]
        await asyncio.sleep(0.7 + 0.13 * number)
        assert server.process is not None
        server.process.kill()
        await asyncio.gather(*clicking)
        server.process.wait()

    for number in range(ROUNDS):
        before = [clicker.clicks for clicker in clickers]
        loop.run(a_round(number))
        for clicker in clickers:
            found = stored(server, clicker.visitor.key)
            clicker.check(found)
            clicker.acknowledged, clicker.asked = {item_id: int(stars) for item_id, stars in found.items()}, ("", None)
        assert sum(clicker.clicks for clicker in clickers) > sum(before)
        server.start()
    server.stop()
    assert sum(clicker.clicks for clicker in clickers) >= ROUNDS * VISITORS


def test_two_servers_on_one_file_lose_nothing_and_follow_one_another(new_server: NewServer, tmp_path: Path) -> None:
    one, two = new_server(tmp_path / "ratings.sqlite3"), new_server(tmp_path / "ratings.sqlite3")

    async def click() -> None:
        async with Visitor(one.port) as first:
            await first.star(first.tiles()[0], 3)  # from now on the other server knows the key
            async with Visitor(two.port, key=first.key) as second, Visitor(one.port) as third, Visitor(two.port) as fourth:
                assert second.key == first.key
                clickers = [Clicker(visitor, seed) for seed, visitor in enumerate((third, fourth))]
                tiles = first.tiles()
                for turn in range(8):  # one profile in turn on both, two others beside them all the time
                    visitor, other = (first, second) if turn % 2 else (second, first)
                    mine = asyncio.gather(visitor.star(tiles[turn], 1 + turn % 5), *(clicker.click(5) for clicker in clickers))
                    await mine
                    await other.rerun()
                    assert {item: stars for item, stars in other.stars().items() if stars} == {
                        tiles[number]: 1 + number % 5 for number in range(turn + 1)
                    }
                await second.star(tiles[0], None)
                await first.rerun()
                assert first.stars()[tiles[0]] is None
                await first.star(tiles[1], 5)
                assert set(stored(one, first.key)) == set(tiles[1:8])
                for clicker in clickers:
                    assert clicker.clicks == 40
                    clicker.check(stored(one, clicker.visitor.key))

    loop.run(click())
