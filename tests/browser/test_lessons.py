"""Lessons in a real browser: guess, show, step, change a control, copy the link, open it elsewhere; keys, projector, phone, axe."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from recsys_core.teaching.catalogue import lessons
from recsys_core.teaching.lesson import Lesson
from tests.support.acts import go_to, on_page, settled
from tests.support.inspection import ALL_RULES, CONTRAST, too_wide, violations

PROJECTOR = {"width": 1280, "height": 720}
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


@each_lesson
def test_a_lesson_from_the_guess_to_the_link(open_tab, taught: Lesson) -> None:
    tab = open_tab(address=f"/learn?lesson={taught.key}", height=720, width=1280)
    page = tab.page
    at_lesson(page, taught)
    guess_step = taught.guess.steps[0]
    for _ in range(guess_step - 1):
        page.keyboard.press("PageDown")
        settled(page)
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".st-key-guess")).to_contain_text("t is ")
    settled(page)
    for number in range(1, len(taught.steps) + 1):
        page.goto(f"{tab.server.url}/learn?lesson={taught.key}&step={number}")
        at_lesson(page, taught)
        if page.get_by_role("button", name="Skip").count():
            page.get_by_role("button", name="Skip").click()
            settled(page)
        change_a_control(page)
        address, seen = copied(page), pictures(page)
        assert "p" not in parse_qs(urlsplit(address).query)
        other = open_tab(address=address.removeprefix(tab.server.url), height=720, width=1280)
        at_lesson(other.page, taught)
        if other.page.get_by_role("button", name="Skip").count():
            other.page.get_by_role("button", name="Skip").click()
        assert pictures(other.page) == seen
        other.check()
        other.page.context.close()
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


@each_lesson
def test_question_controls_and_picture_are_on_the_first_screen(open_tab, taught: Lesson) -> None:
    page = open_tab(address=f"/learn?lesson={taught.key}", **PROJECTOR).page
    at_lesson(page, taught)
    boxes = [page.get_by_text(taught.question).bounding_box(), page.locator(".st-key-lesson_controls").bounding_box()]
    boxes.append(page.locator(".st-key-lesson_step").locator(".js-plotly-plot, .matrix").first.bounding_box())
    assert all(box and box["y"] >= 0 and box["y"] + box["height"] <= PROJECTOR["height"] for box in boxes)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_everyone_can_use_every_step(open_tab, picture, theme: str) -> None:
    rules = ALL_RULES if theme == "dark" else CONTRAST
    tab = open_tab(theme=theme)
    page, found = tab.page, []
    views = ["", "lesson=glossary", *(f"lesson={taught.key}&show=1" for taught in lessons())]
    if theme == "dark":  # what both themes share is looked at in one
        views += [f"lesson={taught.key}&step={number}" for taught in lessons() for number in range(1, len(taught.steps) + 1)]
        views += [f"lesson={taught.key}&notes=1" for taught in lessons()]
    for view in views:
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(f"{tab.server.url}/learn?{view}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settled(page)
        if page.get_by_role("button", name="Skip").count():
            page.get_by_role("button", name="Skip").click()
            settled(page)
        found += [f"{view}: {line}" for line in violations(page, rules)]
        for width in (1280, 1920, 390) if theme == "light" else (1280, 390):
            page.set_viewport_size({"width": width, "height": 720})
            settled(page)
            found += [f"{view}, {width} px: {line}" for line in too_wide(page)]
            picture(page, f"learn-{view.replace('&', '-').replace('=', '-')}-{theme}-{width}")
    assert not found, "\n".join(found)
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
