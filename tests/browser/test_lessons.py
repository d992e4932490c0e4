"""Lessons in a real browser: guess, show, step, change a control, copy the link, open it elsewhere; keys, projector, phone, axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from recsys_core.teaching.catalogue import lessons
from recsys_core.teaching.lesson import Lesson
from tests.support.acts import go_to, on_page, settled
from tests.support.inspection import CONTRAST, too_wide, violations

PROJECTOR = {"width": 1280, "height": 720}
HIDDEN_CELLS = """() => [...document.querySelectorAll('.matrix :is(th, td)')]
    .filter(cell => !cell.checkVisibility()).map(cell => cell.textContent)"""
each_lesson = pytest.mark.parametrize("taught", lessons(), ids=lambda taught: taught.key)


def at_lesson(page: Page, taught: Lesson) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{taught.number} · {taught.title}")
    settled(page)


def pictures(page: Page) -> list[str]:
    """What a screen reader is told of each chart and table."""
    settled(page)
    names = page.locator(".st-key-lesson_step").locator("[role=img][aria-label], .matrix[aria-label]")
    return names.evaluate_all("found => found.map(e => e.getAttribute('aria-label'))")


def copied(page: Page) -> str:
    page.get_by_role("button", name="Copy link").click()
    code = page.get_by_test_id("stPopoverBody").locator("code")
    expect(code).to_contain_text("lesson=")
    address = code.inner_text()
    page.keyboard.press("Escape")
    return address


def change_a_control(page: Page) -> None:
    """The first switch, slider or choice of the step."""
    controls = page.locator(".st-key-lesson_controls")
    if controls.get_by_role("switch").count():
        controls.get_by_test_id("stCheckbox").first.locator("label").click()
    elif controls.get_by_role("slider").count():
        controls.get_by_role("slider").first.press("ArrowRight")
    elif controls.get_by_role("radio").count():
        controls.get_by_role("radio").last.click()
    settled(page)


def skip_the_guess(page: Page) -> None:
    if page.get_by_role("button", name="Skip").count():
        page.get_by_role("button", name="Skip").click()
        settled(page)


def widths_that_fail(page: Page, picture: Callable[..., None], name: str, *widths: int) -> list[str]:
    """At which widths something is wider than the screen. The page is as wide as a projector's again afterwards."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 720})
        settled(page)
        found += [f"{name}, {width} px: {line}" for line in too_wide(page)]
        picture(page, f"learn-{name.replace('&', '-').replace('=', '-')}-{width}")
    page.set_viewport_size(PROJECTOR)
    return found


@each_lesson
def test_a_lesson_from_the_first_screen_to_the_last_step(open_tab, picture, taught: Lesson) -> None:
    """Guess, show, change a control, open the link elsewhere; and everyone can use each step on the way."""
    tab = open_tab(address=f"/learn?lesson={taught.key}", **PROJECTOR)
    page, wrong = tab.page, []
    at_lesson(page, taught)
    boxes = [page.get_by_text(taught.question).bounding_box(), page.locator(".st-key-lesson_controls").bounding_box()]
    boxes.append(page.locator(".st-key-lesson_step").locator(".js-plotly-plot, .matrix").first.bounding_box())
    assert all(box and box["y"] >= 0 and box["y"] + box["height"] <= PROJECTOR["height"] for box in boxes)
    for number in range(1, len(taught.steps) + 1):
        if number > 1:
            page.locator(".st-key-lesson_next button").click()
            expect(page).to_have_url(re.compile(rf"[?&]step={number}"))
            settled(page)
        if number == taught.guess.steps[0]:
            page.get_by_role("button", name="Show").click()
            expect(page.locator(".st-key-guess")).to_contain_text("t is ")
            settled(page)
            change_a_control(page)
            address, seen = copied(page), pictures(page)
            assert "p" not in parse_qs(urlsplit(address).query)
            other = open_tab(address=address.removeprefix(tab.server.url), **PROJECTOR)
            at_lesson(other.page, taught)
            skip_the_guess(other.page)
            assert pictures(other.page) == seen
            other.check()
            other.page.context.close()
        else:
            skip_the_guess(page)
            change_a_control(page)
        name = f"lesson={taught.key}&step={number}"
        wrong += [f"{name}: {line}" for line in violations(page)] + widths_that_fail(page, picture, name, 1280, 390)
        wrong += [f"{name}: a cell is hidden: {words}" for words in page.evaluate(HIDDEN_CELLS)]
    assert not wrong, "\n".join(wrong)
    tab.check()


def test_the_keys_of_a_presenter_turn_the_steps_and_the_address_follows(open_tab) -> None:
    tab = open_tab(address="/learn?lesson=neighbours&show=1", **PROJECTOR)
    page = tab.page
    heading = page.get_by_role("heading", level=2)
    expect(heading).to_have_text("People like Ana")
    settled(page)
    page.keyboard.press("PageDown")
    expect(heading).to_have_text("Films like Puppies: the usual slip")
    expect(page).to_have_url(re.compile(r"[?&]step=2"))
    page.keyboard.press("v")
    expect(page.locator(".st-key-guess")).to_contain_text("It is 2.92 stars")
    page.keyboard.press("PageUp")
    expect(heading).to_have_text("People like Ana")
    expect(page).not_to_have_url(re.compile(r"[?&]step="))
    expect(page.get_by_role("link", name="For the teacher")).to_have_count(0)
    expect(page.get_by_test_id("stHeader")).not_to_be_visible()
    tab.check()


def test_everyone_can_use_contents_glossary_and_notes(open_tab, picture) -> None:
    tab = open_tab(**PROJECTOR)
    page, wrong = tab.page, []
    for view in ("", "lesson=glossary", *(f"lesson={taught.key}&notes=1" for taught in lessons())):
        page.goto(f"{tab.server.url}/learn?{view}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settled(page)
        wrong += [f"{view}: {line}" for line in violations(page)] + widths_that_fail(page, picture, view, 390)
    assert not wrong, "\n".join(wrong)
    tab.check()


def test_a_presenters_lessons_can_be_read_in_the_light_theme(open_tab, picture) -> None:
    tab = open_tab(theme="light", **PROJECTOR)
    page, wrong = tab.page, []
    for view in ("", *(f"lesson={taught.key}&show=1" for taught in lessons())):
        page.goto(f"{tab.server.url}/learn?{view}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settled(page)
        skip_the_guess(page)
        wrong += [f"{view}: {line}" for line in violations(page, CONTRAST)]
        wrong += widths_that_fail(page, picture, f"{view}-light", 1920, 390)
    assert not wrong, "\n".join(wrong)
    tab.check()


def test_the_menu_leads_to_the_contents_and_back_to_ratings(open_tab) -> None:
    tab = open_tab(width=390, rated={"breaking-bad-2008": 5})
    page = tab.page
    on_page(page, "Rate")
    go_to(page, "Learn")
    last = page.locator(".st-key-phone_menu a").last.bounding_box()
    assert last
    assert last["x"] + last["width"] <= 390 - 40  # beside Streamlit's own menu
    page.get_by_role("link", name="4 · Neighbours").first.click()
    expect(page.get_by_role("heading", name="People like Ana")).to_be_visible()
    settled(page)
    page.get_by_role("link", name="All lessons").click()
    on_page(page, "Learn")
    go_to(page, "Rate")
    expect(page.get_by_text(re.compile("^1 rated"))).to_be_visible()
    tab.check()
