"""A newcomer's way through the app, with real clicks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.acts import (
    PAGES,
    cell,
    click_star,
    expect_rated,
    go_to,
    listed,
    live,
    live_ids,
    on_page,
    rate_first,
    settled,
    stars,
    tiles,
)


def slide(page: Page, steps: int) -> None:
    """Move the diversity slider by keys, as a person with a keyboard does."""
    thumb = page.get_by_role("slider", name="Diversity")
    thumb.focus()
    for _ in range(steps):
        thumb.press("ArrowRight")


def test_rate_see_the_list_change_and_learn_why(open_tab) -> None:
    tab = open_tab()
    page = tab.page
    on_page(page, "Rate")
    expect(tiles(page)).to_have_count(24)
    expect(live(page)).to_have_count(5)
    expect_rated(page, 0)
    at_first = before = live_ids(page)
    marks = 0
    for tile, number in enumerate((1, 5, 4, 5, 2)):  # one star must work too: Streamlit counts from 0
        click_star(page, tile, number)
        expect_rated(page, tile + 1)
        expect(stars(page, tile).nth(number - 1)).to_have_attribute("aria-checked", "true")
        expect(cell(page, tile)).to_contain_text(re.compile(r"We guessed \d\.\d"))
        new = page.locator(".live li:has(.new)").evaluate_all("lines => lines.map(line => line.dataset.item)")
        after = live_ids(page)
        assert set(new) == set(after) - set(before)
        marks, before = marks + len(new), after
    assert marks > 0
    assert before != at_first
    expect(page.get_by_role("heading", name="Your live top five")).to_be_visible()

    go_to(page, "For you")
    expect(page.locator(".facts .reason").first).to_have_text(re.compile(r"^Because you rated .+ ★\d"))
    page.get_by_role("button", name="Why ").first.click()
    window = page.get_by_role("dialog")
    expect(window).to_be_visible()
    expect(window.locator(".js-plotly-plot .waterfalllayer .point").first).to_be_visible()
    expect(window).to_contain_text("The bars end exactly at the score")
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)

    plain = listed(page)
    slide(page, 4)
    expect(page.locator(".price .delta")).to_have_count(4)
    expect(page.locator("p.muted").filter(has_text="Entered:")).to_be_visible()
    settled(page)
    assert listed(page) != plain
    tab.check()


def test_ratings_survive_a_reload_and_can_be_cleared(open_tab) -> None:
    tab = open_tab()
    page = tab.page
    rate_first(page, 5, 3)
    rated = live_ids(page)
    page.reload()
    expect_rated(page, 2)
    settled(page)
    assert live_ids(page) == rated
    expect(stars(page, 1).nth(2)).to_have_attribute("aria-checked", "true")
    cell(page, 1).get_by_role("button", name=re.compile("clear")).click()
    expect_rated(page, 1)
    expect(cell(page, 1).get_by_role("button", name="Not seen")).to_be_visible()
    stars(page, 0).nth(4).click()  # the chosen star again
    expect_rated(page, 0)
    page.reload()
    expect_rated(page, 0)
    tab.check()


def test_no_address_holds_the_key_and_one_step_back_is_one_page(open_tab) -> None:
    tab = open_tab()
    page = tab.page
    rate_first(page, 5)
    entries = page.evaluate("history.length")
    assert page.url == tab.server.url + "/"
    page.get_by_role("link", name="See the whole list").click()  # beside the wall
    on_page(page, "For you")
    expect(page.locator(".facts .reason").first).to_have_text(re.compile(r"^Because you rated .+ ★\d"))
    slide_fame(page, -1)  # what every list follows stands in every page's address
    for name in ("Compare", "Factors", "Rate"):
        go_to(page, name)
        assert page.url == f"{tab.server.url}/{name.lower() if name != 'Rate' else ''}?w=-1"
    assert page.evaluate("history.length") == entries + 4
    for name in ("Factors", "Compare", "For you", "Rate"):
        page.go_back()
        on_page(page, name)
    expect_rated(page, 1)
    for name in ("For you", "Compare"):
        page.go_forward()
        on_page(page, name)
    page.reload()
    on_page(page, "Compare")
    go_to(page, "For you")
    expect(page.locator(".facts .reason").first).to_contain_text("Because you rated")
    assert "p=" not in page.url
    tab.check()


def slide_fame(page: Page, step: int) -> None:
    """Move the slider "Well known ↔ Hidden gems" from its middle."""
    thumb = page.get_by_role("slider", name="Well known")
    thumb.focus()
    for _ in range(abs(step)):
        thumb.press("ArrowRight" if step < 0 else "ArrowLeft")
    expect(page).to_have_url(re.compile(rf"w={step}$"))
    settled(page)


def test_an_old_address_loses_its_key_in_the_history_too(open_tab) -> None:
    tab = open_tab(rated={"breaking-bad-2008": 5})
    page = tab.page
    expect_rated(page, 1)
    expect(page).to_have_url(tab.server.url + "/")
    entries = page.evaluate("history.length")
    go_to(page, "About")
    assert page.evaluate("history.length") == entries + 1
    page.go_back()
    on_page(page, "Rate")
    assert page.url == tab.server.url + "/"
    page.reload()
    expect_rated(page, 1)
    tab.check()


def test_a_fresh_server_opens_any_page_first_and_a_restarted_one_still_has_the_ratings(open_tab, new_server) -> None:
    """Streamlit takes ``pages/`` for its older kind of app until the router has run once."""
    server = new_server()
    tab = open_tab(to=server, address="/factors")
    page = tab.page
    on_page(page, "Factors")
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(len(PAGES) - 1)  # the quick start is not in the navigation
    tab.check()
    go_to(page, "Rate")
    rate_first(page, 5, 1)
    expected = live_ids(page)
    address = page.url
    server.stop()
    server.start()
    page.goto(address)
    expect_rated(page, 2)
    settled(page)
    assert live_ids(page) == expected


def test_another_browser_sees_none_of_it(open_tab) -> None:
    mine, other = open_tab().page, open_tab().page
    rate_first(mine, 5)
    expect_rated(other, 0)
    other.reload()
    expect_rated(other, 0)
    click_star(other, 0, 1)
    click_star(other, 1, 2)
    mine.reload()
    expect_rated(mine, 1)


def test_search_while_typing_and_my_ratings(open_tab) -> None:
    tab = open_tab()
    page = tab.page
    on_page(page, "Rate")
    page.get_by_label("Search", exact=True).press_sequentially("amelie", delay=20)
    expect(page.locator(".st-key-wall .poster-title").first).to_have_text("Amélie")
    click_star(page, 0, 5)
    page.get_by_label("Search", exact=True).fill("zzzzqqqq")
    expect(page.get_by_text("is not among our")).to_be_visible()
    page.get_by_label("Search", exact=True).fill("")
    expect(tiles(page)).to_have_count(24)
    page.get_by_role("radio", name="My ratings").click()
    expect(tiles(page)).to_have_count(1)
    tab.check()


def test_rating_by_keyboard(open_tab) -> None:
    page = open_tab().page
    on_page(page, "Rate")
    stars(page, 0).nth(0).focus()
    page.keyboard.press("Enter")
    expect_rated(page, 1)


def test_five_quick_stars_are_all_kept(open_tab) -> None:
    page = open_tab().page
    on_page(page, "Rate")
    expect(tiles(page)).to_have_count(24)
    for tile in range(5):  # without waiting for the server
        stars(page, tile).nth(tile).click()
    expect_rated(page, 5)
    settled(page)
    page.reload()
    expect_rated(page, 5)
    for tile in range(5):
        expect(stars(page, tile).nth(tile)).to_have_attribute("aria-checked", "true")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_first_stars_do_not_move_the_wall_under_the_pointer(open_tab, width: int) -> None:
    page = open_tab(width=width).page
    on_page(page, "Rate")
    settled(page)
    place = tiles(page).first.bounding_box()
    for tile, number in enumerate((5, 1, 4)):
        click_star(page, tile, number)
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        assert tiles(page).first.bounding_box() == place, f"after {tile + 1} stars"
