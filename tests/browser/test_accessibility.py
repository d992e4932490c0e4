"""axe-core finds no serious or critical violation on any page, with and without ratings, in both themes."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.acts import PAGES, go_to, on_page, rate_first, settled

SEVERE = ("serious", "critical")


def violations(page: Page) -> list[str]:
    """Serious and critical violations: rule, element, and what is wrong with it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in SEVERE
        for node in rule["nodes"][:5]
    ]


def report(found: dict[str, list[str]]) -> str:
    """All violations, a line each."""
    return "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


@pytest.mark.parametrize("rated", [False, True], ids=["nothing rated", "rated"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_serious_violation_on_any_page(open_tab, theme: str, rated: bool) -> None:
    page = open_tab(theme=theme).page
    on_page(page, "Rate")
    if rated:
        rate_first(page, 5, 4, 1)
    found: dict[str, list[str]] = {}
    for name in PAGES:
        go_to(page, name)
        if name == "Compare":
            expect(page.locator(".st-key-compare_scatter .js-plotly-plot .point").first).to_be_visible()
        if name == "Factors":
            expect(page.locator(".js-plotly-plot .heatmaplayer image").first).to_be_attached()
        found[name] = violations(page)
        if name == "Factors":
            for view in ("Taste map", "You", "Steer", "Rating matrix", "How many?"):
                page.get_by_role("radio", name=view, exact=True).click()
                settled(page)
                found[view] = violations(page)
        if name == "For you":
            page.get_by_role("button", name="Why?").first.click()
            window = page.get_by_role("dialog")
            expect(window).to_contain_text("How the score adds up")
            if rated:
                expect(window.locator(".js-plotly-plot .waterfalllayer .point").first).to_be_visible()
            found["Why?"] = violations(page)
            page.keyboard.press("Escape")
            expect(window).to_have_count(0)
    assert not any(found.values()), report(found)


def test_no_serious_violation_on_a_phone(open_tab) -> None:
    page = open_tab(width=390, theme="light").page
    on_page(page, "Rate")
    rate_first(page, 5)
    found = {}
    for name in PAGES:
        go_to(page, name)
        found[name] = violations(page)
    assert not any(found.values()), report(found)


def test_axe_would_find_one(open_tab) -> None:
    page = open_tab().page
    on_page(page, "Rate")
    page.evaluate("document.querySelector('[data-testid=stMain]').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><button></button>')")
    assert any(line.startswith("button-name") for line in violations(page))
