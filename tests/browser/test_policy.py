"""The Content-Security-Policy that the server sends lets every page and window through, and stops what is not the app's."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_tour import RATED, VIEWS, turn_to_view, unfold, wait_for_charts
from tests.support.acts import PAGES, click_star, go_to, on_page, settled

REFUSED = """() => new Promise(answer => {
    const refused = [];
    document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));
    const add = (tag, more) => document.body.append(Object.assign(document.createElement(tag), more));
    add('img', {src: 'https://elsewhere.invalid/a.png'});
    add('script', {src: 'https://elsewhere.invalid/a.js'});
    add('script', {textContent: 'window.injected = 1'});
    add('iframe', {src: 'https://elsewhere.invalid/'});
    fetch('https://elsewhere.invalid/').catch(() => {});
    try { new WebSocket('wss://elsewhere.invalid/'); } catch { }
    setTimeout(() => answer([refused.sort(), window.injected]), 500);
})"""
"""Tries what an injected text could try, and answers with the rules that stopped it."""


def test_no_page_and_no_window_needs_more_than_the_policy_allows(open_tab) -> None:
    tab = open_tab(rated=RATED)
    page = tab.page
    on_page(page, "Rate")
    click_star(page, 5, 4)
    for name in PAGES:
        go_to(page, name)
        wait_for_charts(page, name)
        if name == "Factors":
            for view in VIEWS:
                turn_to_view(page, view)
                settled(page)
                expect(page.locator(".no-webgl")).to_have_count(0)
        if name == "For you":
            unfold(page, "Which of your ratings shaped this list?")
            expect(page.locator(".st-key-shaped_bars .js-plotly-plot .point").first).to_be_visible()
            page.get_by_role("button", name="Why ").first.click()
            expect(page.get_by_role("dialog").locator(".js-plotly-plot .waterfalllayer .point").first).to_be_visible()
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
    tab.check()


def test_what_is_not_the_apps_is_stopped(open_tab) -> None:
    page = open_tab(address="/about").page
    on_page(page, "About")
    refused, injected = page.evaluate(REFUSED)
    assert refused == ["connect-src", "connect-src", "frame-src", "img-src", "script-src-elem", "script-src-elem"]
    assert injected is None
