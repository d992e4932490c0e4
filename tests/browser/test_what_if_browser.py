"""The sections that are computed only when they are opened: what they show, on a screen and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import violations
from tests.support.acts import go_to, on_page, rate_first, settled


def unfold(page: Page, label: str) -> None:
    """Open an expander by its label."""
    page.locator("summary").filter(has_text=label).click()
    settled(page)


def wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light")])
def test_what_if_and_disagreement(open_tab, width: int, theme: str) -> None:
    tab = open_tab(width=width, theme=theme)
    page = tab.page
    on_page(page, "Rate")
    rate_first(page, 5, 4, 1)
    found: dict[str, list[str]] = {}

    go_to(page, "For you")
    unfold(page, "Which of your ratings shaped this list?")
    expect(page.locator(".st-key-shaped_bars .js-plotly-plot .point")).to_have_count(3)
    expect(page.get_by_text("Would enter:").or_(page.get_by_text("titles stay the same")).first).to_be_visible()
    found["shaped"] = violations(page)
    assert not wider_than_the_screen(page)

    page.get_by_role("button", name="Why?").first.click()
    window = page.get_by_role("dialog")
    expect(window).to_contain_text("The bars end exactly at the score")
    window.locator("summary").filter(has_text="What if you had rated differently?").click()
    rank = window.locator(".price .figure").first
    expect(rank).to_have_text(re.compile(r"^1 → [\d,]+$"))
    control = window.get_by_test_id("stButtonGroup")
    control.get_by_text("2", exact=True).click()
    settled(page)
    expect(rank).to_have_text(re.compile(r"^1 → [\d,]+$"))
    expect(window).to_contain_text("itself is on neither list")
    found["what if"] = violations(page)
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)

    go_to(page, "Compare")
    unfold(page, "Where content and viewers disagree about you")
    expect(page.locator(".contested li").first).to_contain_text("Content puts it at rank")
    found["disagreement"] = violations(page)
    assert not wider_than_the_screen(page)
    assert not any(found.values()), found
    tab.check()
