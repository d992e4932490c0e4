"""In a real browser: presenting with large letters and without a menu, the whole view on a sheet, and charts saved as pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.acts import on_page, settled

RATED = {"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 2}
SMALL = """() => {
    const found = [];
    const texts = document.createTreeWalker(document.querySelector('.stApp'), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode, near = text.parentElement, at = near.getBoundingClientRect();
        const seen = near.checkVisibility({ opacityProperty: true, visibilityProperty: true });
        if (!seen || !text.textContent.trim() || at.width < 2 || at.height < 2) continue;
        if (near.closest('.poster, style, script, [data-testid=stIconMaterial], .modebar')) continue;
        const size = parseFloat(getComputedStyle(near).fontSize);
        if (size < 20) found.push(`${size} ${text.textContent.slice(0, 40)}`);
    }
    return found;
}"""
"""Texts with letters below 20 pixels; a poster is a drawing, and signs are no letters."""
BEYOND = """() => {
    dispatchEvent(new Event('beforeprint'));
    const width = parseFloat(document.body.style.width) || document.body.getBoundingClientRect().width;
    const parts = [...document.querySelectorAll('.js-plotly-plot, .xtick text, .poster, .live li')];
    const beyond = parts.filter(one => one.getBoundingClientRect().right > width + 1);
    const bars = [...document.querySelectorAll('[data-testid=stHeader], .chart-files, .st-key-phone_menu')];
    const menus = bars.filter(one => one.checkVisibility());
    dispatchEvent(new Event('afterprint'));
    return [beyond.length, menus.length, document.documentElement.classList.contains('printing')];
}"""
"""How many parts reach beyond the sheet, how many menus are on it, and whether anything of it stays."""


def wait_for_heatmap(page: Page) -> None:
    expect(page.locator(".st-key-factor_heatmap .heatmaplayer image").first).to_be_attached()
    settled(page)


def test_presenting_from_page_to_page_until_esc(open_tab) -> None:
    tab = open_tab(address="/factors", rated=RATED, height=900)
    page = tab.page
    on_page(page, "Factors")
    page.get_by_role("button", name="Present", exact=True).click()
    wait_for_heatmap(page)
    expect(page).to_have_url(re.compile(r"[?&]show=1"))
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    expect(page.get_by_text("Copy link")).to_be_hidden()
    assert page.evaluate(SMALL) == []
    assert page.locator(".st-key-factor_heatmap .js-plotly-plot").bounding_box()["height"] >= 780
    page.locator(".st-key-factor_view").get_by_text("You", exact=True).click()
    settled(page)
    assert page.evaluate(SMALL) == []
    page.get_by_role("link", name="Quick start").click()
    on_page(page, "Start")
    expect(page.get_by_role("button", name="End presentation")).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]show=1"))
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    expect(page).not_to_have_url(re.compile("show="))
    tab.check()


def test_esc_closes_a_window_before_it_ends_the_presentation(open_tab) -> None:
    tab = open_tab(address="/for_you", rated=RATED)
    page = tab.page
    on_page(page, "For you")
    page.get_by_role("button", name="Present", exact=True).click()
    settled(page)
    page.locator(".st-key-cards .opener").first.click()
    window = page.get_by_role("dialog")
    expect(window).to_contain_text("What is like it")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    settled(page)
    expect(page.get_by_role("button", name="End presentation")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Present", exact=True)).to_be_visible()
    tab.check()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1920, "dark")])
def test_a_view_is_printed_whole_on_one_sheet(open_tab, tmp_path: Path, width: int, theme: str) -> None:
    tab = open_tab(width=width, theme=theme, address="/factors", rated=RATED)
    page = tab.page
    on_page(page, "Factors")
    wait_for_heatmap(page)
    assert page.evaluate(BEYOND) == [0, 0, False]
    sheet = page.pdf(path=tmp_path / "heatmap.pdf", prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    left, bottom, right, top = map(float, re.search(rb"/MediaBox\s*\[([\d. ]+)\]", sheet)[1].split())
    assert right - left == pytest.approx(width * 0.75, abs=2)  # points: a chart keeps its width
    assert top - bottom > 700
    names = page.locator(".st-key-factor_heatmap .xtick text").all_inner_texts()
    assert len(names) == 16
    settled(page)
    expect(page.get_by_test_id("stHeader")).to_be_visible()  # all as before


def test_every_chart_can_be_saved_under_its_name(open_tab, tmp_path: Path) -> None:
    tab = open_tab(address="/factors", rated=RATED)
    page = tab.page
    on_page(page, "Factors")
    wait_for_heatmap(page)
    for kind, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as coming:
            page.get_by_role("button", name=f"Save the chart factor heatmap as {kind}").click()
        assert coming.value.suggested_filename == f"because-you-watched-factor-heatmap.{kind.lower()}"
        coming.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(begins)
    assert "Breaking Bad ★5" in (tmp_path / "SVG").read_text(encoding="utf-8")
    page.locator(".st-key-factor_view").get_by_text("Taste map", exact=True).click()
    settled(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Save the chart taste map as PNG").click()
    assert coming.value.suggested_filename == "because-you-watched-taste-map.png"
    expect(page.get_by_role("button", name="Save the chart factor heatmap as PNG")).to_have_count(0)
    tab.check()
