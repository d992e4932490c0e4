"""Two tabs of one visitor, a link that plants a key, and a key that is renewed: on the real server, with cookies."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from recsys_core.storage.store import is_token
from tests.faults.acts import stored
from tests.faults.conftest import NewServer
from tests.support import loop
from tests.support.server import Server
from tests.support.streamlit_visitor import Visitor
from ui.server.browser_cookie import COOKIE

PLANTED = "p" * 22


@pytest.fixture(scope="module")
def server(new_server: NewServer, tmp_path_factory: pytest.TempPathFactory) -> Server:
    return new_server(tmp_path_factory.mktemp("server") / "ratings.sqlite3")


def browser(name: str) -> dict[str, str]:
    """The headers of a browser that has been here before."""
    return {"Cookie": f"{COOKIE}={name * 22}"}


def rated(visitor: Visitor) -> dict[str, int]:
    return {item_id: stars for item_id, stars in visitor.stars().items() if stars}


def run(act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop.run(act())


def test_one_tab_follows_the_other_and_nothing_that_was_cleared_comes_back(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("a")) as one, Visitor(server.port, key=one.key, headers=browser("a")) as two:
            assert two.key == one.key  # also before anything was said
            first, second, third, fourth, *_ = one.tiles()
            await one.star(first, 5)
            await one.star(second, 4)
            await two.star(third, 1)
            assert rated(two) == {first: 5, second: 4, third: 1}
            await two.star(first, None)
            await two.press(f"_unseen_{fourth}")
            await one.star(second, 2)  # a click, not only a look
            assert rated(one) == {second: 2, third: 1}
            assert fourth not in one.tiles()
            await two.go("about")
            await two.press("_forget")
            await one.rerun()
            assert rated(one) == {}
            assert fourth in one.tiles()
            await one.star(second, 3)
            await two.go("")
            assert rated(two) == rated(one) == {second: 3}
            assert stored(server, one.key) == {second: 3}

    run(act)


def test_a_click_on_a_page_that_does_not_know_of_forgetting_brings_nothing_back(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("a")) as one:
            first, second, *_ = one.tiles()
            await one.star(first, 5)
            async with Visitor(server.port, page="about", key=one.key, headers=browser("a")) as two:
                await two.press("_forget")
            await one.star(second, 2)
            assert rated(one) == {second: 2}
            assert stored(server, one.key) == {second: 2}

    run(act)


def test_a_link_with_a_made_up_key_begins_a_fresh_profile(server: Server) -> None:
    async def act() -> None:
        for headers in (browser("a"), {}):
            async with Visitor(server.port, key=PLANTED, headers=headers) as victim:
                assert victim.key != PLANTED
                assert is_token(victim.key)
                await victim.star(victim.tiles()[0], 5)
            assert stored(server, PLANTED) == {}

    run(act)


def test_a_link_with_somebody_elses_key_is_asked_about(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("x")) as attacker:
            async with Visitor(server.port, key=attacker.key, headers=browser("a")) as early:
                assert early.key != attacker.key  # nothing was said under it: not even a question
            first, second, *_ = attacker.tiles()
            await attacker.star(first, 1)
            async with Visitor(server.port, key=attacker.key, headers=browser("a")) as victim:
                assert victim.tiles() == []
                assert victim.has("_key_use")
                await victim.press("_key_own")
                assert victim.key != attacker.key
                assert rated(victim) == {}
                await victim.star(second, 5)
                async with Visitor(server.port, key=victim.key, headers=browser("a")) as again:
                    assert rated(again) == {second: 5}  # a reload is not asked
            async with Visitor(server.port, key=attacker.key, headers=browser("b")) as friend:
                await friend.press("_key_use")
                assert (friend.key, rated(friend)) == (attacker.key, {first: 1})
            async with Visitor(server.port, key=attacker.key, headers=browser("b")) as again:
                assert rated(again) == {first: 1}
            await attacker.rerun()
            assert rated(attacker) == {first: 1}

    run(act)


def test_a_renewed_key_takes_the_ratings_along_and_the_old_one_opens_nothing(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("a")) as one:
            old = one.key
            first, second, *_ = one.tiles()
            await one.star(first, 5)
            async with Visitor(server.port, key=old, headers=browser("a")) as two:
                await one.go("data")
                await one.press("_renew_key")
                assert one.key != old
                await one.go("")
                assert rated(one) == {first: 5}
                await two.star(second, 1)  # in a tab with the old key
                assert two.key not in (old, one.key)
                assert any("have got a new key" in text for text in two.texts("alert"))
                assert rated(two) == {}
            async with Visitor(server.port, key=old, headers=browser("a")) as three:
                assert three.key != old
                assert rated(three) == {}
            async with Visitor(server.port, key=one.key, headers=browser("a")) as four:
                assert rated(four) == {first: 5}
            assert stored(server, old) == {}
            assert stored(server, one.key) == {first: 5}

    run(act)


def test_a_star_draws_only_what_it_changes_and_that_as_the_whole_page_would(server: Server) -> None:
    def shown(visitor: Visitor) -> list[object]:
        return [*(visitor.texts(kind) for kind in ("heading", "markdown", "html", "alert")), rated(visitor)]

    async def act() -> None:
        async with Visitor(server.port) as one:
            first, second, *_ = one.tiles()
            for title, stars in ((first, 5), (second, 2), (first, 1), (first, None)):
                before = one.received
                await one.star(title, stars)
                small, drawn = one.received - before, shown(one)
                before = one.received
                await one.rerun()
                assert small < (one.received - before) / 2
                assert shown(one) == drawn
            assert not one.exceptions()

    run(act)
