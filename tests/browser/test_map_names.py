"""The names on the taste map as the browser sets them: readable without a mouse, none over another, with and without WebGL."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.support.acts import on_page, settled

BOXES = """() => [...document.querySelectorAll('.st-key-taste_map .trace.scatter .textpoint text')]
    .map(text => [text.textContent, text.getBoundingClientRect()])
    .filter(([, box]) => box.width)
    .map(([name, box]) => [name, box.left, box.top, box.right, box.bottom])"""
"""Text and sides of every name that is seen."""
WITHOUT_WEBGL = """const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    return /webgl/.test(kind) ? null : get.call(this, kind, ...more);
};"""
GRAZE = 2.0
"""Pixels by which the boxes of two texts may meet: letters are smaller than their boxes."""


def names(page: Page, least: int) -> list[list]:
    """All names on the map, once they are drawn."""
    page.wait_for_function(f"least => ({BOXES})().length >= least", arg=least)
    settled(page)
    return page.evaluate(BOXES)


@pytest.mark.parametrize(("width", "least"), [(390, 10), (820, 25), (1440, 30), (1920, 30)])
@pytest.mark.parametrize("webgl", [True, False])
def test_names_stand_apart(open_tab, width: int, least: int, webgl: bool) -> None:
    if not webgl and width != 1440:
        pytest.skip("one width is enough")
    page = open_tab(address="/factors", rated={"breaking-bad-2008": 5, "friends-1994": 4, "the-matrix-1999": 1}).page
    if not webgl:
        page.add_init_script(WITHOUT_WEBGL)
        page.reload()
    page.set_viewport_size({"width": width, "height": 900})
    on_page(page, "Factors")
    page.get_by_role("radio", name="Taste map", exact=True).click()
    settled(page)
    seen = names(page, least)
    assert {"You", "Breaking Bad"} <= {name for name, *_ in seen} or width == 390
    over = [
        (one[0], other[0])
        for at, one in enumerate(seen)
        for other in seen[at + 1 :]
        if min(one[3], other[3]) - max(one[1], other[1]) > GRAZE and min(one[4], other[4]) - max(one[2], other[2]) > GRAZE
    ]
    assert over == []
