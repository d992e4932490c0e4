"""A phone in a class that loses its connection: it takes no star that could be lost, and goes on by itself."""

from __future__ import annotations

import os
from dataclasses import replace

from playwright.sync_api import Locator, Page, expect

from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store
from tests.support.acts import settled
from tests.support.relay import Relay

AWAY_SECONDS = float(os.environ.get("AWAY_SECONDS", "10"))
"""How long the connection is lost; 125 was tried too."""
TITLES = ["breaking-bad-2008", "the-wire-2002", "friends-1994", "the-matrix-1999", "heat-1995"]


def star(page: Page, place: int, number: int) -> Locator:
    return page.locator(f".st-key-room_line_{place}").get_by_role("radio").nth(number - 1)


def stored(rooms: Rooms, code: str) -> dict[str, float]:
    """The stars of the room's only student."""
    [stars] = rooms.room(code).stars.values()
    return {item_id: value for item_id, value in stars.items() if value is not None}


def test_a_phone_without_a_connection_takes_no_star_and_goes_on_by_itself(open_tab, server) -> None:
    rooms = Rooms(Store(server.database_url))
    code = rooms.open("t" * 22, server.dataset, TITLES)
    with Relay(server.port) as relay:
        page = open_tab(width=360, height=740, to=replace(server, port=relay.port), address=f"/join?room={code}").page
        page.get_by_role("button", name="Join", exact=True).click()
        name = page.locator(".room-me b").inner_text()
        page.get_by_text("As a list").click()
        settled(page)
        star(page, 0, 5).click()
        settled(page)
        assert stored(rooms, code) == {TITLES[0]: 5.0}

        relay.cut()
        expect(star(page, 1, 4)).to_be_disabled()
        page.wait_for_timeout(AWAY_SECONDS * 1000)
        relay.mend()

        expect(star(page, 1, 4)).to_be_enabled(timeout=60_000)
        settled(page)
        expect(page.locator(".room-me b")).to_have_text(name)
        expect(star(page, 0, 5)).to_be_checked()
        star(page, 1, 4).click()
        settled(page)
        assert stored(rooms, code) == {TITLES[0]: 5.0, TITLES[1]: 4.0}
