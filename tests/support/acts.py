"""What a person does in the browser."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

if os.environ.get("REQUIRE_BROWSER") != "1":  # there, an import error is the failure that is asked for
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install -r requirements-dev.txt)")
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PAGES = {
    "Rate": "Rate what you have seen",
    "Start": "Quick start",
    "For you": "For you",
    "Kept": "Kept",
    "Compare": "Compare",
    "Factors": "Latent factors",
    "Learn": "Learn",
    "Data": "Data",
    "About": "About",
}
STILL = """async () => {
    await document.fonts.ready;
    const places = () => [...document.querySelectorAll('h1, [data-testid=stFeedback], [data-testid=stButton]')]
        .map(e => { const at = e.getBoundingClientRect(); return `${at.x},${at.y}`; }).join(' ');
    const frame = () => new Promise(requestAnimationFrame);
    const end = performance.now() + 5000;
    for (let same = 0, before = ''; same < 20 && performance.now() < end;) {
        await frame();
        const now = places();
        same = now === before ? same + 1 : 0;
        before = now;
    }
}"""
"""Resolves when nothing has moved for 20 frames: at the first paint the wall counts its columns anew, and a click would miss."""
expect.set_options(timeout=20_000)


def settled(page: Page) -> None:
    """Wait until the script has run to its end and the page shows it."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    expect(page.locator("[data-stale='true']")).to_have_count(0)
    page.evaluate(STILL)


def go_to(page: Page, name: str) -> None:
    """Click a page's name in the navigation. The quick start is led to by the page Factors."""
    if name == "Start":
        go_to(page, "Factors")
        page.get_by_role("link", name="Quick start").click()
        on_page(page, name)
        return
    top = page.get_by_test_id("stTopNavLink").filter(has_text=name)
    narrow = page.locator(".st-key-phone_menu").get_by_role("link", name=name)
    top.or_(narrow).filter(visible=True).first.click()  # waits for whichever menu this width has
    on_page(page, name)


def on_page(page: Page, name: str) -> None:
    """Wait for a page's heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[name])
    settled(page)


def tiles(page: Page) -> Locator:
    """The tiles of the wall."""
    return page.locator(".st-key-wall .poster")


def stars(page: Page, tile: int) -> Locator:
    """The five stars of the wall's n-th tile."""
    return page.locator(".st-key-wall").get_by_test_id("stFeedback").nth(tile).get_by_role("radio")


def cell(page: Page, tile: int) -> Locator:
    """The wall's n-th tile with its stars and its button."""
    return page.locator(".st-key-wall").get_by_test_id("stGridCell").nth(tile)


def click_star(page: Page, tile: int, number: int) -> None:
    """Give the wall's n-th tile so many stars and wait for the server's answer to an unrated tile."""
    expect(stars(page, tile)).to_have_count(5)
    settled(page)
    stars(page, tile).nth(number - 1).click()
    expect(cell(page, tile).get_by_role("button", name=re.compile("clear", re.IGNORECASE))).to_be_visible()
    settled(page)


def rate_first(page: Page, *numbers: int) -> None:
    """Rate the first tiles of the wall."""
    for tile, number in enumerate(numbers):
        click_star(page, tile, number)
    expect_rated(page, len(numbers))


def live(page: Page) -> Locator:
    """The lines of the live list."""
    return page.locator(".live li[data-item]")


def live_ids(page: Page) -> list[str]:
    """Ids of the live list, in their order."""
    return live(page).evaluate_all("lines => lines.map(line => line.dataset.item)")


def listed(page: Page) -> list[str]:
    """Ids of the cards on "For you", in their order."""
    return page.locator(".st-key-cards .facts[data-item]").evaluate_all("cards => cards.map(card => card.dataset.item)")


def expect_rated(page: Page, n: int) -> None:
    """The strip counts so many ratings."""
    text = re.compile(rf"^{n} rated\.") if n else re.compile(r"^Nothing rated yet")
    expect(page.get_by_test_id("stMarkdown").filter(has_text=text).first).to_be_visible()
