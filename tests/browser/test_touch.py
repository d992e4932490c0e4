"""With fingers, on a phone: swipes pass charts and sliders, names stay in sight, targets are large, a star is on the first screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.acts import go_to, on_page, settled

RATED = {"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 1}
FINGER = 40
"""Pixels that a finger needs."""
SMALL = """least => [...document.querySelectorAll('[data-testid=stMain] :is(button, summary, [data-testid=stPageLink] a)')]
    .filter(one => one.checkVisibility() && !one.closest('.js-plotly-plot, .opener, .st-key-phone_menu'))
    .map(one => [one.textContent.slice(0, 30), one.getBoundingClientRect()])
    .filter(([, box]) => box.height && (box.width < least - 0.5 || box.height < least - 0.5))
    .map(([words, box]) => `${words}: ${box.width} x ${box.height}`)"""

RANGE = "plot => plot._fullLayout.xaxis.range.join()"
STILL_AFTER_80 = """() => {
    const box = document.querySelector('.st-key-factor_scroll'), before = window.scrolledTo;
    window.scrolledTo = box.scrollLeft;
    return box.scrollLeft > 80 && box.scrollLeft === before;
}"""
"""The heatmap has moved by 80 pixels, and come to rest."""


@pytest.fixture
def page(open_tab) -> Page:
    tab = open_tab(width=390, height=844, rated=RATED, touch=True)
    on_page(tab.page, "Rate")
    return tab.page


def swipe(page: Page, at: Locator, dx: int = 0, dy: int = 0, x: float = 0.5) -> None:
    """Draw a finger over the screen, beginning in the middle of an element, or further left or right."""
    box = at.bounding_box()
    assert box
    start_x, start_y = box["x"] + x * box["width"], box["y"] + box["height"] / 2
    client = page.context.new_cdp_session(page)
    points = [(start_x + dx * step / 12, start_y + dy * step / 12) for step in range(13)]
    for step, (at_x, at_y) in enumerate(points):
        client.send("Input.dispatchTouchEvent", {"type": "touchMove" if step else "touchStart", "touchPoints": [{"x": at_x, "y": at_y}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    client.detach()


def scrolled(page: Page) -> float:
    return float(page.get_by_test_id("stMain").evaluate("main => main.scrollTop"))


def into_view(at: Locator) -> None:
    at.evaluate("element => element.scrollIntoView({ block: 'center', behavior: 'instant' })")


def open_view(page: Page, view: str) -> None:
    page.get_by_role("radio", name=view, exact=True).tap()
    settled(page)


def test_a_star_stands_on_the_first_screen_and_targets_are_large(page: Page) -> None:
    star = page.locator(".st-key-wall").get_by_role("radio").first.bounding_box()
    assert star
    assert star["y"] + star["height"] <= 844
    for name in ("Rate", "For you", "Kept"):
        go_to(page, name)
        assert page.evaluate(SMALL, FINGER) == []


def test_a_swipe_that_begins_on_a_chart_scrolls_the_page_and_a_tap_still_reaches_it(page: Page) -> None:
    go_to(page, "Factors")
    open_view(page, "Taste map")
    chart = page.locator(".st-key-taste_map .nsewdrag").first
    into_view(chart)
    plot = page.locator(".st-key-taste_map .js-plotly-plot")
    before, drawn = scrolled(page), plot.evaluate(RANGE)
    swipe(page, chart, dy=-250)
    page.wait_for_function(f"document.querySelector('[data-testid=stMain]').scrollTop > {before + 100}")
    assert plot.evaluate(RANGE) == drawn

    open_view(page, "Heatmap")
    chart = page.locator(".st-key-factor_heatmap .nsewdrag").first
    into_view(chart)
    name = page.locator(".row-names div").nth(3)
    place = name.bounding_box()
    assert place
    swipe(page, name, dx=-200, x=2)  # begins on cells, beside the names
    page.wait_for_function(STILL_AFTER_80)
    assert name.bounding_box() == place  # stays in sight
    page.touchscreen.tap(place["x"] + place["width"] + 60, place["y"] + place["height"] / 2)
    expect(page.get_by_role("dialog")).to_contain_text("Where it stands")


def test_a_slider_follows_a_finger_across_and_lets_a_swipe_pass(page: Page) -> None:
    go_to(page, "For you")
    slider, value = page.locator(".st-key-list_diversity [role=group]"), page.locator(".st-key-list_diversity input")
    into_view(slider)
    before = scrolled(page)
    swipe(page, slider, dy=-200, x=0.7)
    page.wait_for_function(f"document.querySelector('[data-testid=stMain]').scrollTop > {before + 80}")
    settled(page)
    assert value.input_value() == "0"
    into_view(slider)
    swipe(page, slider, dx=120, x=0.1)
    expect(value).not_to_have_value("0")
    settled(page)
    expect(page.locator(".price")).to_be_visible()
