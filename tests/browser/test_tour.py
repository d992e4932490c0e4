"""A tour of every page in each theme, with nothing rated and with ratings, at three widths of the same tab.

On the way axe-core finds no violation, be it only a minor one, nothing is wider than the screen, nothing fails, and nothing is
fetched from elsewhere. All rules of axe-core are asked in the dark theme; in the light one only the contrast of colours, the one
rule that depends on it.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.acts import PAGES, go_to, on_page, settled
from tests.support.inspection import ALL_RULES, CONTRAST, DESK, PHONE, Inspection, too_wide, violations

RATED = {"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 1}
VIEWS = ("Taste map", "You", "Steer", "Rating matrix", "How many?", "Heatmap")
"""Of the page Factors; the last is the one it opens with."""


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_fits_and_can_be_used_by_everyone_and_nothing_fails(open_tab, picture, theme: str) -> None:
    tab = open_tab(theme=theme)
    page = tab.page
    on_page(page, "Rate")
    red = page.get_by_test_id("stApp").evaluate("app => Number(getComputedStyle(app).backgroundColor.match(/\\d+/)[0])")
    assert (red < 80) == (theme == "dark")  # it follows the system

    rules = ALL_RULES if theme == "dark" else CONTRAST
    seen = Inspection(page, rules, lambda what, name: picture(what, f"{name}-{theme}"))
    with_nothing_rated(seen)
    seen.turn_to(DESK)
    page.goto(tab.server.address_of(RATED))
    on_page(page, "Rate")
    with_ratings(seen)
    assert not seen.found, "\n".join(seen.found)
    tab.check()


def with_nothing_rated(seen: Inspection) -> None:
    """Each page as a newcomer finds it."""
    page = seen.page
    seen.look_at_all_widths("rate, nothing rated", axe_at=(DESK,))
    seen.turn_to(DESK)
    for name in PAGES:
        go_to(page, name)
        wait_for_charts(page, name)
        if name == "Start":
            quick_start(seen)
            seen.turn_to(DESK)
            continue
        seen.look(f"{name}, nothing rated")
        if name == "Factors":
            for view in VIEWS[:-1]:
                turn_to_view(page, view)
                seen.look(f"{view}, nothing rated")
        if name == "For you":
            page.get_by_role("button", name="Why ").first.click()
            window = page.get_by_role("dialog")
            expect(window).to_contain_text("How the score adds up")
            seen.look("Why?, nothing rated")
            page.keyboard.press("Escape")
            expect(window).to_have_count(0)


def quick_start(seen: Inspection) -> None:
    """Its two ways to a first place among the factors, each in use."""
    page = seen.page
    page.locator('[class*="st-key-pick_"]').nth(1).click()
    expect(page.get_by_role("status").filter(has_text="1 picked.")).to_be_attached()
    settled(page)
    assert page.get_by_role("checkbox", checked=True).count() == 1
    seen.look_at_all_widths("start, one picked")
    page.get_by_text("Choose between two sets").click()
    expect(page.get_by_role("heading", level=2, name="1 of 5: which would you rather watch?")).to_be_visible()
    settled(page)
    seen.look_at_all_widths("start, two sets")


def with_ratings(seen: Inspection) -> None:
    """Each page, each view and each window of somebody who has rated three titles."""
    page = seen.page
    for name in PAGES:
        go_to(page, name)
        wait_for_charts(page, name)
        if name == "Factors":
            for view in VIEWS:
                turn_to_view(page, view)
                seen.look_at_all_widths(f"factors-{view.lower().replace(' ', '-').strip('?')}", axe_at=(DESK,))
        if name == "For you":
            unfold(page, "Which of your ratings shaped this list?")
            expect(page.locator(".st-key-shaped_bars .js-plotly-plot .point")).to_have_count(3)
            expect(page.get_by_text("Would enter:").or_(page.get_by_text("titles stay the same")).first).to_be_visible()
        if name == "Compare":
            unfold(page, "Where content and viewers disagree about you")
            expect(page.locator(".contested li").first).to_contain_text("Content puts it at rank")
        seen.look_at_all_widths(name.lower().replace(" ", "-"))
        if name == "For you":
            why(seen)
    seen.turn_to(DESK)
    go_to(page, "Rate")
    live_list_stands_beside_the_wall(page, True)
    seen.turn_to(PHONE)
    live_list_stands_beside_the_wall(page, False)


def why(seen: Inspection) -> None:
    """The window that explains a score, with what would be if a rating were another."""
    page = seen.page
    page.get_by_role("button", name="Why ").first.click()
    window = page.get_by_role("dialog")
    expect(window.locator(".js-plotly-plot .waterfalllayer .point").first).to_be_visible()
    expect(window).to_contain_text("The bars end exactly at the score")
    seen.look_at_all_widths("why", axe_at=(DESK,))
    window.locator("summary").filter(has_text="What if you had rated differently?").click()
    rank = window.locator(".price .figure").first
    expect(rank).to_have_text(re.compile(r"^1 → [\d,]+$"))
    window.get_by_test_id("stButtonGroup").get_by_text("2", exact=True).click()
    expect(window).to_contain_text("itself is on neither list")
    settled(page)
    expect(rank).to_have_text(re.compile(r"^1 → [\d,]+$"))
    seen.look_at_all_widths("what-if")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)


def wait_for_charts(page: Page, name: str) -> None:
    """Wait until the charts of a page are drawn."""
    if name == "Compare":
        for chart in ("scatter", "slopes", "truth_chart"):
            expect(page.locator(f".st-key-compare_{chart} .js-plotly-plot .scatterlayer .point").first).to_be_visible()
    if name == "Factors":
        expect(page.locator(".js-plotly-plot .heatmaplayer image").first).to_be_attached()


def turn_to_view(page: Page, view: str) -> None:
    """Choose a view of the page Factors."""
    page.get_by_role("radio", name=view, exact=True).click()
    settled(page)


def unfold(page: Page, label: str) -> None:
    """Open an expander by its label."""
    page.locator("summary").filter(has_text=label).click()
    settled(page)


def live_list_stands_beside_the_wall(page: Page, beside: bool) -> None:
    wall, top_five = page.locator(".st-key-wall").bounding_box(), page.locator(".live").bounding_box()
    assert wall
    assert top_five
    assert (top_five["x"] >= wall["x"] + wall["width"]) == beside
    assert (top_five["y"] >= wall["y"] + wall["height"]) == (not beside)


def test_a_page_opens_by_its_own_address(open_tab) -> None:
    tab = open_tab(address="/about")
    on_page(tab.page, "About")
    for path, name in (("for_you", "For you"), ("compare", "Compare"), ("factors", "Factors"), ("data", "Data")):
        tab.page.goto(f"{tab.server.url}/{path}")
        on_page(tab.page, name)
    tab.check()


def test_the_inspection_would_find_faults(open_tab) -> None:
    page = open_tab().page
    on_page(page, "Rate")
    assert too_wide(page) == []
    faults = "<img src='data:,'><button></button><p style='width: 9000px'>Wide</p>"
    page.evaluate("faults => document.querySelector('[data-testid=stMain]').insertAdjacentHTML('beforeend', faults)", faults)
    page.evaluate("document.querySelector('h1').style.color = '#333'")
    assert {"button-name", "image-alt", "color-contrast"} <= {line.split()[0] for line in violations(page)}
    assert {line.split()[0] for line in violations(page, CONTRAST)} == {"color-contrast"}
    assert [line for line in too_wide(page) if line.startswith("the main is")]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_buttons_that_a_page_is_about_can_be_read(open_tab, theme: str) -> None:
    tab = open_tab(theme=theme)
    for address in ("join", "classroom", "learn?lesson=svd"):
        tab.page.goto(f"{tab.server.url}/{address}")
        expect(tab.page.locator("button[kind^=primary]:not(:disabled)").first).to_be_visible()
        settled(tab.page)
        assert violations(tab.page, CONTRAST) == []
