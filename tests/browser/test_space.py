"""On a desk and on a projector: a page begins within 200 pixels, a heatmap shows twelve rows, the last line of a list is full."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.support.acts import PAGES, go_to, on_page, settled

RATED = {"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 1}
BEGINS = {"Rate": ".st-key-strip", "For you": ".st-key-cards"}
"""What stands below the filters; on other pages it is what stands below the heading."""
BELOW_HEADING = """() => {
    const end = document.querySelector('.st-key-page_head').getBoundingClientRect().bottom;
    const tops = [...document.querySelectorAll('[data-testid=stMain] :is(p, h2, button, input)')]
        .filter(one => !one.closest('.st-key-phone_menu, .st-key-page_head') && one.checkVisibility())
        .map(one => one.getBoundingClientRect()).filter(box => box.width > 1 && box.y >= end - 8).map(box => box.y);
    return Math.min(...tops);
}"""


def top(at: Locator) -> float:
    box = at.first.bounding_box()
    assert box
    return box["y"]


def full_lines(cells: Locator) -> bool:
    tops = cells.evaluate_all("cells => cells.map(cell => Math.round(cell.getBoundingClientRect().y))")
    return len({tops.count(line) for line in tops}) == 1


def test_pages_begin_high_and_last_lines_are_full(open_tab) -> None:
    page = open_tab(rated=RATED, height=900).page
    on_page(page, "Rate")
    for name in (name for name in PAGES if name != "Start"):
        go_to(page, name)
        begins = top(page.locator(BEGINS[name])) if name in BEGINS else page.evaluate(BELOW_HEADING)
        assert begins <= 200, name
    for width in (1920, 1440, 1280, 768):
        page.set_viewport_size({"width": width, "height": 900})
        for name, grid in (("Rate", ".st-key-wall"), ("For you", ".st-key-cards")):
            go_to(page, name)
            assert full_lines(page.locator(grid).get_by_test_id("stGridCell")), (name, width)


def test_a_projector_shows_twelve_rows_of_a_heatmap(open_tab) -> None:
    page = open_tab(width=1280, height=720, rated=RATED, address="/factors").page
    on_page(page, "Factors")
    for view, chart, pixels in (("Heatmap", ".st-key-factor_heatmap", 22), ("Rating matrix", ".st-key-matrix", 24)):
        page.get_by_role("radio", name=view, exact=True).click()
        settled(page)
        first = page.locator(f"{chart} .yaxislayer-above .ytick text")
        tops = first.evaluate_all("names => names.map(name => name.getBoundingClientRect()).map(box => box.y + box.height / 2)")
        assert sum(at + pixels / 2 <= 720 for at in tops) >= 12, view
