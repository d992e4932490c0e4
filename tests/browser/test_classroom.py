"""One projector and four phones in real browsers, through all stations of an hour."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from recsys_core.classroom.rehearsal import invite, rehearse
from recsys_core.classroom.stations import STATIONS
from recsys_core.datasets import load_dataset
from recsys_core.storage.rooms import Rooms
from recsys_core.storage.store import Store
from tests.support.acts import settled
from tests.support.inspection import too_wide, violations
from ui.server.browser_cookie import browser_id
from ui.session.classroom import key_of

PHONES, CLASSMATES, RATED = 4, 8, 8
SECONDS = 15_000
"""How long the projector may take until it has followed: a busy machine's patience, not the bar of four seconds."""


def stars(page: Page, number: int) -> Locator:
    """The star with a number from 1 of the title that a phone shows."""
    return page.locator(".st-key-room_card").get_by_role("radio").nth(number - 1)


def rate(page: Page, number: int) -> None:
    """Give the title that is shown so many stars, or say that one has not seen it (0); the next title follows."""
    before = page.locator(".room-title").inner_text()
    if number:
        stars(page, number).click()
    else:
        page.get_by_role("button", name="Not seen").click()
    expect(page.locator(".room-title", has_text=before)).to_have_count(0)  # both stand there while the page is drawn again
    settled(page)


def cookies(page: Page) -> dict[str, str]:
    """Those of a page's browser."""
    return {str(cookie["name"]): str(cookie["value"]) for cookie in page.context.cookies()}


def room_of(projector: Page) -> str:
    """The code in the projector's address, which holds nothing else that opens anything."""
    query = parse_qs(urlsplit(projector.url).query)
    assert set(query) <= {"room", "show"}
    return query["room"][0]


def test_a_class_goes_through_all_stations(open_tab, server, picture: Callable[[Page | Locator, str], None]) -> None:
    teacher = open_tab(width=1280, height=720, address="/classroom")
    board = teacher.page
    board.get_by_role("button", name="Open a room").click()
    expect(board.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Room "))
    code = room_of(board)
    board.get_by_role("button", name="Teacher's key").click()
    key = board.locator('[data-testid="stPopoverBody"] code').inner_text()
    board.keyboard.press("Escape")
    board.get_by_role("button", name="Show on the projector").click()
    expect(board.get_by_role("heading", level=1)).to_have_text(STATIONS[0].title)
    picture(board, "class-join")

    phones = [open_tab(width=360, height=740, address=f"/join?room={code}") for _ in range(PHONES)]
    names = []
    for phone in phones:
        phone.page.get_by_role("button", name="Join", exact=True).click()
        names.append(phone.page.locator(".room-me b").inner_text())
        assert "me=" not in phone.page.url  # the cookie tells it
    assert len(set(names)) == PHONES
    expect(board.locator(".join-count")).to_have_text(f"{PHONES} have joined", timeout=SECONDS)

    first = phones[0].page
    first.get_by_role("button", name="Another name").click()
    expect(first.locator(".room-me b")).not_to_have_text(names[0])
    names[0] = first.locator(".room-me b").inner_text()
    for number, phone in enumerate(phones):
        for place in range(RATED):
            rate(phone.page, (number * 2 + place) % 6)
    given = sum((number * 2 + place) % 6 > 0 for number in range(PHONES) for place in range(RATED))
    picture(first, "class-phone-rates")
    first.reload()
    expect(first.locator(".room-me b")).to_have_text(names[0])
    expect(first.locator('.st-key-room_card [data-testid="stProgress"]')).to_contain_text(f"{RATED} of 20")

    rooms, waiting = Rooms(Store(server.database_url)), phones[3].page
    for item_id in rooms.head(code).titles[RATED:]:  # as if it had gone on: then it waits, and asks for news by itself
        rooms.rate(code, key_of(browser_id(cookies(waiting)), "student", code), item_id, None)
    waiting.reload()
    expect(waiting.locator(".room-doing")).to_be_visible()
    students = invite(rooms, code, load_dataset("showcase"), CLASSMATES)
    list(rehearse(rooms, code, students))
    matrix = rooms.room(code).stars
    said = sum(value is not None for row in matrix.values() for value in row.values())
    assert sum(value is not None for one in rooms.room(code).students[:PHONES] for value in matrix[one.id].values()) == given

    for number, station in enumerate(STATIONS):
        expect(board.get_by_role("heading", level=1)).to_have_text(station.title, timeout=SECONDS)
        expect(board.locator(".class-count")).to_contain_text(f"{said} stars", timeout=SECONDS)
        settled(board)
        assert rooms.head(code).station == number
        assert key not in board.content()
        assert too_wide(board) == []
        assert violations(board) == []
        picture(board, f"class-{number + 1:02}-{station.key}")
        if station.act == "guess":
            _guess(phones[1].page, board, picture)
        elif station.act == "name":
            _name(phones[2].page, board, picture)
        elif station.act == "list":
            _own_list(phones, rooms, code, picture)
        else:
            expect(waiting.locator(".room-doing")).to_have_text(station.phone, timeout=SECONDS)
        if number + 1 < len(STATIONS):
            board.keyboard.press("PageDown")
    board.keyboard.press("PageUp")
    expect(board.get_by_role("heading", level=1)).to_have_text(STATIONS[-2].title)
    for tab in (teacher, *phones):
        tab.check()


def _guess(phone: Page, board: Page, picture: Callable[[Page | Locator, str], None]) -> None:
    """A phone guesses what it may; the projector counts it."""
    phone.reload()  # it was rating, and a phone that rates asks for no news
    expect(phone.locator(".room-doing")).to_have_text("Guess the hidden stars.")
    guesses = phone.get_by_test_id("stFeedback")
    guesses.first.get_by_role("radio").nth(2).click()
    expect(board.locator(".class-lines")).to_contain_text("1 guess so far", timeout=SECONDS)
    picture(phone, "class-phone-guesses")


def _name(phone: Page, board: Page, picture: Callable[[Page | Locator, str], None]) -> None:
    """A phone names an axis; the projector writes it there."""
    phone.reload()
    expect(phone.locator(".room-doing")).to_have_text("Name the two axes.")
    button = phone.locator(".st-key-room_axis_0").get_by_role("button").first
    name = button.inner_text()
    button.click()
    expect(board.locator(".js-plotly-plot").filter(has_text=f"{name} (1 vote)")).to_be_visible(
        timeout=SECONDS
    )  # the old one may still stand
    picture(phone, "class-phone-names")


def _own_list(phones, rooms: Rooms, code: str, picture: Callable[[Page | Locator, str], None]) -> None:
    """Every phone has a list of its own, with a classmate's name."""
    others = [student.name for student in rooms.room(code).students]
    for phone in phones:
        phone.page.reload()
        expect(phone.page.locator(".room-doing")).to_have_text("Here is your own list.")
        settled(phone.page)
        text = phone.page.locator(".st-key-room_page").inner_text()
        assert "counted most" in text
        assert any(name in text for name in others)
        assert too_wide(phone.page) == []
    assert violations(phones[0].page) == []
    picture(phones[0].page, "class-phone-list")
