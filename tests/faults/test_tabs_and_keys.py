"""Two tabs of one visitor, a link that plants a key, and a key that is renewed: on the real server, with cookies."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from recsys_core.storage.store import Store
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


def key_of(server: Server, name: str) -> str:
    """The key of what a browser has open, as its own id unseals it in the database; no address shows it."""
    return Store(server.database_url).opened(name * 22)[0]


def rated(visitor: Visitor) -> dict[str, int]:
    return {item_id: stars for item_id, stars in visitor.stars().items() if stars}


def run(act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop.run(act())


def test_one_tab_follows_the_other_and_nothing_that_was_cleared_comes_back(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("a")) as one, Visitor(server.port, headers=browser("a")) as two:
            first, second, third, fourth, *_ = one.tiles()
            await one.star(first, 5)
            await one.star(second, 4)
            await two.star(third, 1)  # opened before anything was said
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
            assert stored(server, key_of(server, "a")) == {second: 3}

    run(act)


def test_a_click_on_a_page_that_does_not_know_of_forgetting_brings_nothing_back(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("c")) as one:
            first, second, *_ = one.tiles()
            await one.star(first, 5)
            async with Visitor(server.port, page="about", headers=browser("c")) as two:
                await two.press("_forget")
            await one.star(second, 2)
            assert rated(one) == {second: 2}
            assert stored(server, key_of(server, "c")) == {second: 2}

    run(act)


def test_a_browser_is_told_by_its_cookie_and_no_address_holds_the_key(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("d")) as one:
            first, *_ = one.tiles()
            await one.star(first, 5)
            key = key_of(server, "d")
            async with Visitor(server.port, headers=browser("d")) as again:
                assert rated(again) == {first: 5}
            async with Visitor(server.port, headers=browser("e")) as stranger:
                assert rated(stranger) == {}
            async with Visitor(server.port, query=f"p={key}&x=1", headers=browser("d")) as bookmark:  # from before
                assert rated(bookmark) == {first: 5}
                assert bookmark.query == "x=1"
            assert key not in one.query

    run(act)


def test_a_link_with_a_made_up_key_begins_a_fresh_profile(server: Server) -> None:
    async def act() -> None:
        for headers in (browser("f"), {}):
            async with Visitor(server.port, key=PLANTED, headers=headers) as victim:
                assert f"p={PLANTED}" not in victim.query
                await victim.star(victim.tiles()[0], 5)
            assert stored(server, PLANTED) == {}

    run(act)


def test_a_link_with_somebody_elses_key_is_asked_about(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("x")) as attacker:
            first, second, *_ = attacker.tiles()
            await attacker.star(first, 1)
            planted = key_of(server, "x")
            async with Visitor(server.port, headers=browser("v")) as victim:
                await victim.star(second, 5)
            async with Visitor(server.port, key=planted, headers=browser("v")) as victim:
                assert victim.tiles() == []
                assert victim.has("_key_use")
                await victim.press("_key_own")
                assert rated(victim) == {second: 5}  # what this browser had before
                assert victim.query == ""
                async with Visitor(server.port, headers=browser("v")) as again:
                    assert rated(again) == {second: 5}
            async with Visitor(server.port, key=planted, headers=browser("b")) as friend:
                await friend.press("_key_use")
                assert rated(friend) == {first: 1}
                assert friend.query == ""
            async with Visitor(server.port, headers=browser("b")) as again:
                assert rated(again) == {first: 1}
            await attacker.rerun()
            assert rated(attacker) == {first: 1}

    run(act)


def test_ratings_that_a_link_replaced_are_a_click_away(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("g")) as one, Visitor(server.port, headers=browser("h")) as other:
            first, second, *_ = one.tiles()
            await one.star(first, 5)
            await other.star(second, 1)
            async with Visitor(server.port, key=key_of(server, "h"), headers=browser("g")) as tab:
                await tab.press("_key_use")
                assert rated(tab) == {second: 1}
                await tab.go("data")
                await tab.press("_switch_0")
                await tab.go("")
                assert rated(tab) == {first: 5}
            async with Visitor(server.port, headers=browser("g")) as again:
                assert rated(again) == {first: 5}

    run(act)


def test_a_browser_that_is_to_forget_shows_nothing_in_any_tab_and_the_key_opens_it_again(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("i")) as one, Visitor(server.port, headers=browser("i")) as two:
            first, second, *_ = one.tiles()
            await one.star(first, 5)
            await two.rerun()
            key = key_of(server, "i")
            await one.go("data")
            await one.press("_leave")
            await one.go("")
            assert rated(one) == {}
            await two.rerun()
            assert rated(two) == {}
            await one.star(second, 2)  # the next person at this computer
            assert stored(server, key) == {first: 5}
            async with Visitor(server.port, key=key, headers=browser("i")) as back:
                await back.press("_key_use")
                assert rated(back) == {first: 5}

    run(act)


def test_a_renewed_key_takes_the_ratings_along_and_the_old_one_opens_nothing(server: Server) -> None:
    async def act() -> None:
        async with Visitor(server.port, headers=browser("j")) as one:
            first, second, *_ = one.tiles()
            await one.star(first, 5)
            old = key_of(server, "j")
            async with Visitor(server.port, headers=browser("j")) as two, Visitor(server.port, key=old, headers=browser("k")) as other:
                await other.press("_key_use")
                assert rated(other) == {first: 5}
                await one.go("data")
                await one.press("_renew_key")
                new = key_of(server, "j")
                assert new != old
                await one.go("")
                assert rated(one) == {first: 5}
                await two.rerun()  # the same browser
                assert rated(two) == {first: 5}
                await other.star(second, 1)  # another one, with the old key
                assert any("have got a new key" in text for text in other.texts("alert"))
                assert rated(other) == {}
            async with Visitor(server.port, key=old, headers=browser("l")) as three:
                assert rated(three) == {}
            async with Visitor(server.port, headers=browser("j")) as four:
                assert rated(four) == {first: 5}
            assert stored(server, old) == {}
            assert stored(server, new) == {first: 5}

    run(act)


def test_a_page_of_another_site_cannot_speak_for_a_browser(server: Server) -> None:
    """The cookie comes with every connection, so the server must not take one that a foreign page has opened."""

    async def act() -> None:
        address = f"ws://localhost:{server.port}/_stcore/stream"
        for origin in ("http://evil.example", f"http://evil.example:{server.port}", "null"):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(
                    address, origin=Origin(origin), additional_headers=browser("j"), subprotocols=[Subprotocol("streamlit")]
                ):
                    pass
            assert refused.value.response.status_code == 403

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
