"""Addresses in a real browser: what stands in them, what a copied one opens, and what a step back undoes."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.support.acts import click_star, expect_rated, go_to, listed, on_page, rate_first, settled

RATED = {"breaking-bad-2008": 5, "the-wire-2002": 4, "friends-1994": 1}


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def entries(page: Page) -> int:
    return int(page.evaluate("history.length"))


def choose_on_for_you(page: Page) -> None:
    """Shows only, and as many as can be."""
    page.get_by_role("radio", name="Shows").click()
    expect(page).to_have_url(re.compile("list_kind=Shows"))
    thumb = page.get_by_role("slider", name="Diversity")
    thumb.focus()
    thumb.press("ArrowRight")
    expect(page).to_have_url(re.compile("list_diversity=Close(&|$)"))
    settled(page)


def copied(page: Page, with_ratings: bool = False) -> str:
    """The link that the page offers."""
    page.get_by_role("button", name="Copy link").click()
    if with_ratings:
        page.get_by_text("Put my ratings and pulls into the link").click()
        expect(page.get_by_test_id("stCode")).to_contain_text("r=")
    link = page.get_by_test_id("stCode").inner_text().strip()
    page.keyboard.press("Escape")
    return link


def test_choices_stand_in_the_address_and_one_step_back_is_one_page_with_them(open_tab) -> None:
    tab = open_tab(rated=RATED)
    page = tab.page
    expect_rated(page, 3)
    before = entries(page)
    go_to(page, "For you")
    choose_on_for_you(page)
    chosen, shown = query(page), listed(page)
    assert chosen == {"list_kind": ["Shows"], "list_diversity": ["Close"]}
    go_to(page, "Factors")
    page.get_by_role("radio", name="How many?").click()
    expect(page).to_have_url(re.compile(r"\?factor_view="))
    settled(page)
    assert query(page) == {"factor_view": ["How many?"]}
    go_to(page, "About")
    assert query(page) == {}
    assert entries(page) == before + 3
    page.go_back()
    on_page(page, "Factors")
    assert query(page) == {"factor_view": ["How many?"]}
    expect(page.get_by_role("slider", name="Number of factors")).to_be_visible()
    page.go_back()
    on_page(page, "For you")
    assert query(page) == chosen
    assert listed(page) == shown
    page.go_back()
    on_page(page, "Rate")
    page.go_forward()
    on_page(page, "For you")
    assert listed(page) == shown
    go_to(page, "Compare")
    go_to(page, "For you")  # by the menu: the tab remembers
    assert query(page) == chosen
    page.reload()
    on_page(page, "For you")
    assert listed(page) == shown
    tab.check()


def test_a_copied_link_shows_the_view_to_others_who_keep_their_own(open_tab) -> None:
    tab = open_tab(rated=RATED)
    page = tab.page
    expect_rated(page, 3)
    go_to(page, "For you")
    choose_on_for_you(page)
    shown = listed(page)
    bare, full = copied(page), copied(page, with_ratings=True)
    assert bare == page.url
    assert "p=" not in full
    tab.check()

    other = open_tab()
    rate_first(other.page, 2)
    other.page.goto(full)
    on_page(other.page, "For you")
    expect(other.page.get_by_text("You look at a shared view with 3 ratings.")).to_be_visible()
    assert listed(other.page) == shown
    go_to(other.page, "Rate")
    expect_rated(other.page, 3)
    click_star(other.page, 0, 5)
    expect_rated(other.page, 4)
    other.page.get_by_role("button", name="Back to mine").click()
    expect_rated(other.page, 1)
    settled(other.page)
    assert query(other.page) == {}
    other.page.goto(full)
    expect(other.page.get_by_text("You look at a shared view with 3 ratings.")).to_be_visible()
    other.page.get_by_role("button", name="Make it mine").click()
    settled(other.page)
    go_to(other.page, "Rate")
    expect_rated(other.page, 4)
    other.check()
    page.reload()
    on_page(page, "For you")
    assert listed(page) == shown


def test_lessons_open_one_step_of_the_history_each(open_tab) -> None:
    tab = open_tab(address="/learn")
    page = tab.page
    on_page(page, "Learn")
    before = entries(page)
    page.get_by_role("link", name=re.compile("Thirty terms")).click()
    expect(page).to_have_url(re.compile("lesson=glossary"))
    settled(page)
    assert entries(page) == before + 1
    page.go_back()
    on_page(page, "Learn")
    assert query(page) == {}
    tab.check()


def test_the_page_has_its_name(open_tab) -> None:
    tab = open_tab(address="/for_you")
    on_page(tab.page, "For you")
    expect(tab.page).to_have_title("For you · Because You Watched")
    tab.check()
