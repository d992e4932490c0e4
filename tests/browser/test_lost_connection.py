"""A phone in a class that loses its connection: it takes no star that could be lost, and goes on by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store
from tests.support.acts import settled
from tests.support.relay import Relay
from tests.support.server import Server

AWAY_SECONDS = float(os.environ.get("AWAY_SECONDS", "4"))
"""How long the connection is lost; 125 was tried too."""
TITLES = ["breaking-bad-2008", "the-wire-2002", "friends-1994", "the-matrix-1999", "heat-1995"]


def star(page: Page, number: int) -> Locator:
    """A star of the title that the phone shows."""
    return page.locator(".st-key-room_card").get_by_role("radio").nth(number - 1)


def stored(rooms: Rooms, code: str) -> dict[str, float]:
    """The stars of the room's only student."""
    [stars] = rooms.room(code).stars.values()
    return {item_id: value for item_id, value in stars.items() if value is not None}


@pytest.fixture(params=["", "1"], ids=["the tab is still known", "the tab is forgotten"])
def forgetful(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[Server]:
    """A server that remembers a lost tab as long as usual, and one that forgets it after a second."""
    if not request.param:
        yield server
        return
    own = Server(tmp_path / "ratings.sqlite3", server.data, more={"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": request.param}).start()
    yield own
    own.stop()


def test_a_phone_without_a_connection_takes_no_star_and_goes_on_by_itself(open_tab, forgetful: Server) -> None:
    rooms = Rooms(Store(forgetful.database_url))
    code = rooms.open("t" * 22, forgetful.dataset, TITLES)
    with Relay(forgetful.port) as relay:
        page = open_tab(width=360, height=740, to=replace(forgetful, port=relay.port), address=f"/join?room={code}").page
        page.get_by_role("button", name="Join", exact=True).click()
        name = page.locator(".room-me b").inner_text()
        star(page, 5).click()
        expect(page.locator(".room-title")).to_have_text("The Wire")
        settled(page)
        assert stored(rooms, code) == {TITLES[0]: 5.0}

        relay.cut()
        expect(star(page, 4)).to_be_disabled()
        page.wait_for_timeout(AWAY_SECONDS * 1000)
        relay.mend()

        expect(star(page, 4)).to_be_enabled(timeout=60_000)
        page.wait_for_timeout(3000)  # a tab that was forgotten is loaded anew
        settled(page)
        expect(page.locator(".room-me b")).to_have_text(name)
        expect(page.locator(".room-title")).to_have_text("The Wire")
        star(page, 4).click()
        expect(page.locator(".room-title", has_text="The Wire")).to_have_count(0)
        settled(page)
        assert stored(rooms, code) == {TITLES[0]: 5.0, TITLES[1]: 4.0}
