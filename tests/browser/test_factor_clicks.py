"""The page Factors in a real browser: a column, a cell, a point, a lasso and a slider are used, and what follows is seen."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.support.acts import go_to, live_ids, on_page, settled

AT = """([chart, x, y]) => {
    const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`), layout = plot._fullLayout;
    const at = plot.getBoundingClientRect();
    return [at.x + layout._size.l + layout.xaxis.d2p(x), at.y + layout._size.t + layout.yaxis.d2p(y)];
}"""
"""Where a point of a chart's axes is on the screen."""


def open_factors(open_tab, view: str = "Heatmap") -> Page:
    page = open_tab(address="/factors", rated={"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 1}).page
    on_page(page, "Factors")
    if view != "Heatmap":
        page.get_by_role("radio", name=view, exact=True).click()
        settled(page)
    return page


def click_at(page: Page, chart: str, x: float, y: float) -> None:
    """Click a point of a chart as a hand does: the mouse comes, rests and presses."""
    plot = page.locator(f".st-key-{chart} .js-plotly-plot")
    expect(plot.locator(".subplot.xy").first).to_be_attached()
    plot.scroll_into_view_if_needed()
    settled(page)
    at = page.evaluate(AT, [chart, x, y])
    page.mouse.move(at[0] - 3, at[1] - 3)
    page.mouse.move(*at, steps=4)
    page.wait_for_timeout(150)
    page.mouse.down()
    page.mouse.up()


def data(page: Page, chart: str, expression: str):
    page.wait_for_function(f"() => document.querySelector('.st-key-{chart} .js-plotly-plot')?._fullData?.length")
    return page.evaluate(
        f"() => {{ const data = document.querySelector('.st-key-{chart} .js-plotly-plot')._fullData; return {expression}; }}"
    )


FALLS = """name => {
    const data = document.querySelector('.st-key-factor_heatmap .js-plotly-plot')?._fullData;
    if (!data) return null;
    const at = data[2].text.indexOf(name);
    const column = data[0].z.slice(1).map(row => row[at]);
    return column.every((value, i) => !i || value <= column[i - 1]);
}"""
"""Whether the titles below your own row stand in the order of a factor."""


def test_a_click_on_a_column_sorts_by_it_and_opens_its_card(open_tab) -> None:
    page = open_factors(open_tab)
    factor = data(page, "factor_heatmap", "data[2].text[3]")
    assert not page.evaluate(FALLS, factor)
    click_at(page, "factor_heatmap", 3, -1)
    expect(page.locator(".st-key-factor_card h2")).to_have_text(re.compile(rf"^{factor} ·"))
    page.wait_for_function(FALLS, arg=factor)
    settled(page)
    click_at(page, "factor_heatmap", data(page, "factor_heatmap", f"data[2].text.indexOf('{factor}')"), -1)  # again: back to the clusters
    page.wait_for_function(f"name => ({FALLS})(name) === false", arg=factor)


def test_a_click_on_a_cell_opens_its_title_where_it_can_be_rated(open_tab) -> None:
    page = open_factors(open_tab)
    name = data(page, "factor_heatmap", "data[1].text[data[1].customdata.findIndex(([row, column]) => row === 6 && column === 2)]")
    click_at(page, "factor_heatmap", 2, 6)
    window = page.get_by_role("dialog")
    expect(window).to_be_visible()
    start = re.sub(r"<[^>]*>", "", name).split("…")[0].split(" ★")[0].split("standard")[0][:6]
    expect(window).to_contain_text(start)
    expect(window.get_by_text("What is near it")).to_be_visible()
    before = window.locator(".row").inner_text()
    window.get_by_role("radio", name="Dot product").click()
    expect(window.locator(".row")).not_to_have_text(before)
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)
    settled(page)
    expect(page.get_by_role("dialog")).to_have_count(0)  # it does not come back by itself


def test_a_click_on_a_point_opens_its_title(open_tab) -> None:
    page = open_factors(open_tab, "Taste map")
    x, y, name = data(page, "taste_map", "[data[0].x[0], data[0].y[0], data[0].text[0]]")
    click_at(page, "taste_map", x, y)
    window = page.get_by_role("dialog")
    expect(window).to_be_visible()
    expect(window).to_contain_text(re.sub(r"<[^>]*>", " ", name).strip()[:8])


def test_what_is_drawn_around_becomes_a_list(open_tab) -> None:
    page = open_factors(open_tab, "Taste map")
    plot = page.locator(".st-key-taste_map .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    plot.hover()
    plot.locator("[data-title='Lasso Select']").click()
    box = plot.locator(".nsewdrag").first.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] - 150, middle[1] - 100)
    page.mouse.down()
    for x, y in [(150, -100), (150, 100), (-150, 100), (-150, -100)]:
        page.mouse.move(middle[0] + x, middle[1] + y, steps=8)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"\d+ titles that you drew around"))).to_be_visible()


def test_a_slider_moves_the_list_and_the_list_on_other_pages(open_tab) -> None:
    page = open_factors(open_tab, "Steer")
    lines = page.locator("ol[aria-label='Your list'] li")
    ids = "lines => lines.map(line => line.dataset.item)"
    before = lines.evaluate_all(ids)
    handle = page.get_by_role("slider").first
    handle.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(lines.locator("text=▲").first).to_be_visible()
    settled(page)
    after = lines.evaluate_all(ids)
    assert after != before
    expect(page.locator("[role=status]").filter(has_text="on top")).to_be_attached()  # a screen reader hears it
    go_to(page, "Rate")
    expect(page.get_by_text("1 pull from the page Factors steers this list.")).to_be_visible()
    assert live_ids(page) == after[:5]
    page.get_by_role("button", name="Let go").click()
    expect(page.get_by_text("1 pull from the page Factors")).to_have_count(0)
