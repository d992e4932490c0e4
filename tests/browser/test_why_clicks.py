"""The panel "Why this?" in a real browser: by keyboard alone, with room for its charts on a phone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.acts import on_page, settled


def test_the_score_opens_by_model_with_the_keyboard(open_tab) -> None:
    tab = open_tab(width=390, address="/for_you", rated={"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 2})
    page = tab.page
    on_page(page, "For you")
    page.get_by_role("button", name="Why ").first.press("Enter")
    window = page.get_by_role("dialog")
    ends = window.locator(".js-plotly-plot:has(.waterfalllayer .point)")
    expect(ends).to_have_count(1)
    expect(window).to_contain_text("The bars end exactly at the score")
    for heading in ("How the score adds up", "What it is about", "How others rated it", "How sure this is"):
        expect(window.get_by_role("heading", name=heading)).to_be_visible()

    window.get_by_text("By model", exact=True).locator("xpath=ancestor-or-self::button").press("Enter")
    expect(window).to_contain_text("adds up what they say")
    names = ends.first.locator(".ytick text").all_text_contents()
    assert {"How well known it is", "Content", "EASE", "Score"} <= set(names)
    window.get_by_test_id("stButtonGroup").get_by_text("EASE", exact=True).locator("xpath=ancestor-or-self::button").press("Enter")
    expect(ends).to_have_count(2)
    expect(window).to_contain_text("By your ratings, its bars end exactly at what it adds to the score")
    settled(page)
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        settled(page)
        assert window.evaluate("window => window.scrollWidth - window.clientWidth") <= 0
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    tab.check()
