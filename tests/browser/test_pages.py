"""Every page at three widths in both themes: nothing sticks out, nothing fails, nothing is fetched from elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.acts import PAGES, SCREENSHOTS, go_to, on_page, rate_first, settled

WIDTHS = (390, 768, 1440)


def overflow(page: Page) -> dict[str, int]:
    """How many pixels the page and its main part are wider than what is seen."""
    return page.evaluate(
        """() => {
            const main = document.querySelector('[data-testid=stMain]');
            return {
                page: document.documentElement.scrollWidth - innerWidth,
                main: main.scrollWidth - main.clientWidth,
            };
        }"""
    )


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_and_nothing_fails(open_tab, width: int, theme: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    tab = open_tab(width=width, theme=theme)
    page = tab.page
    on_page(page, "Rate")
    too_wide = {"Rate, nothing rated": overflow(page)}
    rate_first(page, 5, 4, 1)
    for name in PAGES:
        go_to(page, name)
        if name == "Compare":
            expect(page.locator(".st-key-compare_slopes .js-plotly-plot .scatterlayer .point").first).to_be_visible()
            expect(page.locator(".st-key-compare_truth_chart .js-plotly-plot .scatterlayer .point").first).to_be_visible()
        if name == "Factors":
            expect(page.locator(".js-plotly-plot .heatmaplayer image").first).to_be_attached()
            for view in ("Taste map", "You", "Steer", "Rating matrix", "How many?", "Heatmap"):
                page.get_by_role("radio", name=view, exact=True).click()
                settled(page)
                too_wide[view] = overflow(page)
                page.screenshot(path=SCREENSHOTS / f"factors-{view.lower().replace(' ', '-').strip('?')}-{width}-{theme}.png")
        too_wide[name] = overflow(page)
        page.screenshot(path=SCREENSHOTS / f"{name.lower().replace(' ', '-')}-{width}-{theme}.png", animations="disabled")
        if name == "For you":
            page.get_by_role("button", name="Why?").first.click()
            window = page.get_by_role("dialog")
            expect(window.locator(".js-plotly-plot .waterfalllayer .point").first).to_be_visible()
            too_wide["Why?"] = overflow(page)
            inner = window.evaluate("window => window.scrollWidth - window.clientWidth")
            too_wide["inside Why?"] = {"window": inner}
            page.screenshot(path=SCREENSHOTS / f"why-{width}-{theme}.png", animations="disabled")
            page.keyboard.press("Escape")
            expect(window).to_have_count(0)
    assert {place: by for place, by in too_wide.items() if max(by.values()) > 0} == {}
    tab.check()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_follows_the_system(open_tab, theme: str) -> None:
    page = open_tab(theme=theme).page
    on_page(page, "Rate")
    red = page.get_by_test_id("stApp").evaluate("app => Number(getComputedStyle(app).backgroundColor.match(/\\d+/)[0])")
    assert (red < 80) == (theme == "dark")


@pytest.mark.parametrize("path", ["for_you", "compare", "factors", "data", "about"])
def test_a_page_opens_by_its_own_address(open_tab, path: str) -> None:
    tab = open_tab(address=f"/{path}")
    names = {"for_you": "For you", "compare": "Compare", "factors": "Factors", "data": "Data", "about": "About"}
    on_page(tab.page, names[path])
    tab.check()


def test_the_live_list_stands_beside_the_wall_and_below_it_on_a_phone(open_tab) -> None:
    for width, beside in ((1440, True), (390, False)):
        page = open_tab(width=width).page
        on_page(page, "Rate")
        wall, top_five = page.locator(".st-key-wall").bounding_box(), page.locator(".live").bounding_box()
        assert wall
        assert top_five
        assert (top_five["x"] >= wall["x"] + wall["width"]) == beside
        assert (top_five["y"] >= wall["y"] + wall["height"]) == (not beside)
